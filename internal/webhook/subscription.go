package webhook

import (
	"fmt"
	"slices"

	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
)

// subscribed reports whether subscriptions cover a type of event.
func subscribed(subscriptions []string, t string) bool {
	return slices.ContainsFunc(subscriptions, func(s string) bool { return event.Means(s, t) })
}

// checkSubscriptions finds those that name nothing in the catalogue: they would wait for ever.
func checkSubscriptions(subscriptions []string) []errs.Field {
	var fields []errs.Field
	for i, s := range subscriptions {
		if len(event.Named(s)) == 0 {
			fields = append(fields, errs.Field{Path: fmt.Sprintf("subscriptions[%d]", i), Code: "not_allowed",
				Message: "is no type of event, no <resource>.* and not *; GET /v1/platform/webhook-event-types lists them"})
		}
	}
	return fields
}
