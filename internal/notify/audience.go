package notify

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/enrollment"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/notificationpreference"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// maxStaff bounds whom roles name: staff, never students.
const maxStaff = 1000

// person is somebody who may be told.
type person struct {
	membership *ent.Membership
	actor      *authz.Actor
	locale     string
	refuses    map[pid.ID]bool // rules that may not mail them
}

// audience are the people whom a rule tells of an event, each once: those it names who may read what the event is about.
func (d *desk) audience(ctx context.Context, r *ent.NotificationRule, f fact) ([]*person, error) {
	named, err := d.named(ctx, r, f)
	if err != nil {
		return nil, err
	}
	var out []*person
	for _, id := range named {
		p, err := d.person(ctx, id)
		if err != nil {
			return nil, err
		}
		if p == nil {
			continue
		}
		sees, err := d.sees(ctx, p, f)
		if err != nil {
			return nil, err
		}
		if sees {
			out = append(out, p)
		}
	}
	return out, nil
}

// named are the memberships that a rule's audience means for an event.
func (d *desk) named(ctx context.Context, r *ent.NotificationRule, f fact) ([]pid.ID, error) {
	var ids []pid.ID
	roles := slices.Clone(r.Audience.Roles)
	if r.Audience.Submitter {
		ids = append(ids, pid.ID(f.text("submitter_id")), pid.ID(f.text("uploaded_by_id")))
	}
	if r.Audience.Teachers {
		class := pid.ID(f.text("class_id"))
		if class == "" {
			roles = append(roles, string(authz.RoleOperator)) // whom nobody teaches, somebody looks after
		}
		teachers, err := d.tx.Enrollment.Query().Where(enrollment.ClassID(class), enrollment.RoleEQ(enrollment.RoleTeacher)).Limit(maxStaff).All(ctx)
		if err != nil {
			return nil, fmt.Errorf("read teachers: %w", err)
		}
		for _, t := range teachers {
			ids = append(ids, t.MembershipID)
		}
	}
	for _, m := range r.Audience.Members {
		ids = append(ids, pid.ID(m))
	}
	staff, err := d.staff(ctx, roles)
	if err != nil {
		return nil, err
	}
	ids = append(ids, staff...)
	slices.Sort(ids)
	return slices.DeleteFunc(slices.Compact(ids), func(id pid.ID) bool { return id == "" }), nil
}

func (d *desk) staff(ctx context.Context, roles []string) ([]pid.ID, error) {
	if len(roles) == 0 {
		return nil, nil
	}
	in := make([]membership.Role, len(roles))
	for i, r := range roles {
		in[i] = membership.Role(r)
	}
	ids, err := d.tx.Membership.Query().Where(membership.RoleIn(in...), membership.StatusEQ(membership.StatusActive)).Order(membership.ByID()).Limit(maxStaff).IDs(ctx)
	if err != nil {
		return nil, fmt.Errorf("read members: %w", err)
	}
	return ids, nil
}

// person looks somebody up; nil where they are not active.
func (d *desk) person(ctx context.Context, id pid.ID) (*person, error) {
	if p, ok := d.people[id]; ok {
		return p, nil
	}
	p, err := d.lookUp(ctx, id)
	if err == nil {
		d.people[id] = p
	}
	return p, err
}

func (d *desk) lookUp(ctx context.Context, id pid.ID) (*person, error) {
	m, err := d.tx.Membership.Query().Where(membership.ID(id), membership.StatusEQ(membership.StatusActive)).WithUser().Only(ctx)
	if ent.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read member: %w", err)
	}
	actor, err := d.s.Standing(ctx, d.tx, id)
	if errs.Is(err, errs.MembershipNotActive) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	p := &person{membership: m, actor: actor, locale: d.org.Locale, refuses: map[pid.ID]bool{}}
	if u := m.Edges.User; u != nil && u.Locale != "" {
		p.locale = u.Locale
	}
	off, err := d.tx.NotificationPreference.Query().Where(notificationpreference.MembershipID(id), notificationpreference.Email(false)).Limit(maxRules).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read preferences: %w", err)
	}
	for _, o := range off {
		p.refuses[o.RuleID] = true
	}
	return p, nil
}

// sees reports whether somebody may read what the event is about. Of items and prints teachers are told only where they teach
// the class, or handed them in themselves, although they may look at others.
func (d *desk) sees(ctx context.Context, p *person, f fact) (bool, error) {
	sees, err := op.Sees(ctx, d.tx, p.actor, f.SubjectType, pid.ID(f.SubjectID))
	if err != nil || !sees || p.actor.Role != authz.RoleTeacher || f.SubjectType != "queue_item" && f.SubjectType != "print" {
		return sees, err
	}
	own := pid.ID(f.text("submitter_id")) == p.membership.ID
	return own || slices.Contains(p.actor.Teaches, pid.ID(f.text("class_id"))), nil
}

// address is where a person's mail goes; false where there is none that a mail server takes.
func (p *person) address() (string, bool) {
	if p.membership.Edges.User == nil {
		return "", false
	}
	to := p.membership.Edges.User.Email
	return to, strings.Contains(to, "@")
}
