package idem

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"entgo.io/ent/dialect/sql/sqlgraph"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/idempotencykey"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/secret"
)

// joinTries is how often a key is looked at anew when it changed between two statements.
const joinTries = 3

// begin takes the key, or finds the answer that is kept under it.
func (k *Keys) begin(ctx context.Context, r Request) (*held, *Answer, error) {
	h := &held{keys: k, request: r, token: rand.Text()}
	for range joinTries {
		err := k.insert(ctx, h)
		if err == nil {
			return h, nil, nil
		}
		if !sqlgraph.IsUniqueConstraintError(err) {
			return nil, nil, r.Op.Failed(fmt.Errorf("take idempotency key: %w", err))
		}
		row, err := k.find(ctx, r)
		if ent.IsNotFound(err) {
			continue // removed since
		}
		if err != nil {
			return nil, nil, r.Op.Failed(fmt.Errorf("read idempotency key: %w", err))
		}
		if kept, err := k.join(ctx, h, row); kept != nil || err != nil {
			return nil, kept, err
		}
		if h.row != "" {
			return h, nil, nil
		}
	}
	return nil, nil, inUse()
}

// insert commits a running row: from here on, everybody else is refused.
func (k *Keys) insert(ctx context.Context, h *held) error {
	a, now := authz.From(ctx), k.Clock.Now()
	row, err := k.Client.IdempotencyKey.Create().SetOrganizationID(a.Organization).
		SetPrincipalType(idempotencykey.PrincipalType(a.Kind)).SetPrincipalID(string(a.ID)).
		SetRoute(h.request.Route).SetKeyHash(k.keyHash(h.request)).SetRequestHash(k.requestHash(h.request)).
		SetLeaseToken(h.token).SetLeaseUntil(now.Add(Lease)).SetExpiresAt(now.Add(Kept)).SetCreatedAt(now).SetUpdatedAt(now).Save(ctx)
	if err == nil {
		h.row = row.ID
	}
	return err
}

func (k *Keys) find(ctx context.Context, r Request) (*ent.IdempotencyKey, error) {
	a := authz.From(ctx)
	return k.Client.IdempotencyKey.Query().Where(
		idempotencykey.OrganizationID(a.Organization), idempotencykey.PrincipalTypeEQ(idempotencykey.PrincipalType(a.Kind)),
		idempotencykey.PrincipalID(string(a.ID)), idempotencykey.Route(r.Route), idempotencykey.KeyHash(k.keyHash(r)),
	).Only(ctx)
}

// join says what a key that is taken means for the request: an answer, a refusal, or, where h has the row, its turn.
// Nothing of it where somebody changed the row meanwhile.
func (k *Keys) join(ctx context.Context, h *held, row *ent.IdempotencyKey) (*Answer, error) {
	now := k.Clock.Now()
	switch {
	case !row.ExpiresAt.After(now):
		return nil, k.takeOver(ctx, h, row, now)
	case !secret.Equal(row.RequestHash, k.requestHash(h.request)):
		return nil, errs.New(errs.IdempotencyKeyReused, "This key was sent with another request.")
	case row.State == idempotencykey.StateDone:
		kept, err := k.open(row)
		if err != nil {
			return nil, h.request.Op.Failed(err)
		}
		return &kept, nil
	case row.LeaseUntil.After(now):
		return nil, inUse()
	}
	return nil, k.takeOver(ctx, h, row, now)
}

// takeOver makes the row this request's, in one statement: of several takers one finds the token that all have read.
func (k *Keys) takeOver(ctx context.Context, h *held, row *ent.IdempotencyKey, now time.Time) error {
	n, err := k.Client.IdempotencyKey.Update().
		Where(idempotencykey.ID(row.ID), idempotencykey.LeaseToken(row.LeaseToken), idempotencykey.StateEQ(row.State)).
		SetState(idempotencykey.StateRunning).SetRequestHash(k.requestHash(h.request)).SetLeaseToken(h.token).SetLeaseUntil(now.Add(Lease)).
		ClearStatusCode().ClearAnswer().SetExpiresAt(now.Add(Kept)).SetUpdatedAt(now).Save(ctx)
	if err != nil {
		return h.request.Op.Failed(fmt.Errorf("take idempotency key over: %w", err))
	}
	if n == 1 {
		h.row = row.ID
	}
	return nil
}

func inUse() *errs.Error {
	return errs.New(errs.IdempotencyKeyInUse, "The first request with this key is still running. Send it again in a moment.")
}

// keyHash is what is stored of a key: whoever reads the table cannot send it.
func (k *Keys) keyHash(r Request) []byte { return k.Secrets.Hash("idempotency key", r.Key) }

// requestHash is keyed too, because a body may hold a secret that is short enough to be guessed.
func (k *Keys) requestHash(r Request) []byte { return k.Secrets.Hash("idempotency request", r.Hash) }
