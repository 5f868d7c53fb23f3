package password

import (
	"context"
	"log/slog"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/secret"
	"github.com/soloprint/soloprint/internal/throttle"
)

// The operations of this package. None has a route: people sign in on a page, the operator at a terminal.
var (
	OpSet    = authz.Op{Resource: "password", Verb: "set", System: true, Write: true}
	OpSignIn = authz.Op{Resource: "password", Verb: "sign-in", System: true, Write: true}
	OpRefuse = authz.Op{Resource: "password", Verb: "refuse", System: true, Write: true}
	OpTOTP   = authz.Op{Resource: "password", Verb: "confirm-totp", System: true, Write: true}
)

// Floor is how long a refusal takes at least. It covers what a refusal of a real account writes and one of no account does
// not, as long as the machine is not overloaded.
const Floor = 300 * time.Millisecond

// Service signs people in with passwords of their own.
type Service struct {
	Ops     *op.Runner
	Secrets *secret.Box
	Hasher  *secret.Hasher
	Tries   *throttle.Limiter
	Log     *slog.Logger
	// Find finds the password of a mail address, with its member, their account and the organization; not found where there is
	// none, or more than one.
	Find        func(ctx context.Context, organization, email string) (*ent.Password, error)
	RequireTOTP bool          // nobody gets in without an authenticator app
	Floor       time.Duration // 0 = none
}
