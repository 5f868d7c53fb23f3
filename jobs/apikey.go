package jobs

import (
	"context"

	"github.com/soloprint/soloprint/internal/apikey"
)

// apiKeyExpiry tells of keys that end soon, once each.
func (s *Scheduler) apiKeyExpiry(ctx context.Context) (string, error) {
	return s.each(ctx, "api_key_expiry", "keys told of", func(ctx context.Context) (int, error) {
		return s.Keys.Expire(ctx, apikey.ExpireInput{})
	})
}
