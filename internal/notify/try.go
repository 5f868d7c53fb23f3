package notify

import (
	"context"
	"fmt"
	"slices"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// TestNotificationRuleInput names the rule.
type TestNotificationRuleInput struct {
	NotificationRuleID pid.ID `path:"notification_rule_id" json:"-" doc:"Identifier of the notification rule." example:"ntr_01jd4c0n5xe2vb8w6h3ks9qt7m"`
}

// TestedRule says which channels a test went to.
type TestedRule struct {
	Channels []string `json:"channels" doc:"Channels that a message was handed to. in_app and email go to the person who asks, and to nobody for an API key."`
}

// TestRule sends a message by each of the rule's channels at once, to nobody but the person who asks: audience, digest and
// quiet hours are left out.
func (s *Service) TestRule(ctx context.Context, in TestNotificationRuleInput) (*TestedRule, error) {
	return op.Do(ctx, s.Ops, OpRuleTest, in, func(ctx context.Context, tx *ent.Tx) (*TestedRule, error) {
		r, err := op.Load(ctx, tx.NotificationRule, in.NotificationRuleID)
		if err != nil {
			return nil, err
		}
		d, err := s.desk(ctx, tx)
		if err != nil {
			return nil, err
		}

		out := &TestedRule{Channels: []string{}}
		for _, channel := range r.Channels {
			sent, err := d.try(ctx, r, channel)
			if err != nil {
				return nil, err
			}
			if sent {
				out.Channels = append(out.Channels, channel)
			}
		}
		slices.Sort(out.Channels)
		_, err = d.write(ctx)
		return out, err
	})
}

// try makes a message of one channel.
func (d *desk) try(ctx context.Context, r *ent.NotificationRule, channel string) (bool, error) {
	a, words := authz.From(ctx), d.s.Texts.language(d.org.Locale).words
	title, body := line(fmt.Sprintf(words["test"], r.Name), maxTitle), words["test_body"]
	own := channel == inApp || channel == email
	if own && a.Kind != authz.KindSession {
		return false, nil
	}
	if channel == inApp {
		d.notifications = append(d.notifications, d.tx.Notification.Create().SetMembershipID(a.Membership).SetRuleID(string(pid.New("ntm"))).SetEventType("test.ping").
			SetSubjectType("notification_rule").SetSubjectID(string(r.ID)).SetOccurredAt(d.now).SetTitle(title).SetBody(body))
		return true, nil
	}
	m := d.tx.NotificationMessage.Create().SetKey("test|" + string(pid.New("ntm"))).SetRuleID(r.ID).SetChannel(messageChannel(channel)).
		SetOccurredAt(d.now).SetTitle(title).SetBody(body).SetLocale(d.org.Locale).SetNextAttemptAt(d.now)
	if own {
		m.SetMembershipID(a.Membership)
	}
	d.messages = append(d.messages, m)
	return true, nil
}
