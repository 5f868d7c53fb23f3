package sheet

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	utf16 "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// visitor is told each row of a table that has something in it, the header first; cells are trimmed, and valid until the next.
type visitor func(row int, cells []string) error

// table is what visits rows.
type table func(visitor) error

// readText finds out encoding and separator of a plain text.
func readText(content []byte) (table, error) {
	r, err := decoded(content)
	if err != nil {
		return nil, err
	}
	in := bufio.NewReaderSize(r, 64<<10)
	first, _ := in.Peek(64 << 10) // as much as there is
	separator, skip := separatorOf(string(first))
	if _, err := in.Discard(skip); err != nil {
		return nil, broken(Format, "cannot be read")
	}
	return func(visit visitor) error { return readCSV("", in, separator, visit) }, nil
}

// decoded is the text in UTF-8 without a byte order mark. What is no UTF-8 is Windows-1252, as Excel writes it.
func decoded(content []byte) (io.Reader, error) {
	r := io.Reader(bytes.NewReader(content))
	switch {
	case bytes.HasPrefix(content, []byte("\xff\xfe\x00\x00")):
		return nil, broken(Format, "is UTF-32: save it as UTF-8")
	case bytes.HasPrefix(content, []byte("\xff\xfe")), bytes.HasPrefix(content, []byte("\xfe\xff")):
		r = transform.NewReader(r, utf16.UTF16(utf16.LittleEndian, utf16.ExpectBOM).NewDecoder())
	case bytes.HasPrefix(content, []byte("\xef\xbb\xbf")):
		content = content[3:]
		r = bytes.NewReader(content)
	case blind(content) != 0:
		r = transform.NewReader(r, utf16.UTF16(utf16.Endianness(blind(content) == 'L'), utf16.IgnoreBOM).NewDecoder())
	case bytes.IndexByte(content, 0) >= 0:
		return nil, broken(Format, "is no text")
	case !utf8.Valid(content):
		r = transform.NewReader(r, charmap.Windows1252.NewDecoder())
	}
	if bytes.IndexByte(content, '\n') < 0 && bytes.IndexByte(content, '\r') >= 0 { // as old Macs wrote it
		r = transform.NewReader(r, carriage{})
	}
	return r, nil
}

// blind tells UTF-16 without a byte order mark by the zeros of its letters: 'L' or 'B' for the order, 0 for neither.
func blind(content []byte) byte {
	head := content[:min(len(content), 256)]
	var zeros [2]int
	for i, b := range head {
		if b == 0 {
			zeros[i%2]++
		}
	}
	switch pairs := len(head) / 2; {
	case pairs < 2 || len(content)%2 != 0:
		return 0
	case zeros[1] > pairs/2 && zeros[0] == 0:
		return 'L'
	case zeros[0] > pairs/2 && zeros[1] == 0:
		return 'B'
	}
	return 0
}

// carriage makes line feeds of carriage returns.
type carriage struct{ transform.NopResetter }

// Transform implements transform.Transformer.
func (carriage) Transform(dst, src []byte, _ bool) (int, int, error) {
	n := copy(dst, src)
	for i, b := range dst[:n] {
		if b == '\r' {
			dst[i] = '\n'
		}
	}
	if n < len(src) {
		return n, n, transform.ErrShortDst
	}
	return n, n, nil
}

// separatorOf is what separates cells, and the length of a first line that says so (sep=;).
func separatorOf(text string) (separator rune, skip int) {
	line, _, _ := strings.Cut(text, "\n")
	if rest, ok := strings.CutPrefix(strings.ToLower(strings.TrimSuffix(line, "\r")), "sep="); ok && len(rest) == 1 && strings.Contains(",;\t|", rest) {
		return rune(rest[0]), min(len(line)+1, len(text))
	}
	counts, quoted := map[rune]int{}, false
	for _, c := range line {
		if c == '"' {
			quoted = !quoted
		} else if !quoted {
			counts[c]++
		}
	}
	separator = ','
	for _, c := range ";\t|" {
		if counts[c] > counts[separator] {
			separator = c
		}
	}
	return separator, 0
}

// readCSV visits the rows of a text. Row numbers are line numbers. File is its name inside an archive, for words.
func readCSV(file string, in io.Reader, separator rune, visit visitor) error {
	if file != "" {
		in = transform.NewReader(in, utf16.BOMOverride(transform.Nop))
	}
	r := csv.NewReader(in)
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = separator, -1, true
	for {
		cells, err := r.Read()
		var wrong *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &wrong):
			return broken(Format, "%srow %d: a quotation mark is not closed, or stands inside a cell", within(file), wrong.Line)
		case err != nil:
			return broken(Format, "%scannot be unpacked or read", within(file))
		}
		row, _ := r.FieldPos(0)
		if err := tidy(file, row, cells); err != nil {
			return err
		}
		if blank(cells) {
			continue
		}
		if err := visit(row, cells); err != nil {
			return err
		}
	}
}

// within is a file's name in front of what is wrong in it.
func within(file string) string {
	if file == "" {
		return ""
	}
	return file + ", "
}

// tidy trims cells, and refuses rows that no person has written.
func tidy(file string, row int, cells []string) error {
	for i, c := range cells {
		if i >= MaxColumns && c != "" {
			return broken(TooMany, "%srow %d has more than %d columns", within(file), row, MaxColumns)
		}
		if !utf8.ValidString(c) {
			return broken(Format, "%srow %d: is not UTF-8", within(file), row)
		}
		cells[i] = strings.TrimSpace(strings.TrimPrefix(c, "\ufeff"))
	}
	return nil
}

func blank(cells []string) bool {
	for _, c := range cells {
		if c != "" {
			return false
		}
	}
	return true
}

// clip is a text of a file in a message, short and in one line.
func clip(s string) string {
	s = visible(s)
	if r := []rune(s); len(r) > 60 {
		return string(r[:59]) + "…"
	}
	return s
}

// visible is a text without what moves a terminal's cursor or turns its line round.
func visible(s string) string {
	return strings.Map(func(c rune) rune {
		if c == utf8.RuneError || !unicode.IsPrint(c) {
			return -1
		}
		return c
	}, s)
}
