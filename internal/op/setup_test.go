package op_test

import (
	"context"
	"testing"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// bundle is two organizations on a database, and what runs operations in them.
type bundle struct {
	*testkit.Kit
	us, them *testkit.Organization
	ctx      context.Context // a session of our owner
}

func newBundle(t *testing.T, db *store.DB) *bundle {
	t.Helper()
	k := testkit.NewKit(t, db)
	b := &bundle{Kit: k, us: k.Organization(t, "riverside"), them: k.Organization(t, "hillside")}
	b.ctx = b.us.Session(t, b.us.Owner)
	return b
}

// opTag is the operation that most tests run: it makes or changes printer tags.
var opTag = authz.Op{Resource: "printer_tag", Verb: "re-name", Needs: authz.Any(authz.PrinterManage), Write: true}

// none is an Input without rules, and the answer of steps that answer nothing.
type none struct{}

// do runs steps as opTag.
func (b *bundle) do(ctx context.Context, steps func(ctx context.Context, tx *ent.Tx) error) error {
	_, err := op.Do(ctx, b.Ops, opTag, none{}, func(ctx context.Context, tx *ent.Tx) (none, error) {
		return none{}, steps(ctx, tx)
	})
	return err
}

// makeTag is a step that makes a tag and says so.
func makeTag(ctx context.Context, tx *ent.Tx, name string) error {
	tag, err := tx.PrinterTag.Create().SetName(name).Save(ctx)
	if err != nil {
		return err
	}
	event.Emit(ctx, tx, event.Created{Resource: "printer_tag", ID: tag.ID, Object: map[string]any{"id": tag.ID}})
	return nil
}

// tags is how many tags there are, past the guard.
func (b *bundle) tags(t testing.TB) int {
	t.Helper()
	return b.Raw.PrinterTag.Query().CountX(t.Context())
}

// wantNothing fails where an operation left something behind.
func (b *bundle) wantNothing(t testing.TB, what string) {
	t.Helper()
	if n, e, told := b.tags(t), append(b.us.Events(t), b.them.Events(t)...), b.Committed(); n != 0 || len(e) != 0 || len(told) != 0 {
		t.Errorf("%s left %d tags, events %v, and told %v", what, n, e, told)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t testing.TB, what string, err error, code errs.Code) {
	t.Helper()
	if code == "" && err != nil || code != "" && !errs.Is(err, code) {
		t.Errorf("%s: got %v, want code %q", what, err, code)
	}
}
