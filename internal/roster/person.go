package roster

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/pid"
)

// person is what of a member a roster compares and writes. It is small, because a roster holds two for each of 50,000 rows.
type person struct {
	name       string
	role       membership.Role
	status     membership.Status
	externalID string
	gradeLevel string
	in         *places // nil where the roster names none for the person
}

// places are where a person is, sorted.
type places struct{ classes, groups []pid.ID }

// at is where the person is.
func (p *person) at() places {
	if p.in == nil {
		return places{}
	}
	return *p.in
}

// identity is what of a member no roster changes.
type identity struct {
	id, user   pid.ID // of the membership and the account, once they are known
	email      string // in lower case, once it is known
	source     membership.Source
	lastActive *time.Time
	created    time.Time
}

// personOf is what of a membership may change.
func personOf(m *ent.Membership) *person {
	return &person{name: m.Name, role: m.Role, status: m.Status, externalID: m.ExternalID, gradeLevel: m.GradeLevel}
}

// search is the text in which q= looks.
func (w *row) search() string { return listing.Fold(w.now.name, w.email) }

// holdsOwner reports whether the organization has an owner in this person who can act.
func (p *person) holdsOwner() bool {
	return p != nil && p.role == membership.RoleOwner && p.status == membership.StatusActive
}

// sameColumns reports whether both would be the same row.
func (p *person) sameColumns(q *person) bool {
	return p.name == q.name && p.role == q.role && p.status == q.status && p.externalID == q.externalID && p.gradeLevel == q.gradeLevel
}

// same reports whether nothing is other.
func (p *person) same(q *person) bool {
	return p.sameColumns(q) && slices.Equal(p.at().classes, q.at().classes) && slices.Equal(p.at().groups, q.at().groups)
}

// shown is a person as events show them.
type shown struct{ *row }

// MarshalJSON writes the same members as record.Membership, without a map for each person.
func (s shown) MarshalJSON() ([]byte, error) {
	var active *time.Time
	if s.lastActive != nil {
		at := s.lastActive.UTC()
		active = &at
	}
	return json.Marshal(struct {
		CreatedAt    time.Time         `json:"created_at"`
		ExternalID   string            `json:"external_id"`
		GradeLevel   string            `json:"grade_level"`
		ID           pid.ID            `json:"id"`
		LastActiveAt *time.Time        `json:"last_active_at"`
		Name         string            `json:"name"`
		Role         membership.Role   `json:"role"`
		Source       membership.Source `json:"source"`
		Status       membership.Status `json:"status"`
		UpdatedAt    time.Time         `json:"updated_at"`
		UserID       pid.ID            `json:"user_id"`
	}{s.created.UTC(), s.now.externalID, s.now.gradeLevel, s.id, active, s.now.name, s.now.role, s.source, s.now.status, s.updated.UTC(), s.user})
}

// before is what was other of a person before a change, as an event shows it.
type before struct{ *row }

// MarshalJSON implements json.Marshaler.
func (b before) MarshalJSON() ([]byte, error) {
	changed := map[string]any{}
	note := func(name string, old any, other bool) {
		if other {
			changed[name] = old
		}
	}
	note("name", b.was.name, b.was.name != b.now.name)
	note("role", b.was.role, b.was.role != b.now.role)
	note("status", b.was.status, b.was.status != b.now.status)
	note("external_id", b.was.externalID, b.was.externalID != b.now.externalID)
	note("grade_level", b.was.gradeLevel, b.was.gradeLevel != b.now.gradeLevel)
	note("user_group_ids", b.was.at().groups, !slices.Equal(b.was.at().groups, b.now.at().groups))
	return json.Marshal(changed)
}

// lists are an old and a new list, nil where they are the same.
func lists(old, now []pid.ID) [][]pid.ID {
	if slices.Equal(old, now) {
		return nil
	}
	return [][]pid.ID{listed(old), listed(now)}
}

// edited is the sorted list with some identifiers added and others removed.
func edited(ids, add, remove []pid.ID) []pid.ID {
	if len(add)+len(remove) == 0 {
		return ids
	}
	return without(distinct(slices.Concat(ids, add)), remove)
}
