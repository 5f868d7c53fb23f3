package sso

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/ent/ssoprovider"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/record"
)

// Where and how the owner of a domain says that it is theirs.
const (
	challengeLabel = "_soloprint-challenge."
	challengeWord  = "soloprint-verification="
)

// lookupTimeout bounds how long a person waits for the name servers of a domain.
const lookupTimeout = 10 * time.Second

// maxRecords is how many TXT records of a name are looked at.
const maxRecords = 100

// By whom a domain was proved.
const (
	provedByDNS      = "dns"
	provedByOperator = "operator"
)

// domainForm is a domain in the form that is compared: lower case, no dot at the end, at least two labels. Names in other
// scripts are written in their xn-- form, so that no two that look alike are the same.
var domainForm = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$`)

// checkDomains refuses what is no mail domain.
func checkDomains(names []string) (fields []errs.Field) {
	for i, n := range names {
		if !domainForm.MatchString(n) {
			fields = append(fields, errs.Field{Path: item("domains", i), Code: "invalid_format", Message: "is no domain in lower case, such as school.example; other scripts are written as xn--…"})
		}
	}
	return fields
}

// domainNames are the names of domains.
func domainNames(domains []schematype.Domain) []string {
	names := make([]string, len(domains))
	for i, d := range domains {
		names[i] = d.Name
	}
	return names
}

// named are the domains of these names: those that are kept as they are, others with a new challenge. A domain answers for
// one provider of an organization, or a mail address would lead to two.
func named(names []string, kept []schematype.Domain, others []*ent.SSOProvider, self pid.ID) ([]schematype.Domain, error) {
	domains := make([]schematype.Domain, len(names))
	for i, n := range names {
		for _, o := range others {
			if o.ID != self && slices.Contains(domainNames(o.Domains), n) {
				return nil, errs.New(errs.AlreadyExists, "The domain %s is one of the provider %s.", n, o.Name)
			}
		}
		domains[i] = schematype.Domain{Name: n, Token: challengeWord + strings.ToLower(rand.Text())}
		if k := slices.IndexFunc(kept, func(d schematype.Domain) bool { return d.Name == n }); k >= 0 {
			domains[i] = kept[k]
		}
	}
	return domains, nil
}

// VerifyDomainInput names a domain of a provider.
type VerifyDomainInput struct {
	ProviderID pid.ID `path:"provider_id" json:"-" doc:"Identifier of the provider." example:"idp_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	IfMatch    string `header:"If-Match" json:"-" doc:"ETag of the version that is meant; 412 where it is another one." maxLength:"1000"`
	Domain     string `json:"domain" required:"true" maxLength:"253" doc:"One of its domains." example:"school.example"`
}

// Validate implements op.Validator.
func (in VerifyDomainInput) Validate() []errs.Field {
	if in.Domain != "" && !domainForm.MatchString(in.Domain) {
		return []errs.Field{{Path: "domain", Code: "invalid_format", Message: "is no domain in lower case"}}
	}
	return nil
}

// asking is the Input with who looks the name up, before the transaction begins, and what was found.
type asking struct {
	VerifyDomainInput
	names Names
	found *[]string
}

// Prepare implements op.Preparer. That there is no record is an answer, too.
func (in asking) Prepare(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	records, err := in.names.LookupTXT(ctx, challengeLabel+in.Domain+".")
	var dns *net.DNSError
	switch {
	case err == nil:
		*in.found = records[:min(len(records), maxRecords)]
	case errors.As(err, &dns) && dns.IsNotFound:
	default:
		return errs.Wrap(errs.New(errs.DomainNotProved, "The name servers of %s did not answer. Try again in a few minutes.", in.Domain), err)
	}
	return nil
}

// VerifyDomain looks for the TXT record that proves a domain, and remembers that it was there.
func (s *Service) VerifyDomain(ctx context.Context, in VerifyDomainInput) (*ent.SSOProvider, error) {
	var found []string
	return op.Do(ctx, s.Ops, OpProviderVerifyDomain, asking{in, s.Names, &found}, func(ctx context.Context, tx *ent.Tx) (*ent.SSOProvider, error) {
		p, err := op.Load(ctx, tx.SSOProvider, in.ProviderID)
		if err != nil {
			return nil, err
		}
		if err := op.Match(in.IfMatch, p.Version); err != nil {
			return nil, err
		}
		d, err := domainOf(p, in.Domain)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(found, func(r string) bool { return strings.TrimSpace(r) == d.Token }) {
			return nil, errs.New(errs.DomainNotProved, "The name %s%s has no TXT record %s. A new record takes minutes to be seen, at times hours.", challengeLabel, in.Domain, d.Token)
		}
		return prove(ctx, tx, p, in.Domain, provedByDNS)
	})
}

// domainOf is a domain of the provider.
func domainOf(p *ent.SSOProvider, name string) (schematype.Domain, error) {
	i := slices.IndexFunc(p.Domains, func(d schematype.Domain) bool { return d.Name == name })
	if i < 0 {
		return schematype.Domain{}, errs.Invalid(errs.Field{Path: "domain", Code: "not_allowed", Message: "is no domain of this provider"})
	}
	return p.Domains[i], nil
}

// prove is a step that notes that a domain is the organization's. What is proved already stays proved by whom it was.
func prove(ctx context.Context, tx *ent.Tx, p *ent.SSOProvider, name, by string) (*ent.SSOProvider, error) {
	domains, at := slices.Clone(p.Domains), op.Now(ctx)
	i := slices.Index(domainNames(domains), name)
	if domains[i].ProvedAt != nil {
		return p, nil
	}
	domains[i].ProvedAt, domains[i].ProvedBy = &at, by
	now, err := tx.SSOProvider.UpdateOne(p).SetDomains(domains).Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("prove domain: %w", err)
	}

	object := shown(now)
	event.Emit(ctx, tx, event.Updated{Resource: "sso_provider", ID: p.ID, Object: object, Previous: record.Previous(shown(p), object)})
	return now, nil
}

// MarkDomainInput names a domain of a provider by the words that an operator knows.
type MarkDomainInput struct {
	Slug   string `json:"slug" required:"true" maxLength:"60"` // the provider's
	Domain string `json:"domain" required:"true" maxLength:"253"`
}

// MarkDomain notes that the operator of this installation vouches for a domain: for schools whose DNS nobody here changes.
// It runs in the operator's name, from the command line only.
func (s *Service) MarkDomain(ctx context.Context, in MarkDomainInput) (*ent.SSOProvider, error) {
	return op.Do(ctx, s.Ops, OpProviderMarkDomain, in, func(ctx context.Context, tx *ent.Tx) (*ent.SSOProvider, error) {
		found, err := tx.SSOProvider.Query().Where(ssoprovider.Slug(in.Slug)).Only(ctx)
		if err != nil {
			return nil, err
		}
		p, err := op.Load(ctx, tx.SSOProvider, found.ID)
		if err != nil {
			return nil, err
		}
		if _, err := domainOf(p, in.Domain); err != nil {
			return nil, err
		}
		return prove(ctx, tx, p, in.Domain, provedByOperator)
	})
}

// ProvedFor reports whether the provider has proved the domain of a mail address. The address is compared as it is
// written but for its case: no dot at its end, no other script is taken for the same.
func ProvedFor(p *ent.SSOProvider, email string) bool {
	at := strings.LastIndexByte(email, '@')
	if at <= 0 {
		return false
	}
	name := strings.ToLower(email[at+1:])
	return slices.ContainsFunc(p.Domains, func(d schematype.Domain) bool { return d.Name == name && d.ProvedAt != nil })
}
