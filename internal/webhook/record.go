package webhook

import (
	"context"
	"fmt"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/webhook"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/record"
)

// failingLimit is how long an endpoint may fail without a single success before it is disabled.
const failingLimit = 5 * 24 * time.Hour

// gather is how long ends are collected before they are written: every commit is synced to the disk.
const gather = 10 * time.Millisecond

// record writes how attempts ended. What ends while one batch is written is in the next one: the slower the disk, the
// larger they are.
func (c *Courier) record(ctx context.Context) {
	wait := time.NewTicker(gather)
	defer wait.Stop()
	for {
		select {
		case <-ctx.Done():
			c.write(context.WithoutCancel(ctx))
			return
		case <-c.ended:
			wait.Reset(gather)
			<-wait.C
			c.write(ctx)
		}
	}
}

// write writes all ends that there are. Those that cannot be written now are kept for the next time.
func (c *Courier) write(ctx context.Context) {
	c.mu.Lock()
	ends := c.ends
	c.ends = nil
	c.mu.Unlock()
	if len(ends) == 0 {
		return
	}
	rows := make([]op.DeliveryEnd, len(ends))
	if !c.try(ctx, "write how attempts ended", func() (err error) {
		for i, e := range ends {
			if rows[i], err = e.row(); err != nil {
				return err
			}
		}
		return op.EndDeliveries(ctx, c.ops(), c.token, rows)
	}) {
		c.again(ends)
		return
	}
	c.mu.Lock()
	for _, e := range ends {
		delete(c.held, e.parcel.id)
		c.remind(e)
	}
	c.mu.Unlock()
	c.judge(ctx, ends)
}

// again keeps ends that could not be written.
func (c *Courier) again(ends []end) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ends = append(ends, c.ends...)
	time.AfterFunc(pollTime, func() { nudge(c.ended) })
}

// remind claims what is tried again soon when its time has come: the poll would be up to a second late. The caller holds the lock.
func (c *Courier) remind(e end) {
	if e.next == nil {
		return
	}
	wait := e.next.Sub(c.now())
	if wait > soon {
		return
	}
	time.AfterFunc(max(wait, 0)+time.Millisecond, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if !c.closed {
			c.want(e.to.id)
		}
	})
}

// verdict is what a batch of ends says of one endpoint.
type verdict struct{ ok, failed, gone bool }

// judge keeps what endpoints are like, where the batch says something new.
func (c *Courier) judge(ctx context.Context, ends []end) {
	said, now := map[*endpoint]verdict{}, c.now()
	for _, e := range ends {
		v := said[e.to]
		v.ok, v.failed, v.gone = v.ok || e.next == nil && !e.gone && e.status == "delivered", v.failed || e.status != "delivered" && !e.untried, v.gone || e.gone
		said[e.to] = v
	}
	for to, v := range said {
		since := to.failingSince
		news := v.gone || v.ok && since != nil || !v.ok && v.failed && (since == nil || now.Sub(*since) >= failingLimit)
		if !news {
			continue
		}
		as := authz.With(ctx, authz.System(to.organization, "webhook_courier"))
		c.try(ctx, "judge endpoint", func() error { return c.apply(as, JudgeInput{WebhookID: to.id, OK: v.ok, Gone: v.gone}) })
	}
}

// apply keeps a verdict, and gives the lane its endpoint as it is then. An endpoint that was deleted needs none.
func (c *Courier) apply(ctx context.Context, in JudgeInput) error {
	w, err := c.Webhooks.Judge(ctx, in)
	if errs.Is(err, "webhook_not_found") {
		return nil
	}
	if err != nil {
		return err
	}
	to, err := c.Webhooks.endpoint(w)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if l := c.lanes[w.ID]; l != nil {
		l.to = to
		if w.State != webhook.StateEnabled {
			c.dismiss(l)
		}
	}
	return nil
}

// JudgeInput is what attempts said of an endpoint.
type JudgeInput struct {
	WebhookID pid.ID
	OK        bool // one of them succeeded
	Gone      bool // it answered 410
}

// Judge keeps since when an endpoint fails. It disables one that is gone, and one that has failed for five days.
func (s *Service) Judge(ctx context.Context, in JudgeInput) (*ent.Webhook, error) {
	return op.Do(ctx, s.Ops, OpJudge, in, func(ctx context.Context, tx *ent.Tx) (*ent.Webhook, error) {
		old, err := op.Load(ctx, tx.Webhook, in.WebhookID)
		if err != nil || old.State != webhook.StateEnabled {
			return old, err
		}

		reason := webhook.DisabledReasonNone
		u := tx.Webhook.UpdateOne(old)
		switch now := op.Now(ctx); {
		case in.Gone:
			reason = webhook.DisabledReasonGone
		case in.OK && old.FailingSince != nil:
			u.ClearFailingSince()
		case in.OK:
			return old, nil
		case old.FailingSince == nil:
			u.SetFailingSince(now)
		case now.Sub(*old.FailingSince) >= failingLimit:
			reason = webhook.DisabledReasonFailing
		default:
			return old, nil
		}
		if reason != webhook.DisabledReasonNone {
			u.SetState(webhook.StateAutoDisabled).SetDisabledReason(reason)
		}
		w, err := u.Save(ctx)
		if err != nil {
			return nil, fmt.Errorf("judge webhook: %w", err)
		}

		if reason != webhook.DisabledReasonNone {
			object := record.Webhook(w)
			event.Emit(ctx, tx, event.Fact{Type: event.WebhookDisabled, Resource: "webhook", ID: w.ID, Object: object, Previous: record.Previous(record.Webhook(old), object)})
		}
		return w, nil
	})
}
