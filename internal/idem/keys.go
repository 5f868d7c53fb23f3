package idem

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/idempotencykey"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/clock"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/secret"
)

// Lease is how long a request may run under a key before another may take the key over. It is at least the time of an
// operation and of a request.
const Lease = 30 * time.Second

// Kept is how long an answer is given again.
const Kept = 24 * time.Hour

// maxKey is the longest key, in bytes.
const maxKey = 255

// settleTimeout bounds the writing of an answer after its operation. The request's own time may be over.
const settleTimeout = 5 * time.Second

// expireRows bounds one DELETE: whoever writes meanwhile waits for that many rows at most.
const expireRows = 1000

// Keys are the idempotency keys of all organizations.
type Keys struct {
	Client  *ent.Client // without guard: every statement here names its row, or the organization
	Secrets *secret.Box
	Clock   clock.Clock
	Log     *slog.Logger
}

// Request is a request that is to have its effect once.
type Request struct {
	Op     authz.Op
	Route  string                    // POST /v1/spools/{spool_id}/deduct
	Key    string                    // as sent; several headers joined by ", ", which is no key
	Hash   string                    // of method, address, headers that matter and body: what the key is bound to
	Encode func(any) (Answer, error) // the answer for the operation's result, for the transaction that keeps it
}

// Keep answers the request: with what is kept under its key, or with what run answers, which it keeps. run goes on when
// the caller leaves, up to the request's deadline: the caller comes back for the answer.
func (k *Keys) Keep(ctx context.Context, r Request, run func(context.Context) Answer) (a Answer, replayed bool, err error) {
	if !valid(r.Key) {
		return a, false, errs.New(errs.IdempotencyKeyInvalid, "Send one Idempotency-Key of 1 to 255 visible ASCII characters.")
	}
	h, kept, err := k.begin(ctx, r)
	if err != nil {
		return a, false, err
	}
	if kept != nil {
		return *kept, true, nil
	}

	working, cancel := staying(ctx)
	defer cancel()
	return k.settle(ctx, h, run(context.WithValue(working, heldKey{}, h))), false, nil
}

// valid holds for keys of the contract. The space between two joined headers is not visible.
func valid(key string) bool {
	return key != "" && len(key) <= maxKey && !strings.ContainsFunc(key, func(c rune) bool { return c <= ' ' || c > '~' })
}

// staying is the context for whom it does not matter that the caller leaves.
func staying(ctx context.Context) (context.Context, context.CancelFunc) {
	if at, ok := ctx.Deadline(); ok {
		return context.WithDeadline(context.WithoutCancel(ctx), at)
	}
	return context.WithCancel(context.WithoutCancel(ctx))
}

// settle keeps the answer of a request that committed no effect, and answers what is kept. A fault that left nothing behind (its
// transaction was rolled back) is not kept, but its key let go: who sends it again, as Retry-After says, has it run. Where the
// row cannot be written the lease ends, and the request may run again.
func (k *Keys) settle(ctx context.Context, h *held, a Answer) Answer {
	if h.kept != nil {
		return *h.kept
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	n, err := 0, error(nil)
	if a.Status >= http.StatusInternalServerError && !h.parts {
		n, err = h.drop(ctx)
	} else {
		n, err = h.finish(ctx, k.Client.IdempotencyKey.Update(), a, k.Clock.Now())
	}
	if err == nil && n == 0 { // taken over meanwhile, or committed although the answer to the commit was lost
		return k.committed(ctx, h, a)
	}
	if err != nil {
		k.Log.ErrorContext(ctx, "keep answer of idempotency key", "operation", h.request.Op.Name(), "error", err)
	}
	return a
}

// committed is the answer that the operation's own transaction kept, or else the given one.
func (k *Keys) committed(ctx context.Context, h *held, a Answer) Answer {
	row, err := k.Client.IdempotencyKey.Query().
		Where(idempotencykey.ID(h.row), idempotencykey.LeaseToken(h.token), idempotencykey.StateEQ(idempotencykey.StateDone)).Only(ctx)
	if ent.IsNotFound(err) {
		return a
	}
	kept := a
	if err == nil {
		kept, err = k.open(row)
	}
	if err != nil {
		k.Log.ErrorContext(ctx, "read kept answer of idempotency key", "operation", h.request.Op.Name(), "error", err)
		return a
	}
	return kept
}

// Expire removes the keys whose time is over, of all organizations.
func (k *Keys) Expire(ctx context.Context) error {
	now := k.Clock.Now()
	for {
		over := idempotencykey.ExpiresAtLTE(now)
		ids, err := k.Client.IdempotencyKey.Query().Where(over).Order(idempotencykey.ByExpiresAt()).Limit(expireRows).IDs(ctx)
		if err != nil {
			return fmt.Errorf("find expired idempotency keys: %w", err)
		}
		if len(ids) == 0 {
			return nil
		}
		if _, err := k.Client.IdempotencyKey.Delete().Where(idempotencykey.IDIn(ids...), over).Exec(ctx); err != nil {
			return fmt.Errorf("remove expired idempotency keys: %w", err)
		}
	}
}
