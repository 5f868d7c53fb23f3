package webhook

import (
	"context"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/op"
)

// EventType is an entry of the catalogue of events.
type EventType struct {
	Type        string         `json:"type" doc:"Name to subscribe to." example:"queue_item.assigned"`
	Description string         `json:"description" doc:"What it tells." example:"A queue item was put in a printer's line."`
	Schema      map[string]any `json:"schema" doc:"JSON Schema of the body that an endpoint receives."`
	Sample      map[string]any `json:"sample" doc:"A body as an endpoint receives it."`
}

// EventTypes is the whole catalogue.
type EventTypes struct {
	Data []EventType `json:"data" doc:"Every type of event, by name."`
}

// EventTypesInput has no fields: the catalogue is the same for all.
type EventTypesInput struct{}

// EventTypes lists the types of events.
func (s *Service) EventTypes(ctx context.Context, in EventTypesInput) (EventTypes, error) {
	return op.Read(ctx, s.Ops, OpEventTypes, in, func(context.Context, *ent.Client) (EventTypes, error) { return EventTypes{Data: s.Types}, nil })
}
