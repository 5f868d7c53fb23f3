package apikey

import (
	"context"
	"fmt"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/record"
)

// lifeYears is how long a key is valid where the request does not say.
const lifeYears = 1

// CreateInput is a new key.
type CreateInput struct {
	Name      string                        `json:"name" required:"true" minLength:"1" maxLength:"200" doc:"What it is for." example:"Timetable sync"`
	Scopes    []string                      `json:"scopes" required:"true" minItems:"1" uniqueItems:"true" enum:"operations.read,queue.manage,printer.manage,spool.manage,integrations.manage,org.manage_users" doc:"Capabilities it may use; you hold each of them yourself."`
	ExpiresAt graphql.Omittable[*time.Time] `json:"expires_at,omitzero" doc:"When it ends; absent = in one year, null = never."`
}

// Created is a new key with its token, which nobody can read again.
type Created struct {
	Key    *ent.APIKey
	Secret string
}

// RowVersion is the key's, for its ETag.
func (c Created) RowVersion() int { return c.Key.Version }

// Create makes a key in the name of the actor's membership.
func (s *Service) Create(ctx context.Context, in CreateInput) (Created, error) {
	return op.Do(ctx, s.Ops, OpCreate, in, func(ctx context.Context, tx *ent.Tx) (Created, error) {
		a := authz.From(ctx)
		if err := mayGrant(a, in.Scopes); err != nil {
			return Created{}, err
		}
		ends, err := ends(in.ExpiresAt, op.Now(ctx))
		if err != nil {
			return Created{}, err
		}

		id := pid.New("key")
		token, display, hash := s.Tokens.NewKey(id)
		key, err := tx.APIKey.Create().SetID(id).SetName(in.Name).SetPrefix(display).SetScopes(in.Scopes).
			SetCreatedByID(a.Membership).SetSecretHash(hash).SetNillableExpiresAt(ends).Save(ctx)
		if err != nil {
			return Created{}, fmt.Errorf("insert key: %w", err)
		}

		event.Emit(ctx, tx, event.Created{Resource: "api_key", ID: key.ID, Object: record.APIKey(key)})
		return Created{Key: key, Secret: token}, nil
	})
}

// mayGrant refuses scopes that the actor lacks.
func mayGrant(a *authz.Actor, scopes []string) error {
	for _, s := range scopes {
		if !a.Has(authz.Capability(s)) {
			return errs.New(errs.InsufficientPermissions, "You cannot give a key the scope %s, which you lack yourself.", s)
		}
	}
	return nil
}

// ends is when a key ends by what the request says, nil for never, at the precision that both databases store.
func ends(wish graphql.Omittable[*time.Time], now time.Time) (*time.Time, error) {
	at, ok := wish.ValueOK()
	switch {
	case !ok:
		return new(now.AddDate(lifeYears, 0, 0)), nil
	case at == nil:
		return nil, nil
	case !at.After(now):
		return nil, errs.Invalid(errs.Field{Path: "expires_at", Code: "out_of_range", Message: "must be in the future"})
	}
	return new(at.UTC().Truncate(time.Microsecond)), nil
}
