package queue_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// needs is an input that asks for PLA.
func needs(grams float64, seconds, copies int) queue.CreateQueueItemInput {
	return queue.CreateQueueItemInput{Requirements: schematype.Requirements{MaterialType: "PLA", FilamentG: grams}, EstimatedSeconds: &seconds, CopiesRequested: &copies}
}

func TestApprovalAtCreate(t *testing.T) {
	auto := schematype.ApprovalPolicy{Roles: []string{"student"}, Auto: &schematype.AutoApproval{MaxFilamentG: ptr(50.0), MaxPrintSeconds: ptr(3600), MaterialTypes: []string{"pla", "PETG"}}}
	by := func(role authz.Role, org, class *schematype.ApprovalPolicy) func(*testing.T, *bundle, *queue.CreateQueueItemInput) context.Context {
		return func(t *testing.T, b *bundle, in *queue.CreateQueueItemInput) context.Context {
			if org != nil {
				b.settings(t, func(s *schematype.Settings) { s.Approval = *org })
			}
			m := b.o.Member(t, role)
			if class == nil {
				return b.as(t, m, nil, nil)
			}
			c := b.class(t, m)
			b.Raw.Class.UpdateOne(c).SetApprovalPolicy(class).ExecX(t.Context())
			in.ClassID = &c.ID
			return b.as(t, m, nil, []pid.ID{c.ID})
		}
	}
	rows := []creating{
		{name: "a student's item waits", given: by(authz.RoleStudent, nil, nil), wantApproval: queueitem.ApprovalStatePending},
		{name: "a teacher's does not", given: by(authz.RoleTeacher, nil, nil), wantApproval: queueitem.ApprovalStateNotRequired},
		{name: "unless the policy names teachers", given: by(authz.RoleTeacher, &schematype.ApprovalPolicy{Roles: []string{"teacher"}}, nil), wantApproval: queueitem.ApprovalStatePending},
		{name: "and a student's does not where it names nobody", given: by(authz.RoleStudent, &schematype.ApprovalPolicy{}, nil), wantApproval: queueitem.ApprovalStateNotRequired},
		{name: "within all bounds an item is approved by itself", given: by(authz.RoleStudent, &auto, nil), input: needs(25, 1800, 2), wantApproval: queueitem.ApprovalStateApproved},
		{name: "at the bounds too", given: by(authz.RoleStudent, &auto, nil), input: needs(50, 3600, 1), wantApproval: queueitem.ApprovalStateApproved},
		{name: "all copies count: too much filament", given: by(authz.RoleStudent, &auto, nil), input: needs(25.01, 60, 2), wantApproval: queueitem.ApprovalStatePending},
		{name: "all copies count: too long", given: by(authz.RoleStudent, &auto, nil), input: needs(1, 1801, 2), wantApproval: queueitem.ApprovalStatePending},
		{name: "another plastic", given: by(authz.RoleStudent, &auto, nil), wantApproval: queueitem.ApprovalStatePending,
			input: queue.CreateQueueItemInput{Requirements: schematype.Requirements{MaterialType: "TPU", FilamentG: 1}, EstimatedSeconds: ptr(60)}},
		{name: "what nobody knows is not within the bounds", given: by(authz.RoleStudent, &auto, nil), input: needs(0, 60, 1), wantApproval: queueitem.ApprovalStatePending},
		{name: "a policy without bounds approves nothing by itself", given: by(authz.RoleStudent, &schematype.ApprovalPolicy{Roles: []string{"student"}, Auto: &schematype.AutoApproval{}}, nil),
			input: needs(1, 60, 1), wantApproval: queueitem.ApprovalStatePending},
		{name: "the class's policy goes before the organization's", given: by(authz.RoleStudent, nil, &auto), input: needs(10, 60, 1), wantApproval: queueitem.ApprovalStateApproved},
		{name: "also where it asks for more", given: by(authz.RoleStudent, &auto, &schematype.ApprovalPolicy{Roles: []string{"student"}}), input: needs(10, 60, 1), wantApproval: queueitem.ApprovalStatePending},
	}
	for i := range rows {
		rows[i].wantEligibility = "blocked" // there is no printer
	}
	runCreating(t, rows)
}

// The limits of user groups bind the submitter, whoever submits.
func TestLimitsAtCreate(t *testing.T) {
	bound := func(limits ...*schematype.Limits) func(*testing.T, *bundle, *queue.CreateQueueItemInput) context.Context {
		return func(t *testing.T, b *bundle, _ *queue.CreateQueueItemInput) context.Context {
			m, ctx := b.student(t)
			for i, l := range limits {
				g := b.Raw.UserGroup.Create().SetOrganizationID(b.o.ID).SetName(fmt.Sprint("Group ", i)).AddMemberIDs(m.ID)
				if l != nil {
					g.SetLimits(l)
				}
				g.ExecX(t.Context())
			}
			b.itemAs(t, ctx, 1, func(in *queue.CreateQueueItemInput) { in.EstimatedSeconds = ptr(60) })
			b.itemAs(t, ctx, 1, func(in *queue.CreateQueueItemInput) { in.Draft, in.EstimatedSeconds = true, ptr(60) })
			return ctx
		}
	}
	rows := []creating{
		{name: "one more item than allowed", given: bound(&schematype.Limits{MaxQueuedItems: ptr(1)}), input: needs(1, 60, 1), code: errs.QueueLimitReached},
		{name: "drafts and what is within the limit", given: bound(&schematype.Limits{MaxQueuedItems: ptr(2)}), input: needs(1, 60, 1)},
		{name: "a draft is not in the queue", given: bound(&schematype.Limits{MaxQueuedItems: ptr(1)}), input: queue.CreateQueueItemInput{Draft: true}, wantState: queueitem.StateDraft, wantEligibility: "unknown"},
		{name: "too many grams over all copies", given: bound(&schematype.Limits{MaxFilamentG: ptr(20.0)}), input: needs(10.01, 60, 2), code: errs.QueueLimitReached},
		{name: "exactly the grams", given: bound(&schematype.Limits{MaxFilamentG: ptr(20.0)}), input: needs(10, 60, 2)},
		{name: "too many seconds over all copies", given: bound(&schematype.Limits{MaxPrintSeconds: ptr(100)}), input: needs(1, 51, 2), code: errs.QueueLimitReached},
		{name: "of several groups the most generous counts", given: bound(&schematype.Limits{MaxQueuedItems: ptr(1)}, &schematype.Limits{MaxQueuedItems: ptr(5)}, nil), input: needs(1, 60, 1)},
		{name: "a bound that a group leaves out is none", given: bound(&schematype.Limits{MaxQueuedItems: ptr(1)}, &schematype.Limits{MaxFilamentG: ptr(5.0)}), input: needs(1, 60, 1)},
		{name: "who submits on behalf of somebody does not lift their limit", code: errs.QueueLimitReached, input: needs(1, 60, 1),
			given: func(t *testing.T, b *bundle, in *queue.CreateQueueItemInput) context.Context {
				m := authz.From(bound(&schematype.Limits{MaxQueuedItems: ptr(1)})(t, b, in)).Membership
				in.OnBehalfOf = &m
				return nil
			}},
	}
	for i := range rows {
		rows[i].wantApproval, rows[i].wantEligibility = queueitem.ApprovalStatePending, or(rows[i].wantEligibility, "blocked")
	}
	runCreating(t, rows)
}

// Printers, groups and tags that a request names are the organization's own, or do not exist.
func TestTargetsAtCreate(t *testing.T) {
	var rows []creating
	for _, target := range []struct {
		resource string
		id       func(*testing.T, *bundle) pid.ID
		put      func(*schematype.Requirements, ...string)
	}{
		{"printer", func(t *testing.T, b *bundle) pid.ID { return b.printer(t, "Ada", 1000).ID }, func(r *schematype.Requirements, ids ...string) { r.PrinterIDs = ids }},
		{"printer_group", func(t *testing.T, b *bundle) pid.ID { return b.group(t, "Lab") }, func(r *schematype.Requirements, ids ...string) { r.PrinterGroupIDs = ids }},
		{"printer_tag", func(t *testing.T, b *bundle) pid.ID { return b.tag(t, "fine") }, func(r *schematype.Requirements, ids ...string) { r.TagIDs = ids }},
	} {
		names := func(of func(t *testing.T, b *bundle) []string) func(*testing.T, *bundle, *queue.CreateQueueItemInput) context.Context {
			return func(t *testing.T, b *bundle, in *queue.CreateQueueItemInput) context.Context {
				target.put(&in.Requirements, of(t, b)...)
				return nil
			}
		}
		foreign := names(func(t *testing.T, b *bundle) []string { return []string{string(target.id(t, newBundle(t, b.Kit)))} })
		nobodys := names(func(*testing.T, *bundle) []string { return []string{"prn" + nowhere} })
		both := names(func(t *testing.T, b *bundle) []string {
			return []string{string(target.id(t, b)), string(target.id(t, newBundle(t, b.Kit)))}
		})
		code := errs.NotFound(target.resource).Code
		rows = append(rows,
			creating{name: "another organization's " + target.resource, given: foreign, code: code},
			creating{name: "a " + target.resource + " that does not exist", given: nobodys, code: code},
			creating{name: "another organization's " + target.resource + " among one's own", given: both, code: code},
			creating{name: "one's own " + target.resource + ", twice", wantEligibility: map[bool]string{true: "eligible", false: "blocked"}[target.resource == "printer"],
				given: names(func(t *testing.T, b *bundle) []string {
					id := string(target.id(t, b))
					return []string{id, id}
				})},
		)
	}
	runCreating(t, rows)
}

// Numbers count in each organization by itself, without a gap where a create fails.
func TestNumbers(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		north, south := newBundle(t, k), newBundle(t, k)
		var got []int64
		for _, b := range []*bundle{north, north, south, north} {
			got = append(got, b.item(t, 1).Number)
			_, err := b.items.Create(b.ctx, queue.CreateQueueItemInput{Name: "Gear", ClassID: ptr(pid.ID("cls" + nowhere))})
			wantCode(t, err, "class_not_found")
		}
		if want := []int64{1, 2, 1, 3}; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("numbers %v, want %v", got, want)
		}
	})
}

// Items that ask for the same share a profile, also where parts of different sizes fit into the same printers.
func TestProfilesAreShared(t *testing.T) {
	onEach(t, func(t *testing.T, b *bundle) {
		b.Raw.Organization.UpdateOneID(b.o.ID).SetVolumes([]schematype.Size{{X: 100, Y: 100, Z: 100}, {X: 250, Y: 210, Z: 220}}).ExecX(t.Context())
		b.printer(t, "Ada", 1000)
		profile := func(change func(*schematype.Requirements)) pid.ID {
			it := b.item(t, 10, func(in *queue.CreateQueueItemInput) { change(&in.Requirements) })
			return *b.now(t, it).ProfileID
		}
		sized := func(x, y, z float64) func(*schematype.Requirements) {
			return func(r *schematype.Requirements) { r.MinVolumeMM = &schematype.Size{X: x, Y: y, Z: z} }
		}
		plain := profile(func(*schematype.Requirements) {})
		small, large := profile(sized(20, 20, 20)), profile(sized(120, 20, 20))
		rows := []struct {
			name string
			with func(*schematype.Requirements)
			want pid.ID // "" = one of its own
		}{
			{"the same again", func(*schematype.Requirements) {}, plain},
			{"other grams", func(r *schematype.Requirements) { r.FilamentG = 99 }, plain},
			{"another spelling", func(r *schematype.Requirements) { r.MaterialType = "pla" }, plain},
			{"a colour that need not match", func(r *schematype.Requirements) { r.ColorHex, r.ColorMatch = "#FF0000", "any" }, plain},
			{"a colour that matters", func(r *schematype.Requirements) { r.ColorHex = "#FF0000" }, ""},
			{"a part of another size that fits into the same", sized(99, 1, 50), small},
			{"a part that fits when it is turned", sized(20, 120, 20), large},
			{"a part that fits into none", sized(300, 300, 300), ""},
		}
		seen := map[pid.ID]bool{plain: true, small: true, large: true}
		for _, row := range rows {
			got := profile(row.with)
			if row.want != "" && got != row.want || row.want == "" && seen[got] {
				t.Errorf("%s: profile %s, want %s", row.name, got, row.want)
			}
			seen[got] = true
		}
		if n := b.Raw.RequirementProfile.Query().CountX(t.Context()); n != 5 {
			t.Errorf("%d profiles, want 5", n)
		}
		verdicts := b.Raw.ProfileVerdict.Query().AllX(t.Context())
		serving := 0
		for _, v := range verdicts {
			if v.Ok {
				serving++
			}
		}
		if len(verdicts) != 5 || serving != 3 {
			t.Errorf("%d verdicts of which %d serve, want 5 and 3", len(verdicts), serving)
		}
	})
}

// A profile that several people make at once is made once, and everybody's item has it.
func TestProfileRace(t *testing.T) {
	onEach(t, func(t *testing.T, b *bundle) {
		b.printer(t, "Ada", 1000)
		for range 3 {
			b.item(t, 1, func(in *queue.CreateQueueItemInput) { in.Draft = true })
		}
		drafts := b.Raw.QueueItem.Query().AllX(t.Context())
		errors := together(len(drafts)*2, func(i int) error {
			if i%2 == 0 {
				_, err := b.items.Create(b.ctx, queue.CreateQueueItemInput{Name: "New", Requirements: schematype.Requirements{MaterialType: "TPU"}})
				return err
			}
			_, err := b.items.Update(b.ctx, queue.UpdateQueueItemInput{QueueItemID: drafts[i/2].ID, Requirements: set(schematype.Requirements{MaterialType: "TPU"})})
			return err
		})
		for _, err := range errors {
			wantCode(t, err, "")
		}
		if n := b.Raw.RequirementProfile.Query().CountX(t.Context()); n != 2 {
			t.Errorf("%d profiles, want 2", n)
		}
		if n := b.Raw.QueueItem.Query().Where(queueitem.NumberIn(1, 2, 3, 4, 5, 6)).CountX(t.Context()); n != 6 {
			t.Errorf("%d items have the numbers 1 to 6", n)
		}
	})
}
