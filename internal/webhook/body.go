package webhook

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/soloprint/soloprint/ent"
)

// message is what an endpoint receives. data holds identifiers and values, no names of people (package event).
type message struct {
	ID           string          `json:"id"`
	Type         string          `json:"type"`
	APIVersion   string          `json:"api_version"`
	Organization string          `json:"organization_id"`
	OccurredAt   time.Time       `json:"occurred_at"`
	Sequence     int64           `json:"sequence"`
	Actor        actor           `json:"actor"`
	Data         json.RawMessage `json:"data"`
}

// actor is who caused an event.
type actor struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// body is the event as it is sent, to every endpoint and at every attempt the same.
func (s *Service) body(e *ent.Event) ([]byte, error) {
	b, err := json.Marshal(message{ID: string(e.ID), Type: e.Type, APIVersion: s.APIVersion, Organization: string(e.OrganizationID),
		OccurredAt: e.OccurredAt.UTC(), Sequence: e.Sequence, Actor: actor{e.ActorType, e.ActorID}, Data: e.Data})
	if err != nil {
		return nil, fmt.Errorf("encode event: %w", err)
	}
	return b, nil
}
