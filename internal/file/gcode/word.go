package gcode

import "math"

// word is a letter and its number, such as G1 or X10.5. The letter is in upper case.
type word struct {
	letter   byte
	value    float64
	hasValue bool
}

// isCode says whether the word can be a command: a letter and a whole number.
func (w word) isCode() bool {
	return w.hasValue && w.value >= 0 && w.value <= math.MaxInt16 && w.value == math.Trunc(w.value)
}

// words cuts a line into words. It stops at a comment, a checksum or anything that is no word.
type words struct {
	rest []byte
	bad  bool // a number was unreadable
}

func (w *words) next() (word, bool) {
	w.rest = trimLeft(w.rest)
	if len(w.rest) == 0 {
		return word{}, false
	}
	letter := w.rest[0] &^ 0x20
	if letter < 'A' || letter > 'Z' {
		return word{}, false
	}
	value, n, ok := decimal(w.rest[1:])
	w.rest = w.rest[1+n:]
	if n > 0 && !ok {
		w.bad = true
	}
	return word{letter: letter, value: value, hasValue: ok}, true
}

// decimal reads a number as G-code writes it, without an exponent (E is the extruder's letter), and says how many bytes
// it took. A number of more than 15 digits is unreadable; up to there the result is the nearest float64.
func decimal(b []byte) (value float64, n int, ok bool) {
	negative := false
	if n < len(b) && (b[n] == '-' || b[n] == '+') {
		negative = b[n] == '-'
		n++
	}
	var mantissa, scale, digits = int64(0), 1.0, 0
	fraction := false
	for ; n < len(b); n++ {
		c := b[n]
		switch {
		case c >= '0' && c <= '9':
			if digits++; digits > 15 {
				continue // read on to the end of the number
			}
			mantissa = mantissa*10 + int64(c-'0')
			if fraction {
				scale *= 10
			}
			continue
		case c == '.' && !fraction:
			fraction = true
			continue
		}
		break
	}
	value = float64(mantissa) / scale
	if negative {
		value = -value
	}
	return value + 0, n, digits > 0 && digits <= 15
}

func trimLeft(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t' || b[0] == '\r') {
		b = b[1:]
	}
	return b
}
