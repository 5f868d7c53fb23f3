package file

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/file"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
)

// What the Fetcher does.
var (
	OpFetchRead = authz.Op{Resource: "file", Verb: "fetch_read", System: true}
	OpFetchHold = authz.Op{Resource: "file", Verb: "fetch_hold", System: true, Write: true}
	OpFetchEnd  = authz.Op{Resource: "file", Verb: "fetch_end", System: true, Write: true}
)

var errLease = errors.New("another server has the lease, or the file is not fetched any more")

// hold keeps the lease, or puts the next attempt off, for so long from now.
func (s *Service) hold(ctx context.Context, l lease, d time.Duration) error {
	_, err := op.Do(ctx, s.Ops, OpFetchHold, l, func(ctx context.Context, tx *ent.Tx) (*ent.File, error) {
		f, err := leased(ctx, tx, l)
		if err != nil {
			return nil, err
		}
		return tx.File.UpdateOneID(f.ID).SetLeaseUntil(op.Now(ctx).Add(d)).Save(ctx)
	})
	return err
}

// end makes the file ready or failed. Where its bytes came from is forgotten: the URL may hold a secret.
func (s *Service) end(ctx context.Context, l lease, end ending) error {
	_, err := op.Do(ctx, s.Ops, OpFetchEnd, l, func(ctx context.Context, tx *ent.Tx) (*ent.File, error) {
		f, err := leased(ctx, tx, l)
		if err != nil {
			return nil, err
		}

		u := tx.File.UpdateOneID(f.ID).ClearSourceURL().SetLeaseToken("").ClearLeaseUntil()
		if end.failure != "" {
			u.SetStatus(file.StatusFailed).SetFailureCode(end.failure)
		} else {
			u.SetStatus(file.StatusReady).SetName(end.name).SetSearch(strings.ToLower(end.name)).SetContentType(end.contentType).
				SetSizeBytes(end.info.Size).SetSha256(end.info.SHA256).SetKind(end.content.kind).SetMetadata(end.content.metadata)
			if len(end.content.thumbnail) > 0 {
				u.SetThumbnail(end.content.thumbnail)
			}
		}
		if f, err = u.Save(ctx); err != nil {
			return nil, fmt.Errorf("end fetch: %w", err)
		}

		if end.failure != "" {
			event.Emit(ctx, tx, fact(event.FileFailed, f))
		} else {
			event.Emit(ctx, tx, fact(event.FileReady, f))
		}
		return f, nil
	})
	return err
}

// leased loads the file if this lease still holds.
func leased(ctx context.Context, tx *ent.Tx, l lease) (*ent.File, error) {
	f, err := op.Load(ctx, tx.File, l.FileID)
	if err == nil && (f.Status != file.StatusFetching || f.LeaseToken != l.Token) {
		return nil, errLease
	}
	return f, err
}
