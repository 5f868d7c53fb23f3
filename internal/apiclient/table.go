package apiclient

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of a table: what fits a terminal.
const (
	maxColumns = 7
	maxCell    = 36
)

// preferred are the fields that say most about a row, the most telling first.
var preferred = []string{
	"id", "number", "code", "name", "email", "type", "kind", "state", "status", "role", "eligibility", "approval_state", "priority", "stock_level", "bed_state",
	"model", "remaining_g", "printer_name", "material_type", "delta_g", "balance_after_g", "created_at",
}

// Table writes rows as they come, under columns that the first page chooses.
type Table struct {
	Out     io.Writer
	columns []string
	widths  []int
}

// Write adds a page of rows.
func (t *Table) Write(rows []json.RawMessage) error {
	records := make([]record, len(rows))
	for i, raw := range rows {
		var err error
		if records[i], err = recordOf(raw); err != nil {
			return err
		}
	}
	if t.columns == nil && len(records) > 0 {
		t.choose(records)
		heads := make([]string, len(t.columns))
		for i, c := range t.columns {
			heads[i] = strings.ToUpper(c)
		}
		if err := t.line(heads); err != nil {
			return err
		}
	}
	for _, r := range records {
		cells := make([]string, len(t.columns))
		for i, c := range t.columns {
			cells[i] = r.text(c)
		}
		if err := t.line(cells); err != nil {
			return err
		}
	}
	return nil
}

// choose picks the columns: preferred fields first, then the others in their order, none that is empty in every row.
func (t *Table) choose(records []record) {
	var names []string
	for _, r := range records {
		for _, e := range r {
			if e.text != "" && !slices.Contains(names, e.name) {
				names = append(names, e.name)
			}
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return rank(a) - rank(b) })
	t.columns = names[:min(len(names), maxColumns)]
	for _, c := range t.columns {
		width := utf8.RuneCountInString(c)
		for _, r := range records {
			width = max(width, utf8.RuneCountInString(r.text(c)))
		}
		t.widths = append(t.widths, width)
	}
}

func rank(name string) int {
	if i := slices.Index(preferred, name); i >= 0 {
		return i
	}
	return len(preferred)
}

func (t *Table) line(cells []string) error {
	var b strings.Builder
	for i, c := range cells {
		b.WriteString(c)
		if i < len(cells)-1 {
			b.WriteString(strings.Repeat(" ", max(t.widths[i]-utf8.RuneCountInString(c), 0)+2))
		}
	}
	_, err := fmt.Fprintln(t.Out, strings.TrimRight(b.String(), " "))
	return err
}

// WriteRecord writes one thing, a field a line.
func WriteRecord(out io.Writer, raw json.RawMessage) error {
	r, err := recordOf(raw)
	if err != nil {
		return err
	}
	width := 0
	for _, e := range r {
		width = max(width, len(e.name))
	}
	for _, e := range r {
		if _, err := fmt.Fprintf(out, "%-*s  %s\n", width, e.name, e.text); err != nil {
			return err
		}
	}
	return nil
}

// record is an object's fields in their order, those that fit a cell.
type record []entry

type entry struct{ name, text string }

func (r record) text(name string) string {
	for _, e := range r {
		if e.name == name {
			return e.text
		}
	}
	return ""
}

func recordOf(raw json.RawMessage) (record, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("the answer is no object: use -o json")
	}
	var r record
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		if text, ok := textOf(value); ok {
			r = append(r, entry{fmt.Sprint(name), text})
		}
	}
	return r, nil
}

// textOf is a value for a cell; false for lists and objects, but for those that have a state.
func textOf(value json.RawMessage) (string, bool) {
	switch value[0] {
	case '"':
		var s string
		_ = json.Unmarshal(value, &s) // it was read as JSON
		return clean(s), true
	case '{':
		var o struct {
			State string `json:"state"`
		}
		if json.Unmarshal(value, &o) != nil || o.State == "" {
			return "", false
		}
		return clean(o.State), true
	case '[':
		return "", false
	case 'n':
		return "", true
	}
	return string(value), true
}

// clean keeps what strangers typed from steering the terminal, and cells from being too wide.
func clean(s string) string {
	s = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return ' '
		}
		return c
	}, s)
	if utf8.RuneCountInString(s) > maxCell {
		s = string([]rune(s)[:maxCell-1]) + "…"
	}
	return s
}
