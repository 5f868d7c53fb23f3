package apiclient

import (
	"bytes"
	"encoding/json"
	"io"
)

// WriteJSON writes a document for people: indented, with its members in the server's order.
func WriteJSON(out io.Writer, body []byte) error {
	var b bytes.Buffer
	if err := json.Indent(&b, bytes.TrimSpace(body), "", "  "); err != nil {
		_, err = out.Write(body) // no JSON: as it came
		return err
	}
	b.WriteByte('\n')
	_, err := b.WriteTo(out)
	return err
}

// WriteTable writes a list as a table, and anything else a field a line.
func WriteTable(out io.Writer, body []byte) error {
	var l listed
	if json.Unmarshal(body, &l) == nil && l.Data != nil {
		return (&Table{Out: out}).Write(*l.Data)
	}
	return WriteRecord(out, body)
}

// Array writes rows as one JSON array, a row a line, while they arrive.
type Array struct {
	Out   io.Writer
	begun bool
}

// Write adds rows.
func (a *Array) Write(rows []json.RawMessage) error {
	for _, row := range rows {
		before := ",\n"
		if !a.begun {
			before, a.begun = "[\n", true
		}
		if _, err := io.WriteString(a.Out, before+string(row)); err != nil {
			return err
		}
	}
	return nil
}

// Close ends the array.
func (a *Array) Close() error {
	end := "\n]\n"
	if !a.begun {
		end = "[]\n"
	}
	_, err := io.WriteString(a.Out, end)
	return err
}
