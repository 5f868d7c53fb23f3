package roster

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
)

// join makes the row one of somebody who joins.
func (w *row) join(at time.Time, source membership.Source) {
	w.source, w.created, w.updated = source, at, at
	w.now = &person{role: membership.RoleStudent, status: membership.StatusActive}
	w.in.apply(w.now)
}

// change makes the person what the row says. Who stays as they are is held once.
func (w *row) change() {
	p := *w.was
	w.in.apply(&p)
	if w.now = w.was; w.leaves || !p.same(w.was) {
		w.now = &p
	}
}

// apply puts the change into a person.
func (c *UserChange) apply(p *person) {
	if v, ok := c.Name.ValueOK(); ok {
		p.name = strings.TrimSpace(orEmpty(v))
	}
	if v, ok := c.Role.ValueOK(); ok { // Validate refused null, here and below
		p.role = *v
	}
	if v, ok := c.Status.ValueOK(); ok {
		p.status = *v
	}
	if v, ok := c.ExternalID.ValueOK(); ok {
		p.externalID = orEmpty(v)
	}
	if v, ok := c.GradeLevel.ValueOK(); ok {
		p.gradeLevel = orEmpty(v)
	}
	if c.moves() {
		p.in = &places{edited(p.at().classes, c.ClassIDsAdd, c.ClassIDsRemove), edited(p.at().groups, c.UserGroupIDsAdd, c.UserGroupIDsRemove)}
	}
}

// moves reports whether the change names classes or user groups.
func (c *UserChange) moves() bool {
	return len(c.ClassIDsAdd)+len(c.ClassIDsRemove)+len(c.UserGroupIDsAdd)+len(c.UserGroupIDsRemove) > 0
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// judge refuses what a row names and nobody has, and what the actor may not do.
func (r *roster) judge(w *row) {
	r.judgeNames(w)
	if len(w.faults) > 0 || w.action() == BulkUnchanged {
		return
	}
	if w.leaves {
		w.forbid("membership_id", mayTouch(r.actor, w.was.role))
		return
	}
	if w.was != nil {
		r.judgeChange(w)
	} else {
		w.forbid("role", mayGive(r.actor, w.now.role))
	}
	r.judgeGroups(w)
}

// judgeNames refuses classes and user groups that are not there, and those that stand on both sides.
func (r *roster) judgeNames(w *row) {
	check := func(path string, ids []pid.ID, code errs.Code, there func(pid.ID) bool) {
		for i, id := range ids {
			if !there(id) {
				w.refuse(code, fmt.Sprintf("%s[%d]", path, i), "there is no such thing")
			}
		}
	}
	inClasses := func(id pid.ID) bool { return r.classes[id] }
	inGroups := func(id pid.ID) bool { return r.groups[id] != nil }
	check("class_ids_add", w.in.ClassIDsAdd, notFoundClass, inClasses)
	check("class_ids_remove", w.in.ClassIDsRemove, notFoundClass, inClasses)
	check("user_group_ids_add", w.in.UserGroupIDsAdd, notFoundGroup, inGroups)
	check("user_group_ids_remove", w.in.UserGroupIDsRemove, notFoundGroup, inGroups)
	both := func(path string, add, remove []pid.ID) {
		if i := slices.IndexFunc(remove, func(id pid.ID) bool { return slices.Contains(add, id) }); i >= 0 {
			w.refuse("duplicate", fmt.Sprintf("%s[%d]", path, i), "is to be added too")
		}
	}
	both("class_ids_remove", w.in.ClassIDsAdd, w.in.ClassIDsRemove)
	both("user_group_ids_remove", w.in.UserGroupIDsAdd, w.in.UserGroupIDsRemove)
}

// judgeChange refuses changes of who stands above the actor, roles that the actor may not give, and one's own suspension.
func (r *roster) judgeChange(w *row) {
	if err := mayTouch(r.actor, w.was.role); err != nil {
		w.forbid("membership_id", err)
		return
	}
	wakes := w.now.status == membership.StatusActive && w.was.status != membership.StatusActive
	if w.now.role != w.was.role || wakes {
		path := "role"
		if w.now.role == w.was.role {
			path = "status"
		}
		w.forbid(path, mayGive(r.actor, w.now.role))
	}
	if w.id == r.actor.Membership && w.now.status != membership.StatusActive && w.now.status != w.was.status {
		w.refuse(errs.InsufficientPermissions, "status", "You cannot suspend yourself. Ask another administrator.")
	}
}

// judgeGroups refuses to give by a user group what the actor lacks: by joining one that grants it, or leaving one that
// denies it.
func (r *roster) judgeGroups(w *row) {
	had := w.had().at().groups
	for _, id := range without(w.now.at().groups, had) {
		w.forbid("user_group_ids_add", mayGrant(r.actor, r.groups[id].Grants))
	}
	for _, id := range without(had, w.now.at().groups) {
		w.forbid("user_group_ids_remove", mayGrant(r.actor, r.groups[id].Denials))
	}
}

// stays is what the person will be, nobody for who leaves.
func (w *row) stays() *person {
	if w.leaves {
		return nil
	}
	return w.now
}

// mayTouch refuses to change somebody whose role is above the actor's own; only an owner changes owners.
func mayTouch(a *authz.Actor, r membership.Role) error {
	if a.Kind == authz.KindSystem || slices.Index(roles, r) >= slices.Index(roles, membership.Role(a.Role)) {
		return nil
	}
	return errs.New(errs.InsufficientPermissions, "This person's role, %s, is above your own, %s.", r, a.Role)
}

// keepOwners refuses the rows that would leave the organization without an owner who can act. It locks all owners, so that
// of two requests that each take one of two owners, the second sees what the first left.
func (r *roster) keepOwners(ctx context.Context) error {
	var losing []*row
	leaving := map[pid.ID]bool{}
	for i := range r.rows {
		switch w := &r.rows[i]; {
		case len(w.faults) > 0:
		case w.was.holdsOwner() && !w.stays().holdsOwner():
			losing = append(losing, w)
			leaving[w.id] = true
		case w.stays().holdsOwner():
			return nil // somebody is one, whoever else ceases to be
		}
	}
	if len(losing) == 0 {
		return nil
	}
	kept, err := anotherOwner(ctx, r.tx, leaving)
	if err != nil || kept {
		return err
	}
	for _, w := range losing {
		path := "role"
		if w.now.role == membership.RoleOwner {
			path = "status"
		}
		w.refuse(errs.LastOwner, path, lastOwner)
	}
	return nil
}

const lastOwner = "The organization would have no owner who can act. Make somebody else an owner first."

// anotherOwner reports whether the organization has an active owner besides those named, and locks all of its owners.
func anotherOwner(ctx context.Context, tx *ent.Tx, besides map[pid.ID]bool) (bool, error) {
	owners, err := lock(tx, tx.Membership.Query().Where(membership.RoleEQ(membership.RoleOwner)).Order(membership.ByID())).All(ctx)
	if err != nil {
		return false, fmt.Errorf("read owners: %w", err)
	}
	return slices.ContainsFunc(owners, func(m *ent.Membership) bool {
		return !besides[m.ID] && m.Status == membership.StatusActive
	}), nil
}
