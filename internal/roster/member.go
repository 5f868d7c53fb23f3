package roster

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/enrollment"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/user"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/record"
)

// AddMembersInput says who joins.
type AddMembersInput struct {
	Members []NewMember `json:"members" required:"true" minItems:"1" maxItems:"500" doc:"The people."`
}

// NewMember is one of them.
type NewMember struct {
	Email        string           `json:"email" required:"true" format:"email" doc:"Mail address."`
	Name         string           `json:"name,omitempty" maxLength:"200" doc:"Full name, as this organization knows the person."`
	Locale       string           `json:"locale,omitempty" maxLength:"35" doc:"BCP 47 language tag of a new account."`
	Role         *membership.Role `json:"role,omitempty" enum:"owner,admin,operator,teacher,student" doc:"What they are in the organization, not above your own role; absent = student."`
	ExternalID   string           `json:"external_id,omitempty" maxLength:"200" doc:"Identifier in the school's own system."`
	GradeLevel   string           `json:"grade_level,omitempty" maxLength:"60" doc:"Grade or year."`
	ClassIDs     []pid.ID         `json:"class_ids,omitempty" maxItems:"50" uniqueItems:"true" doc:"Classes joined: by students as students, by everybody else as teachers."`
	UserGroupIDs []pid.ID         `json:"user_group_ids,omitempty" maxItems:"50" uniqueItems:"true" doc:"User groups joined; you hold what they grant yourself."`
}

// Validate refuses a person who is named twice.
func (in AddMembersInput) Validate() (fields []errs.Field) {
	seen := map[string]bool{}
	for i, m := range in.Members {
		if address := m.address(); seen[address] {
			fields = append(fields, errs.Field{Path: fmt.Sprintf("members[%d].email", i), Code: "duplicate", Message: "stands in the list already"})
		} else {
			seen[address] = true
		}
	}
	return fields
}

func (m NewMember) address() string { return strings.ToLower(m.Email) }

func (m NewMember) role() membership.Role {
	if m.Role == nil {
		return membership.RoleStudent
	}
	return *m.Role
}

// AddMembers makes people members, all or none, and answers their memberships in the order of the request. Whoever is a
// member already is refused: what they are is changed, not added.
func (s *Service) AddMembers(ctx context.Context, in AddMembersInput) ([]*ent.Membership, error) {
	return op.Do(ctx, s.Ops, OpMembersAdd, in, func(ctx context.Context, tx *ent.Tx) ([]*ent.Membership, error) {
		if err := in.allowed(ctx, tx); err != nil {
			return nil, err
		}

		joined, err := s.add(ctx, tx, in.Members)
		if err != nil {
			return nil, err
		}
		for _, m := range joined {
			event.Emit(ctx, tx, event.Fact{Type: event.UserJoined, Resource: "user", ID: m.ID, Object: record.Membership(m)})
		}
		return joined, in.enroll(ctx, tx, joined)
	})
}

// allowed checks that the actor may give every role and group, and locks the classes and groups, in order, so that two
// requests do not wait for each other.
func (in AddMembersInput) allowed(ctx context.Context, tx *ent.Tx) error {
	a := authz.From(ctx)
	var classes, groups []pid.ID
	for _, m := range in.Members {
		if err := mayGive(a, m.role()); err != nil {
			return err
		}
		classes, groups = append(classes, m.ClassIDs...), append(groups, m.UserGroupIDs...)
	}
	for _, id := range distinct(classes) {
		if _, err := op.Load(ctx, tx.Class, id); err != nil {
			return err
		}
	}
	for _, id := range distinct(groups) {
		g, err := op.Load(ctx, tx.UserGroup, id)
		if err != nil {
			return err
		}
		if err := mayGrant(a, g.Grants); err != nil {
			return err
		}
	}
	return nil
}

// add makes people members of the actor's organization and of user groups.
func (s *Service) add(ctx context.Context, tx *ent.Tx, members []NewMember) ([]*ent.Membership, error) {
	now, people := op.Now(ctx), make([]Person, len(members))
	for i, m := range members {
		people[i] = Person{Organization: authz.From(ctx).Organization, Email: m.address(), Name: strings.TrimSpace(m.Name), Locale: m.Locale,
			Role: m.role(), ExternalID: m.ExternalID, GradeLevel: m.GradeLevel, At: &now}
	}
	joined, err := s.Join(ctx, tx, people...)
	if err != nil {
		return nil, err
	}
	groups := map[pid.ID][]pid.ID{}
	for i, m := range members {
		for _, g := range m.UserGroupIDs {
			groups[g] = append(groups[g], joined[i].ID)
		}
	}
	for _, g := range slices.Sorted(maps.Keys(groups)) {
		if err := joinGroup(ctx, tx, g, groups[g]); err != nil {
			return nil, err
		}
	}
	return withAccounts(ctx, tx, joined)
}

// withAccounts reads the memberships of people who have just joined, in their order, with the account of each.
func withAccounts(ctx context.Context, tx *ent.Tx, joined []Joined) ([]*ent.Membership, error) {
	order := make(map[pid.ID]int, len(joined))
	for i, j := range joined {
		order[j.ID] = i
	}
	found, err := tx.Membership.Query().Where(membership.IDIn(slices.Collect(maps.Keys(order))...)).WithUser().All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read memberships: %w", err)
	}
	slices.SortFunc(found, func(a, b *ent.Membership) int { return cmp.Compare(order[a.ID], order[b.ID]) })
	return found, nil
}

// enroll puts the new members into their classes.
func (in AddMembersInput) enroll(ctx context.Context, tx *ent.Tx, joined []*ent.Membership) error {
	type seat struct {
		class pid.ID
		role  enrollment.Role
	}
	var seats []seat
	people := map[seat][]pid.ID{}
	for i, m := range in.Members {
		for _, class := range m.ClassIDs {
			at := seat{class, seatOf(m.role())}
			if people[at] == nil {
				seats = append(seats, at)
			}
			people[at] = append(people[at], joined[i].ID)
		}
	}
	for _, at := range seats {
		if _, err := EnrollMembers(ctx, tx, at.class, people[at], Enrolling{Role: at.role, Source: enrollment.SourceManual}); err != nil {
			return err
		}
	}
	return nil
}

// Person is somebody who joins an organization.
type Person struct {
	Organization pid.ID
	Email        string // in lower case
	Name         string // as this organization knows them; a new account begins with it, one that exists keeps its own
	Locale       string // of a new account
	Role         membership.Role
	Status       membership.Status // empty = active
	Source       membership.Source // how they come in; empty = by hand. Who was removed keeps the one that they had
	ExternalID   string
	GradeLevel   string
	At           *time.Time // when; nil = now by the machine's clock
}

// Joined is a person who has joined.
type Joined struct {
	ID, UserID pid.ID
	CreatedAt  time.Time
	Source     membership.Source
}

// Join is a step that makes people members of one organization, each address once, and makes accounts where addresses have
// none. It answers in their order, in a fixed number of statements. It needs the guard lifted, because an account may be
// known in other organizations only, and what it answers says nothing of that: operations call it through Service.Join,
// the operator's seeding directly. Whether the roles may be given is the caller's question; whoever is a member already is
// refused, and whoever was removed is back in the row that history names.
func Join(ctx context.Context, tx *ent.Tx, people ...Person) ([]Joined, error) {
	accounts, err := accounts(ctx, tx, people)
	if err != nil {
		return nil, err
	}
	former, err := memberships(ctx, tx, people[0].Organization, accounts)
	if err != nil {
		return nil, err
	}

	out, since := make([]Joined, len(people)), at(people[0])
	into := ent.Insertion{
		Table:        membership.Table,
		Shared:       []string{membership.FieldOrganizationID, membership.FieldCreatedAt, membership.FieldUpdatedAt},
		SharedValues: []any{people[0].Organization, since, since},
		Columns: []string{membership.FieldID, membership.FieldUserID, membership.FieldName, membership.FieldRole, membership.FieldStatus, membership.FieldSource,
			membership.FieldExternalID, membership.FieldGradeLevel, membership.FieldSearch},
	}
	var back []*row
	for i, p := range people {
		u := accounts[p.Email]
		switch m := former[u]; {
		case m == nil:
			out[i] = Joined{membership.DefaultID(), u, since, p.source()}
			into.Values = append(into.Values, out[i].ID, u, p.Name, string(p.Role), string(p.status()), string(p.source()), p.ExternalID, p.GradeLevel, p.row("").search())
		case m.DeletedAt == nil:
			return nil, errs.New(errs.AlreadyExists, "%s is a member already.", p.Email)
		default:
			out[i] = Joined{m.ID, u, m.CreatedAt, m.Source}
			back = append(back, p.row(m.ID))
		}
	}
	if err := tx.Client().InsertRows(ctx, into); err != nil {
		return nil, fmt.Errorf("insert memberships: %w", err)
	}
	return out, rewrite(ctx, tx, people[0].Organization, since, back)
}

// at is when the person joins.
func at(p Person) time.Time {
	if p.At == nil {
		return membership.DefaultUpdatedAt()
	}
	return *p.At
}

func (p Person) status() membership.Status {
	if p.Status == "" {
		return membership.StatusActive
	}
	return p.Status
}

func (p Person) source() membership.Source {
	if p.Source == "" {
		return membership.SourceManual
	}
	return p.Source
}

// row is what the person will be.
func (p Person) row(id pid.ID) *row {
	return &row{identity: identity{id: id, email: p.Email}, now: &person{name: p.Name, role: p.Role, status: p.status(), externalID: p.ExternalID, gradeLevel: p.GradeLevel}}
}

// accounts are the people's accounts, by address: new ones where addresses have none.
func accounts(ctx context.Context, tx *ent.Tx, people []Person) (map[string]pid.ID, error) {
	addresses := make([]string, len(people))
	for i, p := range people {
		addresses[i] = p.Email
	}
	found, err := tx.User.Query().Where(user.EmailIn(addresses...)).Select(user.FieldID, user.FieldEmail).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for accounts: %w", err)
	}
	ids := make(map[string]pid.ID, len(people))
	for _, u := range found {
		ids[u.Email] = u.ID
	}
	since := at(people[0])
	into := ent.Insertion{
		Table:        user.Table,
		Shared:       []string{user.FieldCreatedAt, user.FieldUpdatedAt},
		SharedValues: []any{since, since},
		Columns:      []string{user.FieldID, user.FieldEmail, user.FieldName, user.FieldLocale},
	}
	for _, p := range people {
		if ids[p.Email] == "" {
			ids[p.Email] = user.DefaultID()
			into.Values = append(into.Values, ids[p.Email], p.Email, p.Name, p.Locale)
		}
	}
	if err := tx.Client().InsertRows(ctx, into); err != nil {
		return nil, fmt.Errorf("insert users: %w", err)
	}
	return ids, nil
}

// memberships are those that the accounts have or had in the organization, by account.
func memberships(ctx context.Context, tx *ent.Tx, organization pid.ID, accounts map[string]pid.ID) (map[pid.ID]*ent.Membership, error) {
	users := slices.Collect(maps.Values(accounts))
	scoped := func(s *sql.Selector) {
		s.Where(sql.P(func(b *sql.Builder) {
			b.WriteString(op.Unindexed(s.Dialect(), s.C(membership.FieldOrganizationID)) + " = ").Arg(organization)
		}))
	}
	found, err := tx.Membership.Query().Where(scoped, membership.UserIDIn(users...)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for memberships: %w", err)
	}
	of := make(map[pid.ID]*ent.Membership, len(found))
	for _, m := range found {
		of[m.UserID] = m
	}
	return of, nil
}
