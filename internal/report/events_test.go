package report_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/report"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// happened writes events of subjects "type subject_type subject_id" in order.
func (b *bundle) happened(t *testing.T, o *testkit.Organization, facts ...string) {
	t.Helper()
	for _, f := range facts {
		part := strings.Fields(f)
		next := len(o.EventRows(t)) + 1
		b.Raw.Event.Create().SetOrganizationID(o.ID).SetSequence(int64(next)).SetType(part[0]).SetSubjectType(part[1]).SetSubjectID(part[2]).
			SetActorType("system").SetActorID("test").SetOccurredAt(b.Clock.Now()).SetData([]byte(`{"object":{}}`)).ExecX(t.Context())
	}
}

// all reads the feed to its end, page by page.
func (b *bundle) all(t *testing.T, ctx context.Context, in report.EventsInput) (types []string, cursor string) {
	t.Helper()
	for {
		counted, statements := store.WithCounter(ctx)
		l, err := b.s.Events(counted, in)
		if err != nil || statements.Count() != 1 {
			t.Fatalf("%d statements, %v", statements.Count(), err)
		}
		for _, e := range l.Data {
			types = append(types, fmt.Sprintf("%d %s", e.Sequence, e.Type))
		}
		if in.Cursor = l.Later; !l.HasMore() {
			return types, l.Later
		}
	}
}

func TestTheFeedLeavesOutWhatTheCallerMayNotRead(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		arts := b.Raw.Class.Create().SetOrganizationID(b.us.ID).SetName("Arts").SaveX(t.Context())
		teacher := b.us.Member(t, authz.RoleTeacher)
		b.Raw.Enrollment.Create().SetOrganizationID(b.us.ID).SetClass(b.robotics).SetMembership(teacher).SetRole("teacher").ExecX(t.Context())
		b.happened(t, b.us,
			"printer.online printer "+string(b.ada.ID), "queue_item.created queue_item qit_x", "spool.low spool spl_x", "class.enrolled class "+string(b.robotics.ID),
			"class.enrolled class "+string(arts.ID), "user.role_changed user "+string(b.pupil.ID), "api_key.created api_key key_x", "queue.eligibility_changed queue prf_x",
			"user.invited invite inv_x", "printer.deleted printer prn_gone")
		b.happened(t, b.them, "printer.online printer "+string(b.theirs.ID))
		as := b.us.Session(t, teacher)
		authz.From(as).Teaches = append(authz.From(as).Teaches, b.robotics.ID)
		authz.From(as).Leads = append(authz.From(as).Leads, b.robotics.ID)
		authz.From(as).Attends = append(authz.From(as).Attends, b.robotics.ID)
		for _, tt := range []struct {
			name string
			ctx  context.Context
			want []int
		}{
			{"an owner sees all", b.us.As(t, authz.RoleOwner), []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}},
			{"a key that reads operations", b.us.Key(t, authz.OperationsRead), []int{1, 2, 3, 8, 10}},
			{"a key that manages integrations", b.us.Key(t, authz.IntegrationsManage), []int{7}},
			{"a key that manages people as well", b.us.Key(t, authz.OperationsRead, authz.OrgManageUsers), []int{1, 2, 3, 4, 5, 6, 8, 9, 10}},
			{"a teacher, of the classes their own, and of no people", as, []int{1, 2, 3, 4, 8, 10}},
			{"a key that runs the queue, of no people either", b.us.Key(t, authz.OperationsRead, authz.QueueManage), []int{1, 2, 3, 8, 10}},
			{"the other organization", b.them.Key(t, authz.OperationsRead), []int{1}},
		} {
			for _, limit := range []int{1, 3, 200} {
				got, _ := b.all(t, tt.ctx, report.EventsInput{Limit: &limit})
				var numbers []int
				for _, line := range got {
					var n int
					_, _ = fmt.Sscan(line, &n)
					numbers = append(numbers, n)
				}
				if !cmp.Equal(numbers, tt.want) && !(tt.name == "an owner sees all" && slices.Equal(numbers, tt.want)) {
					t.Errorf("%s, %d a page: %v, want %v", tt.name, limit, numbers, tt.want)
				}
			}
		}
		_, err := b.s.Events(b.us.As(t, authz.RoleStudent), report.EventsInput{})
		wantCode(t, "a student", err, "insufficient_permissions")
		_, err = b.s.Events(b.us.Key(t, authz.QueueManage), report.EventsInput{})
		wantCode(t, "a key that manages the queue", err, "insufficient_permissions")
	})
}

func TestTheFeedGoesOnWhereItEnded(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		ctx := b.us.Key(t, authz.OperationsRead)
		empty, cursor := b.all(t, ctx, report.EventsInput{})
		if len(empty) > 0 || cursor == "" {
			t.Fatalf("at the beginning: %v %q", empty, cursor)
		}
		b.happened(t, b.us, "printer.online printer prn_x", "print.failed print prt_x", "queue_item.created queue_item qit_x")
		first, later := b.all(t, ctx, report.EventsInput{Cursor: cursor})
		if !cmp.Equal(first, []string{"1 printer.online", "2 print.failed", "3 queue_item.created"}) {
			t.Errorf("after the beginning: %v", first)
		}
		b.happened(t, b.us, "queue_item.held queue_item qit_x", "queue_item.completed queue_item qit_x")
		for _, tt := range []struct {
			name string
			in   report.EventsInput
			want []string
		}{
			{"the cursor holds", report.EventsInput{Cursor: later}, []string{"4 queue_item.held", "5 queue_item.completed"}},
			{"by its other name too", report.EventsInput{After: later}, []string{"4 queue_item.held", "5 queue_item.completed"}},
			{"with other types", report.EventsInput{Cursor: later, Types: []string{"print.failed", "queue_item.completed"}}, []string{"5 queue_item.completed"}},
			{"the types of a resource", report.EventsInput{Types: []string{"queue_item.*"}}, []string{"3 queue_item.created", "5 queue_item.completed"}},
			{"one type", report.EventsInput{Types: []string{"print.failed"}}, []string{"2 print.failed"}},
			{"all types", report.EventsInput{Types: []string{"print.failed", "*"}, Cursor: later}, []string{"4 queue_item.held", "5 queue_item.completed"}},
			{"none of them", report.EventsInput{Types: []string{"spool.*"}}, nil},
		} {
			if got, _ := b.all(t, ctx, tt.in); !cmp.Equal(got, tt.want) {
				t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
			}
		}
		for name, cursor := range map[string]string{"no cursor": "x", "another list's": "eyJrIjoiIiwidiI6MSwiaSI6IngifQ"} {
			_, err := b.s.Events(ctx, report.EventsInput{Cursor: cursor})
			wantCode(t, name, err, "invalid_cursor")
		}
		for _, types := range []string{"queue_item", "queue_*", "*.created", "", "nothing.happened"} {
			_, err := b.s.Events(ctx, report.EventsInput{Types: []string{types}})
			wantCode(t, "the type "+types, err, "validation_failed")
		}
		_, err := b.s.Events(ctx, report.EventsInput{Cursor: later, After: later})
		wantCode(t, "two places", err, "validation_failed")
	})
}
