package sso

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/enrollment"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/ent/ssogroupmapping"
	"github.com/soloprint/soloprint/ent/usergroup"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/roster"
)

// JudgeClaims is a step that evaluates claims for a member, nil for a newcomer, against the provider's mappings as they are now.
func JudgeClaims(ctx context.Context, tx *ent.Tx, provider *ent.SSOProvider, claims Claims, m *ent.Membership) (Outcome, error) {
	mappings, err := mappingsOf(ctx, tx, provider)
	if err != nil {
		return Outcome{}, err
	}
	var held Grants
	if m != nil {
		held = m.SSOGrants[string(provider.ID)]
		of, err := directory(ctx, tx, provider, m.ID)
		if err != nil {
			return Outcome{}, err
		}
		claims = claims.in(of, provider)
	}
	return evaluate(mappings, provider, claims, held), nil
}

// mappingsOf are all of a provider's mappings.
func mappingsOf(ctx context.Context, tx *ent.Tx, provider *ent.SSOProvider) ([]*ent.SSOGroupMapping, error) {
	mappings, err := tx.SSOGroupMapping.Query().Where(ssogroupmapping.ProviderID(provider.ID)).Order(ssogroupmapping.ByID()).Limit(maxMappings).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read group mappings: %w", err)
	}
	return mappings, nil
}

// application is an outcome on its way into a membership.
type application struct {
	Outcome
	tx      *ent.Tx
	member  *ent.Membership
	before  Grants // what mappings of the provider granted before
	now     Grants // what they grant from now on, and manage
	classes map[pid.ID]bool
	changed bool
}

// Apply is a step that brings a membership up to what claims are worth, with an event for each thing that changes. It runs
// as background work of the organization, whose admins decided what mappings grant.
//
// It touches what mappings of this provider granted, and nothing else: who has a role, a class or a group by hand keeps
// it. Of two roles, one by hand and one by mapping, the higher holds. Who is the last owner stays one.
func Apply(ctx context.Context, tx *ent.Tx, m *ent.Membership, o Outcome) error {
	a := &application{Outcome: o, tx: tx}
	for _, step := range []func(context.Context) error{a.loadClasses, a.loadMember(m.ID), a.settleRole, a.settleClasses, a.settleGroups, a.remember} {
		if err := step(ctx); err != nil {
			return fmt.Errorf("apply group mappings: %w", err)
		}
	}
	return nil
}

// loadClasses locks the classes that come into it, in the order in which all do; those that were deleted are left out.
func (a *application) loadClasses(ctx context.Context) error {
	a.classes = map[pid.ID]bool{}
	for _, g := range slices.Concat(a.Grants, a.Kept, a.Lost) {
		if g.ClassID != "" {
			a.classes[pid.ID(g.ClassID)] = false
		}
	}
	for _, id := range slices.Sorted(maps.Keys(a.classes)) {
		_, err := op.Load(ctx, a.tx.Class, id)
		if err != nil && !errs.Is(err, errs.NotFound("class").Code) {
			return err
		}
		a.classes[id] = err == nil
	}
	return nil
}

// loadMember locks the membership and reads what mappings granted to it before.
func (a *application) loadMember(id pid.ID) func(context.Context) error {
	return func(ctx context.Context) (err error) {
		if a.member, err = op.Load(ctx, a.tx.Membership, id); err != nil {
			return err
		}
		a.before = a.member.SSOGrants[string(a.Provider)]
		return nil
	}
}

// settleRole gives the role, unless the organization would be without an owner by it.
func (a *application) settleRole(ctx context.Context) error {
	role, grant := settleRole(a.member, roleIn(a.before), a.Outcome)
	err := a.reassign(ctx, roster.UserChange{Role: graphql.OmittableOf(&role)}, role != a.member.Role)
	if errs.Is(err, errs.LastOwner) || errs.Is(err, errs.InsufficientPermissions) {
		grant, err = roleIn(a.before), nil // lost as soon as there is another one; what a directory may not give, a sign-in does
	}
	if grant != nil {
		a.now = append(a.now, *grant)
	}
	return err
}

// reassign carries a change out, where there is one.
func (a *application) reassign(ctx context.Context, c roster.UserChange, needed bool) error {
	if !needed {
		return nil
	}
	if err := roster.Reassign(ctx, a.tx, a.member.ID, c); err != nil {
		return err
	}
	a.changed = true
	return nil
}

// settleRole is the role that a member has from now on, and what of it mappings manage. held is the role that they granted
// before.
func settleRole(m *ent.Membership, held *schematype.Grant, o Outcome) (membership.Role, *schematype.Grant) {
	managed := held != nil && held.Role == string(m.Role) // else a person gave another one since
	hand := string(m.Role)
	switch {
	case managed:
		hand = held.Before
	case held == nil && (m.Source == membership.SourceSSO || m.Source == membership.SourceScim) && m.Role == o.DefaultRole:
		hand = "" // nobody gave it: it is what newcomers begin with
	}

	granted := o.role()
	switch {
	case o.RoleUnknown && managed:
		return m.Role, held
	case o.RoleUnknown || granted == nil && !managed:
		return m.Role, nil
	case granted == nil && roleIn(o.Lost) == nil: // on_loss keeps it: from now on as if by hand
		return m.Role, nil
	case granted == nil && hand == "":
		return o.DefaultRole, nil
	case granted == nil, hand == granted.Role, hand != "" && authz.Role(hand).Above(authz.Role(granted.Role)):
		return membership.Role(hand), nil
	}
	g := *granted
	g.Before = hand
	return membership.Role(g.Role), &g
}

// settleClasses enrolls the member where a mapping says so, and takes them out of where none does any more.
func (a *application) settleClasses(ctx context.Context) error {
	seats, err := a.seats(ctx)
	if err != nil {
		return err
	}
	for _, g := range slices.Concat(a.Grants, a.Kept) {
		class := pid.ID(g.ClassID)
		if !a.classes[class] { // no class, or one that was deleted
			continue
		}
		seat, managed := seats[class], holdsClass(a.before, g.ClassID)
		if seat != nil && (seat.Source != enrollment.SourceSSO || !managed) {
			continue // by hand
		}
		if seat == nil && holdsClass(a.Kept, g.ClassID) {
			continue // a person took them out since, and nobody knows that a mapping still wants them in
		}
		a.now = append(a.now, g)
		if seat != nil && seat.Role == seatOf(g) {
			continue
		}
		as := roster.Enrolling{Role: seatOf(g), Source: enrollment.SourceSSO}
		if _, err := roster.EnrollMembers(ctx, a.tx, class, []pid.ID{a.member.ID}, as); err != nil {
			return err
		}
		a.changed = true
	}
	for _, g := range a.Lost {
		seat := seats[pid.ID(g.ClassID)]
		if g.ClassID == "" || seat == nil || seat.Source != enrollment.SourceSSO || !a.classes[seat.ClassID] {
			continue
		}
		if _, err := roster.UnenrollMembers(ctx, a.tx, seat.ClassID, []pid.ID{a.member.ID}); err != nil {
			return err
		}
		a.changed = true
	}
	return nil
}

// seats are the member's enrollments in the classes that come into it.
func (a *application) seats(ctx context.Context) (map[pid.ID]*ent.Enrollment, error) {
	seats := map[pid.ID]*ent.Enrollment{}
	if len(a.classes) == 0 {
		return seats, nil
	}
	rows, err := a.tx.Enrollment.Query().Where(enrollment.MembershipID(a.member.ID), enrollment.ClassIDIn(slices.Collect(maps.Keys(a.classes))...)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read enrollments: %w", err)
	}
	for _, e := range rows {
		seats[e.ClassID] = e
	}
	return seats, nil
}

// seatOf is what a grant makes of somebody in a class.
func seatOf(g schematype.Grant) enrollment.Role {
	if g.Teacher {
		return enrollment.RoleTeacher
	}
	return enrollment.RoleStudent
}

func holdsClass(grants Grants, class string) bool {
	return slices.ContainsFunc(grants, func(g schematype.Grant) bool { return class != "" && g.ClassID == class })
}

func holdsGroup(grants Grants, group string) bool {
	return slices.ContainsFunc(grants, func(g schematype.Grant) bool { return group != "" && g.UserGroupID == group })
}

// settleGroups puts the member into user groups where a mapping says so, and takes them out of where none does any more.
func (a *application) settleGroups(ctx context.Context) error {
	named := []pid.ID{}
	for _, g := range slices.Concat(a.Grants, a.Kept, a.Lost) {
		if g.UserGroupID != "" {
			named = append(named, pid.ID(g.UserGroupID))
		}
	}
	if len(named) == 0 {
		return nil
	}
	there, err := a.tx.UserGroup.Query().Where(usergroup.IDIn(named...)).IDs(ctx)
	if err != nil {
		return fmt.Errorf("read user groups: %w", err)
	}
	inside, err := a.tx.UserGroup.Query().Where(usergroup.IDIn(named...), usergroup.HasMembersWith(membership.ID(a.member.ID))).IDs(ctx)
	if err != nil {
		return fmt.Errorf("read user groups: %w", err)
	}

	var c roster.UserChange
	for _, g := range slices.Concat(a.Grants, a.Kept) {
		id := pid.ID(g.UserGroupID)
		switch joined, managed := slices.Contains(inside, id), holdsGroup(a.before, g.UserGroupID); {
		case !slices.Contains(there, id), joined && !managed: // deleted, or by hand
		case joined:
			a.now = append(a.now, g)
		case !holdsGroup(a.Kept, g.UserGroupID): // else a person took them out since
			a.now = append(a.now, g)
			c.UserGroupIDsAdd = append(c.UserGroupIDsAdd, id)
		}
	}
	for _, g := range a.Lost {
		if id := pid.ID(g.UserGroupID); slices.Contains(inside, id) {
			c.UserGroupIDsRemove = append(c.UserGroupIDsRemove, id)
		}
	}
	return a.reassign(ctx, c, len(c.UserGroupIDsAdd)+len(c.UserGroupIDsRemove) > 0)
}

// remember notes what mappings manage from now on, and tells of the whole where something changed.
func (a *application) remember(ctx context.Context) error {
	if !reflect.DeepEqual(slices.Clip(a.now), slices.Clip(a.before)) && len(a.now)+len(a.before) > 0 {
		all := maps.Clone(a.member.SSOGrants)
		if all == nil {
			all = schematype.Grants{}
		}
		if all[string(a.Provider)] = a.now; len(a.now) == 0 {
			delete(all, string(a.Provider))
		}
		a.undercut(all)
		if err := a.tx.Membership.UpdateOneID(a.member.ID).SetSSOGrants(all).Exec(ctx); err != nil {
			return fmt.Errorf("remember what was granted: %w", err)
		}
	}
	if a.changed {
		event.Emit(ctx, a.tx, event.Fact{Type: event.SSOMappingApplied, Resource: "user", ID: a.member.ID, Object: a.object()})
	}
	return nil
}

// undercut takes a role that is lost from under those that mappings of other providers granted on top of it: they would give
// it back one day, as if by hand.
func (a *application) undercut(all schematype.Grants) {
	held, granted := roleIn(a.before), a.role()
	if held == nil || granted == nil && roleIn(a.Lost) == nil || granted != nil && granted.Role == held.Role {
		return
	}
	below := held.Before
	if granted != nil {
		below = granted.Role
	}
	for provider, grants := range all {
		if top := roleIn(grants); provider != string(a.Provider) && top != nil && top.Before == held.Role {
			all[provider] = slices.Clone(grants)
			roleIn(all[provider]).Before = below
		}
	}
}

// object is what an event tells of it: what mappings of the provider manage of the member from now on.
func (a *application) object() map[string]any {
	o := map[string]any{"id": a.member.ID, "provider_id": a.Provider, "role": nil, "class_ids": []string{}, "user_group_ids": []string{}, "mapping_ids": a.matched()}
	for _, g := range a.now {
		switch {
		case g.Role != "":
			o["role"] = g.Role
		case g.ClassID != "":
			o["class_ids"] = append(o["class_ids"].([]string), g.ClassID)
		default:
			o["user_group_ids"] = append(o["user_group_ids"].([]string), g.UserGroupID)
		}
	}
	return o
}

// matched are the mappings that matched, in their order.
func (a *application) matched() []pid.ID {
	ids := []pid.ID{}
	for _, r := range a.Rules {
		if r.Matched {
			ids = append(ids, r.MappingID)
		}
	}
	return ids
}
