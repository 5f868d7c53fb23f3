package sheet

import (
	"errors"
	"slices"

	"github.com/soloprint/soloprint/internal/errs"
)

// Bounds of what a look shows.
const (
	maxSamples = 5
	maxSchools = 500
)

// Look is what a file is, before anybody has said how it is meant: enough to choose columns, a sheet and schools.
type Look struct {
	Format  string     `json:"format"`
	Columns []Column   `json:"columns,omitempty"` // of a plain file, with what words suggest
	Samples [][]string `json:"samples,omitempty"` // its first rows
	Sheets  []string   `json:"sheets,omitempty"`  // of a workbook
	Files   []File     `json:"files,omitempty"`   // of OneRoster
	Schools []School   `json:"schools,omitempty"` // of OneRoster, the first ones
	Missing string     `json:"missing,omitempty"` // what has to be said before it can be read
}

// School is an organization of OneRoster.
type School struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Kind string `json:"type"`
}

// errSeen ends a look.
var errSeen = errors.New("enough was seen")

// Examine looks at a file. Its error is one that no option mends.
func Examine(content []byte, o Options) (*Look, error) {
	if err := check(content); err != nil {
		return nil, err
	}
	if !zipped(content) {
		rows, err := readText(content)
		if err != nil {
			return nil, err
		}
		return look("csv", rows, o)
	}
	a, err := openArchive(content)
	switch {
	case err != nil:
		return nil, err
	case a.has("[content_types].xml"):
		return lookBook(content, a, o)
	case a.oneRoster():
		return lookOneRoster(a, o)
	}
	return nil, neither()
}

func lookBook(content []byte, a *archive, o Options) (*Look, error) {
	book, err := openBook(content, a, o.Sheet)
	if err != nil {
		return nil, err
	}
	defer book.close()
	l, err := look("xlsx", book.rows, o)
	if err != nil {
		return nil, err
	}
	l.Sheets = book.sheets()
	return l, nil
}

// look sees the header and the first rows of a table.
func look(format string, rows table, o Options) (*Look, error) {
	l := &Look{Format: format}
	err := rows(func(_ int, cells []string) (err error) {
		switch cells = slices.Clone(trimmed(cells)); {
		case l.Columns == nil:
			l.Columns, err = columnsOf(cells, o.Columns)
		case len(l.Samples) == maxSamples:
			return errSeen
		default:
			for i := range cells {
				cells[i] = clip(cells[i])
			}
			l.Samples = append(l.Samples, cells)
		}
		return err
	})
	switch {
	case err != nil && !errors.Is(err, errSeen):
		return nil, err
	case l.Columns == nil:
		return nil, broken(Required, "has no rows")
	}
	l.Missing = said(agree(l.Columns))
	return l, nil
}

// lookOneRoster sees what is in an archive, and which schools it is about.
func lookOneRoster(a *archive, o Options) (*Look, error) {
	r := newOneRoster(a, o)
	r.options.Schools = nil
	if err := r.manifest(); err != nil {
		return &Look{Format: "oneroster", Missing: said(err)}, nil
	}
	if err := r.readSchools(); err != nil {
		return nil, err
	}
	return &Look{Format: r.Format, Files: r.Files, Schools: r.named}, nil
}

// said is an error of this package in words.
func said(err error) string {
	if err == nil {
		return ""
	}
	if e := errs.From(err); len(e.Fields) > 0 {
		return e.Fields[0].Message
	}
	return err.Error()
}
