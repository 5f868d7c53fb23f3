// Package component holds the console's widgets, one file each: shell, status, note, table, toast and so on. They draw what they
// are given; the words come from package words, the place from the shell in the page's context.
package component
