// Where the theme follows the machine, its class is set before the first paint.
document.documentElement.classList.toggle("dark", matchMedia("(prefers-color-scheme: dark)").matches);
