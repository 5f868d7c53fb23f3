package notify

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/egress"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/pid"
)

// The channels. later is none that a rule names: it is how something waits until it has lasted.
const (
	inApp   = "in_app"
	email   = "email"
	webhook = "webhook"
	chat    = "chat"
)

// creating is the Input with whoever judges its addresses, before the transaction begins.
type creating struct {
	CreateNotificationRuleInput
	egress *egress.Client
}

// Validate implements op.Validator.
func (in creating) Validate() []errs.Field {
	return shape(in.EventTypes, in.Condition, in.QuietHours, in.WebhookURL, in.ChatURL)
}

// Prepare implements op.Preparer.
func (in creating) Prepare(ctx context.Context) error {
	return reachable(ctx, in.egress, in.WebhookURL, in.ChatURL)
}

// updating is the same for a change.
type updating struct {
	UpdateNotificationRuleInput
	egress *egress.Client
}

// Validate implements op.Validator.
func (in updating) Validate() []errs.Field {
	return shape(in.EventTypes.Value(), in.Condition.Value(), in.QuietHours.Value(), in.WebhookURL.Value(), in.ChatURL.Value())
}

// Prepare implements op.Preparer.
func (in updating) Prepare(ctx context.Context) error {
	return reachable(ctx, in.egress, in.WebhookURL.Value(), in.ChatURL.Value())
}

// shape is what tags cannot say of a rule's fields.
func shape(types []string, c *schematype.Condition, q *schematype.QuietHours, webhookURL, chatURL *string) []errs.Field {
	var fields []errs.Field
	add := func(path, code, message string) {
		fields = append(fields, errs.Field{Path: path, Code: code, Message: message})
	}
	for i, t := range types {
		if len(event.Named(t)) == 0 {
			add(fmt.Sprintf("event_types[%d]", i), "not_allowed", "is no type of event, nor one such as queue_item.* or *")
		}
	}
	if c != nil {
		_, err := strconv.ParseFloat(c.Value, 64)
		switch bare := c.Operator == "empty" || c.Operator == "not_empty"; {
		case bare && c.Value != "":
			add("condition.value", "not_allowed", "is not compared by "+c.Operator)
		case !bare && c.Value == "":
			add("condition.value", "required", "is what the field is compared with")
		case (c.Operator == "greater" || c.Operator == "less") && err != nil:
			add("condition.value", "invalid_format", "is a number for "+c.Operator)
		}
	}
	if q != nil && q.From == q.To {
		add("quiet_hours.to", "not_allowed", "must differ from the beginning")
	}
	if webhookURL != nil {
		if _, err := egress.ParseURL(*webhookURL); err != nil {
			add("webhook_url", "invalid_format", "is not of the form https://host/path, without a user")
		}
	}
	if chatURL != nil {
		if _, err := chatTarget(*chatURL); err != nil {
			add("chat_url", "invalid_format", err.Error())
		}
	}
	return fields
}

// reachable judges the addresses that webhook and chat lead to.
func reachable(ctx context.Context, client *egress.Client, webhookURL, chatURL *string) error {
	if webhookURL != nil {
		if err := admitted(ctx, client, "webhook_url", egress.Request{URL: *webhookURL, HTTPS: true}); err != nil {
			return err
		}
	}
	if chatURL != nil {
		target, err := chatTarget(*chatURL)
		if err != nil {
			return errs.Invalid(errs.Field{Path: "chat_url", Code: "invalid_format", Message: err.Error()})
		}
		return admitted(ctx, client, "chat_url", egress.Request{URL: target.url, HTTPS: true})
	}
	return nil
}

func admitted(ctx context.Context, client *egress.Client, path string, r egress.Request) error {
	err := client.Check(ctx, r)
	if reason, ok := egress.ReasonOf(err); ok && reason != egress.AddressBlocked {
		return errs.Invalid(errs.Field{Path: path, Code: string(reason), Message: reason.Sentence()})
	}
	return err
}

// judge refuses a rule that could tell nobody: a channel without its address or its people, or people of elsewhere.
func (s *Service) judge(ctx context.Context, tx *ent.Tx, r *ent.NotificationRule, hasWebhook, hasChat bool) error {
	var fields []errs.Field
	a := r.Audience
	nobody := !a.Submitter && !a.Teachers && len(a.Roles) == 0 && len(a.Members) == 0
	if nobody && (slices.Contains(r.Channels, inApp) || slices.Contains(r.Channels, email)) {
		fields = append(fields, errs.Field{Path: "audience", Code: "required", Message: "names nobody, and the channels in_app and email need somebody"})
	}
	if slices.Contains(r.Channels, webhook) && !hasWebhook {
		fields = append(fields, errs.Field{Path: "webhook_url", Code: "required", Message: "is where the channel webhook posts to"})
	}
	if slices.Contains(r.Channels, chat) && !hasChat {
		fields = append(fields, errs.Field{Path: "chat_url", Code: "required", Message: "is where the channel chat leads"})
	}
	if err := errs.Invalid(fields...); err != nil {
		return err
	}

	ids := make([]pid.ID, len(a.Members))
	for i, m := range a.Members {
		ids[i] = pid.ID(m)
	}
	n, err := tx.Membership.CountRows(ctx, ids)
	if err != nil {
		return fmt.Errorf("count members: %w", err)
	}
	if n != len(ids) {
		return errs.NotFound("user")
	}
	return nil
}
