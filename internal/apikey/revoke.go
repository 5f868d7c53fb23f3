package apikey

import (
	"context"
	"fmt"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/record"
)

// RevokeInput names the key.
type RevokeInput struct {
	APIKeyID pid.ID `path:"api_key_id" json:"-" doc:"Identifier of the API key." example:"key_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	IfMatch  string `header:"If-Match" json:"-" doc:"ETag of the version that is meant; 412 where it is another one." maxLength:"1000"`
}

// Revoke ends a key with both of its secrets, which are told that they were revoked. One that was revoked before stays as it is.
func (s *Service) Revoke(ctx context.Context, in RevokeInput) (*ent.APIKey, error) {
	return op.Do(ctx, s.Ops, OpRevoke, in, func(ctx context.Context, tx *ent.Tx) (*ent.APIKey, error) {
		old, err := op.Load(ctx, tx.APIKey, in.APIKeyID)
		if err != nil || old.RevokedAt != nil {
			return old, err
		}
		if err := op.Match(in.IfMatch, old.Version); err != nil {
			return nil, err
		}

		key, err := tx.APIKey.UpdateOneID(old.ID).SetRevokedAt(op.Now(ctx)).Save(ctx)
		if err != nil {
			return nil, fmt.Errorf("revoke key: %w", err)
		}

		event.Emit(ctx, tx, event.Fact{Type: event.APIKeyRevoked, Resource: "api_key", ID: key.ID, Object: record.APIKey(key), Previous: previous(old, key)})
		return key, nil
	})
}
