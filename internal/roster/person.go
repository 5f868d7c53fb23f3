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

// person is what of a member a roster compares and writes. It is smaller than the row, because a roster has up to 50,000.
type person struct {
	id, user   pid.ID
	email      string // in lower case
	name       string
	role       membership.Role
	status     membership.Status
	externalID string
	gradeLevel string
	source     membership.Source
	lastActive *time.Time
	created    time.Time
	updated    time.Time
	classes    []pid.ID // sorted; read only where the roster names some for the person
	groups     []pid.ID // likewise
}

// personOf is a membership, without the mail address of its account.
func personOf(m *ent.Membership) *person {
	return &person{id: m.ID, user: m.UserID, name: m.Name, role: m.Role, status: m.Status, externalID: m.ExternalID, gradeLevel: m.GradeLevel,
		source: m.Source, lastActive: m.LastActiveAt, created: m.CreatedAt, updated: m.UpdatedAt}
}

// search is the text in which q= looks.
func (p *person) search() string { return listing.Fold(p.name, p.email) }

// holdsOwner reports whether the organization has an owner in this person who can act.
func (p *person) holdsOwner() bool {
	return p != nil && p.role == membership.RoleOwner && p.status == membership.StatusActive
}

// sameColumns reports whether both would be the same row.
func (p *person) sameColumns(q *person) bool {
	return p.name == q.name && p.role == q.role && p.status == q.status && p.externalID == q.externalID && p.gradeLevel == q.gradeLevel
}

// MarshalJSON writes a person as events show them: the same members as record.Membership, without a map for each.
func (p *person) MarshalJSON() ([]byte, error) {
	var active *time.Time
	if p.lastActive != nil {
		at := p.lastActive.UTC()
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
	}{p.created.UTC(), p.externalID, p.gradeLevel, p.id, active, p.name, p.role, p.source, p.status, p.updated.UTC(), p.user})
}

// before is what was other of a person before a change, as an event shows it.
type before struct{ was, now *person }

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
	note("user_group_ids", b.was.groups, !slices.Equal(b.was.groups, b.now.groups))
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
