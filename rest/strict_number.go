package rest

import (
	"bytes"
	"cmp"
	"strconv"
	"strings"
)

// longest is how many digits an integer of a request has at most: those of 2^64.
const longest = 20

// integral is a JSON number without fraction and exponent where it is an integer however it is written, as JSON Schema counts
// them: 1000.0 and 1e3 are 1000. It computes with the digits, so that no integer is rounded. The error is that of strconv:
// ErrSyntax for what is no integer, ErrRange for one of too many digits.
func integral(literal string) (string, error) {
	at := strings.IndexAny(literal, ".eE")
	if at < 0 {
		return literal, nil
	}
	mantissa, power, _ := strings.Cut(strings.ToLower(literal), "e")
	sign := ""
	if strings.HasPrefix(mantissa, "-") {
		sign, mantissa = "-", mantissa[1:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimRight(whole+fraction, "0")
	if digits == "" {
		return "0", nil
	}
	exponent, err := strconv.ParseInt(cmp.Or(power, "0"), 10, 32)
	leading := len(digits) - len(strings.TrimLeft(digits, "0"))
	switch point := len(whole) + int(exponent); {
	case point < len(digits): // 1.5, 15e-1
		return "", strconv.ErrSyntax
	case err != nil || point-leading > longest:
		return "", strconv.ErrRange
	default:
		return sign + strings.TrimLeft(digits, "0") + strings.Repeat("0", point-len(digits)), nil
	}
}

// edit is a number of a body that is read in another form than it was sent.
type edit struct {
	from, to int // bytes of the body
	text     string
}

// edited is the body with the numbers in the form in which encoding/json reads them. A body without such is itself.
func edited(body []byte, edits []edit) []byte {
	if len(edits) == 0 {
		return body
	}
	var b bytes.Buffer
	at := 0
	for _, e := range edits {
		b.Write(body[at:e.from])
		b.WriteString(e.text)
		at = e.to
	}
	b.Write(body[at:])
	return b.Bytes()
}
