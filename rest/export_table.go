package rest

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// cell is one value of a table: a number, or a text.
type cell struct {
	text   string
	number any // nil where it is a text
}

// column is one value of a view: nested ones have their path as a name, slots.0 never: lists are one cell.
type column struct {
	name string
	of   func(row reflect.Value) (v reflect.Value, ok bool)
}

// columnsOf are the columns of a view, in the order of its fields. Related records have columns where expand asks for them.
func columnsOf(view reflect.Type, expand []string) []column {
	var paths []string
	for _, value := range expand {
		paths = append(paths, strings.Split(value, ",")...)
	}
	if view.Kind() == reflect.Pointer { // a row of an operation that is shown as it is
		return flatten(view.Elem(), "", nil, paths, func(row reflect.Value) (reflect.Value, bool) { return row.Elem(), !row.IsNil() })
	}
	return flatten(view, "", nil, paths, func(row reflect.Value) (reflect.Value, bool) { return row, true })
}

// flatten lists the values below a struct. Up are the types around it: one that contains itself ends as JSON.
func flatten(t reflect.Type, prefix string, up []reflect.Type, expand []string, of func(reflect.Value) (reflect.Value, bool)) (columns []column) {
	up = append(slices.Clone(up), t)
	for _, f := range members(t, jsonName) {
		inner, at := f.Type, memberAt(of, t, f)
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		name, nested := prefix+jsonName(f), nests(inner)
		below, asked := under(expand, jsonName(f))
		related := strings.Contains(f.Tag.Get("json"), ",omit") && (rowOf(inner) || inner.Kind() == reflect.Slice && rowOf(inner.Elem()))
		switch {
		case related && !asked:
		case nested && !slices.Contains(up, inner):
			columns = append(columns, flatten(inner, name+".", up, below, at)...)
		default:
			columns = append(columns, column{name: name, of: at})
		}
	}
	return columns
}

// memberAt is the way to a field; it ends at a pointer to nothing.
func memberAt(of func(reflect.Value) (reflect.Value, bool), t reflect.Type, f reflect.StructField) func(reflect.Value) (reflect.Value, bool) {
	field, _ := t.FieldByName(f.Name) // with the way through embedded structs
	return func(row reflect.Value) (reflect.Value, bool) {
		v, ok := of(row)
		if !ok {
			return v, false
		}
		v = v.FieldByIndex(field.Index)
		if v.Kind() == reflect.Pointer {
			return v.Elem(), !v.IsNil()
		}
		return v, true
	}
}

// nests holds for structs that have no form of their own, as times have.
func nests(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return t.Kind() == reflect.Struct && !p.Implements(reflect.TypeFor[json.Marshaler]()) && !p.Implements(reflect.TypeFor[encoding.TextMarshaler]())
}

// rowOf holds for views of rows: they have an identifier.
func rowOf(t reflect.Type) bool {
	_, ok := fieldNamed(t, "id")
	return ok && nests(t)
}

// under reports whether one of the paths names the field, and what they name below it.
func under(paths []string, name string) (below []string, ok bool) {
	for _, p := range paths {
		head, tail, deeper := strings.Cut(p, ".")
		if head == name {
			ok = true
			if deeper {
				below = append(below, tail)
			}
		}
	}
	return below, ok
}

func titles(columns []column) []cell {
	out := make([]cell, len(columns))
	for i, c := range columns {
		out[i] = cell{text: c.name}
	}
	return out
}

func cells(columns []column, row reflect.Value) []cell {
	out := make([]cell, len(columns))
	for i, c := range columns {
		if v, ok := c.of(row); ok {
			out[i] = cellOf(v)
		}
	}
	return out
}

// cellOf is a value as a table shows it: numbers as numbers, times as JSON has them, lists as their items one after the
// other, and what has no other form as JSON.
func cellOf(v reflect.Value) cell {
	switch x := v.Interface().(type) {
	case time.Time:
		return cell{text: x.Format(time.RFC3339Nano)}
	case json.RawMessage:
		return cell{text: string(x)}
	case encoding.TextMarshaler:
		b, _ := x.MarshalText() // what cannot be said is left out
		return cell{text: string(b)}
	}
	switch v.Kind() {
	case reflect.String:
		return cell{text: v.String()}
	case reflect.Bool:
		return cell{text: strconv.FormatBool(v.Bool())}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return cell{number: v.Int()}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return cell{number: v.Uint()}
	case reflect.Float32, reflect.Float64:
		return cell{number: v.Float()}
	case reflect.Slice:
		return cell{text: joined(v)}
	}
	return cell{text: compact(v)}
}

// joined are the items of a list, separated by semicolons: those that have a name by it.
func joined(v reflect.Value) string {
	parts := make([]string, v.Len())
	for i := range parts {
		item := v.Index(i)
		if item.Kind() == reflect.Struct {
			if f, ok := fieldNamed(item.Type(), "name"); ok && f.Type.Kind() == reflect.String {
				item = item.FieldByIndex(f.Index)
			}
		}
		c := cellOf(item)
		parts[i] = c.text
		if c.number != nil {
			parts[i] = fmt.Sprint(c.number)
		}
	}
	return strings.Join(parts, "; ")
}

// compact is a value as JSON; nothing where there is none.
func compact(v reflect.Value) string {
	if (v.Kind() == reflect.Map || v.Kind() == reflect.Interface) && v.IsZero() || v.Kind() == reflect.Map && v.Len() == 0 {
		return ""
	}
	b, err := marshal(v.Interface())
	if err != nil {
		return ""
	}
	return string(bytes.TrimSpace(b))
}

// formulas are the characters with which spreadsheets begin a formula, their full-width and small forms included: programs
// that read them as the plain ones are known.
const formulas = "=+-@＝＋－＠﹦﹢﹣﹫"

// harmless puts an apostrophe before a text that a spreadsheet could take for a formula: it then shows the text. What stands
// before the formula (spaces, quotes, separators, what cannot be seen) may be dropped on the way, and counts as absent.
func harmless(text string) string {
	first, _ := utf8.DecodeRuneInString(text)
	rest := strings.TrimLeftFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`"'`+"`,;|", r)
	})
	start, _ := utf8.DecodeRuneInString(rest)
	if text != "" && (strings.ContainsRune("\t\r\n", first) || rest != "" && strings.ContainsRune(formulas, start)) {
		return "'" + text
	}
	return text
}

// csvTable writes CSV as RFC 4180 has it. Every text is quoted, so that another separator than ours splits none.
type csvTable struct {
	w io.Writer
	b bytes.Buffer
}

func (t *csvTable) row(cells []cell) error {
	t.b.Reset()
	for i, c := range cells {
		if i > 0 {
			t.b.WriteByte(',')
		}
		switch n := c.number.(type) {
		case nil:
			if c.text != "" {
				t.b.WriteString(`"` + strings.ReplaceAll(harmless(c.text), `"`, `""`) + `"`)
			}
		case float64:
			t.b.WriteString(strconv.FormatFloat(n, 'f', -1, 64))
		default:
			_, _ = fmt.Fprint(&t.b, n) // a buffer takes everything
		}
	}
	t.b.WriteString("\r\n")
	_, err := t.w.Write(t.b.Bytes())
	return err
}

func (t *csvTable) end() error { return nil }

// workbook writes a spreadsheet. Its rows go to a temporary file where they are many.
type workbook struct {
	w    io.Writer
	file *excelize.File
	rows *excelize.StreamWriter
	next int
}

func newWorkbook(w io.Writer) (*workbook, error) {
	file := excelize.NewFile()
	rows, err := file.NewStreamWriter(file.GetSheetName(0))
	return &workbook{w: w, file: file, rows: rows, next: 1}, err
}

func (t *workbook) row(cells []cell) error {
	values := make([]any, len(cells))
	for i, c := range cells {
		switch {
		case c.number != nil:
			values[i] = c.number
		case c.text != "":
			values[i] = harmless(c.text)
		}
	}
	at, err := excelize.CoordinatesToCellName(1, t.next)
	if err != nil {
		return err
	}
	t.next++
	return t.rows.SetRow(at, values)
}

func (t *workbook) end() error {
	err := t.rows.Flush()
	if err == nil {
		_, err = t.file.WriteTo(t.w)
	}
	if closed := t.file.Close(); err == nil { // removes the temporary file
		err = closed
	}
	return err
}
