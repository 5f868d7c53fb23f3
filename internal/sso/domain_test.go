package sso

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

func domains(names ...string) func(*CreateProviderInput) {
	return func(in *CreateProviderInput) { in.Domains = names }
}

func TestDomainIsRefused(t *testing.T) {
	for _, name := range []string{"", "school", "School.example", "school.example.", ".school.example", "school..example", "*.school.example", "-school.example", "schöol.example", "school.example/x",
		"user@school.example", "10.0.0.1", "school.example:53", "school_.example", strings.Repeat("a", 64) + ".example", " school.example"} {
		if len(checkDomains([]string{name})) == 0 {
			t.Errorf("%q is taken for a domain", name)
		}
	}
	for _, name := range []string{"school.example", "a.b-c.example", "xn--schol-jua.example", "9.school.example", "school.xn--p1ai"} {
		if f := checkDomains([]string{name}); len(f) > 0 {
			t.Errorf("%s: %v", name, f)
		}
	}
}

// A domain is proved by a TXT record that has the whole token and nothing else.
func TestVerifyDomain(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		p := b.provider(t, domains("school.example", "other.example"))
		token := p.Domains[0].Token
		verify := func() (*ent.SSOProvider, error) {
			return b.sso.VerifyDomain(b.ctx, VerifyDomainInput{ProviderID: p.ID, Domain: "school.example"})
		}
		const name = "_soloprint-challenge.school.example."
		for _, test := range []struct {
			name    string
			publish []string
		}{
			{"no record", nil},
			{"another word", []string{"v=spf1 -all"}},
			{"the token inside of more", []string{"x " + token, token + "x", token[:len(token)-1]}},
			{"the token of the other domain", []string{p.Domains[1].Token}},
		} {
			if test.publish != nil {
				b.names.publish(name, test.publish...)
			}
			if _, err := verify(); !errs.Is(err, errs.DomainNotProved) {
				t.Errorf("%s: %v", test.name, err)
			}
		}
		b.names.broken = true
		if _, err := verify(); !errs.Is(err, errs.DomainNotProved) || strings.Contains(errs.From(err).Details, "misbehaving") {
			t.Errorf("name servers that fail: %v", err)
		}
		b.names.broken = false

		since := len(b.us.Events(t))
		b.names.publish(name, "v=spf1 -all", token)
		proved, err := verify()
		must(t, err)
		if d := proved.Domains[0]; d.ProvedAt == nil || d.ProvedBy != provedByDNS || proved.Domains[1].ProvedAt != nil {
			t.Errorf("%+v", proved.Domains)
		}
		_, err = verify()
		must(t, err) // again is no change
		emitted(t, b.us, since, "sso_provider.updated")
		if !slices.Contains(b.names.asked, name) {
			t.Errorf("asked for %v", b.names.asked)
		}

		_, err = b.sso.VerifyDomain(b.ctx, VerifyDomainInput{ProviderID: p.ID, Domain: "third.example"})
		refused(t, err, errs.ValidationFailed)
		_, err = b.sso.VerifyDomain(b.us.As(t, authz.RoleTeacher), VerifyDomainInput{ProviderID: p.ID, Domain: "school.example"})
		refused(t, err, errs.InsufficientPermissions)
	})
}

// What is proved holds for who proved it: it goes with the domain and with the issuer, and stays with everything else.
func TestProofsAreForAnIssuer(t *testing.T) {
	for _, test := range []struct {
		name string
		in   UpdateProviderInput
		want bool
	}{
		{"another name", UpdateProviderInput{Name: changed("Other")}, true},
		{"another client", UpdateProviderInput{ClientID: changed("other")}, true},
		{"one more domain", UpdateProviderInput{Domains: omit([]string{"other.example", "school.example"})}, true},
		{"another claim of groups", UpdateProviderInput{Claims: changed(schematype.Claims{Subject: "sub", Email: "email", Groups: "roles", Name: "name"})}, true},
		{"another issuer", UpdateProviderInput{Issuer: changed("https://mine.example")}, false},
		{"another claim of the subject", UpdateProviderInput{Claims: changed(schematype.Claims{Subject: "name", Email: "email"})}, false},
		{"another claim of the address", UpdateProviderInput{Claims: changed(schematype.Claims{Subject: "sub", Email: "nickname"})}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := setup(t, testkit.SQLite(t))
			p := b.provider(t, domains("school.example"))
			b.names.publish("_soloprint-challenge.school.example.", p.Domains[0].Token)
			_, err := b.sso.VerifyDomain(b.ctx, VerifyDomainInput{ProviderID: p.ID, Domain: "school.example"})
			must(t, err)
			test.in.ProviderID = p.ID
			now, err := b.sso.UpdateProvider(b.ctx, test.in)
			must(t, err)
			if got := ProvedFor(now, "ada@school.example"); got != test.want {
				t.Errorf("proved: %v", got)
			}
			_, err = b.sso.UpdateProvider(b.ctx, UpdateProviderInput{ProviderID: p.ID, Domains: omit([]string{})})
			must(t, err)
			again, err := b.sso.UpdateProvider(b.ctx, UpdateProviderInput{ProviderID: p.ID, Domains: omit([]string{"school.example"})})
			must(t, err)
			if ProvedFor(again, "ada@school.example") || again.Domains[0].Token == p.Domains[0].Token {
				t.Error("a domain that was taken away and comes back is proved, or by the old token")
			}
		})
	}
}

// A domain leads to one provider of an organization. Two organizations may both name one: what counts is who proves it.
func TestDomainLeadsToOneProvider(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		p := b.provider(t, domains("school.example"))
		_, err := b.sso.CreateProvider(b.ctx, CreateProviderInput{Name: "Second", Issuer: "https://second.example", ClientID: "x", Domains: []string{"school.example"}})
		refused(t, err, errs.AlreadyExists)
		theirs := b.providerOf(t, b.them.Session(t, b.them.Owner), domains("school.example"))
		b.names.publish("_soloprint-challenge.school.example.", p.Domains[0].Token)
		_, err = b.sso.VerifyDomain(b.them.Session(t, b.them.Owner), VerifyDomainInput{ProviderID: theirs.ID, Domain: "school.example"})
		refused(t, err, errs.DomainNotProved) // the record is of the others' token
	})
}

func TestProvedFor(t *testing.T) {
	at := testkit.Start()
	p := &ent.SSOProvider{Domains: []schematype.Domain{{Name: "school.example", ProvedAt: &at}, {Name: "open.example"}}}
	for email, want := range map[string]bool{
		"ada@school.example": true, "Ada@School.Example": true, "ada+x@school.example": true,
		"ada@open.example": false, "ada@sub.school.example": false, "ada@school.example.": false, "ada@school.example.evil.example": false, "@school.example": false, "school.example": false,
		"ada@school.example@evil.example": false, "ada@ſchool.example": false, "ada@school.example ": false, "": false,
	} {
		if got := ProvedFor(p, email); got != want {
			t.Errorf("%q: %v", email, got)
		}
	}
}

// An operator vouches for a domain; nobody else does.
func TestMarkDomain(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		p := b.provider(t, domains("school.example"))
		in := MarkDomainInput{Slug: p.Slug, Domain: "school.example"}
		for name, ctx := range map[string]context.Context{"an owner": b.ctx, "a key": b.us.Key(t, authz.OrgManageUsers)} {
			if _, err := b.sso.MarkDomain(ctx, in); err == nil {
				t.Errorf("%s marks a domain", name)
			}
		}
		_, err := b.sso.MarkDomain(b.them.System(t), in)
		refused(t, err, "sso_provider_not_found")
		_, err = b.sso.MarkDomain(b.us.System(t), MarkDomainInput{Slug: p.Slug, Domain: "other.example"})
		refused(t, err, errs.ValidationFailed)
		now, err := b.sso.MarkDomain(b.us.System(t), in)
		must(t, err)
		if d := now.Domains[0]; d.ProvedBy != provedByOperator || d.ProvedAt == nil {
			t.Errorf("%+v", d)
		}
	})
}
