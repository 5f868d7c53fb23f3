package password_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/authn"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/password"
	"github.com/soloprint/soloprint/internal/peer"
	"github.com/soloprint/soloprint/internal/secret"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
	"github.com/soloprint/soloprint/internal/throttle"
)

const good = "four small grey horses"

// bundle is the service on a database with two organizations, whose owners have passwords.
type bundle struct {
	*testkit.Kit
	s        *password.Service
	us, them *testkit.Organization
	log      *strings.Builder
	calls    int
}

func newBundle(t testing.TB, db *store.DB) *bundle {
	t.Helper()
	k := testkit.NewKit(t, db)
	a := &authn.Service{Client: k.Ops.Client, Secrets: k.Secrets, Clock: k.Clock}
	b := &bundle{Kit: k, log: &strings.Builder{}}
	b.s = &password.Service{Ops: k.Ops, Secrets: k.Secrets, Hasher: secret.NewHasher(4), Find: a.Password,
		Tries: &throttle.Limiter{Client: k.Raw, Clock: k.Clock, Secrets: k.Secrets}, Log: slog.New(slog.NewTextHandler(b.log, nil))}
	b.us, b.them = k.Organization(t, "riverside"), k.Organization(t, "hillside")
	b.set(t, b.us.Owner, good)
	b.set(t, b.them.Owner, good+" there")
	return b
}

// system is the context of the operator.
func (b *bundle) system(t testing.TB, m *ent.Membership) context.Context {
	t.Helper()
	return authz.With(t.Context(), authz.System(m.OrganizationID, "operator"))
}

func (b *bundle) input(t testing.TB, m *ent.Membership, text string) password.SetInput {
	t.Helper()
	return password.SetInput{MembershipID: m.ID, Email: b.email(t, m), Organization: "riverside", Password: text}
}

func (b *bundle) set(t testing.TB, m *ent.Membership, text string) {
	t.Helper()
	_, err := b.s.Set(b.system(t, m), b.input(t, m, text))
	must(t, err)
}

func (b *bundle) rescue(t testing.TB, m *ent.Membership, text string) {
	t.Helper()
	in := b.input(t, m, text)
	in.Rescue = true
	_, err := b.s.Set(b.system(t, m), in)
	must(t, err)
}

func (b *bundle) email(t testing.TB, m *ent.Membership) string {
	t.Helper()
	return b.Raw.User.GetX(t.Context(), m.UserID).Email
}

// signIn tries from an address of its own each time, so that no budget is spent.
func (b *bundle) signIn(t testing.TB, in password.SignInInput) (*password.SignedIn, error) {
	t.Helper()
	b.calls++
	return b.s.SignIn(from(t, fmt.Sprintf("10.0.%d.%d", b.calls/250, b.calls%250)), in)
}

func from(t testing.TB, address string) context.Context {
	t.Helper()
	return peer.With(t.Context(), netip.MustParseAddr(address))
}

// enrolled sets up an app for a member and answers its secret and the recovery codes.
func (b *bundle) enrolled(t testing.TB, m *ent.Membership, text string) (app string, codes []string) {
	t.Helper()
	in, err := b.signIn(t, password.SignInInput{Email: b.email(t, m), Password: text})
	must(t, err)
	if in.Setup == nil {
		t.Fatal("no app is offered")
	}
	done, err := b.s.ConfirmTOTP(t.Context(), password.ConfirmTOTPInput{Ticket: in.Setup.Ticket, Code: b.code(t, in.Setup.Secret)})
	must(t, err)
	b.Clock.Advance(30 * time.Second) // the next code
	return in.Setup.Secret, done.RecoveryCodes
}

// code is what an app shows now.
func (b *bundle) code(t testing.TB, app string) string {
	t.Helper()
	c, err := totp.GenerateCode(app, b.Clock.Now())
	must(t, err)
	return c
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t testing.TB, what string, err error, code errs.Code) {
	t.Helper()
	if code == "" && err != nil || code != "" && !errs.Is(err, code) {
		t.Errorf("%s: got %v, want code %q", what, err, code)
	}
}
