package authn

import (
	"context"
	"fmt"
	"slices"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/enrollment"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/guard"
	"github.com/soloprint/soloprint/internal/pid"
)

// withPerson loads what an actor is made of: bounded by what one person is in.
func withPerson(q *ent.MembershipQuery) {
	q.WithEnrollments().WithUserGroups(func(q *ent.UserGroupQuery) { q.WithPrinterGroups() })
}

// Person is the actor of a membership's own session, for commands that the operator of the machine gives in its name.
func (s *Service) Person(ctx context.Context, id pid.ID) (*authz.Actor, error) {
	return personIn(guard.AsSystem(ctx), s.Client.Membership, id)
}

// personIn is Person for any client.
func personIn(ctx context.Context, c *ent.MembershipClient, id pid.ID) (*authz.Actor, error) {
	q := c.Query().Where(membership.ID(id))
	withPerson(q)
	m, err := q.Only(ctx)
	if err != nil {
		return nil, fmt.Errorf("read membership: %w", err)
	}
	a, err := person(m)
	if err != nil {
		return nil, err
	}
	a.Kind, a.ID = authz.KindSession, m.ID
	return a, nil
}

// person is the actor of a membership as it is now, before a key's scopes narrow it.
func person(m *ent.Membership) (*authz.Actor, error) {
	if m == nil || m.Status != membership.StatusActive || m.DeletedAt != nil {
		return nil, errs.New(errs.MembershipNotActive, "The membership is not active.")
	}
	a := &authz.Actor{Organization: m.OrganizationID, Membership: m.ID, User: m.UserID, Role: authz.Role(m.Role), Sources: map[authz.Capability][]string{}}
	for _, e := range m.Edges.Enrollments {
		a.Attends = append(a.Attends, e.ClassID)
		if e.Role != enrollment.RoleStudent {
			a.Teaches = append(a.Teaches, e.ClassID)
		}
		if e.Role == enrollment.RoleTeacher {
			a.Leads = append(a.Leads, e.ClassID)
		}
	}
	for _, c := range a.Role.Capabilities() {
		a.Sources[c] = append(a.Sources[c], "role:"+string(a.Role))
	}
	groups(a, m.Edges.UserGroups)
	for _, c := range authz.Capabilities() {
		if len(a.Sources[c]) > 0 {
			a.Can = append(a.Can, c)
		}
	}
	return a, nil
}

// groups adds what the person's user groups grant, then takes what any of them denies.
func groups(a *authz.Actor, all []*ent.UserGroup) {
	for _, g := range all {
		a.Groups = append(a.Groups, g.ID)
		for _, word := range g.Grants {
			if c := authz.Capability(word); c.Known() {
				a.Sources[c] = append(a.Sources[c], "user_group:"+g.Name)
			}
		}
		for _, p := range g.Edges.PrinterGroups {
			a.Printers = append(a.Printers, p.ID)
		}
	}
	for _, g := range all {
		for _, word := range g.Denials {
			delete(a.Sources, authz.Capability(word))
		}
	}
}

// intersect leaves what both the person may do and the key's scopes name.
func intersect(a *authz.Actor) {
	a.Can = slices.DeleteFunc(a.Can, func(c authz.Capability) bool { return !slices.Contains(a.Scopes, c) })
	for c := range a.Sources {
		if !slices.Contains(a.Can, c) {
			delete(a.Sources, c)
			continue
		}
		a.Sources[c] = append(a.Sources[c], "api_key_scope")
	}
}
