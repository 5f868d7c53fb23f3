package jobs

import (
	"context"

	"github.com/soloprint/soloprint/internal/apikey"
)

// apiKeyExpiry tells of keys that end soon, once each.
func (s *Scheduler) apiKeyExpiry(ctx context.Context) error {
	return s.each(ctx, "api_key_expiry", func(ctx context.Context) error {
		_, err := s.Keys.Expire(ctx, apikey.ExpireInput{})
		return err
	})
}
