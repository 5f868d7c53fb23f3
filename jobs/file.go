package jobs

import (
	"context"
	"fmt"

	"github.com/soloprint/soloprint/internal/file"
)

// uploadExpiry fails uploads that never arrived.
func (s *Scheduler) uploadExpiry(ctx context.Context) (string, error) {
	return s.each(ctx, "upload_expiry", "uploads failed", func(ctx context.Context) (int, error) {
		return s.Files.ExpireUploads(ctx, file.ExpireUploadsInput{})
	})
}

// blobSweep deletes stored bytes that no file wants any more, of all organizations at once.
func (s *Scheduler) blobSweep(ctx context.Context) (string, error) {
	n, err := s.Files.SweepBlobs(ctx)
	return fmt.Sprintf("%d files deleted", n), err
}
