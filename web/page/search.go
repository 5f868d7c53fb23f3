package page

// keys are the keyboard's shortcuts, each with the key of what it does.
var keys = [][2]string{{"Ctrl K", "help.k.find"}, {"g d", "help.k.dashboard"}, {"g q", "help.k.queue"}, {"g p", "help.k.printers"}, {"g s", "help.k.spools"}, {"g u", "help.k.users"}, {"n", "help.k.new"}, {"/", "help.k.search"},
	{"j k", "help.k.rows"}, {"x", "help.k.select"}, {"a", "help.k.approve"}, {"d", "help.k.deny"}, {"Alt ↑ ↓", "help.k.move"}, {"z", "help.k.undo"}, {"F8", "help.k.toast"}, {"?", "help.k.help"}, {"Esc", "help.k.close"}}
