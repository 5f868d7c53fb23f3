package notify_test

import (
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/notify"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

func TestWhoIsTold(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		rule  func(*bundle, *notify.CreateNotificationRuleInput)
		event func(*bundle) event.Fact
		want  []string
	}{
		{"the submitter of an item", nil, approved, []string{"student: Gear was approved"}},
		{"who teaches its class, and no colleague", audience(schematype.Audience{Teachers: true}), approved, []string{"teacher: Gear was approved"}},
		{"of an item without a class, the operators", audience(schematype.Audience{Teachers: true}), func(b *bundle) event.Fact {
			it := b.us.QueueItem(b.t, func(q *ent.QueueItemCreate) { q.SetName("Gear").SetSubmitter(b.us.student) })
			f := about(event.QueueItemApproved, it)
			f.Object.(map[string]any)["class_id"] = nil
			return f
		}, []string{"operator: Gear was approved"}},
		{"teachers by role hear of their own classes only", audience(schematype.Audience{Roles: []string{"teacher"}}), approved, []string{"teacher: Gear was approved"}},
		{"each person once, however often they are named", audience(schematype.Audience{Submitter: true, Teachers: true, Roles: []string{"owner", "teacher"}}), approved,
			[]string{"owner: Gear was approved", "student: Gear was approved", "teacher: Gear was approved"}},
		{"a student who is named hears nothing of what is not theirs", func(b *bundle, in *notify.CreateNotificationRuleInput) {
			in.EventTypes, in.Audience = []string{"printer.*"}, &schematype.Audience{Members: []string{string(b.us.student.ID), string(b.us.operator.ID)}}
		}, broken, []string{"operator: Ada reports an error"}},
		{"nobody hears of people but who manages them", func(_ *bundle, in *notify.CreateNotificationRuleInput) {
			in.EventTypes, in.Audience = []string{"user.*"}, &schematype.Audience{Roles: []string{"owner", "operator", "teacher"}}
		}, func(b *bundle) event.Fact {
			return event.Fact{Type: event.UserSuspended, Resource: "user", ID: b.us.student.ID, Object: map[string]any{"id": b.us.student.ID}}
		}, []string{"owner: user: user.suspended"}},
		{"who is suspended hears nothing", func(b *bundle, in *notify.CreateNotificationRuleInput) {
			b.us.student.Update().SetStatus("suspended").ExecX(b.t.Context())
		}, approved, nil},
		{"an event of another type", func(_ *bundle, in *notify.CreateNotificationRuleInput) { in.EventTypes = []string{"queue_item.denied"} }, approved, nil},
		{"a rule that is off", func(_ *bundle, in *notify.CreateNotificationRuleInput) { in.Enabled = new(bool) }, approved, nil},
		{"a condition that holds", condition("copies_requested", "greater", "0"), approved, []string{"student: Gear was approved"}},
		{"a condition that does not", condition("copies_requested", "greater", "1"), approved, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			testkit.EachDB(t, func(t *testing.T, db *store.DB) {
				b := newBundle(t, db)
				b.rule(b.us, func(in *notify.CreateNotificationRuleInput) {
					if tt.rule != nil {
						tt.rule(b, in)
					}
				})
				b.emit(b.us, tt.event(b))
				b.plan()
				equal(t, "told", b.told(b.us), tt.want)
				b.plan()
				equal(t, "told after another look", b.told(b.us), tt.want)
				equal(t, "told elsewhere", b.told(b.them), nil)
			})
		})
	}
}

func approved(b *bundle) event.Fact { return about(event.QueueItemApproved, b.item(b.us, "Gear")) }

func broken(b *bundle) event.Fact {
	p := b.us.Printer(b.t, "Ada", 0, func(p *ent.PrinterCreate) { p.SetState("error") })
	return event.Fact{Type: event.PrinterErrorRaised, Resource: "printer", ID: p.ID, Object: map[string]any{"id": p.ID, "state": "error", "state_message": "Nozzle too hot"}}
}

func audience(a schematype.Audience) func(*bundle, *notify.CreateNotificationRuleInput) {
	return func(_ *bundle, in *notify.CreateNotificationRuleInput) { in.Audience = &a }
}

func condition(field, operator, value string) func(*bundle, *notify.CreateNotificationRuleInput) {
	return func(_ *bundle, in *notify.CreateNotificationRuleInput) {
		in.Condition = &schematype.Condition{Field: field, Operator: operator, Value: value}
	}
}

// Two schools have the same people, rules and events; the canary in the names of one is never seen in the other.
func TestSchoolsHearOfTheirOwnOnly(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		for _, s := range []*side{b.us, b.them} {
			b.rule(s, func(in *notify.CreateNotificationRuleInput) {
				in.Audience, in.Channels = &schematype.Audience{Submitter: true, Teachers: true, Roles: []string{"owner", "admin", "operator"}}, []string{"in_app", "email"}
			})
		}
		b.emit(b.us, about(event.QueueItemApproved, b.item(b.us, "canary-riverside")))
		b.emit(b.them, about(event.QueueItemApproved, b.item(b.them, "canary-hillside")))
		b.plan()
		b.send()
		equal(t, "ours", b.told(b.us), []string{"operator: canary-riverside was approved", "owner: canary-riverside was approved", "student: canary-riverside was approved", "teacher: canary-riverside was approved"})
		equal(t, "theirs", b.told(b.them), []string{"operator: canary-hillside was approved", "owner: canary-hillside was approved", "student: canary-hillside was approved", "teacher: canary-hillside was approved"})
		subjects := map[string]string{}
		for _, m := range b.post.take() {
			subjects[m.To] = m.Subject
		}
		for s, canary := range map[*side]string{b.us: "canary-riverside was approved", b.them: "canary-hillside was approved"} {
			for _, m := range []*ent.Membership{s.Owner, s.operator, s.teacher, s.student} {
				if got := subjects[m.QueryUser().OnlyX(t.Context()).Email]; got != canary {
					t.Errorf("mail to %s: %q, want %q", b.name(s, m.ID), got, canary)
				}
			}
		}
	})
}

func TestThrottle(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		b.rule(b.us, func(in *notify.CreateNotificationRuleInput) {
			in.Channels, in.ThrottleSeconds = []string{"in_app", "email"}, new(600)
		})
		gear, wheel := b.item(b.us, "Gear"), b.item(b.us, "Wheel")
		for _, tt := range []struct {
			name  string
			later time.Duration
			facts []event.Fact
			told  int
			mails int
		}{
			{"the first, and another in the same moment", 0, []event.Fact{about(event.QueueItemApproved, gear), about(event.QueueItemStarted, gear)}, 1, 1},
			{"within its time", 9 * time.Minute, []event.Fact{about(event.QueueItemCompleted, gear)}, 1, 0},
			{"another subject within that time", 0, []event.Fact{about(event.QueueItemApproved, wheel)}, 2, 1},
			{"when the time is over", time.Minute, []event.Fact{about(event.QueueItemCompleted, gear)}, 3, 1},
		} {
			b.Clock.Advance(tt.later)
			b.emit(b.us, tt.facts...)
			b.plan()
			b.send()
			if told, mails := len(b.told(b.us)), len(b.post.take()); told != tt.told || mails != tt.mails {
				t.Errorf("%s: %d notifications and %d mails, want %d and %d", tt.name, told, mails, tt.told, tt.mails)
			}
		}
	})
}

// What has to last is told when it has lasted, and not when it is over by then.
func TestWhatHasToLast(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		b.rule(b.us, func(in *notify.CreateNotificationRuleInput) {
			in.EventTypes, in.Audience, in.AfterSeconds = []string{"queue_item.blocked", "printer.error_raised", "print.finished"}, &schematype.Audience{Roles: []string{"operator"}}, new(3600)
		})
		stays, ends := b.item(b.us, "Stays blocked"), b.item(b.us, "Free again")
		now := b.Clock.Now()
		b.Raw.QueueItem.Update().SetBlockedAt(now).ExecX(t.Context())
		mended := broken(b)
		p := b.us.Printer(t, "Bob", 0, func(p *ent.PrinterCreate) { p.SetBedState("occupied") })
		run := b.us.Print(t, stays, p, printrun.StateFinished)
		b.emit(b.us, about(event.QueueItemBlocked, stays), about(event.QueueItemBlocked, ends), mended,
			event.Fact{Type: event.PrintFinished, Resource: "print", ID: run.ID, Object: map[string]any{"id": run.ID, "printer_id": p.ID, "submitter_id": b.us.student.ID}})
		b.plan()
		b.send()
		equal(t, "at once", b.told(b.us), nil)

		ends.Update().ClearBlockedAt().ExecX(t.Context())
		b.Raw.Printer.UpdateOneID(mended.ID).SetState("idle").ExecX(t.Context())
		b.Clock.Advance(time.Hour - time.Second)
		b.send()
		equal(t, "a second before", b.told(b.us), nil)
		b.Clock.Advance(time.Second)
		b.send()
		want := []string{"operator: Bob has finished Stays blocked", "operator: Stays blocked is blocked"}
		equal(t, "after an hour", b.told(b.us), want)
		b.Clock.Advance(24 * time.Hour)
		b.send()
		equal(t, "a day later", b.told(b.us), want)
	})
}

// A rule tells of what happens from then on; another organization's members are none of its audience.
func TestRulesBeginWhenTheyAreMade(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		it := b.item(b.us, "Gear")
		b.emit(b.us, about(event.QueueItemApproved, it))
		b.Clock.Advance(time.Second)
		b.rule(b.us, nil)
		b.plan()
		equal(t, "what was before", b.told(b.us), nil)
		b.emit(b.us, about(event.QueueItemCompleted, it))
		b.plan()
		equal(t, "what comes then", b.told(b.us), []string{"student: Gear is finished"})
	})
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		tx := must(b.Raw.Tx(t.Context()))(t)
		if err := notify.Seed(t.Context(), tx, b.us.ID); err != nil {
			t.Fatal(err)
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		for _, r := range b.Raw.NotificationRule.Query().AllX(t.Context()) { // each could have been made by a person
			in := notify.CreateNotificationRuleInput{Name: r.Name, EventTypes: r.EventTypes, Condition: r.Condition, Audience: &r.Audience, Channels: r.Channels,
				AfterSeconds: &r.AfterSeconds, ThrottleSeconds: &r.ThrottleSeconds, Digest: &r.Digest}
			if _, err := b.service.CreateRule(b.them.Session(t, b.them.Owner), in); err != nil {
				t.Errorf("%s: %v", r.Name, err)
			}
		}
		b.Clock.Advance(time.Since(testkit.Start()) + time.Minute) // the seed is made by the machine's clock
		pending := b.item(b.us, "Gear")
		pending = pending.Update().SetApprovalState("pending").SaveX(t.Context())
		spool := b.us.Spool(t, b.us.Material(t), 80)
		hook := b.Raw.Webhook.Create().SetOrganizationID(b.us.ID).SetName("Timetable").SetEndpointURL("https://example.org").SetSubscriptions([]string{"*"}).SetSecret([]byte{1}).SaveX(t.Context())
		b.emit(b.us, about(event.QueueItemCreated, pending), about(event.QueueItemDenied, b.item(b.us, "Wheel")), about(event.QueueItemStarted, b.item(b.us, "Axle")), broken(b),
			event.Fact{Type: event.SpoolLow, Resource: "spool", ID: spool.ID, Object: map[string]any{"id": spool.ID, "stock_level": "low"}},
			event.Fact{Type: event.WebhookDisabled, Resource: "webhook", ID: hook.ID, Object: map[string]any{"id": hook.ID, "name": hook.Name}})
		b.plan()
		equal(t, "told", b.told(b.us), []string{"operator: Ada reports an error", "owner: Spool " + spool.Code + " (Basic PLA) is low", "owner: The webhook Timetable has stopped", "student: Wheel was denied", "teacher: Gear waits for approval"})
		equal(t, "messages", b.messages(b.us), []string{"email collected", "email collected", "email queued", "email queued", "email queued"})
	})
}

// An event is read in the same transaction in which the cursor moves: whoever looks at the same moment makes nothing twice.
func TestEventsAreReadOnce(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		b.rule(b.us, nil)
		var facts []event.Fact
		for range 250 { // more than one batch
			facts = append(facts, event.Fact{Type: event.QueueItemUpdated, Resource: "queue_item", ID: b.us.student.ID, Object: map[string]any{}})
		}
		it := b.item(b.us, "Gear")
		b.emit(b.us, append(facts, about(event.QueueItemCompleted, it))...)
		done := make(chan error)
		for range 4 {
			go func() { done <- b.planner.Sweep(t.Context()) }()
		}
		for range 4 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		b.plan()
		equal(t, "told", b.told(b.us), []string{"student: Gear is finished"})
	})
}
