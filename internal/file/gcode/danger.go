package gcode

import (
	"bytes"
	"strconv"
)

// warnCode names M commands that do more than print. What happens to such a file is the organization's rule.
func (m *moves) warnCode(code int, w *words) {
	var what string
	switch code {
	case 28, 30:
		what = "writes or deletes files on the printer"
	case 98:
		what = "runs a macro"
	case 112:
		what = "emergency stop"
	case 118:
		if bytes.Contains(w.rest, []byte("action:")) {
			what = "tells the print host to act"
		}
	case 500, 502, 504:
		what = "changes stored settings"
	case 997:
		what = "updates the firmware"
	}
	if what != "" {
		m.warn.add(WarnCommand, "M"+strconv.Itoa(code)+" "+what)
	}
}

// warnNamed names commands in words that do more than print: Klipper's, and plug-ins of OctoPrint.
func (m *moves) warnNamed(line []byte) {
	name := line
	if i := bytes.IndexAny(line, " \t\r;"); i >= 0 {
		name = line[:i]
	}
	if len(name) > 32 {
		return
	}
	switch upper := string(bytes.ToUpper(name)); upper {
	case "RUN_SHELL_COMMAND":
		m.warn.add(WarnCommand, upper+" runs a program on the print host")
	case "SAVE_CONFIG":
		m.warn.add(WarnCommand, upper+" changes stored settings")
	case "FIRMWARE_RESTART", "RESTART":
		m.warn.add(WarnCommand, upper+" restarts the printer")
	default:
		if len(upper) > 4 && upper[:4] == "OCTO" && upper[4] >= '0' && upper[4] <= '9' {
			m.warn.add(WarnCommand, "OCTO runs a program on the print host")
		}
	}
}

// checkHeat warns of a temperature that no printer should be asked for, in degrees Celsius.
func (m *moves) checkHeat(w *words, part string, limit float64) {
	for arg, ok := w.next(); ok; arg, ok = w.next() {
		if (arg.letter == 'S' || arg.letter == 'R') && (arg.value > limit || w.bad) {
			m.warn.add(WarnCommand, part+" above "+strconv.Itoa(int(limit))+" °C")
		}
	}
}
