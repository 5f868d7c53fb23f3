package match

import "strings"

// Format is a file kind under one spelling: gcode, bgcode or gcode_3mf, from endings and kinds alike. What is not known
// stays as it is, in lower case and without the leading dot.
func Format(kind string) string {
	switch k := strings.TrimPrefix(strings.ToLower(strings.TrimSpace(kind)), "."); k {
	case "gcode", "gco", "g", "gc":
		return "gcode"
	case "bgcode", "bgc", "bg":
		return "bgcode"
	case "gcode_3mf", "gcode.3mf", "gcode-3mf":
		return "gcode_3mf"
	default:
		return k
	}
}

// unsliced is true for models that no printer can print as they are.
func unsliced(kind string) bool {
	switch Format(kind) {
	case "stl", "3mf", "obj", "step", "stp":
		return true
	}
	return false
}
