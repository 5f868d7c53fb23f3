package roster

import (
	"context"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/pid"
)

// Reassign is a step that changes one member as a roster of one row does, events included: for sign-ins, whose mappings
// decide on role and user groups. Where it refuses (last_owner), nothing was written.
func Reassign(ctx context.Context, tx *ent.Tx, member pid.ID, c UserChange) error {
	r := (&Service{}).roster(ctx, tx, []UserUpdate{{MembershipID: member, UserChange: c}}) // nobody joins by it
	if err := r.plan(ctx); err != nil {
		return err
	}
	if f := r.rows[0].faults; len(f) > 0 {
		return f[0].alone()
	}
	return r.write(ctx)
}
