package op_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/guard"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

const failed errs.Code = "printer_tag_re_name_failed"

// What the database says gets a code of the contract here and nowhere else.
func TestErrorsAreNamed(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		material, foreign := b.us.Material(t), b.them.Material(t)
		b.us.Spool(t, material, 100)
		known := errs.New(errs.BedNotClear, "Clear it.")
		for name, c := range map[string]struct {
			step func(ctx context.Context, tx *ent.Tx) error
			code errs.Code
		}{
			"nothing": {func(context.Context, *ent.Tx) error { return nil }, ""},
			"a value that is taken": {func(ctx context.Context, tx *ent.Tx) error {
				return errors.Join(makeTag(ctx, tx, "same"), makeTag(ctx, tx, "same"))
			}, errs.AlreadyExists},
			"a value that is taken, by many": {func(ctx context.Context, tx *ent.Tx) error {
				return tx.PrinterTag.CreateBulk(tx.PrinterTag.Create().SetName("same"), tx.PrinterTag.Create().SetName("same")).Exec(ctx)
			}, errs.AlreadyExists},
			"a row that something points at": {func(ctx context.Context, tx *ent.Tx) error {
				return tx.Material.DeleteOneID(material.ID).Exec(ctx)
			}, errs.ReferenceConflict},
			"a row that points at nothing": {func(ctx context.Context, tx *ent.Tx) error {
				return tx.Spool.Create().SetCode("x").SetOrganizationID(b.us.ID).SetMaterialID(pid.New("mat")).Exec(guard.AsSystem(ctx))
			}, errs.ReferenceConflict},
			"a row that points into another organization": {func(ctx context.Context, tx *ent.Tx) error {
				return tx.Spool.Create().SetCode("x").SetOrganizationID(b.us.ID).SetMaterialID(foreign.ID).Exec(guard.AsSystem(ctx))
			}, errs.ReferenceConflict},
			"a word that is no value": {func(ctx context.Context, tx *ent.Tx) error {
				return tx.Printer.Update().SetState("bored").Exec(ctx)
			}, errs.ValidationFailed},
			"a name that is empty": {func(ctx context.Context, tx *ent.Tx) error { return makeTag(ctx, tx, "") }, errs.ValidationFailed},
			"a row that is not there": {func(ctx context.Context, tx *ent.Tx) error {
				return tx.PrinterTag.UpdateOneID(pid.New("tag")).SetName("x").Exec(ctx)
			}, "printer_tag_not_found"},
			"a known error":                 {func(context.Context, *ent.Tx) error { return known }, errs.BedNotClear},
			"a known error that is wrapped": {func(context.Context, *ent.Tx) error { return fmt.Errorf("dispatch: %w", known) }, errs.BedNotClear},
			"a disk that is full": {func(context.Context, *ent.Tx) error {
				return fmt.Errorf("insert: %w", &pgconn.PgError{Code: "53100"})
			}, errs.StorageFull},
			"an error that nobody named": {func(context.Context, *ent.Tx) error { return io.ErrUnexpectedEOF }, failed},
			"an error of the database":   {func(context.Context, *ent.Tx) error { return &pgconn.PgError{Code: "XX000"} }, failed},
			"a pool inside an operation": {func(ctx context.Context, _ *ent.Tx) error {
				return b.Ops.Client.PrinterTag.Create().SetName("x").Exec(ctx)
			}, failed},
			"a second organization": {func(ctx context.Context, tx *ent.Tx) error {
				return tx.Organization.Create().SetName("x").SetSlug("x").Exec(ctx)
			}, failed},
			"a table that is append-only": {func(ctx context.Context, tx *ent.Tx) error { return eraseEvents(ctx, tx) }, failed},
		} {
			err := b.do(b.ctx, c.step)
			wantCode(t, name, err, c.code)
			if err == nil {
				continue
			}
			if e := errs.From(err); e.Kind == errs.KindInternal && (strings.Contains(e.Details, "EOF") || strings.Contains(e.Details, "SQL") || e.Err == nil) {
				t.Errorf("%s: shows %q, logs %v", name, e.Details, e.Err)
			}
		}
	})
}

// eraseEvents makes an event of an operation before, then deletes it.
func eraseEvents(ctx context.Context, tx *ent.Tx) error {
	err := tx.Event.Create().SetSequence(99).SetType(string(event.TestPing)).SetSubjectType("x").SetSubjectID("x").
		SetActorType("x").SetActorID("x").SetOccurredAt(op.Now(ctx)).SetData([]byte("{}")).Exec(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Event.Delete().Exec(ctx)
	return err
}

func TestErrorsOfReadsAreNamedToo(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		theirs := b.Raw.PrinterTag.Create().SetOrganizationID(b.them.ID).SetName("theirs").SaveX(t.Context())
		for name, c := range map[string]struct {
			read func(ctx context.Context, c *ent.Client) (*ent.PrinterTag, error)
			code errs.Code
		}{
			"a row that is not there": {func(ctx context.Context, c *ent.Client) (*ent.PrinterTag, error) {
				return c.PrinterTag.Get(ctx, pid.New("tag"))
			}, "printer_tag_not_found"},
			"a foreign row": {func(ctx context.Context, c *ent.Client) (*ent.PrinterTag, error) {
				return c.PrinterTag.Get(ctx, theirs.ID)
			}, "printer_tag_not_found"},
			"anything else": {func(context.Context, *ent.Client) (*ent.PrinterTag, error) { return nil, io.EOF }, failed},
		} {
			row, err := op.Read(b.ctx, b.Ops, opTag, none{}, c.read)
			wantCode(t, name, err, c.code)
			if row != nil {
				t.Errorf("%s: answered %v", name, row)
			}
		}
	})
}

func TestIsConstraint(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		err := b.do(b.ctx, func(ctx context.Context, tx *ent.Tx) error {
			must(t, makeTag(ctx, tx, "same"))
			return makeTag(ctx, tx, "same")
		})
		if !op.IsConstraint(err) || op.IsConstraint(io.EOF) || op.IsConstraint(nil) {
			t.Errorf("a constraint is not told from the rest: %v", err)
		}
	})
}
