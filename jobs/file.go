package jobs

import (
	"context"

	"github.com/soloprint/soloprint/internal/file"
)

// uploadExpiry fails uploads that never arrived.
func (s *Scheduler) uploadExpiry(ctx context.Context) (string, error) {
	return s.each(ctx, "upload_expiry", "uploads failed", func(ctx context.Context) (int, error) {
		return s.Files.ExpireUploads(ctx, file.ExpireUploadsInput{})
	})
}
