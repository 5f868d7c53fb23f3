package sheet

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// plainFile is a table of people: one row each.
type plainFile struct {
	*Roster
	options Options
	roles   map[string]string // plain word -> role, of the options
	at      map[string]int    // field -> column
	classes map[string]int32  // plain text -> index of the class
	seen    map[string]int    // key or address -> row
}

// readPlain makes people of the rows of a plain file.
func readPlain(format string, rows table, o Options) (*Roster, error) {
	p := &plainFile{Roster: &Roster{Format: format}, options: o, roles: map[string]string{}, at: map[string]int{}, classes: map[string]int32{}, seen: map[string]int{}}
	for word, role := range o.Roles {
		p.roles[plain(word)] = role
	}
	if err := rows(p.visit); err != nil {
		return nil, err
	}
	if p.Columns == nil {
		return nil, broken(Required, "has no rows")
	}
	p.AllPeople = o.Complete != nil && *o.Complete
	_, p.AllSeats = p.at[fieldClasses]
	p.AllSeats = p.AllSeats && p.AllPeople
	return p.Roster, nil
}

// visit takes the header, then a person for each row.
func (p *plainFile) visit(row int, cells []string) error {
	if p.Columns == nil {
		return p.header(trimmed(cells))
	}
	if len(p.People) == MaxRows {
		return broken(TooMany, "has more than %d people", MaxRows)
	}
	p.People = append(p.People, Person{Row: row})
	p.person(&p.People[len(p.People)-1], cells)
	return nil
}

// header settles what the columns are.
func (p *plainFile) header(cells []string) (err error) {
	if p.Columns, err = columnsOf(slices.Clone(cells), p.options.Columns); err != nil {
		return err
	}
	for i, c := range p.Columns {
		if c.Field != "" {
			p.at[c.Field] = i
		}
	}
	return agree(p.Columns)
}

// trimmed are the cells without empty ones at the end.
func trimmed(cells []string) []string {
	for len(cells) > 0 && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1]
	}
	return cells
}

// cell is what the row has of a field.
func (p *plainFile) cell(cells []string, field string) string {
	if i, ok := p.at[field]; ok && i < len(cells) {
		return cells[i]
	}
	return ""
}

// person reads one row.
func (p *plainFile) person(w *Person, cells []string) {
	if cells = trimmed(cells); len(cells) > len(p.Columns) {
		p.Refuse(w, "", Format, "has %d cells, and the header %d: is there a separator in a name?", len(cells), len(p.Columns))
		return
	}
	for i, c := range cells {
		if len(c) > maxCell && utf8.RuneCountInString(c) > maxCell {
			p.Refuse(w, p.Columns[i].Header, TooLong, "has more than %d characters", maxCell)
			return
		}
	}
	w.Key, w.Email, w.Grade = p.cell(cells, fieldKey), p.cell(cells, fieldEmail), p.cell(cells, fieldGrade)
	if w.Name = p.cell(cells, fieldName); w.Name == "" {
		w.Name = joined(p.cell(cells, fieldGiven), p.cell(cells, fieldFamily), p.cell(cells, fieldFamily2))
	}
	p.role(w, p.cell(cells, fieldRole))
	p.status(w, p.cell(cells, fieldStatus))
	p.seats(w, p.cell(cells, fieldClasses))
	p.named(w)
}

// joined is a name of its parts.
func joined(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " ")
}

func (p *plainFile) role(w *Person, cell string) {
	if cell == "" {
		return
	}
	word := plain(cell)
	if w.Role = p.roles[word]; w.Role == "" {
		w.Role = roles[word]
	}
	if w.Role == "" {
		p.Refuse(w, p.HeaderOf(fieldRole), NotOne, "%q is no role that is known", clip(cell))
	}
}

func (p *plainFile) status(w *Person, cell string) {
	if cell == "" {
		return
	}
	switch w.Status = states[plain(cell)]; w.Status {
	case "":
		p.Refuse(w, p.HeaderOf(fieldStatus), NotOne, "%q is no status that is known", clip(cell))
	case gone:
		w.Status, w.Leaves = "", true
	}
}

// seats reads the classes of a person, which one cell may hold several of.
func (p *plainFile) seats(w *Person, cell string) {
	_, w.Mentions = p.at[fieldClasses]
	for name := range strings.FieldsFuncSeq(cell, func(c rune) bool { return c == ';' || c == '|' || c == '\n' }) {
		name = strings.TrimSpace(name)
		if name == "" {
			continue
		}
		i := p.class(name, w.Row)
		if !slices.ContainsFunc(w.Seats, func(s Seat) bool { return s.Class == i }) {
			w.Seats = append(w.Seats, Seat{Class: i})
		}
	}
}

// class is the class that a cell names, by code or name, whatever its case.
func (p *plainFile) class(name string, row int) int32 {
	folded := strings.ToLower(name)
	i, ok := p.classes[folded]
	if !ok {
		i = int32(len(p.Classes))
		p.classes[folded] = i
		p.Classes = append(p.Classes, Class{Row: row, Name: strings.Clone(name)})
	}
	return i
}

// named refuses rows that name nobody, or somebody whom another row names.
func (p *plainFile) named(w *Person) {
	if w.Key == "" && w.Email == "" {
		field := fieldEmail
		if _, ok := p.at[field]; !ok {
			field = fieldKey
		}
		p.Refuse(w, p.HeaderOf(field), Required, "is needed to know who it is")
	}
	p.once(w, fieldKey, w.Key)
	p.once(w, fieldEmail, strings.ToLower(w.Email))
}

func (p *plainFile) once(w *Person, field, value string) {
	if value == "" {
		return
	}
	first, twice := p.seen[field+value]
	if twice {
		p.Refuse(w, p.HeaderOf(field), Duplicate, "is in row %d too", first)
		return
	}
	p.seen[field+value] = w.Row
}
