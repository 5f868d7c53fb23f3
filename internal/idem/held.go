package idem

import (
	"context"
	"fmt"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/idempotencykey"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/pid"
)

// held is a key that a request runs under.
type held struct {
	keys    *Keys
	request Request
	row     pid.ID
	token   string
	kept    *Answer // what the operation's transaction committed
	parts   bool    // another operation of the request came to its commit: that effect may stand, whatever is answered
}

type heldKey struct{}

// Finish marks the key of the running request as done, with the answer for the operation's result, in the operation's
// transaction. op.Do calls it; it does nothing where the request has no key, or the operation is only a part of another.
// It fails, and with it the operation, where the lease ended and somebody else has taken the key over.
func Finish(ctx context.Context, tx *ent.Tx, o authz.Op, out any, now time.Time) error {
	h, _ := ctx.Value(heldKey{}).(*held)
	if h == nil {
		return nil
	}
	if h.request.Op.Name() != o.Name() {
		h.parts = true
		return nil
	}
	a, err := h.request.Encode(out)
	if err != nil {
		return err
	}
	n, err := h.finish(ctx, tx.IdempotencyKey.Update(), a, now)
	if err != nil {
		return fmt.Errorf("finish idempotency key: %w", err)
	}
	if n == 0 {
		return inUse()
	}
	tx.OnCommit(func(next ent.Committer) ent.Committer {
		return ent.CommitFunc(func(ctx context.Context, tx *ent.Tx) error {
			err := next.Commit(ctx, tx)
			if err == nil {
				h.kept = &a
			}
			return err
		})
	})
	return nil
}

// drop lets the key go as long as it is this request's: it may run again at once. A commit whose answer was lost holds the row, so
// that this waits for it and then finds it done.
func (h *held) drop(ctx context.Context) (int, error) {
	return h.keys.Client.IdempotencyKey.Delete().
		Where(idempotencykey.ID(h.row), idempotencykey.LeaseToken(h.token), idempotencykey.StateEQ(idempotencykey.StateRunning)).Exec(ctx)
}

// finish writes the answer to the row as long as it is this request's.
func (h *held) finish(ctx context.Context, u *ent.IdempotencyKeyUpdate, a Answer, now time.Time) (int, error) {
	sealed, err := h.keys.seal(h.row, a)
	if err != nil {
		return 0, err
	}
	return u.Where(idempotencykey.ID(h.row), idempotencykey.LeaseToken(h.token), idempotencykey.StateEQ(idempotencykey.StateRunning)).
		SetState(idempotencykey.StateDone).SetStatusCode(a.Status).SetAnswer(sealed).SetExpiresAt(now.Add(Kept)).Save(ctx)
}
