package guard_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/guard"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// writePaths are all ways to change or delete a printer by its id; tag is one of our own. Each answers how many rows it changed.
var writePaths = map[string]func(ctx context.Context, c *ent.Client, id, tag pid.ID) (int, error){
	"update of one": func(ctx context.Context, c *ent.Client, id, _ pid.ID) (int, error) {
		return oneRow(c.Printer.UpdateOneID(id).SetName("Eve").Exec(ctx))
	},
	"update of one that is answered": func(ctx context.Context, c *ent.Client, id, _ pid.ID) (int, error) {
		_, err := c.Printer.UpdateOneID(id).SetName("Eve").Save(ctx)
		return oneRow(err)
	},
	"update of one by its telemetry": func(ctx context.Context, c *ent.Client, id, _ pid.ID) (int, error) {
		return oneRow(c.Printer.UpdateOneID(id).SetState("error").Exec(ctx))
	},
	"update of one under a condition": func(ctx context.Context, c *ent.Client, id, _ pid.ID) (int, error) {
		return oneRow(c.Printer.UpdateOneID(id).Where(printer.Or(printer.ID(id), printer.IDNEQ(""))).SetName("Eve").Exec(ctx))
	},
	"update of one that clears": func(ctx context.Context, c *ent.Client, id, _ pid.ID) (int, error) {
		return oneRow(c.Printer.UpdateOneID(id).ClearConnectorSecret().Exec(ctx))
	},
	"update of one that adds": func(ctx context.Context, c *ent.Client, id, _ pid.ID) (int, error) {
		return oneRow(c.Printer.UpdateOneID(id).AddMaxBedC(1).Exec(ctx))
	},
	"update of one that changes nothing": func(ctx context.Context, c *ent.Client, id, _ pid.ID) (int, error) {
		_, err := c.Printer.UpdateOneID(id).Save(ctx)
		return oneRow(err)
	},
	"update of an entity": func(ctx context.Context, c *ent.Client, id, _ pid.ID) (int, error) {
		return oneRow(c.Printer.GetX(guard.AsSystem(ctx), id).Update().SetName("Eve").Exec(ctx))
	},
	"an edge added to one": func(ctx context.Context, c *ent.Client, id, tag pid.ID) (int, error) {
		return oneRow(c.Printer.UpdateOneID(id).AddTagIDs(tag).Exec(ctx))
	},
	"edges of one cleared": func(ctx context.Context, c *ent.Client, id, _ pid.ID) (int, error) {
		return oneRow(c.Printer.UpdateOneID(id).ClearTags().Exec(ctx))
	},
	"edges of one cleared and set": func(ctx context.Context, c *ent.Client, id, tag pid.ID) (int, error) {
		return oneRow(c.Printer.UpdateOneID(id).ClearTags().AddTagIDs(tag).SetName("Eve").Exec(ctx))
	},
	"edges to many of one cleared": func(ctx context.Context, c *ent.Client, id, _ pid.ID) (int, error) {
		return oneRow(c.Printer.UpdateOneID(id).ClearGroups().ClearTags().Exec(ctx))
	},
	"update of many": func(ctx context.Context, c *ent.Client, id, _ pid.ID) (int, error) {
		return c.Printer.Update().Where(printer.ID(id)).SetName("Eve").Save(ctx)
	},
	"update of many by telemetry": func(ctx context.Context, c *ent.Client, id, _ pid.ID) (int, error) {
		return c.Printer.Update().Where(printer.ID(id)).SetBedState("occupied").Save(ctx)
	},
	"an edge added to many": func(ctx context.Context, c *ent.Client, id, tag pid.ID) (int, error) {
		return c.Printer.Update().Where(printer.ID(id)).AddTagIDs(tag).Save(ctx)
	},
	"edges of many cleared": func(ctx context.Context, c *ent.Client, id, _ pid.ID) (int, error) {
		return c.Printer.Update().Where(printer.ID(id)).ClearTags().Save(ctx)
	},
	"delete of one": func(ctx context.Context, c *ent.Client, id, _ pid.ID) (int, error) {
		return oneRow(c.Printer.DeleteOneID(id).Exec(ctx))
	},
	"delete of an entity": func(ctx context.Context, c *ent.Client, id, _ pid.ID) (int, error) {
		return oneRow(c.Printer.DeleteOne(c.Printer.GetX(guard.AsSystem(ctx), id)).Exec(ctx))
	},
	"delete of many": func(ctx context.Context, c *ent.Client, id, _ pid.ID) (int, error) {
		return c.Printer.Delete().Where(printer.ID(id)).Exec(ctx)
	},
}

var errNoSuchRow = errors.New("one row is named and not there")

// oneRow tells a row that is not there from one that was changed: whoever names one row gets an error, not a zero.
func oneRow(err error) (int, error) {
	n, err := gone(err)
	if n == 0 && err == nil {
		return 0, errNoSuchRow
	}
	return n, err
}

// create is a write, too.
func create(ctx context.Context, c *ent.Client) error {
	return c.PrinterTag.Create().SetName("new").Exec(ctx)
}

func (w *world) printerWithTag(t *testing.T, s *side) pid.ID {
	t.Helper()
	return s.Printer(t, "Bob", 1, func(p *ent.PrinterCreate) { p.AddTags(s.tag).AddGroups(s.group) }).ID
}

func TestEveryWayToWriteReachesOwnRows(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		tag := w.Raw.PrinterTag.Create().SetOrganizationID(w.us.ID).SetName("other").SaveX(t.Context()).ID
		for path, write := range writePaths {
			id, theirs := w.printerWithTag(t, w.us), w.dump(t, w.them.ID)
			before := w.dump(t, id)
			err := w.inside(w.us.owner(t), func(ctx context.Context, tx *ent.Tx) error {
				n, err := write(ctx, tx.Client(), id, tag)
				if n != 1 {
					t.Errorf("%s: %d rows", path, n)
				}
				return err
			})
			if err != nil || w.dump(t, id) == before && path != "update of one that changes nothing" {
				t.Errorf("%s: %v, or nothing changed", path, err)
			}
			if w.dump(t, w.them.ID) != theirs {
				t.Errorf("%s: another organization changed", path)
			}
		}
	})
}

// What is written to a foreign row changes nothing, and whoever names one row is told that it is not there.
func TestNoWayToWriteReachesForeignRows(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		before := w.dump(t)
		for actor, ctx := range map[string]context.Context{"owner": w.us.owner(t), "key": w.us.Key(t, authz.PrinterManage)} {
			for path, write := range writePaths {
				err := w.inside(ctx, func(ctx context.Context, tx *ent.Tx) error {
					n, err := write(ctx, tx.Client(), w.them.printer.ID, w.us.tag.ID)
					if n != 0 || err != nil && !errors.Is(err, errNoSuchRow) {
						t.Errorf("%s, %s: %d rows, %v", actor, path, n, err)
					}
					return nil // commit, whatever was done
				})
				must(t, err)
				if d := cmp.Diff(before, w.dump(t)); d != "" {
					t.Fatalf("%s, %s changed (-before +after):\n%s", actor, path, d)
				}
			}
		}
	})
}

// Without a condition too, a write ends at the organization's border.
func TestWritesWithoutCondition(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.us.Printer(t, "Bob", 0)
		theirs := w.dump(t, w.them.ID)
		for name, write := range map[string]func(context.Context, *ent.Tx) (int, error){
			"update": func(ctx context.Context, tx *ent.Tx) (int, error) {
				return tx.Printer.Update().SetName("Eve").Save(ctx)
			},
			"edge-only": func(ctx context.Context, tx *ent.Tx) (int, error) {
				return tx.Printer.Update().AddTags(w.us.tag).Save(ctx)
			},
			"clear of edges": func(ctx context.Context, tx *ent.Tx) (int, error) { return tx.Printer.Update().ClearTags().Save(ctx) },
			"delete":         func(ctx context.Context, tx *ent.Tx) (int, error) { return tx.Printer.Delete().Exec(ctx) },
		} {
			err := w.inside(w.us.owner(t), func(ctx context.Context, tx *ent.Tx) error {
				n, err := write(ctx, tx)
				if n != 2 || err != nil {
					t.Errorf("%s: %d rows, %v", name, n, err)
				}
				return context.Canceled // take it back
			})
			if !errors.Is(err, context.Canceled) || w.dump(t, w.them.ID) != theirs {
				t.Errorf("%s: %v, or another organization changed", name, err)
			}
		}
		must(t, w.inside(w.us.owner(t), func(ctx context.Context, tx *ent.Tx) error {
			_, err := tx.Printer.Delete().Exec(ctx)
			return err
		}))
		if w.dump(t, w.them.ID) != theirs {
			t.Error("delete: another organization changed")
		}
	})
}

// refuseWrites checks that every write is refused with the error and that nothing changed.
func (w *world) refuseWrites(t *testing.T, name string, ctx context.Context, c *ent.Client, want error) {
	t.Helper()
	for path, write := range writePaths {
		if n, err := write(ctx, c, w.us.printer.ID, w.us.tag.ID); n != 0 || !errors.Is(err, want) {
			t.Errorf("%s, %s: %d rows, %v, want %v", name, path, n, err, want)
		}
	}
	if err := create(ctx, c); !errors.Is(err, want) {
		t.Errorf("%s, create: %v, want %v", name, err, want)
	}
	bulk := []*ent.PrinterTagCreate{c.PrinterTag.Create().SetName("a"), c.PrinterTag.Create().SetName("b")}
	if err := c.PrinterTag.CreateBulk(bulk...).Exec(ctx); !errors.Is(err, want) {
		t.Errorf("%s, create of many: %v, want %v", name, err, want)
	}
}

func TestWritesOutsideTheirOperation(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		owner, before := w.us.owner(t), w.dump(t)
		w.refuseWrites(t, "no operation", owner, w.client, guard.ErrOutside)
		w.refuseWrites(t, "nobody", t.Context(), w.client, guard.ErrOutside)
		w.refuseWrites(t, "background work without operation", w.us.System(t), w.client, guard.ErrOutside)

		wide, end := guard.EnterWide(owner)
		w.refuseWrites(t, "a wide read", wide, w.client, guard.ErrOutside)
		end()
		_, err := op.Read(owner, w.Ops, anything, struct{}{}, func(ctx context.Context, c *ent.Client) (struct{}, error) {
			w.refuseWrites(t, "a read operation", ctx, c, guard.ErrOutside)
			return struct{}{}, nil
		})
		must(t, err)

		tx, err := w.client.Tx(owner)
		must(t, err)
		w.refuseWrites(t, "a transaction without operation", owner, tx.Client(), guard.ErrOutside)
		marked, end := guard.Enter(t.Context(), tx.Driver(), w.Clock.Now())
		w.refuseWrites(t, "an operation of nobody", marked, tx.Client(), guard.ErrOutside)
		end()
		must(t, tx.Rollback())

		var late context.Context
		var ended *ent.Tx
		must(t, w.inside(owner, func(ctx context.Context, tx *ent.Tx) error {
			late, ended = context.WithoutCancel(ctx), tx
			w.refuseWrites(t, "a client from outside the transaction", ctx, w.client, guard.ErrPool)
			return nil
		}))
		w.refuseWrites(t, "an operation that ended, from outside", owner, ended.Client(), guard.ErrOutside)
		w.refuseWrites(t, "an operation that ended, from inside", late, ended.Client(), guard.ErrOutside)
		w.refuseWrites(t, "an operation that ended, from the pool", late, w.client, guard.ErrOutside)
		if err := ended.Printer.Update().SetName("Eve").Exec(guard.AsSystem(t.Context())); !errors.Is(err, store.ErrTxEnded) {
			t.Errorf("a transaction that ended: %v", err)
		}
		if d := cmp.Diff(before, w.dump(t)); d != "" {
			t.Errorf("something changed (-before +after):\n%s", d)
		}
	})
}

// One operation's transaction is no other's.
func TestTheTransactionOfAnotherOperation(t *testing.T) {
	w := newWorld(t, testkit.Postgres(t))
	must(t, w.inside(w.us.owner(t), func(ctx context.Context, _ *ent.Tx) error {
		return w.inside(w.them.owner(t), func(_ context.Context, other *ent.Tx) error {
			w.refuseWrites(t, "another transaction", ctx, other.Client(), guard.ErrPool)
			return nil
		})
	}))
}
