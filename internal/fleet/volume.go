package fleet

import (
	"context"
	"fmt"
	"slices"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/authz"
)

// RememberVolume is a step that adds a volume to the organization's list of distinct printer volumes, and reports whether it
// is new. The list is only appended to: the masks of queue items count its places. A volume that is not known is none.
func RememberVolume(ctx context.Context, tx *ent.Tx, v *schematype.Size) (isNew bool, err error) {
	if v == nil {
		return false, nil
	}
	o, err := tx.Organization.LoadRow(ctx, authz.From(ctx).Organization)
	if err != nil {
		return false, fmt.Errorf("lock organization: %w", err)
	}
	if slices.Contains(o.Volumes, *v) {
		return false, nil
	}
	if err := tx.Organization.UpdateOne(o).SetVolumes(append(slices.Clone(o.Volumes), *v)).Exec(ctx); err != nil {
		return false, fmt.Errorf("remember volume: %w", err)
	}
	return true, nil
}
