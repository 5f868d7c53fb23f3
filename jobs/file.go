package jobs

import (
	"context"

	"github.com/soloprint/soloprint/internal/file"
)

// uploadExpiry fails uploads that never arrived.
func (s *Scheduler) uploadExpiry(ctx context.Context) error {
	return s.each(ctx, "upload_expiry", func(ctx context.Context) error {
		_, err := s.Files.ExpireUploads(ctx, file.ExpireUploadsInput{})
		return err
	})
}

// blobSweep deletes stored bytes that no file wants any more, of all organizations at once.
func (s *Scheduler) blobSweep(ctx context.Context) error {
	_, err := s.Files.SweepBlobs(ctx)
	return err
}
