package sheet

import (
	"maps"
	"slices"
	"strings"
)

// The modes of a file of OneRoster: everything, what changed, or not there.
const (
	bulk   = "bulk"
	delta  = "delta"
	absent = "absent"
)

// skipped stands for people and classes of a file that are none of ours.
const skipped = -1

// oneRoster is what was read of the files so far. Formats: 1EdTech OneRoster 1.1 CSV Tables (1.1.1, August 2023,
// developers.imsglobal.org/oneroster-v11-final-csv-tables) and OneRoster CSV Binding 1.2.1 (August 2023, imsglobal.org/spec/oneroster/v1p2/bind/csv).
type oneRoster struct {
	*Roster
	a       *archive
	options Options
	newer   bool              // 1.2: people have roles in a file of their own
	modes   map[string]string // name of the file without .csv -> mode
	named   []School          // the first maxSchools
	schools map[string]bool   // nil = all
	terms   map[string]term
	held    map[string]string // sourcedId of a person -> word of the role, in 1.2
	people  map[string]int32  // sourcedId -> index, or skipped
	classes map[string]int32
}

// term is an academic session.
type term struct{ starts, ends string }

func newOneRoster(a *archive, o Options) *oneRoster {
	return &oneRoster{Roster: &Roster{}, a: a, options: o, modes: map[string]string{}, terms: map[string]term{}, held: map[string]string{}, people: map[string]int32{}, classes: map[string]int32{}}
}

// readOneRoster reads the files in the order in which they refer to each other.
func readOneRoster(a *archive, o Options) (*Roster, error) {
	r := newOneRoster(a, o)
	for _, step := range []func() error{r.manifest, r.readSchools, r.readTerms, r.readClasses, r.readRoles, r.readUsers, r.readEnrollments} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if len(r.People) == 0 && r.Skipped == 0 {
		return nil, broken(Required, "names nobody")
	}
	r.AllPeople = r.modes["users"] == bulk
	r.AllSeats = r.modes["enrollments"] == bulk
	return r.Roster, nil
}

// manifest finds out version and modes.
func (r *oneRoster) manifest() error {
	said := map[string]string{}
	err := r.each("manifest", []string{"propertyName", "value"}, func(l line) error {
		said[strings.ToLower(l.get("propertyName"))] = strings.ToLower(l.get("value"))
		return nil
	})
	if err != nil {
		return err
	}
	if len(said) == 0 && r.options.Complete == nil {
		return broken(Required, "manifest.csv is missing, so that nobody can tell whether the files are complete: say so")
	}
	version := said["oneroster.version"]
	r.newer = version == "1.2" || version == "" && r.a.has("roles.csv")
	switch {
	case r.newer:
		r.Format = "oneroster 1.2"
	case version == "", version == "1.1", version == "1.0":
		r.Format = "oneroster 1.1"
	default:
		return broken(NotOne, "is of OneRoster %s; 1.1 and 1.2 are understood", clip(version))
	}
	for _, file := range used {
		if err := r.mode(strings.ToLower(file), said["file."+strings.ToLower(file)]); err != nil {
			return err
		}
	}
	r.list()
	return nil
}

// used are the files that are read beside manifest.csv. Courses, demographics, gradebook and resources are of no use to a fleet of
// printers, and what is not read cannot be lost.
var used = []string{"orgs", "academicSessions", "classes", "users", "roles", "enrollments"}

// list says which files are read, and which of the archive are not.
func (r *oneRoster) list() {
	known := map[string]bool{"manifest.csv": true}
	for _, file := range used {
		name, mode := strings.ToLower(file), r.modes[strings.ToLower(file)]
		known[name+".csv"] = true
		r.Files = append(r.Files, File{Name: file + ".csv", Mode: mode, Used: mode != absent && (r.newer || file != "roles")})
	}
	for _, name := range slices.Sorted(maps.Keys(r.a.files)) {
		if !known[name] {
			r.Files = append(r.Files, File{Name: clip(name)})
		}
	}
}

// mode settles how a file is meant.
func (r *oneRoster) mode(file, said string) error {
	there := r.a.has(file + ".csv")
	switch {
	case said == absent, said == "" && !there:
		said = absent
	case !there:
		return broken(Required, "manifest.csv says %s for %s.csv, which is missing", clip(said), file)
	case said == "" && r.options.Complete == nil:
		return broken(Required, "manifest.csv does not say whether %s.csv is bulk or delta", file)
	case said != "" && said != bulk && said != delta:
		return broken(NotOne, "manifest.csv: %q for %s.csv is none of bulk, delta, absent", clip(said), file)
	}
	if r.options.Complete != nil && said != absent {
		said = map[bool]string{true: bulk, false: delta}[*r.options.Complete]
	}
	r.modes[file] = said
	return nil
}

// line is a row of a file with named columns.
type line struct {
	file  string
	row   int
	at    map[string]int
	cells []string
}

// get is what the row has in a column, "" where there is no such column.
func (l line) get(column string) string {
	if i, ok := l.at[strings.ToLower(column)]; ok && i < len(l.cells) {
		return l.cells[i]
	}
	return ""
}

// list are the values of a column that may have several.
func (l line) list(column string) []string {
	all := strings.Split(l.get(column), ",")
	for i := range all {
		all[i] = strings.TrimSpace(all[i])
	}
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

// leaves reports whether the row is about something that is no more.
func (l line) leaves() bool {
	status := strings.ToLower(l.get("status"))
	return status == "tobedeleted" || status == "inactive"
}

// each visits the rows of a file that is not absent.
func (r *oneRoster) each(file string, required []string, visit func(line) error) error {
	name := strings.ToLower(file) + ".csv"
	if r.modes[strings.ToLower(file)] == absent {
		return nil
	}
	l := line{file: file + ".csv"}
	rows := 0
	return r.a.table(name, func(row int, cells []string) error {
		if l.at == nil {
			return l.header(trimmed(cells), required)
		}
		if rows++; rows > maxSeats {
			return broken(TooMany, "%s has more than %d rows", l.file, maxSeats)
		}
		l.row, l.cells = row, cells
		return visit(l)
	})
}

// header finds the columns.
func (l *line) header(cells, required []string) error {
	l.at = make(map[string]int, len(cells))
	for i, c := range cells {
		c = strings.ToLower(c)
		if _, twice := l.at[c]; twice && c != "" {
			return broken(Duplicate, "%s has the column %s twice", l.file, clip(c))
		}
		l.at[c] = i
	}
	for _, c := range required {
		if _, ok := l.at[strings.ToLower(c)]; !ok {
			return broken(Required, "%s has no column %s", l.file, c)
		}
	}
	return nil
}

// readSchools settles which organizations are meant: those that the options name, and what is below them.
func (r *oneRoster) readSchools() error {
	above := map[string]string{}
	err := r.each("orgs", []string{"sourcedId"}, func(l line) error {
		id := strings.Clone(l.get("sourcedId"))
		above[id] = strings.Clone(l.get("parentSourcedId"))
		if len(r.named) < maxSchools {
			r.named = append(r.named, School{ID: visible(id), Name: visible(l.get("name")), Kind: visible(l.get("type"))})
		}
		return nil
	})
	if err != nil || len(r.options.Schools) == 0 {
		return err
	}
	r.schools = map[string]bool{}
	for _, s := range r.options.Schools {
		if _, ok := above[s]; !ok && len(above) > 0 {
			return broken(NotOne, "orgs.csv has no school %q", clip(s))
		}
		r.schools[s] = true
	}
	for range above { // as deep as they may be nested
		more := false
		for id, parent := range above {
			if r.schools[parent] && !r.schools[id] {
				r.schools[id], more = true, true
			}
		}
		if !more {
			break
		}
	}
	return nil
}

// ours reports whether something of these organizations is meant.
func (r *oneRoster) ours(organizations []string) bool {
	return r.schools == nil || slices.ContainsFunc(organizations, func(o string) bool { return r.schools[o] })
}

func (r *oneRoster) readTerms() error {
	return r.each("academicSessions", []string{"sourcedId"}, func(l line) error {
		r.terms[l.get("sourcedId")] = term{date(l.get("startDate")), date(l.get("endDate"))}
		return nil
	})
}

// date is a day as YYYY-MM-DD, "" for anything else.
func date(s string) string {
	if len(s) < 10 || s[4] != '-' || s[7] != '-' || strings.Trim(s[:4]+s[5:7]+s[8:10], "0123456789") != "" || s[:4] < "1900" {
		return ""
	}
	return s[:10]
}
