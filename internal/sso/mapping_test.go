package sso

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/ent/ssogroupmapping"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

func TestMappingIsRefused(t *testing.T) {
	b := setup(t, testkit.SQLite(t))
	p := b.provider(t)
	teacher := ssogroupmapping.RoleTeacher
	for _, test := range []struct {
		name string
		in   CreateMappingInput
		want string // path and code of the field
	}{
		{"without anything to grant", CreateMappingInput{Match: schematype.Match{Operator: equals, Value: "A"}}, "role required"},
		{"a teacher of no class", CreateMappingInput{Match: schematype.Match{Operator: equals, Value: "A"}, Role: &teacher, IsTeacher: new(true)}, "is_teacher not_allowed"},
		{"without a value", CreateMappingInput{Match: schematype.Match{Operator: equals}, Role: &teacher}, "match.value required"},
		{"with the prefix that everything has", CreateMappingInput{Match: schematype.Match{Operator: prefix}, Role: &teacher}, "match.value required"},
		{"in without values", CreateMappingInput{Match: schematype.Match{Operator: in}, Role: &teacher}, "match.values required"},
		{"in with one value", CreateMappingInput{Match: schematype.Match{Operator: in, Value: "A", Values: []string{"A"}}, Role: &teacher}, "match.value not_allowed"},
		{"equals with several", CreateMappingInput{Match: schematype.Match{Operator: equals, Value: "A", Values: []string{"A"}}, Role: &teacher}, "match.values not_allowed"},
		{"an operator that nobody knows", CreateMappingInput{Match: schematype.Match{Operator: "contains", Value: "A"}, Role: &teacher}, "match.operator not_allowed"},
		{"an expression with a bracket too many", CreateMappingInput{Match: schematype.Match{Operator: regex, Value: "a)|(b"}, Role: &teacher}, "match.value invalid_format"},
		{"an expression that is too long", CreateMappingInput{Match: schematype.Match{Operator: regex, Value: strings.Repeat("a", 201)}, Role: &teacher}, "match.value too_long"},
		{"an expression that repeats too often", CreateMappingInput{Match: schematype.Match{Operator: regex, Value: "(a{1000}){1000}"}, Role: &teacher}, "match.value invalid_format"},
		{"a priority out of range", CreateMappingInput{Match: schematype.Match{Operator: equals, Value: "A"}, Role: &teacher, Priority: new(1001)}, "priority out_of_range"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.in.ProviderID = p.ID
			_, err := b.sso.CreateMapping(b.ctx, test.in)
			var got []string
			for _, f := range errs.From(err).Fields {
				got = append(got, f.Path+" "+f.Code)
			}
			if !slices.Equal(got, []string{test.want}) {
				t.Errorf("got %v, want %s (%v)", got, test.want, err)
			}
		})
	}
}

// Nobody makes a mapping give what they may not give: neither its role, nor what its user group grants, nor by changing one
// that is there.
func TestMappingAuthority(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		p := b.provider(t)
		group := b.Raw.UserGroup.Create().SetOrganizationID(b.us.ID).SetName("helpers").SetGrants([]string{"integrations.manage"}).SaveX(t.Context())
		admin := b.us.As(t, authz.RoleAdmin)
		helper := b.us.Key(t, authz.OrgManageUsers) // an owner's key with one scope
		one := func(ctx context.Context, in CreateMappingInput) (*ent.SSOGroupMapping, error) {
			in.ProviderID, in.Match = p.ID, schematype.Match{Operator: equals, Value: "A"}
			return b.sso.CreateMapping(ctx, in)
		}
		role := func(r ssogroupmapping.Role) CreateMappingInput { return CreateMappingInput{Role: &r} }
		for _, test := range []struct {
			name string
			ctx  context.Context
			in   CreateMappingInput
			want errs.Code
		}{
			{"an owner maps owners", b.ctx, role(ssogroupmapping.RoleOwner), ""},
			{"an admin does not map owners", admin, role(ssogroupmapping.RoleOwner), errs.InsufficientPermissions},
			{"an admin maps admins", admin, role(ssogroupmapping.RoleAdmin), ""},
			{"a key without its capabilities does not map teachers", helper, role(ssogroupmapping.RoleTeacher), errs.InsufficientPermissions},
			{"a key that manages people maps students", helper, role(ssogroupmapping.RoleStudent), ""},
			{"a key without its grants does not map a user group", helper, CreateMappingInput{UserGroupID: &group.ID}, errs.InsufficientPermissions},
			{"a teacher maps nothing", b.us.As(t, authz.RoleTeacher), role(ssogroupmapping.RoleStudent), errs.InsufficientPermissions},
		} {
			if _, err := one(test.ctx, test.in); !errs.Is(err, test.want) && (test.want != "" || err != nil) {
				t.Errorf("%s: %v", test.name, err)
			}
		}

		owners, err := one(b.ctx, role(ssogroupmapping.RoleOwner))
		must(t, err)
		_, err = b.sso.UpdateMapping(admin, UpdateMappingInput{MappingID: owners.ID, Match: changed(schematype.Match{Operator: equals, Value: "Everybody"})})
		refused(t, err, errs.InsufficientPermissions)
		_, err = b.sso.DeleteMapping(admin, DeleteMappingInput{MappingID: owners.ID})
		refused(t, err, errs.InsufficientPermissions)
		plain, err := one(admin, role(ssogroupmapping.RoleStudent))
		must(t, err)
		_, err = b.sso.UpdateMapping(admin, UpdateMappingInput{MappingID: plain.ID, Role: changed(ssogroupmapping.RoleOwner)})
		refused(t, err, errs.InsufficientPermissions)
		_, err = b.sso.UpdateProvider(admin, UpdateProviderInput{ProviderID: p.ID, Issuer: changed("https://mine.example")})
		refused(t, err, errs.InsufficientPermissions) // whoever sets the issuer gives what its mappings give
		_, err = b.sso.UpdateProvider(admin, UpdateProviderInput{ProviderID: p.ID, State: changed("disabled")})
		must(t, err) // disabling takes away
	})
}

func TestMappingLife(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		p := b.provider(t)
		class := b.Raw.Class.Create().SetOrganizationID(b.us.ID).SetName("5a").SaveX(t.Context())
		since := len(b.us.Events(t))
		m, err := b.sso.CreateMapping(b.ctx, CreateMappingInput{ProviderID: p.ID, Match: schematype.Match{Operator: equals, Value: "A"}, ClassID: &class.ID, IsTeacher: new(true)})
		must(t, err)
		same, err := b.sso.UpdateMapping(b.ctx, UpdateMappingInput{MappingID: m.ID, Priority: changed(0)})
		must(t, err)
		now, err := b.sso.UpdateMapping(b.ctx, UpdateMappingInput{MappingID: m.ID, Priority: changed(7), Role: changed(ssogroupmapping.RoleStudent), ClassID: graphql.OmittableOf[*pid.ID](nil), IsTeacher: changed(false)})
		must(t, err)
		if same.Version != m.Version || now.Version == m.Version || now.ClassID != nil || now.Priority != 7 {
			t.Errorf("versions %d, %d, %d: %v", m.Version, same.Version, now.Version, now)
		}
		_, err = b.sso.UpdateMapping(b.ctx, UpdateMappingInput{MappingID: m.ID, Role: graphql.OmittableOf[*ssogroupmapping.Role](nil)})
		refused(t, err, errs.ValidationFailed) // grants nothing then
		_, err = b.sso.UpdateMapping(b.ctx, UpdateMappingInput{MappingID: m.ID, IfMatch: fmt.Sprint(m.Version), Priority: changed(8)})
		refused(t, err, errs.PreconditionFailed)
		_, err = b.sso.DeleteMapping(b.ctx, DeleteMappingInput{MappingID: m.ID})
		must(t, err)
		emitted(t, b.us, since, "sso_group_mapping.created", "sso_group_mapping.updated", "sso_group_mapping.deleted")
	})
}

// There are 500 mappings of a provider, and not one more.
func TestMappingsAreBounded(t *testing.T) {
	b := setup(t, testkit.SQLite(t))
	p := b.provider(t)
	made := make([]*ent.SSOGroupMappingCreate, maxMappings)
	for i := range made {
		made[i] = b.Raw.SSOGroupMapping.Create().SetOrganizationID(b.us.ID).SetProviderID(p.ID).SetMatch(schematype.Match{Operator: equals, Value: "A"}).SetRole(ssogroupmapping.RoleStudent)
	}
	b.Raw.SSOGroupMapping.CreateBulk(made...).ExecX(t.Context())
	student := ssogroupmapping.RoleStudent
	_, err := b.sso.CreateMapping(b.ctx, CreateMappingInput{ProviderID: p.ID, Match: schematype.Match{Operator: equals, Value: "A"}, Role: &student})
	refused(t, err, errs.SSOLimitReached)
}

// The other organization's providers, mappings, classes and user groups are as if they did not exist.
func TestMappingsOfOthers(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		ours, theirs := b.provider(t), b.providerOf(t, b.them.Session(t, b.them.Owner))
		class := b.Raw.Class.Create().SetOrganizationID(b.them.ID).SetName("5a").SaveX(t.Context())
		group := b.Raw.UserGroup.Create().SetOrganizationID(b.them.ID).SetName("x").SaveX(t.Context())
		mapping := b.Raw.SSOGroupMapping.Create().SetOrganizationID(b.them.ID).SetProvider(theirs).SetMatch(schematype.Match{Operator: equals, Value: "A"}).SetClass(class).SaveX(t.Context())
		match, student := schematype.Match{Operator: equals, Value: "A"}, ssogroupmapping.RoleStudent
		since := len(b.them.Events(t))
		for _, test := range []struct {
			name string
			do   func() error
			want errs.Code
		}{
			{"a mapping of their provider", func() error {
				_, err := b.sso.CreateMapping(b.ctx, CreateMappingInput{ProviderID: theirs.ID, Match: match, Role: &student})
				return err
			}, "sso_provider_not_found"},
			{"a mapping into their class", func() error {
				_, err := b.sso.CreateMapping(b.ctx, CreateMappingInput{ProviderID: ours.ID, Match: match, ClassID: &class.ID})
				return err
			}, "class_not_found"},
			{"a mapping into their user group", func() error {
				_, err := b.sso.CreateMapping(b.ctx, CreateMappingInput{ProviderID: ours.ID, Match: match, UserGroupID: &group.ID})
				return err
			}, "user_group_not_found"},
			{"a change of their mapping", func() error {
				_, err := b.sso.UpdateMapping(b.ctx, UpdateMappingInput{MappingID: mapping.ID, Priority: changed(1)})
				return err
			}, "sso_group_mapping_not_found"},
			{"deleting their mapping", func() error {
				_, err := b.sso.DeleteMapping(b.ctx, DeleteMappingInput{MappingID: mapping.ID})
				return err
			}, "sso_group_mapping_not_found"},
			{"claims of their provider", func() error {
				_, err := b.sso.Evaluate(b.ctx, EvaluateInput{ProviderID: theirs.ID, Claims: map[string]any{}})
				return err
			}, "sso_provider_not_found"},
			{"a change of their provider", func() error {
				_, err := b.sso.UpdateProvider(b.ctx, UpdateProviderInput{ProviderID: theirs.ID, Name: changed("Ours")})
				return err
			}, "sso_provider_not_found"},
			{"a test of their provider", func() error {
				_, err := b.sso.TestProvider(b.ctx, TestProviderInput{ProviderID: theirs.ID})
				return err
			}, "sso_provider_not_found"},
			{"a domain of their provider", func() error {
				_, err := b.sso.VerifyDomain(b.ctx, VerifyDomainInput{ProviderID: theirs.ID, Domain: "school.example"})
				return err
			}, "sso_provider_not_found"},
			{"deleting their provider", func() error {
				_, err := b.sso.DeleteProvider(b.ctx, DeleteProviderInput{ProviderID: theirs.ID})
				return err
			}, "sso_provider_not_found"},
		} {
			if err := test.do(); !errs.Is(err, test.want) {
				t.Errorf("%s: %v, want %s", test.name, err, test.want)
			}
		}
		emitted(t, b.them, since)
	})
}

// What is answered is what a newcomer would have.
func TestEvaluateOperation(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		s := b.school(t, b.provider(t))
		for _, words := range []string{"2 staff: groups equals Staff -> role:teacher teach:5a", "1 band: groups equals Band -> class:5b group:club", "0 gone: groups equals Band -> class:5a"} {
			s.maps(t, words)
		}
		e, err := b.sso.Evaluate(b.ctx, EvaluateInput{ProviderID: s.provider.ID, Claims: claims(t, `{"groups":["Staff","Band"]}`)})
		must(t, err)
		if e.Role != membership.RoleTeacher || !slices.Equal(e.TeacherClassIDs, []pid.ID{s.ids["5a"]}) || !slices.Equal(e.ClassIDs, []pid.ID{s.ids["5b"]}) ||
			!slices.Equal(e.UserGroupIDs, []pid.ID{s.ids["club"]}) || len(e.Rules) != 3 || e.Rules[0].MappingID != s.rules["staff"] || e.Unchanged {
			t.Errorf("%+v", e)
		}

		s.does(t, nil, "delete class:5b")
		if e, err = b.sso.Evaluate(b.ctx, EvaluateInput{ProviderID: s.provider.ID, Claims: claims(t, `{"groups":["Band"]}`)}); err != nil || len(e.ClassIDs) != 1 || e.Role != membership.RoleStudent {
			t.Errorf("after its class was deleted: %+v, %v", e, err)
		}
		if e, err = b.sso.Evaluate(b.ctx, EvaluateInput{ProviderID: s.provider.ID, Claims: claims(t, `{}`)}); err != nil || !e.Unchanged || e.ClassIDs == nil {
			t.Errorf("without the claim: %+v, %v", e, err)
		}
	})
}
