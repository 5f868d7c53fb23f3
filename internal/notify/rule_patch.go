package notify

import (
	"bytes"
	"reflect"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/record"
)

// patch changes the rule in memory, to be judged, and in the statement that will write it.
func (s *Service) patch(r *ent.NotificationRule, u *ent.NotificationRuleUpdateOne, in UpdateNotificationRuleInput) {
	change(&r.Name, in.Name, func(name string) *ent.NotificationRuleUpdateOne { return u.SetName(name).SetSearch(listing.Fold(name)) })
	change(&r.Enabled, in.Enabled, u.SetEnabled)
	change(&r.Audience, in.Audience, u.SetAudience)
	change(&r.AfterSeconds, in.AfterSeconds, u.SetAfterSeconds)
	change(&r.ThrottleSeconds, in.ThrottleSeconds, u.SetThrottleSeconds)
	change(&r.Digest, in.Digest, u.SetDigest)
	if types, ok := in.EventTypes.ValueOK(); ok {
		r.EventTypes = types
		u.SetEventTypes(types)
	}
	if channels, ok := in.Channels.ValueOK(); ok {
		r.Channels = channels
		u.SetChannels(channels)
	}
	if c, ok := in.Condition.ValueOK(); ok {
		if r.Condition = c; c == nil {
			u.ClearCondition()
		} else {
			u.SetCondition(c)
		}
	}
	if q, ok := in.QuietHours.ValueOK(); ok {
		if r.QuietHours = q; q == nil {
			u.ClearQuietHours()
		} else {
			u.SetQuietHours(q)
		}
	}
	s.patchTargets(r, u, in)
}

// patchTargets changes where webhook and chat lead.
func (s *Service) patchTargets(r *ent.NotificationRule, u *ent.NotificationRuleUpdateOne, in UpdateNotificationRuleInput) {
	if to, ok := in.WebhookURL.ValueOK(); ok {
		r.WebhookURL, r.WebhookHost = nil, ""
		if to != nil {
			r.WebhookURL, r.WebhookHost = s.seal(r.ID, webhookColumn, *to), hostOf(*to)
		}
		u.SetWebhookURL(r.WebhookURL).SetWebhookHost(r.WebhookHost)
	}
	if to, ok := in.ChatURL.ValueOK(); ok {
		r.ChatURL, r.ChatService = nil, ""
		if to != nil {
			r.ChatURL, r.ChatService = s.seal(r.ID, chatColumn, *to), serviceOf(*to)
		}
		u.SetChatURL(r.ChatURL).SetChatService(r.ChatService)
	}
}

// change sets a field that is given.
func change[T any, U any](field *T, given graphql.Omittable[*T], set func(T) U) {
	if v, ok := given.ValueOK(); ok && v != nil {
		*field = *v
		set(*v)
	}
}

// changes are the values before of what is different now. Of a new secret it says that there was another.
func changes(old, now *ent.NotificationRule) map[string]any {
	before, after, previous := record.NotificationRule(old), record.NotificationRule(now), map[string]any{}
	for name, value := range before {
		if !reflect.DeepEqual(value, after[name]) {
			previous[name] = value
		}
	}
	if !bytes.Equal(old.WebhookURL, now.WebhookURL) {
		previous["webhook_host"] = old.WebhookHost
	}
	if !bytes.Equal(old.ChatURL, now.ChatURL) {
		previous["chat_service"] = old.ChatService
	}
	return previous
}
