package roster_test

import (
	"context"
	"slices"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/roster"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

func TestCreateUserGroup(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		type in = roster.CreateUserGroupInput
		for _, tt := range []struct {
			name  string
			actor context.Context
			in    in
			want  errs.Code
			words string
		}{
			{"an admin makes a group with everything", b.as(b.north.admin), in{Name: "Lab  crew", Grants: []string{"spool.manage"}, Denials: []string{"queue.manage"},
				Limits: &schematype.Limits{MaxQueuedItems: new(3)}, PrinterGroupIDs: ids(b.north.lab, b.north.attic)}, "", ""},
			{"an admin makes a group of which only the name is known", b.as(b.north.admin), in{Name: "Empty"}, "", ""},
			{"a person grants what they hold by a group themselves", b.as(b.north.helper), in{Name: "More helpers", Grants: []string{"org.manage_users"}}, "", ""},
			{"a person denies what they lack", b.as(b.north.helper), in{Name: "Fewer prints", Denials: []string{"queue.manage"}}, "", ""},
			{"a key grants what it has as a scope", b.key(b.north.admin, authz.OrgManageUsers, authz.SpoolManage), in{Name: "By key", Grants: []string{"spool.manage"}}, "", ""},
			{"a person does not grant what they lack", b.as(b.north.helper), in{Name: "X", Grants: []string{"org.manage_users", "printer.manage"}}, errs.InsufficientPermissions, "printer.manage"},
			{"a key does not grant what only its creator has", b.key(b.north.owner, authz.OrgManageUsers), in{Name: "X", Grants: []string{"spool.manage"}}, errs.InsufficientPermissions, "spool.manage"},
			{"a teacher makes no groups", b.as(b.north.teacher), in{Name: "X"}, errs.InsufficientPermissions, "org.manage_users"},
			{"two groups of a school have two names", b.as(b.north.admin), in{Name: "Helpers"}, errs.AlreadyExists, ""},
			{"another school's printer group does not exist", b.as(b.north.admin), in{Name: "X", PrinterGroupIDs: ids(b.north.lab, b.south.lab)}, "printer_group_not_found", ""},
			{"a printer group that does not exist answers the same", b.as(b.north.admin), in{Name: "X", PrinterGroupIDs: []pid.ID{"pgr" + nowhere}}, "printer_group_not_found", ""},
			{"a word that is no capability", b.as(b.north.admin), in{Name: "X", Grants: []string{"platform.admin"}}, errs.ValidationFailed, "grants[0] not_allowed"},
			{"a capability twice", b.as(b.north.admin), in{Name: "X", Denials: []string{"queue.manage", "queue.manage"}}, errs.ValidationFailed, "denials[1] duplicate"},
			{"a name is missing", b.as(b.north.admin), in{}, errs.ValidationFailed, "name required"},
			{"a name of spaces", b.as(b.north.admin), in{Name: "  "}, errs.ValidationFailed, "name required"},
			{"a limit below zero", b.as(b.north.admin), in{Name: "X", Limits: &schematype.Limits{MaxQueuedItems: new(-1)}}, errs.ValidationFailed, "limits.max_queued_items out_of_range"},
		} {
			got, err := b.roster.CreateUserGroup(tt.actor, tt.in)
			if !b.check(tt.name, err, tt.want, tt.words) {
				b.equal(tt.name+": events", []string{}, b.events(b.north))
				continue
			}
			b.equal(tt.name+": events", []string{"user_group.created " + string(got.ID)}, b.events(b.north))
			if got.Name == "" || got.Name[0] == ' ' || got.OrganizationID != b.north.org.ID || got.Grants == nil || got.Denials == nil || len(got.Edges.PrinterGroups) != len(tt.in.PrinterGroupIDs) {
				t.Errorf("%s: %+v", tt.name, got)
			}
		}
		b.equal("events of the other school", 0, len(b.events(b.south)))
	})
}

func TestUpdateUserGroup(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		type in = roster.UpdateUserGroupInput
		words := func(w ...string) graphql.Omittable[[]string] { return graphql.OmittableOf(w) }
		name := func(s string) graphql.Omittable[*string] { return graphql.OmittableOf(&s) }
		limits := &schematype.Limits{MaxPrintSeconds: new(3600)}
		for _, tt := range []struct {
			name     string
			actor    context.Context
			in       in
			previous []string // names of what changed; nil = no event
			want     errs.Code
			words    string
		}{
			{"nothing named changes nothing", b.as(b.north.admin), in{}, nil, "", ""},
			{"the same values change nothing", b.as(b.north.admin), in{Name: name("Crew"), Grants: words("spool.manage"), Denials: words("queue.manage"), Limits: graphql.OmittableOf(limits), PrinterGroupIDs: graphql.OmittableOf(ids(b.north.lab))}, nil, "", ""},
			{"a new name", b.as(b.north.admin), in{Name: name("Lab crew")}, []string{"name"}, "", ""},
			{"grants are replaced as a whole", b.as(b.north.admin), in{Grants: words("printer.manage", "spool.manage")}, []string{"grants"}, "", ""},
			{"null clears grants and limits", b.as(b.north.admin), in{Grants: graphql.OmittableOf[[]string](nil), Limits: graphql.OmittableOf[*schematype.Limits](nil)}, []string{"grants", "limits"}, "", ""},
			{"other printer groups", b.as(b.north.admin), in{PrinterGroupIDs: graphql.OmittableOf(ids(b.north.attic))}, []string{"printer_group_ids"}, "", ""},
			{"no printer groups", b.as(b.north.admin), in{PrinterGroupIDs: graphql.OmittableOf([]pid.ID{})}, []string{"printer_group_ids"}, "", ""},
			{"a person keeps a grant that they lack and adds one that they hold", b.as(b.north.helper), in{Grants: words("spool.manage", "org.manage_users")}, []string{"grants"}, "", ""},
			{"a person takes away a grant that they lack", b.as(b.north.helper), in{Grants: words()}, []string{"grants"}, "", ""},
			{"a person adds a denial of what they lack", b.as(b.north.helper), in{Denials: words("queue.manage", "printer.manage")}, []string{"denials"}, "", ""},
			{"a person does not add a grant that they lack", b.as(b.north.helper), in{Grants: words("spool.manage", "printer.manage")}, nil, errs.InsufficientPermissions, "printer.manage"},
			{"a person does not lift a denial of what they lack", b.as(b.north.helper), in{Denials: words()}, nil, errs.InsufficientPermissions, "queue.manage"},
			{"a key does not grant what only its creator has", b.key(b.north.owner, authz.OrgManageUsers), in{Grants: words("printer.manage")}, nil, errs.InsufficientPermissions, "printer.manage"},
			{"a teacher changes no groups", b.as(b.north.teacher), in{Name: name("X")}, nil, errs.InsufficientPermissions, "org.manage_users"},
			{"another school's admin does not find it", b.as(b.south.admin), in{Name: name("X")}, nil, "user_group_not_found", ""},
			{"another school's printer group does not exist", b.as(b.north.admin), in{PrinterGroupIDs: graphql.OmittableOf(ids(b.south.lab))}, nil, "printer_group_not_found", ""},
			{"somebody else was faster", b.as(b.north.admin), in{IfMatch: `"7-ab"`, Name: name("X")}, nil, errs.PreconditionFailed, ""},
			{"the version that is there", b.as(b.north.admin), in{IfMatch: `"1-ab"`, Name: name("X")}, []string{"name"}, "", ""},
			{"a name that another group has", b.as(b.north.admin), in{Name: name("Helpers")}, nil, errs.AlreadyExists, ""},
			{"a name cannot be cleared", b.as(b.north.admin), in{Name: graphql.OmittableOf[*string](nil)}, nil, errs.ValidationFailed, "name required"},
			{"a name of spaces", b.as(b.north.admin), in{Name: name(" ")}, nil, errs.ValidationFailed, "name required"},
			{"a word that is no capability", b.as(b.north.admin), in{Denials: words("Queue.Manage")}, nil, errs.ValidationFailed, "denials[0] not_allowed"},
			{"a capability twice", b.as(b.north.admin), in{Grants: words("queue.manage", "queue.manage")}, nil, errs.ValidationFailed, "grants[1] duplicate"},
		} {
			old := b.client.UserGroup.Create().SetOrganization(b.north.org).SetName("Crew").SetSearch("crew").SetGrants([]string{"spool.manage"}).SetDenials([]string{"queue.manage"}).
				SetLimits(limits).AddPrinterGroups(b.north.lab).SaveX(b.system)
			tt.in.UserGroupID = old.ID
			got, err := b.roster.UpdateUserGroup(tt.actor, tt.in)
			ok, events := b.check(tt.name, err, tt.want, tt.words), b.events(b.north)
			switch {
			case tt.previous == nil:
				b.equal(tt.name+": events", []string{}, events)
				b.equal(tt.name+": version", 1, b.client.UserGroup.GetX(b.system, old.ID).Version)
			case ok:
				b.equal(tt.name+": events", []string{"user_group.updated " + string(old.ID)}, events)
				b.equal(tt.name+": version", 2, got.Version)
				_, previous := b.object(b.north)
				var names []string
				for n := range previous {
					names = append(names, n)
				}
				slices.Sort(names)
				b.equal(tt.name+": what changed", tt.previous, names)
			}
			b.client.UserGroup.DeleteOne(old).ExecX(b.system)
		}
		b.equal("events of the other school", 0, len(b.events(b.south)))
	})
}

// What a group grants and denies counts from the next request on.
func TestAGroupCountsAtOnce(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		g, err := b.roster.CreateUserGroup(b.as(b.north.admin), roster.CreateUserGroupInput{Name: "Crew", Grants: []string{"spool.manage"}})
		if err != nil {
			t.Fatal(err)
		}
		b.client.UserGroup.UpdateOne(g).AddMembers(b.north.ada).ExecX(b.system)
		if !authz.From(b.as(b.north.ada)).Has(authz.SpoolManage) {
			t.Error("a member lacks what the group grants")
		}
		_, err = b.roster.UpdateUserGroup(b.as(b.north.admin), roster.UpdateUserGroupInput{UserGroupID: g.ID, Denials: graphql.OmittableOf([]string{"spool.manage"})})
		if err != nil || authz.From(b.as(b.north.ada)).Has(authz.SpoolManage) {
			t.Errorf("a member has what the group denies (%v)", err)
		}
	})
}
