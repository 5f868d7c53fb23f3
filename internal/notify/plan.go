package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/notificationrule"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/outbox"
)

// reader is the name of the cursor over the events.
const reader = "notify"

// planEvents bounds one transaction.
const planEvents = 250

// Planner follows the events of every organization and writes who is told of what, within a second.
type Planner struct {
	Service *Service
	Log     *slog.Logger
	Wake    <-chan struct{} // something was committed; may be nil
	Planned func()          // told after messages were made; may be nil
}

// Run follows until the context ends.
func (p *Planner) Run(ctx context.Context) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-p.Wake:
		}
		if err := p.Sweep(ctx); err != nil && ctx.Err() == nil {
			p.Log.Error("plan notifications", "error", err)
		}
	}
}

// Sweep brings every organization up to date. One that fails does not keep the others waiting; it is tried again at the
// next sweep.
func (p *Planner) Sweep(ctx context.Context) error {
	for {
		behind, err := op.BehindReader(ctx, p.Service.Ops, reader, 100)
		if err != nil || len(behind) == 0 {
			return err
		}
		var failed []error
		for _, id := range behind {
			n, err := p.Service.Plan(authz.With(ctx, authz.System(id, "notifications")), PlanInput{})
			if n > 0 && p.Planned != nil {
				p.Planned()
			}
			if err != nil && !errors.Is(err, outbox.ErrBusy) {
				failed = append(failed, fmt.Errorf("organization %s: %w", id, err))
			}
		}
		if len(failed) > 0 {
			return errors.Join(failed...)
		}
	}
}

// PlanInput has no fields: it is about the organization of the actor.
type PlanInput struct{}

// Plan reads the events since the last time and writes notifications and messages for those that rules want. It answers how
// many it wrote.
func (s *Service) Plan(ctx context.Context, in PlanInput) (int, error) {
	return op.Do(ctx, s.Ops, OpPlan, in, func(ctx context.Context, tx *ent.Tx) (int, error) {
		batch, err := outbox.Hold(ctx, tx, reader)
		if err != nil {
			return 0, err
		}
		rules, err := tx.NotificationRule.Query().Where(notificationrule.Enabled(true)).Order(notificationrule.ByID()).Limit(maxRules).All(ctx)
		if err != nil {
			return 0, fmt.Errorf("read rules: %w", err)
		}
		if len(rules) == 0 {
			return 0, batch.Skip(ctx, tx)
		}
		events, err := batch.Read(ctx, tx, types(rules), planEvents)
		if err != nil {
			return 0, err
		}
		if len(events) == 0 {
			return 0, batch.Done(ctx, tx)
		}
		d, err := s.desk(ctx, tx)
		if err != nil {
			return 0, err
		}

		for _, e := range events {
			f := factOf(e)
			for _, r := range rules {
				if r.CreatedAt.After(e.OccurredAt) || !wants(r, f) {
					continue // a rule tells of what happens from then on
				}
				if err := d.take(ctx, r, f); err != nil {
					return 0, err
				}
			}
		}
		n, err := d.write(ctx)
		if err != nil {
			return 0, err
		}
		return n, batch.Done(ctx, tx)
	})
}

// types are those that any rule is about; none where that is all.
func types(rules []*ent.NotificationRule) []string {
	var subscriptions []string
	for _, r := range rules {
		subscriptions = append(subscriptions, r.EventTypes...)
	}
	return event.Names(subscriptions)
}

// take puts an event off that has to last, and tells of every other.
func (d *desk) take(ctx context.Context, r *ent.NotificationRule, f fact) error {
	if r.AfterSeconds == 0 {
		return d.tell(ctx, r, f)
	}
	at := f.OccurredAt.Add(time.Duration(r.AfterSeconds) * time.Second)
	d.messages = append(d.messages, d.tx.NotificationMessage.Create().SetKey("later|"+string(r.ID)+"|"+string(f.ID)).SetRuleID(r.ID).SetEventID(f.ID).
		SetChannel("later").SetSubjectID(f.SubjectID).SetOccurredAt(f.OccurredAt).SetNextAttemptAt(at))
	return nil
}

// tell tells everybody of an event whom the rule names and who may read what it is about.
func (d *desk) tell(ctx context.Context, r *ent.NotificationRule, f fact) error {
	about, err := d.subject(ctx, f)
	if err != nil {
		return err
	}
	for _, channel := range []string{webhook, chat} {
		if slices.Contains(r.Channels, channel) {
			if err := d.post(ctx, r, f, channel, about); err != nil {
				return err
			}
		}
	}
	people, err := d.audience(ctx, r, f)
	if err != nil {
		return err
	}
	for _, p := range people {
		if err := d.tellPerson(ctx, r, f, p, about); err != nil {
			return err
		}
	}
	return nil
}

// tellPerson writes the notification and the mail.
func (d *desk) tellPerson(ctx context.Context, r *ent.NotificationRule, f fact, p *person, about subject) error {
	title, body := d.s.Texts.of(p.locale, f, about)
	if slices.Contains(r.Channels, inApp) {
		if quiet, err := d.throttled(ctx, r, f, p, inApp); err != nil {
			return err
		} else if !quiet {
			d.notifications = append(d.notifications, d.tx.Notification.Create().SetMembershipID(p.membership.ID).SetEventID(f.ID).SetRuleID(string(r.ID)).
				SetEventType(f.Type).SetSubjectType(f.SubjectType).SetSubjectID(f.SubjectID).SetOccurredAt(f.OccurredAt).SetTitle(title).SetBody(body))
		}
	}
	if !slices.Contains(r.Channels, email) || p.refuses[r.ID] {
		return nil
	}
	if quiet, err := d.throttled(ctx, r, f, p, email); err != nil || quiet {
		return err
	}
	m := d.message(r, f, email, string(p.membership.ID)).SetMembershipID(p.membership.ID).SetLocale(p.locale).SetTitle(title).SetBody(body)
	at := window(r.Digest, d.now, d.zone)
	switch {
	case d.s.Mail == nil:
		m.SetStatus("skipped").SetError("no_mail_server").SetEndedAt(d.now)
	case !at.IsZero():
		m.SetStatus("collected").SetWindowAt(awake(r.QuietHours, at, d.zone))
	default:
		m.SetNextAttemptAt(awake(r.QuietHours, d.now, d.zone))
	}
	d.messages = append(d.messages, m)
	return nil
}

// post writes the message to the rule's webhook or chat. Both leave the organization: they name no people and no words of theirs.
func (d *desk) post(ctx context.Context, r *ent.NotificationRule, f fact, channel string, about subject) error {
	if quiet, err := d.throttled(ctx, r, f, nil, channel); err != nil || quiet {
		return err
	}
	title, body := d.s.Texts.of(d.org.Locale, f, about.public())
	at := d.now
	if channel == chat {
		at = awake(r.QuietHours, at, d.zone)
	}
	d.messages = append(d.messages, d.message(r, f, channel, "").SetTitle(title).SetBody(body).SetNextAttemptAt(at))
	return nil
}

// message begins a message; its key says for whom.
func (d *desk) message(r *ent.NotificationRule, f fact, channel, recipient string) *ent.NotificationMessageCreate {
	return d.tx.NotificationMessage.Create().SetKey(channel + "|" + string(r.ID) + "|" + string(f.ID) + "|" + recipient).SetRuleID(r.ID).SetEventID(f.ID).
		SetChannel(messageChannel(channel)).SetSubjectID(f.SubjectID).SetOccurredAt(f.OccurredAt)
}
