package file

import (
	"context"
	"strings"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/file"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/blob"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// OpSweep asks whether a file still wants its bytes.
var OpSweep = authz.Op{Resource: "file", Verb: "sweep", System: true}

// orphanAge is how old bytes are before they can be nobody's: no upload runs as long.
const orphanAge = blob.MaxPutTime + time.Hour

// SweepBlobs deletes stored bytes that no file wants, of all organizations, and answers how many. They are left where a server
// died between a commit and what followed it. It costs one probe of an index for each stored object older than a day.
func (s *Service) SweepBlobs(ctx context.Context) (int, error) {
	return s.Blobs.Sweep(ctx, func(key string) (bool, error) { return s.wanted(ctx, key) }, orphanAge)
}

// stored names bytes in the store.
type stored struct{ Key string }

// wanted reports whether a file that is not over has its bytes under the key. A key that is not made by storageKey is
// somebody else's matter.
func (s *Service) wanted(ctx context.Context, key string) (bool, error) {
	organization, ok := organizationIn(key)
	if !ok {
		return true, nil
	}
	ctx = authz.With(ctx, authz.System(organization, "blob_sweep"))
	return op.Read(ctx, s.Ops, OpSweep, stored{key}, func(ctx context.Context, c *ent.Client) (bool, error) {
		return c.File.Query().Where(file.StorageKey(key), file.DeletedAtIsNil(), file.StatusIn(file.StatusPending, file.StatusFetching, file.StatusReady)).Exist(ctx)
	})
}

// organizationIn is the organization whose bytes lie under a key.
func organizationIn(key string) (id pid.ID, ok bool) {
	part := strings.Split(key, "/")
	if len(part) != 3 {
		return "", false
	}
	id = pid.ID(part[0] + "_" + part[1])
	return id, id.Valid("org")
}
