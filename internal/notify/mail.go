package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/notificationmessage"
	"github.com/soloprint/soloprint/ent/notificationpreference"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// maxEntries bounds what one digest shows; what is more is counted.
const maxEntries = 100

// Mail is one mail to one person.
type Mail struct {
	To, ToName  string
	Subject     string // one line
	Text, HTML  string
	Unsubscribe string // URL for one click; "" = none
	ID          string // the same at each attempt, so that a mail that arrived twice can be told
}

// Mailer hands a mail to a mail server. An error that wraps ErrRefused is for good; after every other it is tried again.
type Mailer interface {
	Send(ctx context.Context, m Mail) error
}

// ErrRefused says that the mail server will never take the mail.
var ErrRefused = errors.New("the mail server refused the mail")

// entry is one thing that a mail tells.
type entry struct{ Title, Body string }

// letter is what a mail says.
type letter struct {
	Lang, Subject, Hello, Open, Link, Why, Unsubscribe, Stop string
	Entries                                                  []entry
}

// mail sends a message or a digest to its person, if they are still a member and still want it.
func (s *Service) mail(ctx context.Context, m *ent.NotificationMessage) ending {
	if s.Mail == nil {
		return ending{notificationmessage.StatusSkipped, "no_mail_server"}
	}
	p := person{membership: m.Edges.Membership}
	if p.membership == nil || p.membership.Status != membership.StatusActive || p.membership.DeletedAt != nil {
		return ending{notificationmessage.StatusSkipped, "not_a_member"}
	}
	to, ok := p.address()
	if !ok {
		return ending{notificationmessage.StatusSkipped, "no_address"}
	}
	inside, err := s.inside(ctx, m)
	if err != nil {
		return ending{notificationmessage.StatusQueued, "read_failed"}
	}
	if len(inside) == 0 {
		return ending{notificationmessage.StatusSkipped, "not_wanted"}
	}
	out, err := s.written(m, inside)
	if err != nil {
		return ending{notificationmessage.StatusFailed, "text_failed"}
	}
	out.To, out.ToName = to, line(p.membership.Name, maxTitle)
	err = s.Mail.Send(ctx, out)
	switch {
	case err == nil:
		return sentOff
	case errors.Is(err, ErrRefused):
		return ending{notificationmessage.StatusFailed, "mail_refused"}
	default:
		if s.Ops.Log != nil {
			s.Ops.Log.Warn("send mail", "message_id", m.ID, "error", err)
		}
		return ending{notificationmessage.StatusQueued, "mail_server_failed"}
	}
}

// inside are the messages that a mail tells: itself, or what a digest collected, without what the person has refused since.
func (s *Service) inside(ctx context.Context, m *ent.NotificationMessage) ([]*ent.NotificationMessage, error) {
	return op.Read(ctx, s.Ops, OpWork, lease{MessageID: m.ID}, func(ctx context.Context, c *ent.Client) ([]*ent.NotificationMessage, error) {
		off, err := c.NotificationPreference.Query().Where(notificationpreference.MembershipID(*m.MembershipID), notificationpreference.Email(false)).Limit(maxRules).All(ctx)
		if err != nil {
			return nil, fmt.Errorf("read preferences: %w", err)
		}
		all := []*ent.NotificationMessage{m}
		if m.RuleID == nil {
			all, err = c.NotificationMessage.Query().Where(notificationmessage.DigestID(string(m.ID))).Order(notificationmessage.ByOccurredAt(), notificationmessage.ByID()).
				Limit(maxEntries).WithRule().All(ctx)
		}
		return slices.DeleteFunc(all, func(one *ent.NotificationMessage) bool {
			return slices.ContainsFunc(off, func(p *ent.NotificationPreference) bool { return one.RuleID != nil && p.RuleID == *one.RuleID })
		}), err
	})
}

// written is the mail that tells the messages.
func (s *Service) written(m *ent.NotificationMessage, inside []*ent.NotificationMessage) (Mail, error) {
	words, org := s.Texts.language(m.Locale).words, m.Edges.Organization.Name
	l := letter{Lang: m.Locale, Subject: line(inside[0].Title, maxTitle), Hello: fmt.Sprintf(words["hello"], line(m.Edges.Membership.Name, maxTitle)),
		Open: words["open"], Link: s.PublicURL, Stop: words["stop"]}
	var rules []pid.ID
	var names []string
	for _, one := range inside {
		l.Entries = append(l.Entries, entry{one.Title, one.Body})
		if one.RuleID != nil && !slices.Contains(rules, *one.RuleID) {
			rules, names = append(rules, *one.RuleID), append(names, one.Edges.Rule.Name)
		}
	}
	if len(inside) > 1 {
		l.Subject = line(fmt.Sprintf(words["digest"], len(inside), org), maxTitle)
	}
	l.Why = fmt.Sprintf(words["why"], strings.Join(names, ", "), org)
	l.Unsubscribe = s.PublicURL + UnsubscribePath + "?" + url.Values{"token": {s.token(m.OrganizationID, m.Edges.Membership.ID, rules)}}.Encode()

	var text, html bytes.Buffer
	if err := s.Texts.plain.Execute(&text, l); err != nil {
		return Mail{}, fmt.Errorf("write mail: %w", err)
	}
	if err := s.Texts.html.Execute(&html, l); err != nil {
		return Mail{}, fmt.Errorf("write mail: %w", err)
	}
	return Mail{Subject: l.Subject, Text: text.String(), HTML: html.String(), Unsubscribe: l.Unsubscribe, ID: string(m.ID)}, nil
}
