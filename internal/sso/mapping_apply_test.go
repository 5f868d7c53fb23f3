package sso

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/enrollment"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/usergroup"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// school is an organization with classes and user groups that tests call by their names.
type school struct {
	*bundle
	org      *testkit.Organization
	provider *ent.SSOProvider
	ids      map[string]pid.ID // of classes and groups
	rules    map[string]pid.ID // of mappings
}

func (b *bundle) school(t testing.TB, provider *ent.SSOProvider) *school {
	t.Helper()
	s := &school{bundle: b, org: b.us, provider: provider, ids: map[string]pid.ID{}, rules: map[string]pid.ID{}}
	for _, name := range []string{"5a", "5b"} {
		s.ids[name] = b.Raw.Class.Create().SetOrganizationID(b.us.ID).SetName(name).SaveX(t.Context()).ID
	}
	for _, name := range []string{"club", "lab"} {
		s.ids[name] = b.Raw.UserGroup.Create().SetOrganizationID(b.us.ID).SetName(name).SaveX(t.Context()).ID
	}
	return s
}

// maps makes a mapping of the provider as the owner does.
func (s *school) maps(t testing.TB, words string) {
	t.Helper()
	m := rule(t, words)
	in := CreateMappingInput{ProviderID: s.provider.ID, Match: m.Match, Priority: &m.Priority, Role: m.Role, IsTeacher: &m.IsTeacher, OnLoss: &m.OnLoss}
	if m.ClassID != nil {
		id := s.ids[string(*m.ClassID)]
		in.ClassID = &id
	}
	if m.UserGroupID != nil {
		id := s.ids[string(*m.UserGroupID)]
		in.UserGroupID = &id
	}
	made, err := s.sso.CreateMapping(s.ctx, in)
	must(t, err)
	s.rules[string(m.ID)] = made.ID
}

var opSignIn = authz.Op{Resource: "session", Verb: "test", System: true, Write: true}

// signIn is the part of a sign-in that is about mappings.
func (s *school) signIn(t testing.TB, p *ent.SSOProvider, m *ent.Membership, c Claims) {
	t.Helper()
	_, err := op.Do(s.org.System(t), s.Ops, opSignIn, struct{}{}, func(ctx context.Context, tx *ent.Tx) (Outcome, error) {
		member, err := op.Load(ctx, tx.Membership, m.ID)
		if err != nil {
			return Outcome{}, err
		}
		o, err := JudgeClaims(ctx, tx, p, c, member)
		if err != nil {
			return Outcome{}, err
		}
		return o, Apply(ctx, tx, member, o)
	})
	must(t, err)
}

// does carries a step out: claims are a sign-in, the rest is a person's hand.
func (s *school) does(t testing.TB, m *ent.Membership, step string) {
	t.Helper()
	ctx := t.Context()
	if strings.HasPrefix(step, "{") {
		s.signIn(t, s.provider, m, claims(t, step))
		return
	}
	verb, what, _ := strings.Cut(step, " ")
	kind, name, _ := strings.Cut(what, ":")
	id := s.ids[name]
	switch verb + " " + kind {
	case "give role":
		s.Raw.Membership.UpdateOneID(m.ID).SetRole(membership.Role(name)).ExecX(ctx)
	case "give class":
		s.Raw.Enrollment.Create().SetOrganizationID(s.org.ID).SetClassID(id).SetMembershipID(m.ID).SetRole(enrollment.RoleStudent).ExecX(ctx)
	case "give teach":
		s.Raw.Enrollment.Create().SetOrganizationID(s.org.ID).SetClassID(id).SetMembershipID(m.ID).SetRole(enrollment.RoleTeacher).ExecX(ctx)
	case "take class":
		s.Raw.Enrollment.Delete().Where(enrollment.ClassID(id), enrollment.MembershipID(m.ID)).ExecX(ctx)
	case "give group":
		s.Raw.UserGroup.UpdateOneID(id).AddMemberIDs(m.ID).ExecX(ctx)
	case "take group":
		s.Raw.UserGroup.UpdateOneID(id).RemoveMemberIDs(m.ID).ExecX(ctx)
	case "delete class":
		s.Raw.Class.DeleteOneID(id).ExecX(ctx)
	case "delete group":
		s.Raw.UserGroup.DeleteOneID(id).ExecX(ctx)
	case "delete rule":
		_, err := s.sso.DeleteMapping(s.ctx, DeleteMappingInput{MappingID: s.rules[name]})
		must(t, err)
	default:
		t.Fatalf("%q is no step", step)
	}
}

// is what a member has, in the words of the rules.
func (s *school) is(t testing.TB, m *ent.Membership) string {
	t.Helper()
	ctx := t.Context()
	now := s.Raw.Membership.GetX(ctx, m.ID)
	words := []string{string(now.Role)}
	for _, e := range s.Raw.Enrollment.Query().Where(enrollment.MembershipID(m.ID)).WithClass().AllX(ctx) {
		kind := "class:"
		if e.Role == enrollment.RoleTeacher {
			kind = "teach:"
		}
		words = append(words, kind+e.Edges.Class.Name)
	}
	for _, g := range s.Raw.UserGroup.Query().Where(usergroup.HasMembersWith(membership.ID(m.ID))).AllX(ctx) {
		words = append(words, "group:"+g.Name)
	}
	slices.Sort(words[1:])
	return strings.Join(words, " ")
}

func TestApply(t *testing.T) {
	staff, pupil := "10 staff: groups equals Staff -> role:teacher", "0 pupil: groups equals 5a -> class:5a group:club"
	for _, test := range []struct {
		name    string
		role    authz.Role
		rules   []string
		story   []string // step, then what the member has after it
		applied int      // events that tell of the whole
	}{
		{"a mapping gives role, class and group, and again nothing", authz.RoleStudent, []string{staff, pupil},
			[]string{`{"groups":["Staff","5a"]}`, "teacher class:5a group:club", `{"groups":["Staff","5a"]}`, "teacher class:5a group:club"}, 1},
		{"what is lost at the provider is lost here", authz.RoleStudent, []string{staff, pupil},
			[]string{`{"groups":["Staff","5a"]}`, "teacher class:5a group:club", `{"groups":[]}`, "student"}, 2},
		{"who moves to another class there moves here", authz.RoleStudent, []string{pupil, "0 other: groups equals 5b -> class:5b"},
			[]string{`{"groups":["5a"]}`, "student class:5a group:club", `{"groups":["5b"]}`, "student class:5b"}, 2},
		{"what is to be kept stays, and is nobody's any more", authz.RoleStudent, []string{staff + " keep", pupil + " keep"},
			[]string{`{"groups":["Staff","5a"]}`, "teacher class:5a group:club", `{"groups":[]}`, "teacher class:5a group:club", "take class:5a", "teacher group:club",
				`{"groups":[]}`, "teacher group:club"}, 1},
		{"a class by hand is not taken away", authz.RoleStudent, []string{pupil},
			[]string{"give class:5a", "student class:5a", `{"groups":["5a"]}`, "student class:5a group:club", `{"groups":[]}`, "student class:5a"}, 2},
		{"a teacher's seat by hand is not made a student's", authz.RoleTeacher, []string{"0 pupil: groups equals 5a -> class:5a"},
			[]string{"give teach:5a", "teacher teach:5a", `{"groups":["5a"]}`, "teacher teach:5a", `{"groups":[]}`, "teacher teach:5a"}, 0},
		{"who was taken out and comes back by hand as a teacher stays one", authz.RoleTeacher, []string{"0 pupil: groups equals 5a -> class:5a"},
			[]string{`{"groups":["5a"]}`, "teacher class:5a", "take class:5a", "teacher", "give teach:5a", "teacher teach:5a", `{"groups":["5a"]}`, "teacher teach:5a", `{"groups":[]}`, "teacher teach:5a"}, 1},
		{"a group by hand is not taken away", authz.RoleStudent, []string{pupil},
			[]string{"give group:club", "student group:club", `{"groups":["5a"]}`, "student class:5a group:club", `{"groups":[]}`, "student group:club"}, 2},
		{"what no mapping names is not touched", authz.RoleStudent, []string{pupil},
			[]string{"give class:5b", "student class:5b", "give group:lab", "student class:5b group:lab", `{"groups":["5a"]}`, "student class:5a class:5b group:club group:lab",
				`{"groups":[]}`, "student class:5b group:lab"}, 2},
		{"a higher role by hand is not lowered", authz.RoleAdmin, []string{staff}, []string{`{"groups":["Staff"]}`, "admin", `{"groups":[]}`, "admin"}, 0},
		{"a lower role by hand comes back", authz.RoleOperator, []string{"0 a: groups equals A -> role:admin"}, []string{`{"groups":["A"]}`, "admin", `{"groups":[]}`, "operator"}, 2},
		{"a role given by hand since then is the one that counts", authz.RoleStudent, []string{staff},
			[]string{`{"groups":["Staff"]}`, "teacher", "give role:admin", "admin", `{"groups":["Staff"]}`, "admin", `{"groups":[]}`, "admin"}, 1},
		{"a role lowered by hand rises again with the mapping", authz.RoleStudent, []string{staff},
			[]string{`{"groups":["Staff"]}`, "teacher", "give role:student", "student", `{"groups":["Staff"]}`, "teacher", `{"groups":[]}`, "student"}, 3},
		{"who was taken out by hand comes back with the mapping", authz.RoleStudent, []string{pupil},
			[]string{`{"groups":["5a"]}`, "student class:5a group:club", "take class:5a", "student group:club", `{"groups":["5a"]}`, "student class:5a group:club"}, 2},
		{"overage takes nothing away", authz.RoleStudent, []string{staff, pupil},
			[]string{`{"groups":["Staff","5a"]}`, "teacher class:5a group:club", `{"_claim_names":{"groups":"src1"}}`, "teacher class:5a group:club", `{"hasgroups":true}`, "teacher class:5a group:club",
				`{}`, "teacher class:5a group:club", `{"groups":["5a"]}`, "student class:5a group:club"}, 2},
		{"who was taken out by hand stays out while nobody knows", authz.RoleStudent, []string{pupil},
			[]string{`{"groups":["5a"]}`, "student class:5a group:club", "take class:5a", "student group:club", "take group:club", "student", `{}`, "student"}, 1},
		{"a deleted mapping takes back what it gave", authz.RoleStudent, []string{staff, pupil},
			[]string{`{"groups":["Staff","5a"]}`, "teacher class:5a group:club", "delete rule:staff", "teacher class:5a group:club", `{"groups":["Staff","5a"]}`, "student class:5a group:club"}, 2},
		{"a deleted class is left out", authz.RoleStudent, []string{pupil},
			[]string{`{"groups":["5a"]}`, "student class:5a group:club", "delete class:5a", "student group:club", `{"groups":["5a"]}`, "student group:club"}, 1},
		{"a deleted user group is left out", authz.RoleStudent, []string{pupil},
			[]string{`{"groups":["5a"]}`, "student class:5a group:club", "delete group:club", "student class:5a", `{"groups":["5a"]}`, "student class:5a"}, 1},
		{"a seat becomes the teacher's, and a student's again", authz.RoleStudent, []string{pupil, "1 t: groups equals T -> teach:5a"},
			[]string{`{"groups":["5a"]}`, "student class:5a group:club", `{"groups":["5a","T"]}`, "student group:club teach:5a", `{"groups":["5a"]}`, "student class:5a group:club"}, 3},
		{"an owner's mapping makes an owner, and takes it back", authz.RoleStudent, []string{"0 o: groups equals Heads -> role:owner"},
			[]string{`{"groups":["Heads"]}`, "owner", `{"groups":[]}`, "student"}, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			testkit.EachDB(t, func(t *testing.T, db *store.DB) {
				b := setup(t, db)
				s := b.school(t, b.provider(t))
				for _, r := range test.rules {
					s.maps(t, r)
				}
				m := b.us.Member(t, test.role)
				for i := 0; i+1 < len(test.story); i += 2 {
					s.does(t, m, test.story[i])
					if got := s.is(t, m); got != test.story[i+1] {
						t.Fatalf("after %d, %s: %s, want %s", i/2+1, test.story[i], got, test.story[i+1])
					}
				}
				applied := slices.DeleteFunc(b.us.Events(t), func(typ string) bool { return typ != "sso.mapping_applied" })
				if len(applied) != test.applied {
					t.Errorf("%d events tell of it, want %d", len(applied), test.applied)
				}
			})
		})
	}
}

// The last owner stays one, and what the mapping gave is taken back as soon as there is another.
func TestApplyKeepsTheLastOwner(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		s := b.school(t, b.provider(t))
		s.maps(t, "0 heads: groups equals Heads -> role:owner")
		m := b.us.Member(t, authz.RoleTeacher)
		s.does(t, m, `{"groups":["Heads"]}`)
		b.Raw.Membership.UpdateOne(b.us.Owner).SetRole(membership.RoleAdmin).ExecX(t.Context())
		s.does(t, m, `{"groups":[]}`)
		if got := s.is(t, m); got != "owner" {
			t.Fatalf("the last owner is %s", got)
		}
		b.Raw.Membership.UpdateOne(b.us.Owner).SetRole(membership.RoleOwner).ExecX(t.Context())
		s.does(t, m, `{"groups":[]}`)
		if got := s.is(t, m); got != "teacher" {
			t.Errorf("with another owner: %s, want teacher", got)
		}
	})
}

// Two providers manage each its own slice.
func TestApplyTwoProviders(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		other := b.provider(t, func(in *CreateProviderInput) { in.Name, in.Issuer = "Other", "https://other.school.example" })
		s := b.school(t, other)
		s.maps(t, "0 lab: groups equals Lab -> group:lab role:operator")
		s.provider = b.provider(t)
		s.maps(t, "0 staff: groups equals Staff -> class:5a role:teacher")
		m := b.us.Member(t, authz.RoleStudent)

		for i, step := range []struct {
			at     *ent.SSOProvider
			claims string
			want   string
		}{
			{s.provider, `{"groups":["Staff"]}`, "teacher class:5a"},
			{other, `{"groups":["Lab"]}`, "operator class:5a group:lab"},
			{other, `{"groups":[]}`, "teacher class:5a"},
			{other, `{"groups":["Lab"]}`, "operator class:5a group:lab"},
			{s.provider, `{"groups":[]}`, "operator group:lab"},
			{other, `{"groups":[]}`, "student"},
		} {
			s.signIn(t, step.at, m, claims(t, step.claims))
			if got := s.is(t, m); got != step.want {
				t.Fatalf("after %d: %s, want %s", i+1, got, step.want)
			}
		}
	})
}

// A newcomer begins with the provider's default role, which a mapping lowers, too; somebody who was made by hand is not lowered.
func TestApplyToNewcomers(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		role := authz.RoleTeacher
		p := b.provider(t, func(in *CreateProviderInput) { in.DefaultRole = new(defaultRole(role)) })
		s := b.school(t, p)
		s.maps(t, "0 pupils: groups equals Pupils -> role:student")
		fresh, old := b.us.Member(t, role), b.us.Member(t, role)
		b.Raw.Membership.UpdateOne(fresh).SetSource(membership.SourceSSO).ExecX(t.Context())
		for _, m := range []*ent.Membership{fresh, old} {
			s.does(t, m, `{"groups":["Pupils"]}`)
		}
		if got := s.is(t, fresh) + ", " + s.is(t, old); got != "student, teacher" {
			t.Errorf("%s, want student, teacher", got)
		}
		s.does(t, fresh, `{"groups":[]}`)
		if got := s.is(t, fresh); got != "teacher" {
			t.Errorf("without a mapping: %s, want the default", got)
		}
	})
}

// The events of a change: of the role, the class and the group, and of the whole with what mappings manage now.
func TestApplyEvents(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		s := b.school(t, b.provider(t))
		s.maps(t, "10 staff: groups equals Staff -> role:teacher class:5a group:club")
		m := b.us.Member(t, authz.RoleStudent)
		before := len(b.us.Events(t))
		s.does(t, m, `{"groups":["Staff"]}`)
		emitted(t, b.us, before, "user.role_changed", "class.enrolled", "user.updated", "sso.mapping_applied")

		rows := b.us.EventRows(t)
		last := rows[len(rows)-1]
		for _, want := range []string{`"role":"teacher"`, fmt.Sprintf(`"class_ids":[%q]`, s.ids["5a"]), fmt.Sprintf(`"user_group_ids":[%q]`, s.ids["club"]),
			fmt.Sprintf(`"mapping_ids":[%q]`, s.rules["staff"]), fmt.Sprintf(`"provider_id":%q`, s.provider.ID)} {
			if !strings.Contains(strings.ReplaceAll(string(last.Data), " ", ""), want) {
				t.Errorf("%s does not tell %s", last.Data, want)
			}
		}
		if last.SubjectID != string(m.ID) || last.ActorType != "system" {
			t.Errorf("%s by %s", last.SubjectID, last.ActorType)
		}
	})
}
