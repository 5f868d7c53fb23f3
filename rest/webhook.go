package rest

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/webhook"
	"github.com/soloprint/soloprint/rest/generated"
)

// Webhook is an endpoint with the pauses between its attempts.
type Webhook struct {
	generated.Webhook
	RetryScheduleSeconds []int `json:"retry_schedule_seconds" doc:"Seconds between one attempt and the next, each up to a tenth more or less: what max_attempts and retry_backoff_seconds come to." example:"[300,600,1200,2400]"`
}

func viewWebhook(w *ent.Webhook) Webhook {
	return Webhook{Webhook: generated.NewWebhook(w), RetryScheduleSeconds: webhook.Schedule(w.MaxAttempts, w.RetryBackoffSeconds)}
}

// CreatedWebhook is an endpoint with its secret.
type CreatedWebhook struct {
	Webhook
	Secret string `json:"secret" doc:"What deliveries are signed with. It is shown this once." example:"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwbm3nQ1k0aW4="`
}

func viewCreatedWebhook(c webhook.Created) CreatedWebhook {
	return CreatedWebhook{Webhook: viewWebhook(c.Webhook), Secret: c.Secret}
}

// EventTypes are the types of events as subscribers need them, from samples of what each tells of its subject: the body that
// an endpoint receives, and its JSON Schema.
func EventTypes(samples map[event.Type]any) ([]webhook.EventType, error) {
	types := make([]webhook.EventType, 0, len(samples))
	for _, t := range slices.Sorted(maps.Keys(samples)) {
		subject, err := plain(samples[t])
		if err != nil {
			return nil, err
		}
		enliven(t, subject)
		body, err := plain(event.Data{Object: subject})
		if err != nil {
			return nil, err
		}
		resource, happened, _ := strings.Cut(string(t), ".")
		types = append(types, webhook.EventType{Type: string(t), Description: cmp.Or(told[t], toldOfRow(resource, happened)),
			Schema: bodySchema(t, subject), Sample: bodySample(t, body)})
	}
	return types, nil
}

// bodySample is a body as an endpoint receives it.
func bodySample(t event.Type, data map[string]any) map[string]any {
	return map[string]any{
		"id": exampleEvent, "type": string(t), "api_version": APIVersion, "organization_id": exampleText("organization_id"), "occurred_at": exampleTime,
		"sequence": 4711, "actor": map[string]any{"type": "api_key", "id": exampleText("api_key_id")}, "data": data,
	}
}

// bodySchema is the JSON Schema of a body: what is always there, and what the event tells of its subject. More may be told one day.
func bodySchema(t event.Type, subject map[string]any) map[string]any {
	type object = map[string]any
	text, told := object{"type": "string"}, object{}
	for name, v := range subject {
		told[name] = valueOf(v)
	}
	return object{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
		"required": []string{"id", "type", "api_version", "organization_id", "occurred_at", "sequence", "actor", "data"},
		"properties": object{
			"id": text, "type": object{"const": string(t)}, "api_version": text, "organization_id": text, "occurred_at": object{"type": "string", "format": "date-time"},
			"sequence": object{"type": "integer"},
			"actor":    object{"type": "object", "required": []string{"type", "id"}, "properties": object{"type": object{"enum": []string{"session", "api_key", "system"}}, "id": text}},
			"data": object{"type": "object", "required": []string{"object"}, "properties": object{
				"object": object{"type": "object", "properties": told}, "previous": object{"type": "object"},
			}},
		},
	}
}

// valueOf is what a sample's value is, or null: what a subject does not have is null.
func valueOf(v any) map[string]any {
	switch v.(type) {
	case string:
		return map[string]any{"type": []string{"string", "null"}}
	case bool:
		return map[string]any{"type": []string{"boolean", "null"}}
	case float64, int:
		return map[string]any{"type": []string{"number", "null"}}
	case []any:
		return map[string]any{"type": []string{"array", "null"}}
	case map[string]any:
		return map[string]any{"type": []string{"object", "null"}}
	}
	return map[string]any{}
}
