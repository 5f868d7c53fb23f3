package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/notificationmessage"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/egress"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// Limits of sending.
const (
	senders      = 16 // at the same time, for one server
	sendTick     = 500 * time.Millisecond
	sendTime     = 20 * time.Second // of one attempt
	sendLease    = time.Minute      // longer than an attempt with its report can take
	sendAttempts = 5
	sendPause    = 30 * time.Second // before the second attempt; four times as long before each further one
	answerBytes  = 16 << 10
	reapRows     = 100
)

// lease is a message that this server has, as long as the row holds the token.
type lease struct {
	MessageID pid.ID
	Token     string
}

var errLease = errors.New("another server has the message, or it has ended")

// Sender sends messages that are due. It keeps no state of its own: whatever is killed, the next claim goes on from what is
// committed.
type Sender struct {
	Service *Service
	Log     *slog.Logger
	Wake    <-chan struct{} // messages were made; may be nil

	running sync.WaitGroup
}

// Run sends until the context ends.
func (w *Sender) Run(ctx context.Context) {
	defer w.running.Wait()
	if op.Alone(w.Service.Ops) {
		if err := op.ReleaseMessages(ctx, w.Service.Ops); err != nil {
			w.Log.Error("release messages", "error", err)
		}
	}
	slots := make(chan struct{}, senders)
	tick := time.NewTicker(sendTick)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-w.Wake:
		}
		if _, err := w.claim(ctx, slots); err != nil && ctx.Err() == nil {
			w.Log.Error("claim messages", "error", err)
		}
	}
}

// Sweep sends what is due, one after the other, and answers how many there were: for tests, and for whoever wants to wait.
func (w *Sender) Sweep(ctx context.Context) (int, error) {
	defer w.running.Wait()
	return w.claim(ctx, make(chan struct{}, 1))
}

// claim takes as many messages as can be sent at once.
func (w *Sender) claim(ctx context.Context, slots chan struct{}) (int, error) {
	free := cap(slots) - len(slots)
	if cap(slots) == 1 {
		free = senders
	}
	if free == 0 {
		return 0, nil
	}
	if _, err := op.ReapMessages(ctx, w.Service.Ops, reapRows); err != nil {
		return 0, err
	}
	claimed, token, err := op.ClaimMessages(ctx, w.Service.Ops, sendLease, free)
	for _, c := range claimed {
		slots <- struct{}{}
		w.running.Go(func() {
			defer func() { <-slots }()
			w.send(authz.With(ctx, authz.System(c.Organization, "notifications")), lease{c.ID, token})
		})
	}
	return len(claimed), err
}

// send makes one attempt and reports how it ended.
func (w *Sender) send(ctx context.Context, l lease) {
	defer func() {
		if r := recover(); r != nil {
			w.Log.Error("send message", "message_id", l.MessageID, "panic", r)
		}
	}()
	s := w.Service
	m, err := s.message(ctx, l)
	switch {
	case err != nil:
	case m.Channel == notificationmessage.ChannelLater:
		err = s.later(ctx, l)
	default:
		err = s.end(context.WithoutCancel(ctx), l, s.attempt(ctx, m)) // what was sent is reported, also when the server stops
	}
	if err != nil && !errors.Is(err, errLease) && ctx.Err() == nil {
		w.Log.Warn("send message", "message_id", l.MessageID, "error", err)
	}
}

// message reads the message of a lease with what sending needs.
func (s *Service) message(ctx context.Context, l lease) (*ent.NotificationMessage, error) {
	return op.Read(ctx, s.Ops, OpWork, l, func(ctx context.Context, c *ent.Client) (*ent.NotificationMessage, error) {
		m, err := c.NotificationMessage.Query().Where(notificationmessage.ID(l.MessageID), notificationmessage.LeaseToken(l.Token)).
			WithRule().WithEvent().WithMembership(func(q *ent.MembershipQuery) { q.WithUser() }).WithOrganization().Only(ctx)
		if ent.IsNotFound(err) {
			return nil, errLease
		}
		return m, err
	})
}

// ending is how an attempt ended.
type ending struct {
	status notificationmessage.Status // sent, failed, skipped, or queued: another attempt may help
	why    string
}

var sentOff = ending{status: notificationmessage.StatusSent}

// attempt sends a message once.
func (s *Service) attempt(ctx context.Context, m *ent.NotificationMessage) ending {
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	switch m.Channel {
	case notificationmessage.ChannelEmail:
		return s.mail(ctx, m)
	case notificationmessage.ChannelWebhook:
		return s.toWebhook(ctx, m)
	default:
		return s.toChat(ctx, m)
	}
}

// toWebhook posts what happened, thin: identifiers and words that name no people.
func (s *Service) toWebhook(ctx context.Context, m *ent.NotificationMessage) ending {
	to, err := s.Secrets.Open(place(*m.RuleID, webhookColumn), m.Edges.Rule.WebhookURL)
	if err != nil {
		return ending{notificationmessage.StatusFailed, "no_address"}
	}
	body := map[string]any{"id": m.ID, "notification_rule_id": m.RuleID, "organization_id": m.OrganizationID, "title": m.Title, "body": m.Body, "occurred_at": m.OccurredAt}
	if e := m.Edges.Event; e != nil {
		body["event_id"], body["event_type"], body["subject_type"], body["subject_id"] = e.ID, e.Type, e.SubjectType, e.SubjectID
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return ending{notificationmessage.StatusFailed, "encode_failed"}
	}
	h := jsonHeader()
	h.Set("Webhook-Id", string(m.ID)) // the same at each attempt
	return s.request(ctx, egress.Request{Method: http.MethodPost, URL: string(to), Header: h, Body: raw, HTTPS: true}, false)
}

// toChat posts to the rule's chat.
func (s *Service) toChat(ctx context.Context, m *ent.NotificationMessage) ending {
	raw, err := s.Secrets.Open(place(*m.RuleID, chatColumn), m.Edges.Rule.ChatURL)
	if err != nil {
		return ending{notificationmessage.StatusFailed, "no_address"}
	}
	t, err := chatTarget(string(raw))
	if err != nil {
		return ending{notificationmessage.StatusFailed, "no_address"}
	}
	body, err := t.body(m.Title, m.Body)
	if err != nil {
		return ending{notificationmessage.StatusFailed, "encode_failed"}
	}
	return s.request(ctx, egress.Request{Method: http.MethodPost, URL: t.url, Header: t.header, Body: body, HTTPS: true}, t.ok)
}

// request makes a request and judges its answer. Redirects are not followed; what the other side cannot take now, it may
// take later.
func (s *Service) request(ctx context.Context, r egress.Request, wantsOK bool) ending {
	r.MaxBytes, r.Cut, r.Timeout = answerBytes, true, sendTime
	res, err := s.Egress.Do(ctx, r)
	if err != nil {
		reason, _ := egress.ReasonOf(err)
		return ending{notificationmessage.StatusQueued, string(reason)}
	}
	defer func() { _ = res.Body.Close() }()
	answer, _ := io.ReadAll(res.Body)
	why := fmt.Sprintf("status_%d", res.Status)
	switch {
	case res.Status >= 200 && res.Status < 300 && (!wantsOK || saysOK(answer)):
		return sentOff
	case res.Status == http.StatusTooManyRequests || res.Status == http.StatusRequestTimeout || res.Status >= 500:
		return ending{notificationmessage.StatusQueued, why}
	default:
		return ending{notificationmessage.StatusFailed, why}
	}
}

// saysOK reads the answer of an API whose status is 200 for refusals too.
func saysOK(answer []byte) bool {
	var said struct {
		OK bool `json:"ok"`
	}
	return json.Unmarshal(answer, &said) == nil && said.OK
}

// end makes an attempt's end known: the message has ended, or is due again after a pause that grows.
func (s *Service) end(ctx context.Context, l lease, end ending) error {
	_, err := op.Do(ctx, s.Ops, OpEnd, l, func(ctx context.Context, tx *ent.Tx) (*ent.NotificationMessage, error) {
		m, err := leased(ctx, tx, l)
		if err != nil {
			return nil, err
		}
		u := tx.NotificationMessage.UpdateOneID(m.ID).SetLeaseToken("").ClearLeaseUntil().SetError(end.why)
		if end.status == notificationmessage.StatusQueued && m.Attempts < sendAttempts {
			return u.SetStatus(end.status).SetNextAttemptAt(op.Now(ctx).Add(pause(m.Attempts))).Save(ctx)
		}
		if end.status == notificationmessage.StatusQueued {
			end.status = notificationmessage.StatusFailed
		}
		return u.SetStatus(end.status).SetEndedAt(op.Now(ctx)).ClearNextAttemptAt().Save(ctx)
	})
	return err
}

// pause is how long the next attempt waits: 30 s, 2 min, 8 min, 32 min.
func pause(attempts int) time.Duration { return sendPause << (2 * (attempts - 1)) }

// leased loads the message if this lease still holds.
func leased(ctx context.Context, tx *ent.Tx, l lease) (*ent.NotificationMessage, error) {
	m, err := op.Load(ctx, tx.NotificationMessage, l.MessageID)
	if errs.Is(err, errs.NotFound("").Code) {
		return nil, errLease
	}
	if err == nil && (m.Status != notificationmessage.StatusSending || m.LeaseToken != l.Token) {
		return nil, errLease
	}
	return m, err
}
