package file

import (
	"context"
	"fmt"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/file"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
)

// OpExpireUploads fails uploads that never arrived.
var OpExpireUploads = authz.Op{Resource: "file", Verb: "expire_uploads", System: true, Write: true}

// expireRows bounds one run.
const expireRows = 200

// ExpireUploadsInput has no fields: it is about the organization of the actor.
type ExpireUploadsInput struct{}

// ExpireUploads fails pending files whose signed URL ended long enough ago that no running upload can still use it, and
// answers how many.
func (s *Service) ExpireUploads(ctx context.Context, in ExpireUploadsInput) (int, error) {
	return op.Do(ctx, s.Ops, OpExpireUploads, in, func(ctx context.Context, tx *ent.Tx) (int, error) {
		old, err := tx.File.Query().Where(file.StatusEQ(file.StatusPending), file.UploadExpiresAtLT(op.Now(ctx).Add(-uploadTime))).Limit(expireRows).All(ctx)
		if err != nil {
			return 0, fmt.Errorf("read pending files: %w", err)
		}
		for _, f := range old {
			f, err := tx.File.UpdateOneID(f.ID).SetStatus(file.StatusFailed).SetFailureCode(string(errs.UploadURLExpired)).ClearUploadExpiresAt().Save(ctx)
			if err != nil {
				return 0, fmt.Errorf("fail file: %w", err)
			}
			event.Emit(ctx, tx, fact(event.FileFailed, f))
		}
		return len(old), nil
	})
}
