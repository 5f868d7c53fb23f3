package sheet

import (
	"bytes"
	"fmt"

	"github.com/soloprint/soloprint/internal/errs"
)

// Limits of a file.
const (
	MaxBytes   = 16 << 20
	MaxRows    = 50_000 // people
	MaxColumns = 100
	maxSeats   = 20 * MaxRows // rows of enrollments, roles and other lists of a OneRoster file
	maxCell    = 1000         // characters
)

// MaxFaults bounds the faults that are listed; all are counted.
const MaxFaults = 1000

// Options are what a file does not say by itself.
type Options struct {
	Columns  map[string]string // header -> field of a plain file, where words do not tell; "-" = ignore
	Roles    map[string]string // word of the file -> role, where another one is meant
	Sheet    string            // of a spreadsheet; the first one where empty
	Schools  []string          // sourcedIds of the OneRoster organizations that are meant; all where empty
	Complete *bool             // whether the file names everybody; nil = the manifest's word, and no for plain files
	Today    string            // YYYY-MM-DD, for roles of OneRoster 1.2 that begin and end
}

// Roster is what a file says.
type Roster struct {
	Format    string
	Columns   []Column // of a plain file
	Files     []File   // of OneRoster
	People    []Person
	Classes   []Class
	AllPeople bool // who is not in it leaves
	AllSeats  bool // the enrollments that people have by files are those of this one
	Skipped   int  // people that are no members: parents, guardians, those of other schools

	Faults  []Fault // the first MaxFaults
	Wrong   int     // how many faults there are
	Refused int     // people with a fault
}

// Column is a column of a plain file and the field that it is taken for, "" for none.
type Column struct {
	Header string `json:"header"`
	Field  string `json:"field"`
}

// File is a file of OneRoster.
type File struct {
	Name string `json:"name"`
	Mode string `json:"mode"` // bulk, delta, absent; empty for files that are not read
	Used bool   `json:"used"`
}

// Person is one person of a file. What is empty, the file does not say.
type Person struct {
	File                                   string // inside a zip; empty for plain files
	Row                                    int    // as spreadsheets number them, from 1; the header is one
	Key                                    string // identifier in the school's system
	Email, Name, Role, Status, Grade       string
	Floor, Leaves, Refused, Bare, Mentions bool
	Seats                                  []Seat
}

// What the flags of a Person mean: Floor: a role above is kept. Leaves: is no member any more. Refused: has a fault. Bare: only
// seats are known. Mentions: the file says which classes the person is in.

// Seat is a place in a class.
type Seat struct {
	Class  int32 // index of Roster.Classes
	Role   SeatRole
	Leaves bool
}

// SeatRole is what somebody is in a class.
type SeatRole uint8

// The roles in a class. Unsaid follows the person's role.
const (
	Unsaid SeatRole = iota
	Student
	Assistant
	Teacher
)

// Class is a class that a file names.
type Class struct {
	File             string
	Row              int
	Key              string // code; empty where only a word is known, which is a code or a name
	Name             string
	StartsOn, EndsOn string // YYYY-MM-DD, or empty
	Leaves           bool   // is over
	Bare             bool   // is named by enrollments only
}

// Fault is what is wrong with a row.
type Fault struct {
	File    string `json:"file,omitempty"`
	Row     int    `json:"row"`
	Column  string `json:"column"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Codes of faults, those of other requests.
const (
	Required  = "required"
	Format    = "invalid_format"
	NotOne    = "not_allowed"
	Duplicate = "duplicate"
	TooLong   = "too_long"
	TooMany   = "too_many"
)

// Note counts a fault, and lists it where there is room.
func (r *Roster) Note(f Fault) {
	r.Wrong++
	if len(r.Faults) < MaxFaults {
		r.Faults = append(r.Faults, f)
	}
}

// Refuse notes a fault of a person.
func (r *Roster) Refuse(p *Person, column, code, message string, args ...any) {
	if !p.Refused {
		p.Refused = true
		r.Refused++
	}
	r.Note(Fault{p.File, p.Row, column, code, fmt.Sprintf(message, args...)})
}

// broken is a file that cannot be read as a whole.
func broken(code, message string, args ...any) error {
	return errs.Invalid(errs.Field{Path: "file", Code: code, Message: fmt.Sprintf(message, args...)})
}

// Read reads a file. What it is, its first bytes say.
func Read(content []byte, o Options) (*Roster, error) {
	if err := check(content); err != nil {
		return nil, err
	}
	if zipped(content) {
		return readZip(content, o)
	}
	rows, err := readText(content)
	if err != nil {
		return nil, err
	}
	return readPlain("csv", rows, o)
}

// check refuses files that are not looked into.
func check(content []byte) error {
	switch {
	case len(content) == 0:
		return broken(Required, "is empty")
	case len(content) > MaxBytes:
		return broken(TooMany, "has more than %d MiB", MaxBytes>>20)
	case bytes.HasPrefix(content, []byte("\xd0\xcf\x11\xe0")):
		return broken(Format, "is an old or a locked workbook: save it as .xlsx without a password, or as CSV")
	}
	return nil
}

func zipped(content []byte) bool { return bytes.HasPrefix(content, []byte("PK")) }

// readZip reads what came packed: a workbook, or OneRoster.
func readZip(content []byte, o Options) (*Roster, error) {
	a, err := openArchive(content)
	if err != nil {
		return nil, err
	}
	switch {
	case a.has("[content_types].xml"):
		book, err := openBook(content, a, o.Sheet)
		if err != nil {
			return nil, err
		}
		defer book.close()
		return readPlain("xlsx", book.rows, o)
	case a.oneRoster():
		return readOneRoster(a, o)
	}
	return nil, neither()
}

func neither() error {
	return broken(Format, "is neither a workbook nor OneRoster: manifest.csv and users.csv are not in it")
}
