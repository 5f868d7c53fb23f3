package apikey

import (
	"context"
	"fmt"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/apikey"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/record"
)

const (
	warnDays   = 14  // before a key ends
	expireRows = 200 // bound one run
)

// ExpireInput has no fields: it is about the organization of the actor.
type ExpireInput struct{}

// Expire is what time does to keys: it tells once of those that end within 14 days, and forgets old secrets whose overlap is
// over. That an end has come needs no work: authn looks at the time. It answers how many it told of.
func (s *Service) Expire(ctx context.Context, in ExpireInput) (int, error) {
	return op.Do(ctx, s.Ops, OpExpire, in, func(ctx context.Context, tx *ent.Tx) (int, error) {
		now := op.Now(ctx)
		ending, err := tx.APIKey.Query().Where(apikey.RevokedAtIsNil(), apikey.WarnedAtIsNil(), apikey.ExpiresAtGT(now), apikey.ExpiresAtLTE(now.AddDate(0, 0, warnDays))).
			Order(apikey.ByExpiresAt()).Limit(expireRows).All(ctx)
		if err != nil {
			return 0, fmt.Errorf("read ending keys: %w", err)
		}

		for _, k := range ending {
			if err := tx.APIKey.UpdateOneID(k.ID).SetWarnedAt(now).Exec(ctx); err != nil {
				return 0, fmt.Errorf("mark key: %w", err)
			}
			event.Emit(ctx, tx, event.Fact{Type: event.APIKeyExpiring, Resource: "api_key", ID: k.ID, Object: record.APIKey(k)})
		}
		if err := tx.APIKey.Update().Where(apikey.PreviousUntilLTE(now)).ClearPreviousHash().ClearPreviousUntil().Exec(ctx); err != nil {
			return 0, fmt.Errorf("forget old secrets: %w", err)
		}
		return len(ending), nil
	})
}
