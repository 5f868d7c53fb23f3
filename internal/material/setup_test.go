package material_test

import (
	"context"
	"slices"
	"testing"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/material"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/testkit"
)

// bundle is one organization on a database, and the service that works for its operator.
type bundle struct {
	*testkit.Kit
	s    *material.Service
	o    *testkit.Organization
	ctx  context.Context
	told int
}

// newBundle makes an organization of its own on the kit's database.
func newBundle(t testing.TB, k *testkit.Kit) *bundle {
	t.Helper()
	o := k.Organization(t, string(pid.New("org")))
	return &bundle{Kit: k, s: &material.Service{Ops: k.Ops}, o: o, ctx: o.As(t, authz.RoleOperator)}
}

// step runs a step as an operation of the queue would.
func (b *bundle) step(f func(ctx context.Context, tx *ent.Tx) error) error {
	o := authz.Op{Resource: "queue_item", Verb: "assign", Needs: authz.Any(authz.QueueManage), Write: true}
	_, err := op.Do(b.ctx, b.Ops, o, struct{}{}, func(ctx context.Context, tx *ent.Tx) (struct{}, error) {
		return struct{}{}, f(ctx, tx)
	})
	return err
}

// wantEvents compares the types of the events since the last call.
func (b *bundle) wantEvents(t testing.TB, want ...string) {
	t.Helper()
	all := b.o.Events(t)
	got := all[b.told:]
	b.told = len(all)
	if !slices.Equal(got, want) {
		t.Errorf("events: got %v, want %v", got, want)
	}
}

// wantGrams compares a spool's grams, and that all ledgers add up.
func (b *bundle) wantGrams(t testing.TB, id pid.ID, remaining, reserved float64) {
	t.Helper()
	s := b.Raw.Spool.GetX(t.Context(), id)
	if s.RemainingG != remaining || s.ReservedG != reserved {
		t.Errorf("the spool has %v g left and %v g reserved, want %v g and %v g", s.RemainingG, s.ReservedG, remaining, reserved)
	}
	b.wantSums(t)
}

func (b *bundle) wantSums(t testing.TB) {
	t.Helper()
	wrong, err := material.Audit(t.Context(), b.Raw)
	if err != nil || len(wrong) > 0 {
		t.Errorf("ledgers do not add up: %v, %v", wrong, err)
	}
}

// wantCode compares an error's code; "" is success.
func wantCode(t testing.TB, err error, code errs.Code) {
	t.Helper()
	switch got := errs.From(err); {
	case err == nil && code == "":
	case err == nil:
		t.Errorf("no error, want %s", code)
	case got.Code != code:
		t.Errorf("got %v, want code %q", err, code)
	}
}

func g[T any](v T) *T { return &v }
