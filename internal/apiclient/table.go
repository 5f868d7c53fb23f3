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
	wide    bool // all columns, however many
	columns []string
	widths  []int
}

// Write adds a page of rows.
func (t *Table) Write(rows []json.RawMessage) error {
	records := make([]record, len(rows))
	for i, raw := range rows {
		var err error
		if records[i], err = rowOf(raw); err != nil {
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
			cells[i] = short(r.text(c))
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
	if !t.wide {
		names = names[:min(len(names), maxColumns)]
	}
	t.columns = names
	for _, c := range t.columns {
		width := utf8.RuneCountInString(c)
		for _, r := range records {
			width = max(width, utf8.RuneCountInString(short(r.text(c))))
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

// WriteRecord writes one thing, a field a line, those of objects in it under dotted names; lists of objects follow as tables.
func WriteRecord(out io.Writer, raw json.RawMessage) error {
	r, err := recordOf(raw)
	if err != nil {
		return err
	}
	width := 0
	for _, e := range r {
		if e.rows == nil {
			width = max(width, utf8.RuneCountInString(e.name))
		}
	}
	var b bytes.Buffer
	for _, e := range r {
		if e.rows == nil {
			b.WriteString(strings.TrimRight(fmt.Sprintf("%-*s  %s", width, e.name, e.text), " ") + "\n")
		}
	}
	for _, e := range r {
		if e.rows == nil {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(e.name + "\n")
		if err := (&Table{Out: &b, wide: true}).Write(e.rows); err != nil {
			return err
		}
	}
	_, err = b.WriteTo(out)
	return err
}

// record is an object's fields in their order, those of objects in it under dotted names.
type record []entry

// entry is one field: a text, or the rows of a list of objects.
type entry struct {
	name, text string
	rows       []json.RawMessage
}

func (r record) text(name string) string {
	for _, e := range r {
		if e.name == name {
			return e.text
		}
	}
	return ""
}

// under are the fields as those of an object of that name.
func (r record) under(name string) record {
	for i := range r {
		r[i].name = name + "." + r[i].name
	}
	return r
}

// recordOf is one thing with all that it holds.
func recordOf(raw json.RawMessage) (r record, err error) {
	err = members(raw, func(name string, value json.RawMessage) error {
		switch value[0] {
		case '{':
			inner, err := recordOf(value)
			r = append(r, inner.under(name)...)
			return err
		case '[':
			r = append(r, listOf(name, value))
		default:
			r = append(r, entry{name: name, text: textOf(value)})
		}
		return nil
	})
	return r, err
}

// rowOf is one thing of many, for a line: lists stay out, and an object that has a state is its state.
func rowOf(raw json.RawMessage) (r record, err error) {
	err = members(raw, func(name string, value json.RawMessage) error {
		switch value[0] {
		case '{':
			inner, err := rowOf(value)
			if state := inner.text("state"); state != "" {
				r = append(r, entry{name: name, text: state})
			} else {
				r = append(r, inner.under(name)...)
			}
			return err
		case '[':
		default:
			r = append(r, entry{name: name, text: textOf(value)})
		}
		return nil
	})
	return r, err
}

// members reads an object's members in their order.
func members(raw json.RawMessage, visit func(name string, value json.RawMessage) error) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("the answer is no object: use -o json")
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		if err := visit(printable(fmt.Sprint(name)), value); err != nil {
			return err
		}
	}
	return nil
}

// listOf is a list: rows where it holds objects, else one text, with commas.
func listOf(name string, value json.RawMessage) entry {
	var items []json.RawMessage
	_ = json.Unmarshal(value, &items) // it was read as JSON
	if len(items) > 0 && items[0][0] == '{' {
		return entry{name: name, rows: items}
	}
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = textOf(item)
	}
	return entry{name: name, text: strings.Join(texts, ", ")}
}

// textOf is a value that is no object as a text; null is none.
func textOf(value json.RawMessage) string {
	switch value[0] {
	case '"':
		var s string
		_ = json.Unmarshal(value, &s) // it was read as JSON
		return printable(s)
	case 'n':
		return ""
	}
	return printable(string(value))
}

// printable keeps what strangers typed from steering the terminal.
func printable(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return ' '
		}
		return c
	}, s)
}

// short keeps cells from being too wide.
func short(s string) string {
	if utf8.RuneCountInString(s) > maxCell {
		s = string([]rune(s)[:maxCell-1]) + "…"
	}
	return s
}
