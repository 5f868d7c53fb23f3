package roster_test

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/roster"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// Files and what they changed belong to one organization; who uploads one comes back to it.
func TestImportUpload(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		n := b.north
		content := csv("email,name", "new@north.example,New")
		kept, err := b.imports().Upload(b.as(n.admin), roster.UploadImportInput{Name: "people.csv", Content: content})
		if !b.check("upload", err, "", "") {
			return
		}
		found, err := b.imports().Get(b.as(n.admin), roster.GetImportInput{ImportID: kept.ID})
		if b.check("get", err, "", "") && (!bytes.Equal(found.Content, content) || found.Name != "people.csv") {
			t.Errorf("kept: %+v", found)
		}
		all, err := b.imports().List(b.as(n.admin), roster.ListImportsInput{})
		if b.check("a file that was not applied is not listed", err, "", "") && len(all) != 0 {
			t.Errorf("listed: %+v", all)
		}
		look, err := b.imports().Examine(b.as(n.admin), roster.ImportInput{Content: content})
		if b.check("examine", err, "", "") && (look.Format != "csv" || len(look.Columns) != 2) {
			t.Errorf("examined: %+v", look)
		}
		for name, do := range map[string]func(as context.Context) error{
			"get": func(as context.Context) error {
				_, err := b.imports().Get(as, roster.GetImportInput{ImportID: kept.ID})
				return err
			},
			"undo": func(as context.Context) error {
				_, err := b.imports().Undo(as, roster.UndoImportInput{ImportID: kept.ID})
				return err
			},
			"apply": func(as context.Context) error {
				_, err := b.imports().Apply(as, roster.ApplyImportInput{ImportInput: roster.ImportInput{Content: content}, ImportID: &kept.ID})
				return err
			},
		} {
			b.check("another school: "+name, do(b.as(b.south.owner)), "roster_import_not_found", "")
			b.check("a teacher: "+name, do(b.as(n.teacher)), errs.InsufficientPermissions, "")
		}
		if others, err := b.imports().List(b.as(b.south.owner), roster.ListImportsInput{}); err != nil || len(others) != 0 {
			t.Errorf("another school lists %v, %v", others, err)
		}
		_, err = b.imports().Undo(b.as(n.admin), roster.UndoImportInput{ImportID: kept.ID})
		b.check("undo of what was not applied", err, errs.RosterImportNotUndoable, "not applied")
		_, err = b.imports().Apply(b.as(n.admin), roster.ApplyImportInput{ImportInput: roster.ImportInput{Content: content}, Expect: &schematype.ImportSummary{Changed: 1}})
		b.check("other counts than somebody was shown", err, errs.PreconditionFailed, "changed since the preview")
		applied, err := b.imports().Apply(b.as(n.admin), roster.ApplyImportInput{ImportInput: roster.ImportInput{Content: content}, ImportID: &kept.ID})
		if b.check("apply what is kept", err, "", "") && (applied.Import.ID != kept.ID || applied.Summary.New != 1) {
			t.Errorf("applied: %+v", applied.Import)
		}
		if after := b.client.RosterImport.GetX(b.system, kept.ID); len(after.Content) != 0 || after.AppliedAt == nil || len(after.Changes) == 0 {
			t.Errorf("after it was applied: %+v", after)
		}
		_, err = b.imports().Apply(b.as(n.admin), roster.ApplyImportInput{ImportInput: roster.ImportInput{Content: content}, ImportID: &kept.ID})
		b.check("applied twice", err, errs.AlreadyExists, "applied already")
		_, err = b.imports().Undo(b.as(n.admin), roster.UndoImportInput{ImportID: pid.ID("rim" + nowhere)})
		b.check("undo of nothing", err, "roster_import_not_found", "")
		_, err = b.imports().Upload(b.as(n.admin), roster.UploadImportInput{Content: make([]byte, 16<<20+1)})
		b.check("17 MB", err, errs.ValidationFailed, "content too_long")
	})
}

// Two admins apply the same file at once: one makes everything, the other finds it made.
func TestImportTwiceAtOnce(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		file := b.oneRoster("1.1", nil)
		contexts := []context.Context{b.as(b.north.admin), b.as(b.north.owner), b.as(b.south.owner)}
		results, failed := make([]*roster.ImportResult, len(contexts)), make([]error, len(contexts))
		var all sync.WaitGroup
		for i, ctx := range contexts {
			all.Go(func() {
				results[i], failed[i] = b.imports().Apply(ctx, roster.ApplyImportInput{ImportInput: roster.ImportInput{Content: file}})
			})
		}
		all.Wait()
		for i, err := range failed {
			if !b.check("apply", err, "", "") {
				t.Fatalf("%d: %v %+v", i, err, errs.From(err).Err)
			}
		}
		if made := []int{results[0].Summary.New + results[1].Summary.New, results[0].Summary.ClassesNew + results[1].Summary.ClassesNew, results[2].Summary.New, results[2].Summary.ClassesNew}; !slices.Equal(made, []int{5, 3, 5, 3}) {
			t.Errorf("made %v people and classes here and in the other school", made)
		}
		undone, err := b.imports().Undo(b.as(b.south.owner), roster.UndoImportInput{ImportID: results[2].Import.ID})
		if b.check("the other school takes its own back", err, "", "") && (undone.Removed != 5 || len(b.inventory(b.north)) <= len(b.inventory(b.south))) {
			t.Errorf("undone: %+v", undone)
		}
	})
}
