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

// defaultOverlap is how long the old secret stays valid where the request does not say.
const defaultOverlap = 24 * time.Hour

// RotateInput names the key.
type RotateInput struct {
	APIKeyID pid.ID `path:"api_key_id" json:"-" doc:"Identifier of the API key." example:"key_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	IfMatch  string `header:"If-Match" json:"-" doc:"ETag of the version that is meant; 412 where it is another one." maxLength:"1000"`

	OverlapSeconds *int                          `json:"overlap_seconds,omitempty" minimum:"0" maximum:"2592000" doc:"Seconds for which the old secret stays valid: at most 30 days; absent = 24 hours, 0 = it ends at once."`
	ExpiresAt      graphql.Omittable[*time.Time] `json:"expires_at,omitzero" doc:"When the key ends from now on; absent = when it ended before, null = never."`
}

// Rotate gives a key a new secret. Of several old ones only the last stays valid for the overlap, and none beyond the key's
// own end. A key may rotate itself.
func (s *Service) Rotate(ctx context.Context, in RotateInput) (Created, error) {
	return op.Do(ctx, s.Ops, OpRotate, in, func(ctx context.Context, tx *ent.Tx) (Created, error) {
		old, err := op.Load(ctx, tx.APIKey, in.APIKeyID)
		if err != nil {
			return Created{}, err
		}
		if err := op.Match(in.IfMatch, old.Version); err != nil {
			return Created{}, err
		}
		if err := rotatable(old, op.Now(ctx)); err != nil {
			return Created{}, err
		}
		if err := mayHold(ctx, tx, old); err != nil {
			return Created{}, err
		}

		token, _, hash := s.Tokens.NewKey(old.ID)
		change := tx.APIKey.UpdateOneID(old.ID).SetSecretHash(hash)
		in.overlap(change, old, op.Now(ctx))
		if err := in.end(change, old, op.Now(ctx)); err != nil {
			return Created{}, err
		}
		key, err := change.Save(ctx)
		if err != nil {
			return Created{}, fmt.Errorf("change key: %w", err)
		}

		event.Emit(ctx, tx, event.Fact{Type: event.APIKeyRotated, Resource: "api_key", ID: key.ID, Object: record.APIKey(key), Previous: previous(old, key)})
		return Created{Key: key, Secret: token}, nil
	})
}

// rotatable refuses keys that nothing opens any more.
func rotatable(k *ent.APIKey, now time.Time) error {
	switch {
	case k.RevokedAt != nil:
		return errs.New(errs.APIKeyNotActive, "The key was revoked. Make a new one.")
	case k.ExpiresAt != nil && !now.Before(*k.ExpiresAt):
		return errs.New(errs.APIKeyNotActive, "The key has expired. Make a new one.")
	}
	return nil
}

// mayHold refuses a secret to who could not have been given it: one with scopes that the actor lacks, or one that acts in
// the name of somebody above them.
func mayHold(ctx context.Context, tx *ent.Tx, k *ent.APIKey) error {
	a := authz.From(ctx)
	if err := mayGrant(a, k.Scopes); err != nil || k.CreatedByID == a.Membership {
		return err
	}
	creator, err := tx.Membership.Get(ctx, k.CreatedByID)
	if err != nil {
		return fmt.Errorf("read creator: %w", err)
	}
	if authz.Role(creator.Role).Above(a.Role) {
		return errs.New(errs.InsufficientPermissions, "The key acts for somebody whose role, %s, is above your own, %s.", creator.Role, a.Role)
	}
	return nil
}

// overlap keeps the old secret for a while.
func (in RotateInput) overlap(change *ent.APIKeyUpdateOne, old *ent.APIKey, now time.Time) {
	overlap := defaultOverlap
	if in.OverlapSeconds != nil {
		overlap = time.Duration(*in.OverlapSeconds) * time.Second
	}
	if overlap == 0 {
		change.ClearPreviousHash().ClearPreviousUntil()
		return
	}
	change.SetPreviousHash(old.SecretHash).SetPreviousUntil(now.Add(overlap))
}

// end moves the end of the key where the request says so. A new end is warned of anew.
func (in RotateInput) end(change *ent.APIKeyUpdateOne, old *ent.APIKey, now time.Time) error {
	if !in.ExpiresAt.IsSet() {
		return nil
	}
	ends, err := ends(in.ExpiresAt, now)
	if err != nil {
		return err
	}
	if ends == nil {
		change.ClearExpiresAt().ClearWarnedAt()
		return nil
	}
	change.SetExpiresAt(*ends)
	if old.ExpiresAt == nil || !old.ExpiresAt.Equal(*ends) {
		change.ClearWarnedAt()
	}
	return nil
}

// previous is what of a key's record was another before.
func previous(old, now *ent.APIKey) map[string]any {
	was, is, out := record.APIKey(old), record.APIKey(now), map[string]any{}
	for _, name := range []string{"expires_at", "revoked_at"} {
		if was[name] != is[name] {
			out[name] = was[name]
		}
	}
	return out
}
