package webhook

import (
	"fmt"
	"slices"
	"strings"

	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
)

// subscribed reports whether subscriptions cover a type of event: by its name, by its resource (queue_item.*) or by *.
func subscribed(subscriptions []string, t string) bool {
	resource, _, _ := strings.Cut(t, ".")
	return slices.ContainsFunc(subscriptions, func(s string) bool { return s == "*" || s == t || s == resource+".*" })
}

// checkSubscriptions finds those that name nothing in the catalogue: they would wait for ever.
func checkSubscriptions(subscriptions []string) []errs.Field {
	var fields []errs.Field
	known := event.Catalogue()
	for i, s := range subscriptions {
		if s != "*" && !slices.ContainsFunc(known, func(t event.Type) bool { return subscribed([]string{s}, string(t)) }) {
			fields = append(fields, errs.Field{Path: fmt.Sprintf("subscriptions[%d]", i), Code: "not_allowed",
				Message: "is no type of event, no <resource>.* and not *; GET /v1/platform/webhook-event-types lists them"})
		}
	}
	return fields
}
