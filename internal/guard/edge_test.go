package guard_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/ent/printertag"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/guard"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// edgeWrite writes an edge from one of our rows to the id.
type edgeWrite struct {
	name string
	from func(s *side) pid.ID // the row whose id is used
	do   func(ctx context.Context, tx *ent.Tx, us *side, id pid.ID) error
	code errs.Code
}

func edgeWrites() []edgeWrite {
	tag, group := func(s *side) pid.ID { return s.tag.ID }, func(s *side) pid.ID { return s.group.ID }
	ada, file := func(s *side) pid.ID { return s.printer.ID }, func(s *side) pid.ID { return s.file.ID }
	class, student := func(s *side) pid.ID { return s.class.ID }, func(s *side) pid.ID { return s.stranger.ID }
	slot, material := func(s *side) pid.ID { return s.slot.ID }, func(s *side) pid.ID { return s.material.ID }
	return []edgeWrite{
		{"create, many to many", tag, func(ctx context.Context, tx *ent.Tx, _ *side, id pid.ID) error {
			return newPrinter(tx).AddTagIDs(id).Exec(ctx)
		}, "printer_tag_not_found"},
		{"create, many to many from the other side", ada, func(ctx context.Context, tx *ent.Tx, _ *side, id pid.ID) error {
			return tx.PrinterTag.Create().SetName("new").AddPrinterIDs(id).Exec(ctx)
		}, "printer_not_found"},
		{"create of many", ada, func(ctx context.Context, tx *ent.Tx, _ *side, id pid.ID) error {
			return tx.PrinterTag.CreateBulk(tx.PrinterTag.Create().SetName("new"), tx.PrinterTag.Create().SetName("newer").AddPrinterIDs(id)).Exec(ctx)
		}, "printer_not_found"},
		{"create, required", material, func(ctx context.Context, tx *ent.Tx, _ *side, id pid.ID) error {
			return tx.Spool.Create().SetCode("S-1").SetMaterialID(id).Exec(ctx)
		}, "material_not_found"},
		{"create, required person", student, func(ctx context.Context, tx *ent.Tx, us *side, id pid.ID) error {
			return newItem(tx, us).SetSubmitterID(id).Exec(ctx)
		}, "user_not_found"},
		{"create, optional", file, func(ctx context.Context, tx *ent.Tx, us *side, id pid.ID) error {
			return newItem(tx, us).SetFileID(id).Exec(ctx)
		}, "file_not_found"},
		{"create, optional by pointer", class, func(ctx context.Context, tx *ent.Tx, us *side, id pid.ID) error {
			return newItem(tx, us).SetNillableClassID(&id).Exec(ctx)
		}, "class_not_found"},
		{"create, one to one", slot, func(ctx context.Context, tx *ent.Tx, us *side, id pid.ID) error {
			return tx.Spool.Create().SetCode("S-1").SetMaterial(us.material).SetSlotID(id).Exec(ctx)
		}, "printer_slot_not_found"},
		{"update, many to many", tag, func(ctx context.Context, tx *ent.Tx, us *side, id pid.ID) error {
			return tx.Printer.UpdateOneID(us.printer.ID).AddTagIDs(id).Exec(ctx)
		}, "printer_tag_not_found"},
		{"update, many to many, with a column", group, func(ctx context.Context, tx *ent.Tx, us *side, id pid.ID) error {
			return tx.Printer.UpdateOneID(us.printer.ID).SetName("Eve").AddGroupIDs(id).Exec(ctx)
		}, "printer_group_not_found"},
		{"update, many to many from the other side", ada, func(ctx context.Context, tx *ent.Tx, us *side, id pid.ID) error {
			return tx.PrinterGroup.UpdateOneID(us.group.ID).AddPrinterIDs(id).Exec(ctx)
		}, "printer_not_found"},
		{"update, an own and another", tag, func(ctx context.Context, tx *ent.Tx, us *side, id pid.ID) error {
			return tx.Printer.UpdateOneID(us.printer.ID).ClearTags().AddTagIDs(us.tag.ID, id).Exec(ctx)
		}, "printer_tag_not_found"},
		{"update of many", tag, func(ctx context.Context, tx *ent.Tx, us *side, id pid.ID) error {
			return tx.Printer.Update().Where(printer.ID(us.printer.ID)).AddTagIDs(id).Exec(ctx)
		}, "printer_tag_not_found"},
		{"update, people of a group", student, func(ctx context.Context, tx *ent.Tx, us *side, id pid.ID) error {
			return tx.UserGroup.UpdateOneID(us.userGroup.ID).AddMemberIDs(id).Exec(ctx)
		}, "user_not_found"},
		{"update, groups of a class", group, func(ctx context.Context, tx *ent.Tx, us *side, id pid.ID) error {
			return tx.Class.UpdateOneID(us.class.ID).AddPrinterGroupIDs(id).Exec(ctx)
		}, "printer_group_not_found"},
		{"update, required", material, func(ctx context.Context, tx *ent.Tx, us *side, id pid.ID) error {
			return tx.Spool.UpdateOneID(us.spool.ID).SetMaterialID(id).Exec(ctx)
		}, "material_not_found"},
		{"update, optional", ada, func(ctx context.Context, tx *ent.Tx, us *side, id pid.ID) error {
			return tx.QueueItem.UpdateOneID(us.item.ID).SetAssignedPrinterID(id).Exec(ctx)
		}, "printer_not_found"},
		{"update of many, optional", file, func(ctx context.Context, tx *ent.Tx, _ *side, id pid.ID) error {
			return tx.QueueItem.Update().SetFileID(id).Exec(ctx)
		}, "file_not_found"},
		{"update, to a row of its own kind", class, func(ctx context.Context, tx *ent.Tx, us *side, id pid.ID) error {
			return tx.Class.UpdateOneID(us.otherClass.ID).SetNextClassID(id).Exec(ctx)
		}, "class_not_found"},
		{"update, one to many", slot, func(ctx context.Context, tx *ent.Tx, us *side, id pid.ID) error {
			return tx.Printer.UpdateOneID(us.printer.ID).AddSlotIDs(id).Exec(ctx)
		}, "printer_slot_not_found"},
		{"update, one to one", slot, func(ctx context.Context, tx *ent.Tx, us *side, id pid.ID) error {
			return tx.Spool.UpdateOneID(us.spool.ID).SetSlotID(id).Exec(ctx)
		}, "printer_slot_not_found"},
		{"update by the column's name", ada, func(ctx context.Context, tx *ent.Tx, us *side, id pid.ID) error {
			q := tx.QueueItem.UpdateOneID(us.item.ID)
			if err := q.Mutation().SetField("assigned_printer_id", id); err != nil {
				return err
			}
			return q.Exec(ctx)
		}, "printer_not_found"},
	}
}

func newPrinter(tx *ent.Tx) *ent.PrinterCreate {
	return tx.Printer.Create().SetName("Eve").SetConnector(connector)
}

func newItem(tx *ent.Tx, us *side) *ent.QueueItemCreate {
	return tx.QueueItem.Create().SetName("cube").SetNumber(999).SetSubmitter(us.Owner)
}

// A foreign row cannot be linked, in no direction and by no builder; it is answered as one that does not exist.
func TestEdgesToForeignRows(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		owner, before := w.us.owner(t), w.dump(t)
		for _, c := range edgeWrites() {
			for kind, id := range map[string]pid.ID{"foreign": c.from(w.them), "unknown": pid.New("xxx"), "malformed": "' OR 1=1 --", "empty": ""} {
				err := w.inside(owner, func(ctx context.Context, tx *ent.Tx) error {
					if err := c.do(ctx, tx, w.us, id); !errs.Is(err, c.code) && err != nil {
						t.Errorf("%s, %s: the step sees %v", c.name, kind, err)
					} else if err == nil {
						t.Errorf("%s, %s: linked", c.name, kind)
					}
					return nil // commit, whatever was done
				})
				must(t, err)
			}
		}
		if d := cmp.Diff(before, w.dump(t)); d != "" {
			t.Errorf("something changed (-before +after):\n%s", d)
		}
	})
}

// The same writes with ids of our own pass: it is the border that refuses, not the edge.
func TestEdgesToOwnRows(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		before := w.dump(t)
		w.Raw.PrinterSlot.UpdateOne(w.us.slot).ClearSpool().ExecX(t.Context())
		w.Raw.Printer.UpdateOne(w.us.printer).ClearTags().ClearGroups().ExecX(t.Context())
		w.Raw.Class.UpdateOne(w.us.class).ClearPrinterGroups().ExecX(t.Context())
		start, taken := w.dump(t), errors.New("take it back")
		if before == start {
			t.Fatal("nothing was prepared")
		}
		for _, c := range edgeWrites() {
			if c.name == "update, one to many" {
				continue // a slot has its printer for good
			}
			err := w.inside(w.us.owner(t), func(ctx context.Context, tx *ent.Tx) error {
				if err := c.do(ctx, tx, w.us, c.from(w.us)); err != nil {
					t.Errorf("%s: %v", c.name, err)
				}
				return taken
			})
			if !errors.Is(err, taken) || w.dump(t) != start {
				t.Errorf("%s: %v, or it was not taken back", c.name, err)
			}
		}
		must(t, w.inside(w.us.owner(t), func(ctx context.Context, tx *ent.Tx) error {
			return tx.Printer.UpdateOneID(w.us.printer.ID).AddTagIDs(w.us.tag.ID, w.us.tag.ID).Exec(ctx)
		}))
		if n := w.us.printer.QueryTags().CountX(t.Context()); n != 1 {
			t.Errorf("the same tag twice: %d", n)
		}
	})
}

// A row that was deleted softly is linked no more.
func TestEdgesToDeletedRows(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.us.file.Update().SetDeletedAt(w.Clock.Now()).ExecX(t.Context())
		err := w.inside(w.us.owner(t), func(ctx context.Context, tx *ent.Tx) error {
			return newItem(tx, w.us).SetFile(w.us.file).Exec(ctx)
		})
		if !errs.Is(err, "file_not_found") {
			t.Error(err)
		}
	})
}

// Removing an edge that leads elsewhere removes nothing there.
func TestRemovedForeignEdges(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		theirs := w.dump(t, w.them.ID)
		must(t, w.inside(w.us.owner(t), func(ctx context.Context, tx *ent.Tx) error {
			if err := tx.Printer.UpdateOneID(w.us.printer.ID).RemoveTagIDs(w.them.tag.ID).RemoveSlotIDs(w.them.slot.ID).Exec(ctx); err != nil {
				return err
			}
			return tx.PrinterTag.Update().Where(printertag.ID(w.us.tag.ID)).RemovePrinterIDs(w.them.printer.ID).Exec(ctx)
		}))
		if d := cmp.Diff(theirs, w.dump(t, w.them.ID)); d != "" {
			t.Errorf("they changed (-before +after):\n%s", d)
		}
		if n := w.us.printer.QueryTags().CountX(t.Context()); n != 1 {
			t.Errorf("our own edges: %d", n)
		}
	})
}

func TestTheOrganizationOfANewRow(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		before := w.dump(t, w.them.ID)
		for name, c := range map[string]struct {
			set  func(*ent.PrinterTagCreate) *ent.PrinterTagCreate
			code errs.Code
		}{
			"is stamped":   {func(q *ent.PrinterTagCreate) *ent.PrinterTagCreate { return q.SetName("a") }, ""},
			"may be named": {func(q *ent.PrinterTagCreate) *ent.PrinterTagCreate { return q.SetName("b").SetOrganizationID(w.us.ID) }, ""},
			"may be given as a row": {func(q *ent.PrinterTagCreate) *ent.PrinterTagCreate {
				return q.SetName("c").SetOrganization(w.us.Organization.Organization)
			}, ""},
			"is no other": {func(q *ent.PrinterTagCreate) *ent.PrinterTagCreate {
				return q.SetName("d").SetOrganizationID(w.them.ID)
			}, "organization_not_found"},
			"is no other given as a row": {func(q *ent.PrinterTagCreate) *ent.PrinterTagCreate {
				return q.SetName("e").SetOrganization(w.them.Organization.Organization)
			}, "organization_not_found"},
			"is none that does not exist": {func(q *ent.PrinterTagCreate) *ent.PrinterTagCreate {
				return q.SetName("f").SetOrganizationID(pid.New("org"))
			}, "organization_not_found"},
			"is not nothing": {func(q *ent.PrinterTagCreate) *ent.PrinterTagCreate { return q.SetName("g").SetOrganizationID("") }, "organization_not_found"},
		} {
			err := w.inside(w.us.owner(t), func(ctx context.Context, tx *ent.Tx) error {
				tag, err := c.set(tx.PrinterTag.Create()).Save(ctx)
				if err == nil && tag.OrganizationID != w.us.ID {
					t.Errorf("%s: it is in %s", name, tag.OrganizationID)
				}
				return err
			})
			if c.code == "" && err != nil || c.code != "" && !errs.Is(err, c.code) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if w.dump(t, w.them.ID) != before {
			t.Error("another organization has new rows")
		}
		err := w.inside(w.us.owner(t), func(ctx context.Context, tx *ent.Tx) error {
			return tx.Organization.Create().SetName("x").SetSlug("x").Exec(ctx)
		})
		if !errors.Is(err, guard.ErrOutside) {
			t.Errorf("an organization is made by an operation: %v", err)
		}
	})
}

// Global rows are written only where they belong to the organization.
func TestWritesToGlobalRows(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		for name, c := range map[string]struct {
			do func(ctx context.Context, tx *ent.Tx) (int, error)
			n  int
		}{
			"our organization": {func(ctx context.Context, tx *ent.Tx) (int, error) {
				return gone(tx.Organization.UpdateOneID(w.us.ID).SetName("x").Exec(ctx))
			}, 1},
			"their organization": {func(ctx context.Context, tx *ent.Tx) (int, error) {
				return gone(tx.Organization.UpdateOneID(w.them.ID).SetName("x").Exec(ctx))
			}, 0},
			"all organizations": {func(ctx context.Context, tx *ent.Tx) (int, error) {
				return tx.Organization.Update().SetName("x").Save(ctx)
			}, 1},
			"our student": {func(ctx context.Context, tx *ent.Tx) (int, error) {
				return gone(tx.User.UpdateOneID(w.us.student.UserID).SetName("x").Exec(ctx))
			}, 1},
			"their student": {func(ctx context.Context, tx *ent.Tx) (int, error) {
				return gone(tx.User.UpdateOneID(w.them.student.UserID).SetName("x").Exec(ctx))
			}, 0},
			"all people": {func(ctx context.Context, tx *ent.Tx) (int, error) { return tx.User.Update().SetLocale("en").Save(ctx) }, 5},
		} {
			taken := errors.New("take it back")
			err := w.inside(w.us.owner(t), func(ctx context.Context, tx *ent.Tx) error {
				n, err := c.do(ctx, tx)
				if n != c.n || err != nil {
					t.Errorf("%s: %d rows, %v", name, n, err)
				}
				return taken
			})
			if !errors.Is(err, taken) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
