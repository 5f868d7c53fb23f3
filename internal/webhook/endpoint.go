package webhook

import (
	"fmt"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/pid"
)

// endpoint is what sending needs of a webhook, as it was when it was read. It never changes; a newer one takes its place.
type endpoint struct {
	id, organization pid.ID
	url              string
	subscriptions    []string
	since            int64
	maxAttempts      int
	backoff          int // seconds
	failingSince     *time.Time

	key, former []byte
	formerUntil time.Time
}

// endpoint reads a webhook and opens its secrets.
func (s *Service) endpoint(w *ent.Webhook) (*endpoint, error) {
	e := &endpoint{id: w.ID, organization: w.OrganizationID, url: w.EndpointURL, subscriptions: w.Subscriptions, since: w.SinceSequence,
		maxAttempts: w.MaxAttempts, backoff: w.RetryBackoffSeconds, failingSince: w.FailingSince}
	var err error
	if e.key, err = s.Secrets.Open(place(w.ID, "secret"), w.Secret); err != nil {
		return nil, fmt.Errorf("open secret of %s: %w", w.ID, err)
	}
	if w.PreviousSecretUntil == nil {
		return e, nil
	}
	if e.former, err = s.Secrets.Open(place(w.ID, "previous_secret"), w.PreviousSecret); err != nil {
		return nil, fmt.Errorf("open former secret of %s: %w", w.ID, err)
	}
	e.formerUntil = *w.PreviousSecretUntil
	return e, nil
}

// keys are those that sign at a time, the newest first.
func (e *endpoint) keys(now time.Time) [][]byte {
	if e.former != nil && now.Before(e.formerUntil) {
		return [][]byte{e.key, e.former}
	}
	return [][]byte{e.key}
}
