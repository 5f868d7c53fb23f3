package signin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/mail"
	"net/url"
	"strings"
	"unicode"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/identity"
	"github.com/soloprint/soloprint/ent/login"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/ent/ssoprovider"
	"github.com/soloprint/soloprint/ent/user"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/record"
	"github.com/soloprint/soloprint/internal/roster"
	"github.com/soloprint/soloprint/internal/sso"
	"github.com/soloprint/soloprint/internal/sso/oidc"
)

// asBegun refuses a sign-in whose provider is not the one any more that it began with.
func asBegun(p *ent.SSOProvider, l *ent.Login) error {
	if p.State != ssoprovider.StateEnabled && l.Purpose != login.PurposeTrial {
		return errs.New(errs.SSORefused, "The identity provider was disabled.")
	}
	if p.Issuer != l.Issuer || p.ClientID != l.ClientID {
		return errs.New(errs.SSORefused, "The identity provider was changed meanwhile. Begin again.")
	}
	return nil
}

// namesOf are the names of a provider's claims, those of the standard where it says none.
func namesOf(p *ent.SSOProvider) schematype.Claims {
	or := func(name, otherwise string) string {
		if name == "" {
			return otherwise
		}
		return name
	}
	return schematype.Claims{Subject: or(p.Claims.Subject, "sub"), Email: or(p.Claims.Email, "email"), Name: or(p.Claims.Name, "name"), Groups: or(p.Claims.Groups, "groups")}
}

// person is who a provider says that somebody is.
type person struct {
	subject string
	email   string // in lower case, "" where there is none that could be one
	proved  bool   // the provider verified the address, and the organization proved its domain
	name    string
}

// personOf reads a person out of claims. Who it is counts from the ID token alone.
func personOf(p *ent.SSOProvider, id *oidc.Identity) (person, error) {
	names := namesOf(p)
	who := person{subject: id.Subject, name: tidy(id.Claims[names.Name]), email: address(id.Claims[names.Email])}
	if names.Subject != "sub" {
		s, _ := id.Token[names.Subject].(string)
		if s == "" || len(s) > 255 {
			return who, &oidc.Refusal{Reason: oidc.WrongSubject, Err: fmt.Errorf("no claim %s", names.Subject)}
		}
		who.subject = s
	}
	if err := tenant(p, id.Token); err != nil {
		return who, err
	}
	who.proved = verified(p, id.Claims) && who.email != "" && sso.ProvedFor(p, who.email)
	return who, nil
}

// tenant refuses accounts of another organization of the same product: Google's hd has to be a domain that the organization
// proved, Microsoft's tid the tenant of the issuer.
func tenant(p *ent.SSOProvider, token map[string]any) error {
	switch p.Profile {
	case ssoprovider.ProfileGoogle:
		if hd, _ := token["hd"].(string); hd == "" || !sso.ProvedFor(p, "x@"+hd) {
			return &oidc.Refusal{Reason: oidc.WrongTenant, Err: fmt.Errorf("hd %v", token["hd"])}
		}
	case ssoprovider.ProfileMicrosoft:
		u, err := url.Parse(p.Issuer)
		if err != nil {
			return &oidc.Refusal{Reason: oidc.WrongTenant, Err: err}
		}
		of, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
		if tid, _ := token["tid"].(string); tid == "" || tid != of {
			return &oidc.Refusal{Reason: oidc.WrongTenant, Err: fmt.Errorf("tid %v", token["tid"])}
		}
	}
	return nil
}

// verified reports whether the provider says that it verified the address: true and nothing that looks like it. Entra says it
// in a claim of its own (xms_edov), which has had three forms.
func verified(p *ent.SSOProvider, claims map[string]any) bool {
	if claims["email_verified"] == true {
		return true
	}
	edov := claims["xms_edov"]
	return p.Profile == ssoprovider.ProfileMicrosoft && (edov == true || edov == "1" || edov == float64(1))
}

// address is a mail address in lower case, "" for what is none.
func address(v any) string {
	s, _ := v.(string)
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > 254 || strings.ContainsFunc(s, func(r rune) bool { return r > '~' || r <= ' ' }) {
		return ""
	}
	return strings.ToLower(s)
}

// tidy is a name as members have them: one line, 200 characters.
func tidy(v any) string {
	s, _ := v.(string)
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r == 0x2028 || r == 0x2029 || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > 200 {
		s = string(runes[:200])
	}
	return s
}

// entering is the Input of enter.
type entering struct {
	Ending
	login    *ent.Login
	begun    *ent.SSOProvider
	invite   string
	identity *oidc.Identity
}

// enter lets somebody in: it finds out who they are here, brings the membership up to what the claims are worth, and opens a
// session.
func (s *Service) enter(ctx context.Context, in entering) (*SignedIn, error) {
	return op.Do(ctx, s.Ops, OpComplete, in, func(ctx context.Context, tx *ent.Tx) (*SignedIn, error) {
		p, err := op.Load(ctx, tx.SSOProvider, in.begun.ID)
		if err != nil {
			return nil, err
		}
		if err := asBegun(p, in.login); err != nil {
			return nil, err
		}
		who, err := personOf(p, in.identity)
		if err != nil {
			return nil, refused(err)
		}
		if in.login.Purpose == login.PurposeTrial {
			return s.trial(ctx, tx, p, who, in)
		}
		m, known, err := s.member(ctx, tx, p, who, in.invite)
		if err != nil {
			return nil, err
		}
		if m.Status == membership.StatusSuspended {
			return nil, errs.New(errs.MembershipNotActive, "Your membership is suspended. Ask an admin of your organization.")
		}

		outcome, err := sso.JudgeClaims(ctx, tx, p, in.identity.Claims, m)
		if err != nil {
			return nil, err
		}
		if err := sso.Apply(ctx, tx, m, outcome); err != nil {
			return nil, err
		}
		return s.open(ctx, tx, p, m, known, outcome, in)
	})
}

// refused gives a refusal a code of the contract: what runs inside an operation has one.
func refused(err error) error {
	return errs.Wrap(errs.New(errs.SSORefused, "What the provider says of you was not believed (%s).", oidc.ReasonOf(err)), err)
}

// member is the membership of the person: by what ties them to the provider, by an invitation, by a proved address, or new.
func (s *Service) member(ctx context.Context, tx *ent.Tx, p *ent.SSOProvider, who person, invite string) (*ent.Membership, *ent.Identity, error) {
	known, err := tx.Identity.Query().Where(identity.ProviderID(p.ID), identity.Issuer(p.Issuer), identity.Subject(who.subject)).Only(ctx)
	switch {
	case err == nil:
		m, err := tx.Membership.Query().Where(membership.UserID(known.UserID), membership.DeletedAtIsNil()).Only(ctx)
		if ent.IsNotFound(err) {
			return nil, nil, errs.New(errs.SSONotAMember, "You are no member of this organization any more. Ask an admin to invite you.")
		}
		if err != nil {
			return nil, nil, fmt.Errorf("read membership: %w", err)
		}
		m, err = op.Load(ctx, tx.Membership, m.ID)
		return m, known, err
	case !ent.IsNotFound(err):
		return nil, nil, fmt.Errorf("read identity: %w", err)
	}

	m, err := s.newcomer(ctx, tx, p, who, invite)
	if err != nil {
		return nil, nil, err
	}
	known, err = tx.Identity.Create().SetProviderID(p.ID).SetUserID(m.UserID).SetIssuer(p.Issuer).SetSubject(who.subject).Save(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("tie identity: %w", err)
	}
	return m, known, nil
}

// newcomer is the membership of somebody who comes through this provider for the first time.
func (s *Service) newcomer(ctx context.Context, tx *ent.Tx, p *ent.SSOProvider, who person, invite string) (*ent.Membership, error) {
	here, err := tx.Membership.Query().Where(membership.HasUserWith(user.Email(who.mail(p))), membership.DeletedAtIsNil()).Only(ctx)
	switch {
	case err == nil && who.proved:
		return s.link(ctx, tx, here)
	case err == nil:
		return nil, errs.New(errs.SSOAccountConflict, "Somebody here has your mail address already, and your provider does not vouch for it. Ask an admin of your organization.")
	case !ent.IsNotFound(err):
		return nil, fmt.Errorf("read membership: %w", err)
	case invite != "":
		return s.invited(ctx, tx, p, who, invite)
	case p.AutoCreate == ssoprovider.AutoCreateOff:
		return nil, errs.New(errs.SSONotAMember, "You are no member of this organization. Ask an admin to invite you.")
	}

	now := op.Now(ctx)
	status := membership.StatusActive
	if p.AutoCreate == ssoprovider.AutoCreatePending {
		status = membership.StatusPending
	}
	joined, err := s.Join(ctx, tx, roster.Person{Organization: p.OrganizationID, Email: who.mail(p), Name: who.name, Role: membership.Role(p.DefaultRole), Status: status,
		Source: membership.SourceSSO, At: &now})
	if err != nil {
		return nil, err
	}
	m, err := op.Load(ctx, tx.Membership, joined[0].ID)
	if err != nil {
		return nil, err
	}
	event.Emit(ctx, tx, event.Fact{Type: event.UserJoined, Resource: "user", ID: m.ID, Object: record.Membership(m)})
	return m, nil
}

// link ties somebody to the membership of their address, once: where it has an identity, another person may have had the
// address before, and nobody gets their data.
func (s *Service) link(ctx context.Context, tx *ent.Tx, here *ent.Membership) (*ent.Membership, error) {
	m, err := op.Load(ctx, tx.Membership, here.ID)
	if err != nil {
		return nil, err
	}
	tied, err := tx.Identity.Query().Where(identity.UserID(m.UserID)).Exist(ctx)
	if err != nil {
		return nil, fmt.Errorf("read identity: %w", err)
	}
	if tied {
		return nil, errs.New(errs.SSOAccountConflict, "Your mail address belongs to an account that signs in as somebody else. Ask an admin of your organization.")
	}
	return m, nil
}

// invited accepts the invitation that the sign-in began with. One for a certain address needs that address, proved.
func (s *Service) invited(ctx context.Context, tx *ent.Tx, p *ent.SSOProvider, who person, invite string) (*ent.Membership, error) {
	m, err := s.Invites.AcceptIn(ctx, tx, roster.AcceptInviteInput{Token: invite, Email: who.mail(p), Name: who.name}, who.proved)
	if err != nil {
		return nil, err
	}
	return op.Load(ctx, tx.Membership, m.ID)
}

// mail is the person's address; without one, an address that names nobody else (RFC 2606, .invalid).
func (w person) mail(p *ent.SSOProvider) string {
	if w.email != "" {
		return w.email
	}
	sum := sha256.Sum256([]byte(p.Issuer + "\x00" + w.subject))
	return hex.EncodeToString(sum[:10]) + "@" + p.Slug + ".sso.invalid"
}

// open opens the session of a member who may act, and tells of the sign-in.
func (s *Service) open(ctx context.Context, tx *ent.Tx, p *ent.SSOProvider, m *ent.Membership, known *ent.Identity, outcome sso.Outcome, in entering) (*SignedIn, error) {
	now, err := tx.Membership.Query().Where(membership.ID(m.ID)).WithUser().Only(ctx)
	if err != nil {
		return nil, fmt.Errorf("read membership: %w", err)
	}
	organization, err := tx.Organization.Get(ctx, p.OrganizationID)
	if err != nil {
		return nil, fmt.Errorf("read organization: %w", err)
	}
	out := &SignedIn{Membership: now, Organization: organization, Applied: matched(outcome), ReturnTo: in.login.ReturnTo}
	if err := tx.Identity.UpdateOne(known).SetLastSignedInAt(op.Now(ctx)).Exec(ctx); err != nil {
		return nil, fmt.Errorf("note sign-in: %w", err)
	}
	if now.Status == membership.StatusActive {
		id := pid.New("ses")
		token, ends, err := s.Open(ctx, tx, now, Opening{ID: id, Provider: p.ID, Identity: known.ID, ProviderSession: in.identity.Session, ProviderSubject: in.identity.Subject,
			IDToken: s.Secrets.Seal(tokenPlace(id), []byte(in.identity.IDToken)), Browser: in.Browser, UserAgent: in.UserAgent})
		if err != nil {
			return nil, err
		}
		out.Token, out.ExpiresAt = token, &ends
	}
	event.Emit(ctx, tx, event.Fact{Type: event.SSOSignedIn, Resource: "user", ID: m.ID,
		Object: map[string]any{"id": m.ID, "provider_id": p.ID, "status": now.Status, "mapping_ids": out.Applied}})
	return out, nil
}

func matched(o sso.Outcome) []pid.ID {
	ids := []pid.ID{}
	for _, r := range o.Rules {
		if r.Matched {
			ids = append(ids, r.MappingID)
		}
	}
	return ids
}

// trial says what would happen, and changes nothing.
func (s *Service) trial(ctx context.Context, tx *ent.Tx, p *ent.SSOProvider, who person, in entering) (*SignedIn, error) {
	var m *ent.Membership
	known, err := tx.Identity.Query().Where(identity.ProviderID(p.ID), identity.Issuer(p.Issuer), identity.Subject(who.subject)).Only(ctx)
	if err == nil {
		m, err = tx.Membership.Query().Where(membership.UserID(known.UserID), membership.DeletedAtIsNil()).Only(ctx)
	}
	if err != nil && !ent.IsNotFound(err) {
		return nil, fmt.Errorf("read identity: %w", err)
	}
	outcome, err := sso.JudgeClaims(ctx, tx, p, in.identity.Claims, m)
	if err != nil {
		return nil, err
	}
	t := &Trial{Provider: p, Claims: in.identity.Claims, Outcome: outcome, Who: "known"}
	if m == nil {
		if t.Who, err = whoWould(ctx, tx, p, who); err != nil {
			return nil, err
		}
	}
	return &SignedIn{Trial: t, ReturnTo: in.login.ReturnTo}, nil
}

// whoWould is what somebody would become who is not known yet.
func whoWould(ctx context.Context, tx *ent.Tx, p *ent.SSOProvider, who person) (string, error) {
	here, err := tx.Membership.Query().Where(membership.HasUserWith(user.Email(who.mail(p))), membership.DeletedAtIsNil()).Exist(ctx)
	switch {
	case err != nil:
		return "", fmt.Errorf("read membership: %w", err)
	case here && who.proved:
		return "linked", nil
	case here:
		return "conflict", nil
	case p.AutoCreate == ssoprovider.AutoCreateOff:
		return "refused", nil
	}
	return string(p.AutoCreate), nil
}
