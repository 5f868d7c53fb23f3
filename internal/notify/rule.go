package notify

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/notificationrule"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/record"
)

// maxRules is how many rules an organization has: each event is held against all of them.
const maxRules = 100

// CreateNotificationRuleInput is a new rule.
type CreateNotificationRuleInput struct {
	Name            string                   `json:"name" required:"true" minLength:"1" maxLength:"200" doc:"What it is for." example:"Printer errors"`
	Enabled         *bool                    `json:"enabled,omitempty" doc:"Whether it tells anybody; absent = true."`
	EventTypes      []string                 `json:"event_types" required:"true" minItems:"1" maxItems:"50" uniqueItems:"true" maxLength:"100" doc:"Event types, queue_item.* or *." example:"[\"printer.error_raised\"]"`
	Condition       *schematype.Condition    `json:"condition,omitempty" doc:"Which of these events; absent = all."`
	Audience        *schematype.Audience     `json:"audience,omitempty" doc:"Whom it tells; the channels in_app and email need somebody."`
	Channels        []string                 `json:"channels,omitempty" minItems:"1" maxItems:"4" uniqueItems:"true" enum:"in_app,email,webhook,chat" doc:"How; absent = in_app."`
	AfterSeconds    *int                     `json:"after_seconds,omitempty" minimum:"0" maximum:"604800" doc:"How long it must last before anybody is told; absent = they are told at once."`
	ThrottleSeconds *int                     `json:"throttle_seconds,omitempty" minimum:"0" maximum:"604800" doc:"At most one message about the same subject in this time; absent = all."`
	Digest          *notificationrule.Digest `json:"digest,omitempty" enum:"none,hourly,daily" doc:"Whether mails are collected: one an hour, or one a day at 07:00; absent = none."`
	QuietHours      *schematype.QuietHours   `json:"quiet_hours,omitempty" doc:"When no mail and no chat message is sent; absent = never."`
	WebhookURL      *string                  `json:"webhook_url,omitempty" minLength:"1" maxLength:"2048" format:"password" doc:"Where the channel webhook posts to; never shown again."`
	ChatURL         *string                  `json:"chat_url,omitempty" minLength:"1" maxLength:"2048" format:"password" doc:"Address of the channel chat, as shoutrrr writes it: slack://, discord://, teams://, ntfy:// or telegram://; never shown again."`
}

// UpdateNotificationRuleInput are the fields of a rule that change: absent means unchanged, null cleared.
type UpdateNotificationRuleInput struct {
	NotificationRuleID pid.ID `path:"notification_rule_id" json:"-" doc:"Identifier of the notification rule." example:"ntr_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	IfMatch            string `header:"If-Match" json:"-" doc:"ETag of the version that is meant; 412 where it is another one." maxLength:"1000"`

	Name            graphql.Omittable[*string]                  `json:"name,omitzero" nullable:"false" minLength:"1" maxLength:"200" doc:"What it is for."`
	Enabled         graphql.Omittable[*bool]                    `json:"enabled,omitzero" nullable:"false" doc:"Whether it tells anybody."`
	EventTypes      graphql.Omittable[[]string]                 `json:"event_types,omitzero" nullable:"false" minItems:"1" maxItems:"50" uniqueItems:"true" maxLength:"100" doc:"Event types, queue_item.* or *."`
	Condition       graphql.Omittable[*schematype.Condition]    `json:"condition,omitzero" doc:"Which of these events; null = all."`
	Audience        graphql.Omittable[*schematype.Audience]     `json:"audience,omitzero" nullable:"false" doc:"Whom it tells."`
	Channels        graphql.Omittable[[]string]                 `json:"channels,omitzero" nullable:"false" minItems:"1" maxItems:"4" uniqueItems:"true" enum:"in_app,email,webhook,chat" doc:"How."`
	AfterSeconds    graphql.Omittable[*int]                     `json:"after_seconds,omitzero" nullable:"false" minimum:"0" maximum:"604800" doc:"How long it must last before anybody is told."`
	ThrottleSeconds graphql.Omittable[*int]                     `json:"throttle_seconds,omitzero" nullable:"false" minimum:"0" maximum:"604800" doc:"At most one message about the same subject in this time."`
	Digest          graphql.Omittable[*notificationrule.Digest] `json:"digest,omitzero" nullable:"false" enum:"none,hourly,daily" doc:"Whether mails are collected."`
	QuietHours      graphql.Omittable[*schematype.QuietHours]   `json:"quiet_hours,omitzero" doc:"When no mail and no chat message is sent; null = never."`
	WebhookURL      graphql.Omittable[*string]                  `json:"webhook_url,omitzero" minLength:"1" maxLength:"2048" format:"password" doc:"Where the channel webhook posts to; never shown again; null = none."`
	ChatURL         graphql.Omittable[*string]                  `json:"chat_url,omitzero" minLength:"1" maxLength:"2048" format:"password" doc:"Address of the channel chat; never shown again; null = none."`
}

// CreateRule makes a rule. It tells of what happens from now on.
func (s *Service) CreateRule(ctx context.Context, in CreateNotificationRuleInput) (*ent.NotificationRule, error) {
	return op.Do(ctx, s.Ops, OpRuleCreate, creating{in, s.Egress}, func(ctx context.Context, tx *ent.Tx) (*ent.NotificationRule, error) {
		n, err := tx.NotificationRule.Query().Count(ctx)
		if err != nil {
			return nil, fmt.Errorf("count rules: %w", err)
		}
		if n >= maxRules {
			return nil, errs.New(errs.RuleLimitReached, "An organization has at most %d notification rules.", maxRules)
		}
		r := in.rule()
		if err := s.judge(ctx, tx, r, in.WebhookURL != nil, in.ChatURL != nil); err != nil {
			return nil, err
		}

		c := tx.NotificationRule.Create().SetID(r.ID).SetName(r.Name).SetSearch(listing.Fold(r.Name)).SetEnabled(r.Enabled).SetEventTypes(r.EventTypes).SetAudience(r.Audience).
			SetChannels(r.Channels).SetAfterSeconds(r.AfterSeconds).SetThrottleSeconds(r.ThrottleSeconds).SetDigest(r.Digest)
		if r.Condition != nil {
			c.SetCondition(r.Condition)
		}
		if r.QuietHours != nil {
			c.SetQuietHours(r.QuietHours)
		}
		if in.WebhookURL != nil {
			c.SetWebhookURL(s.seal(r.ID, webhookColumn, *in.WebhookURL)).SetWebhookHost(hostOf(*in.WebhookURL))
		}
		if in.ChatURL != nil {
			c.SetChatURL(s.seal(r.ID, chatColumn, *in.ChatURL)).SetChatService(serviceOf(*in.ChatURL))
		}
		if r, err = c.Save(ctx); err != nil {
			return nil, fmt.Errorf("create rule: %w", err)
		}

		event.Emit(ctx, tx, event.Created{Resource: "notification_rule", ID: r.ID, Object: record.NotificationRule(r)})
		return r, nil
	})
}

// rule is the row that a request asks for.
func (in CreateNotificationRuleInput) rule() *ent.NotificationRule {
	r := &ent.NotificationRule{ID: pid.New("ntr"), Name: in.Name, Enabled: true, EventTypes: in.EventTypes, Condition: in.Condition, Channels: in.Channels,
		Digest: notificationrule.DigestNone, QuietHours: in.QuietHours}
	take(&r.Enabled, in.Enabled)
	take(&r.Audience, in.Audience)
	take(&r.AfterSeconds, in.AfterSeconds)
	take(&r.ThrottleSeconds, in.ThrottleSeconds)
	take(&r.Digest, in.Digest)
	if len(r.Channels) == 0 {
		r.Channels = []string{inApp}
	}
	return r
}

// take overwrites a value with a given one.
func take[T any](to *T, given *T) {
	if given != nil {
		*to = *given
	}
}

// UpdateRule changes a rule. What it has collected or put off goes out as it was.
func (s *Service) UpdateRule(ctx context.Context, in UpdateNotificationRuleInput) (*ent.NotificationRule, error) {
	return op.Do(ctx, s.Ops, OpRuleUpdate, updating{in, s.Egress}, func(ctx context.Context, tx *ent.Tx) (*ent.NotificationRule, error) {
		old, err := op.Load(ctx, tx.NotificationRule, in.NotificationRuleID)
		if err != nil {
			return nil, err
		}
		if err := op.Match(in.IfMatch, old.Version); err != nil {
			return nil, err
		}
		now := *old
		u := tx.NotificationRule.UpdateOneID(old.ID)
		s.patch(&now, u, in)
		if err := s.judge(ctx, tx, &now, len(now.WebhookURL) > 0, len(now.ChatURL) > 0); err != nil {
			return nil, err
		}
		previous := changes(old, &now)
		if len(previous) == 0 {
			return old, nil
		}

		r, err := u.Save(ctx)
		if err != nil {
			return nil, fmt.Errorf("update rule: %w", err)
		}

		event.Emit(ctx, tx, event.Updated{Resource: "notification_rule", ID: r.ID, Object: record.NotificationRule(r), Previous: previous})
		return r, nil
	})
}
