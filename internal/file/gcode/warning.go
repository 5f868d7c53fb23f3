package gcode

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Codes that a warning begins with, so that a rule can tell them apart without reading the text.
const (
	WarnNumber     = "number"     // a number was negative, not finite, absurd or unreadable, and was dropped
	WarnCoordinate = "coordinate" // a move went further than any printer does, or its number was unreadable
	WarnLongLine   = "long_line"  // a line over 64 KB was skipped
	WarnBinary     = "binary"     // the file holds bytes that no G-code text has
	WarnScan       = "scan"       // the moves were not scanned to the end: no bounds, and commands went unchecked
	WarnSecret     = "secret"     // a password or key of a print host stands in the file
	WarnCommand    = "command"    // a command that changes or stops the printer, not just prints
	WarnThumbnail  = "thumbnail"  // a picture was damaged, too large or of another size than it claims
)

const (
	maxWarnings = 32
	maxTextLen  = 120 // runes
)

// warnings collects each distinct warning once, up to a limit, so that a hostile file cannot make the list grow.
type warnings struct {
	list []string
}

func (w *warnings) add(code, detail string) {
	text := code + ": " + cleanText(detail)
	if len(w.list) < maxWarnings && !slices.Contains(w.list, text) {
		w.list = append(w.list, text)
	}
}

// cleanText makes a stranger's text fit for a page: printable runes only (no control or direction marks), one line,
// at most maxTextLen runes.
func cleanText(s string) string {
	const room = maxTextLen * utf8.UTFMax * 2
	s = s[:min(len(s), room)]
	var b strings.Builder
	n := 0
	for _, r := range s {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			continue
		}
		if n++; n > maxTextLen {
			break
		}
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
}
