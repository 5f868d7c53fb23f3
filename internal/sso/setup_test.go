package sso

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/ssoprovider"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/egress"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// bundle is a database with two organizations and the service, which reaches this machine and knows the names of the test.
type bundle struct {
	*testkit.Kit
	sso      *Service
	names    *names
	us, them *testkit.Organization
	ctx      context.Context // us.Owner's session
}

func setup(t testing.TB, db *store.DB) *bundle {
	t.Helper()
	b := &bundle{Kit: testkit.NewKit(t, db), names: &names{records: map[string][]string{}}}
	allow := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	b.sso = &Service{Ops: b.Ops, Secrets: b.Secrets, Egress: &egress.Client{Allow: allow, Resolver: nowhere{}, Pace: time.Millisecond}, Names: b.names, PublicURL: "https://print.school.example"}
	b.us, b.them = b.Organization(t, "riverside"), b.Organization(t, "hillside")
	b.ctx = b.us.Session(t, b.us.Owner)
	return b
}

// nowhere is a DNS that knows one public name: what is not asked for is not reached.
type nowhere struct{}

func (nowhere) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	switch host {
	case "inside.example":
		return []netip.Addr{netip.MustParseAddr("10.0.0.7")}, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}

// names are TXT records.
type names struct {
	mu      sync.Mutex
	records map[string][]string
	asked   []string
	broken  bool
}

func (n *names) publish(name string, records ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.records[name] = records
}

// LookupTXT implements Names.
func (n *names) LookupTXT(_ context.Context, name string) ([]string, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked = append(n.asked, name)
	if n.broken {
		return nil, &net.DNSError{Err: "server misbehaving", Name: name, IsTemporary: true}
	}
	if records, ok := n.records[name]; ok {
		return records, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

// provider makes a provider that is enabled.
func (b *bundle) provider(t testing.TB, with ...func(*CreateProviderInput)) *ent.SSOProvider {
	t.Helper()
	return b.providerOf(t, b.ctx, with...)
}

func (b *bundle) providerOf(t testing.TB, ctx context.Context, with ...func(*CreateProviderInput)) *ent.SSOProvider {
	t.Helper()
	in := CreateProviderInput{Name: "School", Issuer: "https://id.school.example", ClientID: "soloprint"}
	for _, w := range with {
		w(&in)
	}
	p, err := b.sso.CreateProvider(ctx, in)
	must(t, err)
	p, err = b.sso.UpdateProvider(ctx, UpdateProviderInput{ProviderID: p.ID, State: changed("enabled")})
	must(t, err)
	return p
}

// changed is a member of a request that changes something.
func changed[T any](v T) graphql.Omittable[*T] { return graphql.OmittableOf(&v) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused wants an error of the code.
func refused(t testing.TB, err error, code errs.Code) {
	t.Helper()
	if !errs.Is(err, code) {
		t.Errorf("got %v, want %s", err, code)
	}
}

// emitted wants the types among the organization's events since n of them.
func emitted(t testing.TB, o *testkit.Organization, since int, want ...string) {
	t.Helper()
	if got := o.Events(t)[since:]; !slices.Equal(got, want) {
		t.Errorf("events %v, want %v", got, want)
	}
}

// defaultRole is a role as a provider's default.
func defaultRole(r authz.Role) ssoprovider.DefaultRole { return ssoprovider.DefaultRole(r) }

// omit is a member of a request that replaces a list.
func omit[T any](v T) graphql.Omittable[T] { return graphql.OmittableOf(v) }
