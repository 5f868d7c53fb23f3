package notify

import (
	"context"
	"fmt"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/notificationrule"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/pid"
)

// Seed is the step that gives a new organization the rules that most want. They are rules like others: what is changed or
// deleted stays so.
func Seed(ctx context.Context, tx *ent.Tx, organization pid.ID) error {
	var rows []*ent.NotificationRuleCreate
	for _, r := range defaults() {
		c := tx.NotificationRule.Create().SetOrganizationID(organization).SetName(r.Name).SetSearch(listing.Fold(r.Name)).SetEventTypes(r.EventTypes).SetAudience(r.Audience).
			SetChannels(r.Channels).SetAfterSeconds(r.AfterSeconds).SetThrottleSeconds(r.ThrottleSeconds).SetDigest(r.Digest)
		if r.Condition != nil {
			c.SetCondition(r.Condition)
		}
		rows = append(rows, c)
	}
	if err := tx.NotificationRule.CreateBulk(rows...).Exec(ctx); err != nil {
		return fmt.Errorf("make notification rules: %w", err)
	}
	return nil
}

// defaults are the rules that an organization begins with.
func defaults() []ent.NotificationRule {
	types := func(all ...event.Type) []string {
		out := make([]string, len(all))
		for i, t := range all {
			out[i] = string(t)
		}
		return out
	}
	roles := func(names ...string) schematype.Audience { return schematype.Audience{Roles: names} }
	both, none := []string{inApp, email}, notificationrule.DigestNone
	return []ent.NotificationRule{
		{Name: "What became of your print", EventTypes: types(event.QueueItemApproved, event.QueueItemDenied, event.QueueItemChangesRequested, event.QueueItemCompleted, event.QueueItemFailed),
			Audience: schematype.Audience{Submitter: true}, Channels: both, Digest: none},
		{Name: "Waiting for approval", EventTypes: types(event.QueueItemCreated, event.QueueItemUpdated),
			Condition: &schematype.Condition{Field: "approval_state", Operator: "becomes", Value: "pending"},
			Audience:  schematype.Audience{Teachers: true}, Channels: both, Digest: notificationrule.DigestHourly},
		{Name: "Printer errors", EventTypes: types(event.PrinterErrorRaised), Audience: roles("operator"), Channels: both, ThrottleSeconds: 600, Digest: none},
		{Name: "Bed to clear", EventTypes: types(event.PrintFinished, event.PrintFailed, event.PrintCancelled), Audience: roles("operator"), Channels: []string{inApp},
			AfterSeconds: 60, Digest: none},
		{Name: "Blocked for an hour", EventTypes: types(event.QueueItemBlocked), Audience: roles("operator"), Channels: both, AfterSeconds: 3600, Digest: notificationrule.DigestHourly},
		{Name: "Low stock", EventTypes: types(event.SpoolLow, event.SpoolCritical, event.SpoolEmpty, event.MaterialLowStock), Audience: roles("owner"), Channels: both,
			Digest: notificationrule.DigestDaily},
		{Name: "Webhook stopped", EventTypes: types(event.WebhookDisabled), Audience: roles("owner", "admin"), Channels: both, Digest: none},
	}
}
