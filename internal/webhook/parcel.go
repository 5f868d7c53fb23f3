package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/event"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/ent/webhook"
	"github.com/soloprint/soloprint/ent/webhookdelivery"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// parcel is a delivery that this server has claimed.
type parcel struct {
	id, event pid.ID
	body      []byte
	attempts  []schematype.Attempt // before this one
}

// FetchInput names deliveries of one endpoint.
type FetchInput struct {
	webhook    pid.ID
	deliveries []pid.ID
	known      map[pid.ID][]byte // bodies of events that were read before; those that are read are added
}

// fetched are deliveries with where they go.
type fetched struct {
	endpoint *endpoint
	parcels  []*parcel
}

// Fetch reads what was claimed.
func (s *Service) Fetch(ctx context.Context, in FetchInput) (fetched, error) {
	return op.Read(ctx, s.Ops, OpFetch, in, func(ctx context.Context, c *ent.Client) (fetched, error) {
		w, err := c.Webhook.Query().Where(webhook.ID(in.webhook)).Only(ctx)
		if err != nil {
			return fetched{}, fmt.Errorf("read webhook: %w", err)
		}
		to, err := s.endpoint(w)
		if err != nil {
			return fetched{}, err
		}
		rows, err := c.WebhookDelivery.Query().Where(webhookdelivery.IDIn(in.deliveries...)).Order(webhookdelivery.ByID()).Limit(len(in.deliveries)).All(ctx)
		if err != nil {
			return fetched{}, fmt.Errorf("read deliveries: %w", err)
		}
		if err := s.bodies(ctx, c, rows, in.known); err != nil {
			return fetched{}, err
		}
		out := fetched{endpoint: to}
		for _, d := range rows {
			out.parcels = append(out.parcels, &parcel{id: d.ID, event: d.EventID, body: in.known[d.EventID], attempts: d.Attempts})
		}
		return out, nil
	})
}

// bodies adds those of the deliveries' events to the known ones.
func (s *Service) bodies(ctx context.Context, c *ent.Client, rows []*ent.WebhookDelivery, known map[pid.ID][]byte) error {
	var ids []pid.ID
	for _, d := range rows {
		if known[d.EventID] == nil {
			ids = append(ids, d.EventID)
		}
	}
	events, err := c.Event.Query().Where(event.IDIn(ids...)).Limit(max(len(ids), 1)).All(ctx)
	if err != nil {
		return fmt.Errorf("read events: %w", err)
	}
	for _, e := range events {
		if known[e.ID], err = s.body(e); err != nil {
			return err
		}
	}
	return nil
}

// Bounds of what is kept of answers.
const (
	excerptBytes = 16 << 10 // of the last attempt
	formerBytes  = 1 << 10  // of those before
)

// attempted adds an attempt to those of a delivery. Of former answers only the beginning stays.
func attempted(former []schematype.Attempt, a schematype.Attempt) []schematype.Attempt {
	all := append(slices.Clone(former), a)
	for i := range all[:len(all)-1] {
		all[i].ResponseExcerpt = clip(all[i].ResponseExcerpt, formerBytes)
	}
	return all
}

// clip makes a stranger's bytes a text of at most n bytes that both databases store: valid UTF-8 without zero bytes.
func clip(text string, n int) string {
	if len(text) > n {
		text = text[:n]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", "")
}

// end is how an attempt ended.
type end struct {
	parcel   *parcel
	to       *endpoint
	status   webhookdelivery.Status
	attempts []schematype.Attempt
	next     *time.Time
	gone     bool // the endpoint wants no more
	untried  bool // given back without an attempt
}

// row is the end as it is written.
func (e end) row() (op.DeliveryEnd, error) {
	attempts, err := json.Marshal(e.attempts)
	return op.DeliveryEnd{ID: e.parcel.id, Status: string(e.status), Attempts: attempts, Next: e.next}, err
}
