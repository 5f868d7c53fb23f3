package queue_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue"
)

// act is something that an actor does with an item.
type act struct {
	name string
	do   func(ctx context.Context, b *bundle, it, p pid.ID) error
}

// reads are what can be looked at; moves are the writes.
var reads = []act{
	{"get", func(ctx context.Context, b *bundle, it, _ pid.ID) error {
		_, err := b.items.Get(ctx, queue.GetQueueItemInput{QueueItemID: it})
		return err
	}},
	{"eligibility", func(ctx context.Context, b *bundle, it, _ pid.ID) error {
		_, err := b.matching.Eligibility(ctx, queue.QueueItemEligibilityInput{QueueItemID: it})
		return err
	}},
}

func acts() []act {
	all := reads
	for _, m := range moves {
		all = append(all, act(m))
	}
	return all
}

// TestRows is who reaches whose item by what. A student reaches their own and no other; a teacher reads all, and writes
// their own and those of their classes; an operator does all; a key does what its scopes say.
func TestRows(t *testing.T) {
	const (
		missing   = errs.Code("queue_item_not_found")
		forbidden = errs.InsufficientPermissions
	)
	own := map[string]bool{"get": true, "eligibility": true, "cancel": true, "rename": true, "ask for another copy": true, "print something else": true}
	whose := map[string]struct {
		actor func(t *testing.T, b *bundle, it *ent.QueueItem) context.Context
		read  errs.Code
		write errs.Code
	}{
		"the student whose it is": {actor: func(t *testing.T, b *bundle, it *ent.QueueItem) context.Context {
			return b.o.Session(t, b.Raw.Membership.GetX(t.Context(), it.SubmitterID))
		}},
		"another student": {actor: func(t *testing.T, b *bundle, _ *ent.QueueItem) context.Context {
			return b.o.As(t, authz.RoleStudent)
		}, read: missing, write: missing},
		"a student of the same class": {actor: func(t *testing.T, b *bundle, it *ent.QueueItem) context.Context {
			m, _ := b.student(t)
			return b.as(t, m, nil, []pid.ID{*it.ClassID})
		}, read: missing, write: missing},
		"the teacher of its class": {actor: func(t *testing.T, b *bundle, it *ent.QueueItem) context.Context {
			return b.as(t, b.o.Member(t, authz.RoleTeacher), []pid.ID{*it.ClassID}, nil)
		}},
		"a teacher of another class": {actor: func(t *testing.T, b *bundle, _ *ent.QueueItem) context.Context {
			return b.as(t, b.o.Member(t, authz.RoleTeacher), []pid.ID{b.class(t).ID}, nil)
		}, write: forbidden},
		"a teacher without a class": {actor: func(t *testing.T, b *bundle, _ *ent.QueueItem) context.Context {
			return b.o.As(t, authz.RoleTeacher)
		}, write: forbidden},
		"an operator": {actor: func(_ *testing.T, b *bundle, _ *ent.QueueItem) context.Context { return b.ctx }},
		"a key that may read": {actor: func(t *testing.T, b *bundle, _ *ent.QueueItem) context.Context {
			return b.o.Key(t, authz.OperationsRead)
		}, write: forbidden},
		"a key that runs the queue": {actor: func(t *testing.T, b *bundle, _ *ent.QueueItem) context.Context {
			return b.o.Key(t, authz.QueueManage)
		}},
		"a key for spools": {actor: func(t *testing.T, b *bundle, _ *ent.QueueItem) context.Context {
			return b.o.Key(t, authz.SpoolManage)
		}, read: forbidden, write: forbidden},
		"another organization's operator": {actor: func(t *testing.T, b *bundle, _ *ent.QueueItem) context.Context {
			return newBundle(t, b.Kit).ctx
		}, read: missing, write: missing},
	}
	onEach(t, func(t *testing.T, b *bundle) {
		for name, row := range whose {
			t.Run(name, func(t *testing.T) {
				b := newBundle(t, b.Kit)
				p := b.printer(t, "Ada", 1000)
				m, _ := b.student(t)
				c := b.class(t, m)
				for _, a := range acts() {
					it := b.itemAs(t, b.as(t, m, nil, []pid.ID{c.ID}), 10, func(in *queue.CreateQueueItemInput) { in.ClassID = &c.ID })
					ctx := row.actor(t, b, it)
					want := row.write
					switch student := authz.From(ctx).Role == authz.RoleStudent; {
					case a.name == "get" || a.name == "eligibility":
						want = row.read
					case student && !own[a.name] && a.name != "queue":
						want = forbidden // it is nobody's of that role, whether it is there or not
					}
					before := b.now(t, it)
					b.forget(t)

					err := a.do(ctx, b, it.ID, p.ID)

					refused := err != nil && (errs.Is(err, missing) || errs.Is(err, forbidden))
					if want == "" && refused || want != "" && !errs.Is(err, want) {
						t.Errorf("%s: got %v, want %q", a.name, err, want)
					}
					if refused {
						wantUnchanged(t, before, b.now(t, it))
						b.wantEvents(t)
					}
				}
			})
		}
	})
}

// Lists show what can be read, and nothing of it changes who it belongs to.
func TestListRows(t *testing.T) {
	onEach(t, func(t *testing.T, b *bundle) {
		b.printer(t, "Ada", 1000)
		m, student := b.student(t)
		b.itemAs(t, student, 10)
		b.itemAs(t, student, 10)
		b.item(t, 10)
		newBundle(t, b.Kit).item(t, 10)
		for name, row := range map[string]struct {
			ctx  context.Context
			want int
		}{
			"the student":     {student, 2},
			"another student": {b.o.As(t, authz.RoleStudent), 0},
			"a teacher":       {b.o.As(t, authz.RoleTeacher), 3},
			"an operator":     {b.ctx, 3},
			"a key":           {b.o.Key(t, authz.OperationsRead), 3},
		} {
			l, err := b.items.List(row.ctx, queue.ListQueueItemsInput{})
			must(t, err)
			if len(l.Data) != row.want {
				t.Errorf("%s sees %d items, want %d", name, len(l.Data), row.want)
			}
			for _, it := range l.Data {
				if want := map[bool]string{true: "blocked", false: "eligible"}[it.SubmitterID == m.ID]; it.Eligibility.State != want {
					t.Errorf("%s sees item %d as %s, want %s", name, it.Number, it.Eligibility.State, want)
				}
			}
		}
		_, err := b.items.List(b.o.Key(t, authz.SpoolManage), queue.ListQueueItemsInput{})
		wantCode(t, err, errs.InsufficientPermissions)
	})
}

// To another organization an item answers, byte for byte, as one that does not exist, and as no identifier at all.
func TestForeignItemsAreAbsent(t *testing.T) {
	onEach(t, func(t *testing.T, b *bundle) {
		other := newBundle(t, b.Kit)
		mine := b.printer(t, "Ada", 1000)
		theirs := other.item(t, 10)
		system := b.o.System(t)
		their := other.printer(t, "Ada", 1000)
		_, print := other.printing(t, their)
		all := acts()
		all = append(all,
			act{"move before", func(ctx context.Context, b *bundle, it, _ pid.ID) error {
				_, err := b.items.Move(ctx, queue.MoveQueueItemInput{QueueItemID: b.item(t, 1).ID, BeforeID: &it})
				return err
			}},
			act{"move after", func(ctx context.Context, b *bundle, it, _ pid.ID) error {
				_, err := b.items.Move(ctx, queue.MoveQueueItemInput{QueueItemID: b.item(t, 1).ID, AfterID: &it})
				return err
			}},
		)
		for _, a := range all {
			foreign, absent, none := a.do(b.ctx, b, theirs.ID, mine.ID), a.do(b.ctx, b, "qit"+nowhere, mine.ID), a.do(b.ctx, b, "it's 7", mine.ID)
			if f := answer(t, foreign); f != answer(t, absent) || f != answer(t, none) || !errs.Is(foreign, "queue_item_not_found") {
				t.Errorf("%s: %s, %s and %s", a.name, f, answer(t, absent), answer(t, none))
			}
		}
		for name, do := range map[string]func(id pid.ID) error{
			"dispatch": func(id pid.ID) error {
				_, err := b.dispatch.DispatchNext(b.ctx, queue.DispatchNextQueueItemInput{PrinterID: id})
				return err
			},
			"clear bed": func(id pid.ID) error {
				_, err := b.dispatch.ClearBed(b.ctx, queue.ClearBedInput{PrinterID: id})
				return err
			},
			"pause": func(id pid.ID) error {
				_, err := b.dispatch.Pause(b.ctx, queue.RunningPrintInput{PrinterID: id})
				return err
			},
			"resume": func(id pid.ID) error {
				_, err := b.dispatch.Resume(b.ctx, queue.RunningPrintInput{PrinterID: id})
				return err
			},
			"cancel": func(id pid.ID) error {
				_, err := b.dispatch.CancelPrint(b.ctx, queue.RunningPrintInput{PrinterID: id})
				return err
			},
			"assign": func(id pid.ID) error {
				_, err := b.matching.Assign(b.ctx, queue.AssignQueueItemInput{QueueItemID: b.item(t, 1).ID, PrinterID: id})
				return err
			},
		} {
			if f, a := answer(t, do(their.ID)), answer(t, do("prn"+nowhere)); f != a {
				t.Errorf("%s: %s and %s", name, f, a)
			}
		}
		for name, do := range map[string]func(id pid.ID) error{
			"confirm": func(id pid.ID) error {
				_, err := b.dispatch.Confirm(b.ctx, queue.ConfirmPrintInput{PrintID: id, Started: ptr(true)})
				return err
			},
			"ended": func(id pid.ID) error {
				_, err := b.dispatch.Ended(system, id, queue.End{Outcome: "failed"})
				return err
			},
			"returned": func(id pid.ID) error {
				_, err := b.dispatch.Returned(system, id, queue.Return{Why: "x", Refused: true})
				return err
			},
		} {
			if f, a := answer(t, do(print)), answer(t, do("prt"+nowhere)); f != a {
				t.Errorf("%s: %s and %s", name, f, a)
			}
		}
		if n := other.Raw.QueueItem.Query().Where(queueitem.OrganizationID(other.o.ID), queueitem.StateIn("queued", "printing")).CountX(t.Context()); n != 2 {
			t.Errorf("%d items are as they were", n)
		}
		other.audit(t)
	})
}

// answer is an error as clients see it.
func answer(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return "no error"
	}
	e := errs.From(err)
	text, err := json.Marshal(map[string]any{"kind": e.Kind, "code": e.Code, "details": e.Details, "fields": e.Fields, "reasons": e.Reasons})
	must(t, err)
	return string(text)
}
