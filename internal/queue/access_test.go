package queue_test

import (
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/org"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue"
	"github.com/soloprint/soloprint/internal/roster"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// Who joins a user group with printers of its own may use those only, and the organization's setting can lift that: both hold
// for items that wait already, without a restart.
func TestAccessFollowsUserGroupsAndSettings(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, testkit.NewKit(t, db))
		b.o.Printer(t, "MK4", 1)
		lab := b.Raw.PrinterGroup.Create().SetOrganizationID(b.o.ID).SetName("Lab").SaveX(t.Context())
		crew := b.Raw.UserGroup.Create().SetOrganizationID(b.o.ID).SetName("Crew").AddPrinterGroups(lab).SaveX(t.Context())
		who, owner := b.o.Member(t, authz.RoleOperator), b.o.Session(t, b.o.Owner)
		it, err := b.items.Create(b.o.Session(t, who), queue.CreateQueueItemInput{Name: "part"})
		if err != nil {
			t.Fatal(err)
		}
		people, settings := &roster.Service{Ops: b.Ops}, &org.Service{Ops: b.Ops}
		change := func(c roster.UserChange) error {
			_, err := people.UpdateUser(owner, roster.UpdateUserInput{MembershipID: who.ID, UserChange: c})
			return err
		}
		access := func(mode string) error {
			_, err := settings.UpdateOrganization(owner, org.UpdateOrganizationInput{Settings: graphql.OmittableOf(&org.SettingsPatch{Matching: graphql.OmittableOf(map[string]string{"access": mode})})})
			return err
		}
		for _, step := range []struct {
			name string
			do   func() error
			want string
		}{
			{"nobody is restricted", func() error { return nil }, "eligible"},
			{"in a group whose printers are others", func() error { return change(roster.UserChange{UserGroupIDsAdd: []pid.ID{crew.ID}}) }, "blocked"},
			{"where access is off", func() error { return access("off") }, "eligible"},
			{"where it is hard again", func() error { return access("hard") }, "blocked"},
			{"out of the group", func() error { return change(roster.UserChange{UserGroupIDsRemove: []pid.ID{crew.ID}}) }, "eligible"},
		} {
			if err := step.do(); err != nil {
				t.Fatalf("%s: %v", step.name, err)
			}
			if err := b.refresh.Sweep(t.Context()); err != nil {
				t.Fatalf("%s: %v", step.name, err)
			}
			got, err := b.items.Get(b.ctx, queue.GetQueueItemInput{QueueItemID: it.ID})
			if err != nil || string(got.Eligibility.State) != step.want {
				t.Errorf("%s: %+v, %v, want %s", step.name, got.Eligibility, err, step.want)
			}
		}
	})
}
