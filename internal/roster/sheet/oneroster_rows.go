package sheet

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// ranks are the roles from the lowest to the highest.
var ranks = []string{"student", "teacher", "operator", "admin", "owner"}

// vocabulary says what the roles of OneRoster come to. Nobody becomes more than a teacher by a word of a file, unless the options
// say so; "" is nobody.
var vocabulary = map[string]string{
	"student": "student", "teacher": "teacher", "aide": "teacher", "proctor": "teacher", "counselor": "teacher",
	"administrator": "teacher", "principal": "teacher", "districtadministrator": "teacher", "siteadministrator": "teacher", "systemadministrator": "teacher",
	"parent": "", "guardian": "", "relative": "",
}

// seatRoles says what the roles of enrollments come to; those of parents are passed over.
var seatRoles = map[string]SeatRole{"student": Student, "teacher": Teacher, "aide": Assistant, "proctor": Assistant, "administrator": Assistant}

// roleOf is the role that a word means; none where it is known and nobody's.
func (r *oneRoster) roleOf(word string) (role string, known bool) {
	for said, role := range r.options.Roles {
		if plain(said) == plain(word) {
			return strings.TrimPrefix(role, ignored), true
		}
	}
	role, known = vocabulary[strings.ToLower(strings.ReplaceAll(word, " ", ""))]
	return role, known
}

func (r *oneRoster) readClasses() error {
	return r.each("classes", []string{"sourcedId", "title"}, func(l line) error {
		id := strings.Clone(l.get("sourcedId"))
		first, twice := r.classes[id]
		if twice && first != skipped {
			r.Note(Fault{l.file, l.row, "sourcedId", Duplicate, "is in another row too"})
			return nil
		}
		switch {
		case id == "":
			r.Note(Fault{l.file, l.row, "sourcedId", Required, "is needed"})
			return nil
		case !l.leaves() && !r.ours(l.list("schoolSourcedId")):
			r.classes[id] = skipped
			return nil
		}
		c := Class{File: l.file, Row: l.row, Key: id, Name: strings.Clone(l.get("title")), Leaves: l.leaves()}
		for _, t := range l.list("termSourcedIds") {
			c.in(r.terms[t])
		}
		r.class(c)
		return nil
	})
}

// in makes the class last as long as a term.
func (c *Class) in(t term) {
	if t.starts != "" && (c.StartsOn == "" || t.starts < c.StartsOn) {
		c.StartsOn = t.starts
	}
	if t.ends > c.EndsOn {
		c.EndsOn = t.ends
	}
}

// class adds a class.
func (r *oneRoster) class(c Class) int32 {
	i := int32(len(r.Classes))
	r.classes[c.Key] = i
	r.Classes = append(r.Classes, c)
	return i
}

// readRoles keeps the highest role of each person that holds today.
func (r *oneRoster) readRoles() error {
	if !r.newer {
		return nil
	}
	return r.each("roles", []string{"userSourcedId", "role"}, func(l line) error {
		if l.leaves() || !r.holds(l) || !r.ours(l.list("orgSourcedId")) {
			return nil
		}
		id, word := l.get("userSourcedId"), l.get("role")
		was, held := r.held[id]
		if !held || r.rank(word) > r.rank(was) {
			r.held[strings.Clone(id)] = strings.Clone(word)
		}
		return nil
	})
}

// holds reports whether what a row says has begun and has not ended.
func (r *oneRoster) holds(l line) bool {
	begins, ends := date(l.get("beginDate")), date(l.get("endDate"))
	return r.options.Today == "" || (begins == "" || begins <= r.options.Today) && (ends == "" || ends >= r.options.Today)
}

// rank compares words for roles: unknown ones are the highest, so that they are told of.
func (r *oneRoster) rank(word string) int {
	role, known := r.roleOf(word)
	if !known {
		return len(ranks)
	}
	return slices.Index(ranks, role)
}

func (r *oneRoster) readUsers() error {
	return r.each("users", []string{"sourcedId"}, func(l line) error {
		id := strings.Clone(l.get("sourcedId"))
		if len(r.People) == MaxRows {
			return broken(TooMany, "%s has more than %d people", l.file, MaxRows)
		}
		p := Person{File: l.file, Row: l.row, Key: id, Floor: true, Leaves: l.leaves()}
		if _, twice := r.people[id]; twice || id == "" {
			r.misnamed(p, twice)
			return nil
		}
		if !r.user(&p, l) {
			r.people[id] = skipped
			r.Skipped++
			return nil
		}
		r.people[id] = int32(len(r.People))
		r.People = append(r.People, p)
		return nil
	})
}

// misnamed keeps a person who has no identifier of their own, as refused.
func (r *oneRoster) misnamed(p Person, twice bool) {
	if twice {
		r.Refuse(&p, "sourcedId", Duplicate, "is in another row too")
	} else {
		r.Refuse(&p, "sourcedId", Required, "is needed")
	}
	r.People = append(r.People, p)
}

// user reads what a row says of a person, and reports whether they are one of ours.
func (r *oneRoster) user(p *Person, l line) bool {
	if p.Leaves {
		return true
	}
	word, where := l.get("role"), "role"
	if r.newer {
		word, where = r.held[p.Key], "sourcedId"
	} else if !r.ours(l.list("orgSourcedIds")) {
		return false
	}
	switch role, known := r.roleOf(word); {
	case word == "" && r.newer && r.schools != nil:
		return false // has no role in these schools
	case word == "" && r.modes["users"] == delta:
	case word == "":
		r.Refuse(p, where, Required, "has no role today")
	case !known:
		r.Refuse(p, where, NotOne, "%q is no role of OneRoster", clip(word))
	case role == "":
		return false
	default:
		p.Role = role
	}
	r.details(p, l)
	return true
}

// details reads the rest.
func (r *oneRoster) details(p *Person, l line) {
	for _, column := range personal {
		if c := l.get(column); len(c) > maxCell && utf8.RuneCountInString(c) > maxCell {
			r.Refuse(p, column, TooLong, "has more than %d characters", maxCell)
			return
		}
	}
	p.Mentions = r.modes["enrollments"] == bulk
	if p.Email = strings.Clone(l.get("email")); p.Email == "" && strings.Contains(l.get("username"), "@") {
		p.Email = strings.Clone(l.get("username"))
	}
	given, family := l.get("preferredGivenName"), l.get("preferredFamilyName")
	if given == "" {
		given = l.get("givenName")
	}
	if family == "" {
		family = l.get("familyName")
	}
	p.Name, p.Grade = joined(strings.Clone(given), strings.Clone(family)), strings.Clone(l.get("grades"))
	switch enabled := strings.ToLower(l.get("enabledUser")); enabled {
	case "":
	case "true", "1":
		p.Status = "active"
	case "false", "0":
		p.Status = "suspended"
	default:
		r.Refuse(p, "enabledUser", NotOne, "%q is neither true nor false", clip(enabled))
	}
}

// personal are the columns that are kept of a person.
var personal = []string{"sourcedId", "email", "username", "givenName", "familyName", "preferredGivenName", "preferredFamilyName", "grades"}

func (r *oneRoster) readEnrollments() error {
	return r.each("enrollments", []string{"classSourcedId", "userSourcedId", "role"}, func(l line) error {
		word := strings.ToLower(l.get("role"))
		role, known := seatRoles[word]
		if _, ours := vocabulary[word]; !known && ours {
			return nil // of a parent
		}
		c, p := r.classOf(l), r.personOf(l)
		switch {
		case c == skipped || p == skipped:
		case !known && !l.leaves():
			r.Note(Fault{l.file, l.row, "role", NotOne, "\"" + clip(word) + "\" is no role of an enrollment"})
		case date(l.get("beginDate")) > r.options.Today && r.options.Today != "":
		default:
			r.People[p].seat(Seat{Class: c, Role: role, Leaves: l.leaves() || !r.holds(l)})
		}
		return nil
	})
}

// classOf is the class of an enrollment; one that only the organization may know where the file is not complete.
func (r *oneRoster) classOf(l line) int32 {
	id := l.get("classSourcedId")
	i, ok := r.classes[id]
	switch {
	case ok:
		return i
	case id == "":
		r.Note(Fault{l.file, l.row, "classSourcedId", Required, "is needed"})
	case r.modes["classes"] == bulk:
		r.Note(Fault{l.file, l.row, "classSourcedId", NotOne, "is no class of classes.csv"})
	default:
		return r.class(Class{File: l.file, Row: l.row, Key: strings.Clone(id), Bare: true})
	}
	return skipped
}

// personOf is the person of an enrollment, likewise.
func (r *oneRoster) personOf(l line) int32 {
	id := l.get("userSourcedId")
	i, ok := r.people[id]
	switch {
	case ok:
		return i
	case id == "":
		r.Note(Fault{l.file, l.row, "userSourcedId", Required, "is needed"})
	case r.modes["users"] == bulk:
		r.Note(Fault{l.file, l.row, "userSourcedId", NotOne, "is nobody of users.csv"})
	case len(r.People) == MaxRows:
		r.Note(Fault{l.file, l.row, "userSourcedId", TooMany, "is one person too many"})
	default:
		id, i = strings.Clone(id), int32(len(r.People))
		r.people[id] = i
		r.People = append(r.People, Person{File: l.file, Row: l.row, Key: id, Floor: true, Bare: true, Mentions: r.modes["enrollments"] == bulk})
		return i
	}
	return skipped
}

// seat gives the person a place in a class. Of several in one class the highest counts, and one that stays before one that goes.
func (p *Person) seat(s Seat) {
	i := slices.IndexFunc(p.Seats, func(had Seat) bool { return had.Class == s.Class })
	switch {
	case i < 0:
		p.Seats = append(p.Seats, s)
	case p.Seats[i].Leaves && !s.Leaves, p.Seats[i].Leaves == s.Leaves && s.Role > p.Seats[i].Role:
		p.Seats[i] = s
	}
}
