package notify

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/notificationpreference"
	"github.com/soloprint/soloprint/ent/notificationrule"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/page"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/secret"
)

// UnsubscribePath is where the links of mails lead.
const UnsubscribePath = "/notifications/unsubscribe"

// tokenKind keeps unsubscribe links from being taken for anything else that is signed.
const tokenKind = "unsubscribe"

// Preference is whether a rule may mail the person.
type Preference struct {
	NotificationRuleID pid.ID `json:"notification_rule_id" doc:"Identifier of the rule." example:"ntr_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	Name               string `json:"name" doc:"What the rule is for."`
	Email              bool   `json:"email" doc:"Whether it may mail you."`
}

// ListPreferencesInput has no fields: the list is short, and about the person who asks.
type ListPreferencesInput struct{}

// ListPreferences lists the rules that can mail the person, by name.
func (s *Service) ListPreferences(ctx context.Context, in ListPreferencesInput) (page.List[Preference], error) {
	return op.Read(ctx, s.Ops, OpPreferenceList, in, func(ctx context.Context, c *ent.Client) (page.List[Preference], error) {
		var out page.List[Preference]
		err := op.Widened(ctx, func(ctx context.Context) error {
			rules, err := c.NotificationRule.Query().Where(notificationrule.Enabled(true)).Order(notificationrule.ByName(), notificationrule.ByID()).Limit(maxRules).All(ctx)
			if err != nil {
				return fmt.Errorf("read rules: %w", err)
			}
			off, err := refused(ctx, c, authz.From(ctx).Membership)
			if err != nil {
				return err
			}
			for _, r := range rules {
				if mails(r, authz.From(ctx)) {
					out.Data = append(out.Data, Preference{NotificationRuleID: r.ID, Name: r.Name, Email: !off[r.ID]})
				}
			}
			return nil
		})
		return out, err
	})
}

// mails reports whether a rule can mail a person.
func mails(r *ent.NotificationRule, a *authz.Actor) bool {
	to := r.Audience
	return slices.Contains(r.Channels, email) && (to.Submitter || to.Teachers && (len(a.Teaches) > 0 || a.Role == authz.RoleOperator) ||
		slices.Contains(to.Roles, string(a.Role)) || slices.Contains(to.Members, string(a.Membership)))
}

// refused are the rules that may not mail a person.
func refused(ctx context.Context, c *ent.Client, member pid.ID) (map[pid.ID]bool, error) {
	rows, err := c.NotificationPreference.Query().Where(notificationpreference.MembershipID(member), notificationpreference.Email(false)).Limit(maxRules).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read preferences: %w", err)
	}
	off := map[pid.ID]bool{}
	for _, r := range rows {
		off[r.RuleID] = true
	}
	return off, nil
}

// SetPreferenceInput says whether a rule may mail the person.
type SetPreferenceInput struct {
	NotificationRuleID pid.ID `json:"notification_rule_id" required:"true" doc:"Identifier of the rule." example:"ntr_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	Email              bool   `json:"email" required:"true" doc:"Whether it may mail you."`
}

// SetPreference keeps whether a rule may mail the person. Rules that cannot are as those that do not exist.
func (s *Service) SetPreference(ctx context.Context, in SetPreferenceInput) (*Preference, error) {
	return op.Do(ctx, s.Ops, OpPreferenceSet, in, func(ctx context.Context, tx *ent.Tx) (*Preference, error) {
		r, err := tx.NotificationRule.Query().Where(notificationrule.ID(in.NotificationRuleID)).Only(ctx)
		if ent.IsNotFound(err) || err == nil && !mails(r, authz.From(ctx)) {
			return nil, errs.NotFound("notification_rule")
		}
		if err != nil {
			return nil, fmt.Errorf("read rule: %w", err)
		}
		if err := prefer(ctx, tx, authz.From(ctx).Membership, r.ID, in.Email); err != nil {
			return nil, err
		}
		return &Preference{NotificationRuleID: r.ID, Name: r.Name, Email: in.Email}, nil
	})
}

// prefer is the step that keeps a preference.
func prefer(ctx context.Context, tx *ent.Tx, member, rule pid.ID, mail bool) error {
	n, err := tx.NotificationPreference.Update().Where(notificationpreference.MembershipID(member), notificationpreference.RuleID(rule)).SetEmail(mail).Save(ctx)
	if err == nil && n == 0 {
		err = tx.NotificationPreference.Create().SetMembershipID(member).SetRuleID(rule).SetEmail(mail).Exec(ctx)
	}
	if err != nil {
		return fmt.Errorf("keep preference: %w", err)
	}
	return nil
}

// token is what an unsubscribe link holds: organization, person and rules, signed. It never ends, and can do nothing else.
func (s *Service) token(organization, member pid.ID, rules []pid.ID) string {
	words := []string{string(organization), string(member)}
	for _, r := range rules {
		words = append(words, string(r))
	}
	said := strings.Join(words, ",")
	signed := base64.RawURLEncoding.EncodeToString(s.Secrets.Hash(tokenKind, said))
	return base64.RawURLEncoding.EncodeToString([]byte(said)) + "." + signed
}

// Subscription is what an unsubscribe link is about.
type Subscription struct {
	Organization string
	Rules        []string
	Ended        bool // none of the rules mails the person any more

	organization, member pid.ID
	rules                []pid.ID
}

// open reads a link; what is not ours is as one that never was.
func (s *Service) open(token string) (*Subscription, error) {
	said, signed, _ := strings.Cut(token, ".")
	strict := base64.RawURLEncoding.Strict() // one spelling for each token
	text, err := strict.DecodeString(said)
	mark, bad := strict.DecodeString(signed)
	words := strings.Split(string(text), ",")
	if err != nil || bad != nil || len(words) < 3 || !secret.Equal(mark, s.Secrets.Hash(tokenKind, string(text))) {
		return nil, errs.NotFound("notification_preference")
	}
	sub := &Subscription{organization: pid.ID(words[0]), member: pid.ID(words[1])}
	for _, r := range words[2:] {
		sub.rules = append(sub.rules, pid.ID(r))
	}
	return sub, nil
}

// unsubscribing is a link's Input: who holds the link may do this one thing.
type unsubscribing struct{ Token string }

// Subscribed reads what a link is about. It changes nothing: mail programs follow links by themselves.
func (s *Service) Subscribed(ctx context.Context, token string) (*Subscription, error) {
	sub, err := s.open(token)
	if err != nil {
		return nil, err
	}
	ctx = authz.With(ctx, authz.System(sub.organization, tokenKind))
	return op.Read(ctx, s.Ops, OpSubscribed, unsubscribing{token}, func(ctx context.Context, c *ent.Client) (*Subscription, error) {
		org, err := c.Organization.Get(ctx, sub.organization)
		if err != nil {
			return nil, fmt.Errorf("read organization: %w", err)
		}
		rules, err := c.NotificationRule.Query().Where(notificationrule.IDIn(sub.rules...)).Order(notificationrule.ByName()).Limit(maxRules).All(ctx)
		if err != nil {
			return nil, fmt.Errorf("read rules: %w", err)
		}
		off, err := refused(ctx, c, sub.member)
		if err != nil {
			return nil, err
		}
		sub.Organization, sub.Ended = org.Name, true
		for _, r := range rules {
			sub.Rules = append(sub.Rules, r.Name)
			sub.Ended = sub.Ended && off[r.ID]
		}
		return sub, nil
	})
}

// Unsubscribe ends the mails of a link's rules to its person. Doing it twice changes nothing.
func (s *Service) Unsubscribe(ctx context.Context, token string) (*Subscription, error) {
	sub, err := s.open(token)
	if err != nil {
		return nil, err
	}
	as := authz.With(ctx, authz.System(sub.organization, tokenKind))
	_, err = op.Do(as, s.Ops, OpUnsubscribe, unsubscribing{token}, func(ctx context.Context, tx *ent.Tx) (int, error) {
		rules, err := tx.NotificationRule.Query().Where(notificationrule.IDIn(sub.rules...)).Limit(maxRules).IDs(ctx)
		if err != nil {
			return 0, fmt.Errorf("read rules: %w", err)
		}
		member, err := tx.Membership.Query().Where(membership.ID(sub.member)).Exist(ctx)
		if err != nil || !member {
			return 0, err
		}
		for _, r := range rules {
			if err := prefer(ctx, tx, sub.member, r, false); err != nil {
				return 0, err
			}
		}
		return len(rules), nil
	})
	if err != nil {
		return nil, err
	}
	return s.Subscribed(ctx, token)
}
