package org_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"

	"github.com/soloprint/soloprint/ent/event"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/org"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue/match"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

func text(s string) graphql.Omittable[*string] { return graphql.OmittableOf(&s) }

func TestUpdateOrganization(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		north, south := k.Organization(t, "north"), k.Organization(t, "south")
		s := &org.Service{Ops: k.Ops}
		admin := north.As(t, authz.RoleAdmin)
		settings := func(p org.SettingsPatch) org.UpdateOrganizationInput {
			return org.UpdateOrganizationInput{Settings: graphql.OmittableOf(&p)}
		}
		matching := func(axis, mode string) org.UpdateOrganizationInput {
			return settings(org.SettingsPatch{Matching: graphql.OmittableOf(map[string]string{axis: mode})})
		}
		for _, tt := range []struct {
			name  string
			actor context.Context
			in    org.UpdateOrganizationInput
			want  errs.Code
			path  string
		}{
			{"all plain fields", admin, org.UpdateOrganizationInput{Name: text("North School"), TimeZone: text("Europe/Berlin"), Locale: text("de-DE"), Currency: text("EUR")}, "", ""},
			{"the same again", admin, org.UpdateOrganizationInput{Name: text("North School"), TimeZone: text("Europe/Berlin")}, "", ""},
			{"an axis", admin, matching("color", "off"), "", ""},
			{"another axis", admin, matching("material", "soft"), "", ""},
			{"fairness, without touching the expiry", admin, settings(org.SettingsPatch{Queue: graphql.OmittableOf(&org.QueuePatch{Fairness: text("class")})}), "", ""},
			{"approval by roles", admin, settings(org.SettingsPatch{Approval: graphql.OmittableOf(&org.ApprovalPatch{Roles: graphql.OmittableOf([]string{"student", "teacher"})})}), "", ""},
			{"a blank name", admin, org.UpdateOrganizationInput{Name: text("  ")}, errs.ValidationFailed, "name"},
			{"a time zone that is none", admin, org.UpdateOrganizationInput{TimeZone: text("Mars/Olympus")}, errs.ValidationFailed, "time_zone"},
			{"the server's own time zone", admin, org.UpdateOrganizationInput{TimeZone: text("Local")}, errs.ValidationFailed, "time_zone"},
			{"a time zone that is a path", admin, org.UpdateOrganizationInput{TimeZone: text("../../etc/passwd")}, errs.ValidationFailed, "time_zone"},
			{"a language that is none", admin, org.UpdateOrganizationInput{Locale: text("english please")}, errs.ValidationFailed, "locale"},
			{"a currency that is none", admin, org.UpdateOrganizationInput{Currency: text("ZZZ")}, errs.ValidationFailed, "currency"},
			{"a currency in small letters", admin, org.UpdateOrganizationInput{Currency: text("eur")}, errs.ValidationFailed, "currency"},
			{"an axis that is none", admin, matching("colour", "off"), errs.ValidationFailed, "settings.matching.colour"},
			{"an axis that protects the machine", admin, matching("volume", "off"), errs.ValidationFailed, "settings.matching.volume"},
			{"a mode that is none", admin, matching("color", "maybe"), errs.ValidationFailed, "settings.matching.color"},
			{"a role that is none", admin, settings(org.SettingsPatch{Approval: graphql.OmittableOf(&org.ApprovalPatch{Roles: graphql.OmittableOf([]string{"parent"})})}), errs.ValidationFailed, "settings.approval.roles[0]"},
			{"fairness that is none", admin, settings(org.SettingsPatch{Queue: graphql.OmittableOf(&org.QueuePatch{Fairness: text("printer")})}), errs.ValidationFailed, "settings.queue.fairness"},
			{"settings that are cleared", admin, org.UpdateOrganizationInput{Settings: graphql.OmittableOf[*org.SettingsPatch](nil)}, errs.ValidationFailed, "settings"},
			{"fairness that is cleared", admin, settings(org.SettingsPatch{Queue: graphql.OmittableOf(&org.QueuePatch{Fairness: graphql.OmittableOf[*string](nil)})}), errs.ValidationFailed, "settings.queue.fairness"},
			{"110 percent", admin, settings(org.SettingsPatch{LowStock: graphql.OmittableOf(&org.ThresholdPatch{Percent: graphql.OmittableOf(new(110.0))})}), errs.ValidationFailed, "settings.low_stock.percent"},
			{"a teacher", north.As(t, authz.RoleTeacher), org.UpdateOrganizationInput{Name: text("X")}, errs.InsufficientPermissions, ""},
			{"a stale version", admin, org.UpdateOrganizationInput{IfMatch: `"99-ab"`, Name: text("X")}, errs.PreconditionFailed, ""},
		} {
			_, err := s.UpdateOrganization(tt.actor, tt.in)
			if tt.want == "" {
				if err != nil {
					t.Errorf("%s: %v", tt.name, err)
				}
				continue
			}
			e := errs.From(err)
			if err == nil || e.Code != tt.want || tt.path != "" && !slices.ContainsFunc(e.Fields, func(f errs.Field) bool { return f.Path == tt.path }) {
				t.Errorf("%s: %v %+v, want %s at %s", tt.name, err, e, tt.want, tt.path)
			}
		}

		if diff := cmp.Diff([]string{"organization.updated", "organization.updated", "organization.updated", "organization.updated", "organization.updated"}, north.Events(t)); diff != "" {
			t.Errorf("events (-want +got)\n%s", diff)
		}
		out, err := s.Context(admin, org.ContextInput{})
		if err != nil {
			t.Fatal(err)
		}
		ten := 10.0
		want := schematype.Settings{Approval: schematype.ApprovalPolicy{Roles: []string{"student", "teacher"}}, LowStock: schematype.Threshold{Percent: &ten},
			Matching: map[string]string{"color": "off", "material": "soft"}, Queue: schematype.QueueSettings{Fairness: "class", ApprovalExpiryDays: 30}}
		if diff := cmp.Diff(want, out.Settings); diff != "" || out.Organization.Name != "North School" || out.Organization.Currency != "EUR" {
			t.Errorf("context: %+v (-want +got)\n%s", out.Organization, diff)
		}
		if o := k.Raw.Organization.GetX(t.Context(), south.ID); o.Name != "south" || len(south.Events(t)) != 0 {
			t.Errorf("the other organization: %+v", o)
		}
		var data struct{ Previous map[string]any }
		first := k.Raw.Event.Query().Where(event.OrganizationID(north.ID), event.Sequence(1)).OnlyX(t.Context())
		if err := json.Unmarshal(first.Data, &data); err != nil || data.Previous["name"] != "north" || data.Previous["currency"] != "USD" || data.Previous["settings"] != nil {
			t.Errorf("previous: %v, %v", data.Previous, err)
		}
	})
}

// The axes that this package lets through are those that the rule lets organizations change.
func TestAxesAreThoseOfTheRule(t *testing.T) {
	t.Parallel()
	for _, a := range match.AllAxes() {
		in := org.UpdateOrganizationInput{Settings: graphql.OmittableOf(&org.SettingsPatch{Matching: graphql.OmittableOf(map[string]string{string(a.Axis): "soft"})})}
		if refused := len(in.Validate()) > 0; refused == a.Adjustable {
			t.Errorf("axis %s: refused %t, adjustable %t", a.Axis, refused, a.Adjustable)
		}
	}
}

func TestAuditLog(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		north, south := k.Organization(t, "north"), k.Organization(t, "south")
		s := &org.Service{Ops: k.Ops}
		admin := north.As(t, authz.RoleAdmin)
		who := authz.From(admin).Membership
		k.Raw.Membership.UpdateOneID(who).SetName("Dana").SetDeletedAt(testkit.Start()).ExecX(t.Context()) // acted, and was removed since
		for _, name := range []string{"one", "two", "three"} {
			if _, err := s.UpdateOrganization(admin, org.UpdateOrganizationInput{Name: text(name)}); err != nil {
				t.Fatal(err)
			}
			k.Clock.Advance(1e9)
		}
		if _, err := s.UpdateOrganization(south.As(t, authz.RoleOwner), org.UpdateOrganizationInput{Name: text("elsewhere")}); err != nil {
			t.Fatal(err)
		}
		read := func(ctx context.Context, in org.ListAuditLogInput) ([]int64, string, error) {
			l, err := s.ListAuditLog(ctx, in)
			numbers := []int64{}
			for _, e := range l.Data {
				numbers = append(numbers, e.Sequence)
			}
			return numbers, l.Next, err
		}
		owner, one := north.Session(t, north.Owner), 1
		second := testkit.Start().Add(1e9)
		for _, tt := range []struct {
			name string
			in   org.ListAuditLogInput
			want []int64
		}{
			{"all, the newest first", org.ListAuditLogInput{}, []int64{3, 2, 1}},
			{"the oldest first", org.ListAuditLogInput{Sort: "occurred_at"}, []int64{1, 2, 3}},
			{"a page of one", org.ListAuditLogInput{Limit: &one}, []int64{3}},
			{"by type", org.ListAuditLogInput{Type: []string{"organization.updated"}}, []int64{3, 2, 1}},
			{"by another type", org.ListAuditLogInput{Type: []string{"user.joined"}}, []int64{}},
			{"by all types of a resource", org.ListAuditLogInput{Type: []string{"user.joined", "organization.*"}}, []int64{3, 2, 1}},
			{"by all types", org.ListAuditLogInput{Type: []string{"*"}}, []int64{3, 2, 1}},
			{"by a resource of which there is nothing yet", org.ListAuditLogInput{SubjectType: []string{"queue_item"}}, []int64{}},
			{"by resource", org.ListAuditLogInput{SubjectType: []string{"organization"}}, []int64{3, 2, 1}},
			{"by subject", org.ListAuditLogInput{SubjectID: []pid.ID{south.ID}}, []int64{}},
			{"by membership", org.ListAuditLogInput{ActorID: []pid.ID{who}}, []int64{3, 2, 1}},
			{"by session", org.ListAuditLogInput{ActorID: []pid.ID{authz.From(admin).ID}}, []int64{3, 2, 1}},
			{"by somebody else", org.ListAuditLogInput{ActorID: []pid.ID{north.Owner.ID}}, []int64{}},
			{"from a time on", org.ListAuditLogInput{OccurredAtGTE: &second}, []int64{3, 2}},
			{"before a time", org.ListAuditLogInput{OccurredAtLT: &second}, []int64{1}},
		} {
			got, _, err := read(owner, tt.in)
			if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
				t.Errorf("%s: %v (-want +got)\n%s", tt.name, err, diff)
			}
		}

		_, next, _ := read(owner, org.ListAuditLogInput{Limit: &one})
		if got, _, err := read(owner, org.ListAuditLogInput{Limit: &one, Cursor: next}); err != nil || !slices.Equal(got, []int64{2}) {
			t.Errorf("the next page: %v, %v", got, err)
		}
		if _, _, err := read(owner, org.ListAuditLogInput{Type: []string{"user.joined"}, Cursor: next}); !errs.Is(err, errs.InvalidCursor) {
			t.Errorf("a cursor of another filter: %v", err)
		}
		l, err := s.ListAuditLog(north.Key(t, authz.OrgManageUsers), org.ListAuditLogInput{Include: []string{"total_count"}})
		if err != nil || *l.Total != 3 {
			t.Fatalf("a key that manages people: %+v, %v", l, err)
		}
		if e := l.Data[0]; *e.Actor.Name != "Dana" || *e.Actor.MembershipID != who || e.Actor.Type != authz.KindSession || e.Subject.Type != "organization" || e.Data["previous"].(map[string]any)["name"] != "two" {
			t.Errorf("entry: %+v", e)
		}
		for name, ctx := range map[string]context.Context{"a teacher": north.As(t, authz.RoleTeacher), "a key that reads": north.Key(t, authz.OperationsRead)} {
			if _, _, err := read(ctx, org.ListAuditLogInput{}); !errs.Is(err, errs.InsufficientPermissions) {
				t.Errorf("%s: %v", name, err)
			}
		}
		counted, counter := store.WithCounter(owner)
		if _, _, err := read(counted, org.ListAuditLogInput{}); err != nil || counter.Count() != 2 {
			t.Errorf("a page runs %d statements, not 2: %v", counter.Count(), err)
		}
	})
}

func TestTheAuditLogRefusesWhatNoEventHas(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		north, s := k.Organization(t, "north"), &org.Service{Ops: k.Ops}
		for name, in := range map[string]org.ListAuditLogInput{
			"a type that no event has": {Type: []string{"organization.updated", "nope.nope"}}, "no type": {Type: []string{""}}, "half a type": {Type: []string{"queue_*"}},
			"a resource that no event has": {SubjectType: []string{"bogus"}}, "no resource": {SubjectType: []string{""}}, "all of a resource": {SubjectType: []string{"*"}},
		} {
			if _, err := s.ListAuditLog(north.Session(t, north.Owner), in); !errs.Is(err, errs.ValidationFailed) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
