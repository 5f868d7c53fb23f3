package guard_test

import (
	"context"
	"slices"
	"testing"

	"entgo.io/ent/dialect/sql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/guard"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// lists are the unnarrowed lists of the types that have row rules.
func (w *world) lists() map[string]func(context.Context) ([]pid.ID, error) {
	c := w.client
	return map[string]func(context.Context) ([]pid.ID, error){
		"items":         c.QueueItem.Query().IDs,
		"prints":        c.PrintRun.Query().IDs,
		"files":         c.File.Query().IDs,
		"classes":       c.Class.Query().IDs,
		"enrollments":   c.Enrollment.Query().IDs,
		"members":       c.Membership.Query().IDs,
		"people":        c.User.Query().IDs,
		"notifications": c.Notification.Query().IDs,
		"organizations": c.Organization.Query().IDs,
		"printers":      c.Printer.Query().IDs,
		"spools":        c.Spool.Query().IDs,
	}
}

const nothing, everybody = "refused", "both, owner, stranger, student, teacher"

func TestWhoSeesWhichRows(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		for _, c := range []struct {
			name string
			ctx  context.Context
			want map[string]string
		}{
			{"a student sees what is their own", w.us.as(t, w.us.student), map[string]string{
				"items": "student's item", "prints": "student's print", "files": "student's file", "notifications": "student's notification",
				"classes": "robotics", "enrollments": "student in robotics", "members": "student", "people": "student",
				"organizations": "riverside", "printers": nothing, "spools": nothing}},
			{"a student without class sees none", w.us.As(t, authz.RoleStudent), map[string]string{
				"items": "", "prints": "", "files": "", "notifications": "", "classes": "", "enrollments": ""}},
			{"a teacher sees the whole queue, their classes, and of the people themselves", w.us.as(t, w.us.teacher), map[string]string{
				"items": "stranger's item, student's item", "prints": "stranger's print, student's print", "files": "stranger's file, student's file",
				"classes": "robotics", "enrollments": "student in robotics, teacher in robotics", "members": "teacher", "people": "teacher",
				"notifications": "", "organizations": "riverside", "printers": "ada", "spools": "spool"}},
			{"an owner sees all but other people's notifications", w.us.owner(t), map[string]string{
				"items": "stranger's item, student's item", "classes": "arts, robotics",
				"enrollments": "stranger in arts, student in robotics, teacher in robotics", "notifications": "", "organizations": "riverside"}},
			{"a person of both sees here what is here", w.us.Session(t, w.Raw.Membership.GetX(t.Context(), w.both(t))), map[string]string{
				"items": "", "classes": "", "enrollments": "", "members": "both", "people": "both", "organizations": "riverside"}},
			{"a key that manages the queue", w.us.Key(t, authz.QueueManage), map[string]string{
				"items": "stranger's item, student's item", "files": "stranger's file, student's file", "prints": nothing, "classes": nothing,
				"enrollments": nothing, "notifications": "", "members": "owner", "people": "owner"}},
			{"a key without scope sees its creator and its organization", w.us.Key(t), map[string]string{
				"items": nothing, "prints": nothing, "files": nothing, "classes": nothing, "enrollments": nothing, "notifications": "",
				"printers": nothing, "spools": nothing, "members": "owner", "people": "owner", "organizations": "riverside"}},
			{"a key that manages people", w.us.Key(t, authz.OrgManageUsers), map[string]string{
				"classes": "arts, robotics", "enrollments": "stranger in arts, student in robotics, teacher in robotics", "items": nothing}},
			{"background work sees all", w.us.System(t), map[string]string{
				"items": "stranger's item, student's item", "notifications": "stranger's notification, student's notification", "printers": "ada"}},
		} {
			for list, want := range c.want {
				ids, err := w.lists()[list](c.ctx)
				if got := w.named(ids); want == nothing && !like(err, refused) || want != nothing && (err != nil || got != want) {
					t.Errorf("%s: %s are %q, %v, want %q", c.name, list, got, err, want)
				}
			}
		}
	})
}

// both is the membership here of the person who is in both organizations.
func (w *world) both(t *testing.T) pid.ID {
	t.Helper()
	for id, label := range w.labels {
		if label == "both" && id.Valid("mem") {
			return id
		}
	}
	t.Fatal("nobody is in both organizations")
	return ""
}

// Whoever runs the queue sees whose print it is where they read it; people by themselves are for who manages them.
func TestWhoRunsTheQueueSeesWhosePrintItIs(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		for name, c := range map[string]struct {
			ctx    context.Context
			people string
		}{
			"teacher": {w.us.as(t, w.us.teacher), "teacher"}, "key of the queue": {w.us.Key(t, authz.QueueManage), "owner"},
			"owner": {w.us.owner(t), everybody}, "key of the people": {w.us.Key(t, authz.OrgManageUsers), everybody}, "background work": {w.us.System(t), everybody},
		} {
			ids, err := w.client.User.Query().IDs(c.ctx)
			if got := w.named(ids); got != c.people || err != nil {
				t.Errorf("%s: %s, %v", name, got, err)
			}
		}
		items, err := w.client.QueueItem.Query().WithSubmitter(func(q *ent.MembershipQuery) { q.WithUser() }).All(w.us.as(t, w.us.teacher))
		must(t, err)
		for _, it := range items {
			if it.Edges.Submitter == nil || it.Edges.Submitter.Edges.User == nil {
				t.Errorf("a teacher does not see whose item %s is", it.Name)
			}
		}
	})
}

// Below a row that may be read, what may not be read is simply not there.
func TestDeniedNestedReadsFindNothing(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		student := w.us.as(t, w.us.student)
		item, err := w.client.QueueItem.Query().WithFile().WithSubmitter(func(q *ent.MembershipQuery) { q.WithUser().WithUserGroups().WithEnrollments() }).
			WithClass(func(q *ent.ClassQuery) { q.WithEnrollments().WithPrinterGroups() }).WithAssignedPrinter(func(q *ent.PrinterQuery) { q.WithTags() }).
			WithPrints(func(q *ent.PrintRunQuery) { q.WithPrinter() }).Only(student)
		must(t, err)
		submitter, class := item.Edges.Submitter, item.Edges.Class
		for what, c := range map[string]struct{ got, want int }{
			"own file":                  {one(item.Edges.File), 1},
			"own membership":            {one(submitter), 1},
			"own user":                  {one(submitter.Edges.User), 1},
			"own user groups":           {len(submitter.Edges.UserGroups), 0},
			"own enrollments":           {len(submitter.Edges.Enrollments), 1},
			"own class":                 {one(class), 1},
			"classmates":                {len(class.Edges.Enrollments), 1},
			"printer groups of it":      {len(class.Edges.PrinterGroups), 0},
			"the printer":               {one(item.Edges.AssignedPrinter), 0},
			"own prints":                {len(item.Edges.Prints), 1},
			"the printer of a print":    {one(item.Edges.Prints[0].Edges.Printer), 0},
			"the printer of a print id": {one(item.Edges.Prints[0].PrinterID), 1},
		} {
			if c.got != c.want {
				t.Errorf("a student finds %d of %s, want %d", c.got, what, c.want)
			}
		}

		s, err := w.client.Spool.Query().WithMaterial().WithSlot(func(q *ent.PrinterSlotQuery) { q.WithPrinter() }).WithLedger().Only(w.us.Key(t, authz.SpoolManage))
		must(t, err)
		if s.Edges.Material == nil || len(s.Edges.Ledger) != 1 || s.Edges.Slot != nil {
			t.Errorf("a key for spools finds material %v, ledger %v, slot %v", s.Edges.Material, s.Edges.Ledger, s.Edges.Slot)
		}
	})
}

// one is 1 for something, 0 for nothing.
func one[T any](p *T) int {
	if p == nil {
		return 0
	}
	return 1
}

// Somebody else's row is as absent by id as by list, and counts in no condition.
func TestOtherPeoplesItems(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		student := w.us.as(t, w.us.student)
		if _, err := w.client.QueueItem.Get(student, w.us.otherItem.ID); !ent.IsNotFound(err) {
			t.Errorf("by id: %v", err)
		}
		if n, err := w.client.QueueItem.Query().Where(queueitem.Or(queueitem.ID(w.us.item.ID), queueitem.IDNEQ(""))).Count(student); n != 1 || err != nil {
			t.Errorf("by a condition that is always true: %d, %v", n, err)
		}
		if n, err := w.us.otherClass.QueryEnrollments().Count(t.Context()); n != 1 || err != nil { // past the guard
			t.Fatalf("%d, %v", n, err)
		}
		other := w.client.Class.GetX(guard.AsSystem(t.Context()), w.us.otherClass.ID)
		if n, err := other.QueryEnrollments().Count(student); n != 0 || err != nil {
			t.Errorf("through another class: %d, %v", n, err)
		}
	})
}

func TestWriteRule(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	manage := authz.Op{Resource: "queue_item", Verb: "hold", Needs: authz.Any(authz.QueueManage, authz.PrinterManage), Write: true}
	free := authz.Op{Resource: "user", Verb: "rename", Write: true}
	restricted := func(ctx context.Context) context.Context {
		a := *authz.From(ctx)
		a.Printers = []pid.ID{w.them.group.ID}
		return authz.With(ctx, &a)
	}
	lab := func(ctx context.Context) context.Context {
		a := *authz.From(ctx)
		a.Printers = []pid.ID{w.us.group.ID, pid.New("pgr")}
		return authz.With(ctx, &a)
	}
	for _, c := range []struct {
		name string
		ctx  context.Context
		op   authz.Op
		typ  string
		want string
	}{
		{"an operator writes every item", w.us.As(t, authz.RoleOperator), manage, "QueueItem", "stranger's item, student's item"},
		{"a teacher writes items of their classes", w.us.as(t, w.us.teacher), manage, "QueueItem", "student's item"},
		{"a teacher without class writes their own", w.us.As(t, authz.RoleTeacher), manage, "QueueItem", ""},
		{"a teacher changes files of people in their classes", w.us.as(t, w.us.teacher), manage, "File", "student's file"},
		{"a teacher without class changes their own files", w.us.As(t, authz.RoleTeacher), manage, "File", ""},
		{"an operator changes every file", w.us.As(t, authz.RoleOperator), manage, "File", "stranger's file, student's file"},
		{"a teacher uses every printer", w.us.as(t, w.us.teacher), manage, "Printer", "ada"},
		{"a teacher who is restricted to the lab uses its printers", lab(w.us.as(t, w.us.teacher)), manage, "Printer", "ada"},
		{"a teacher who is restricted to other groups uses none", restricted(w.us.as(t, w.us.teacher)), manage, "Printer", ""},
		{"a student writes their own items", w.us.as(t, w.us.student), manage, "QueueItem", "student's item"},
		{"a student writes no printer", w.us.as(t, w.us.student), manage, "Printer", nothing},
		{"a student names their own class", w.us.as(t, w.us.student), manage, "Class", "robotics"},
		{"a student names their own files", w.us.as(t, w.us.student), manage, "File", "student's file"},
		{"an operation that needs nothing reaches own rows", w.us.owner(t), free, "QueueItem", ""},
		{"an operation that needs nothing reaches no printers", w.us.owner(t), free, "Printer", nothing},
		{"an operation that needs nothing reaches the own membership", w.us.as(t, w.us.student), free, "Membership", "student"},
		{"background work writes everything", w.us.System(t), free, "QueueItem", "stranger's item, student's item"},
		{"a key of a teacher writes as the teacher", teacherKey(w.us.as(t, w.us.teacher)), manage, "QueueItem", "student's item"},
	} {
		e, _ := w.Ops.Guard.Entity(c.typ)
		rows, ok := guard.WriteRule(e, authz.From(c.ctx), c.op)
		if !ok || c.want == nothing {
			if ok || c.want != nothing {
				t.Errorf("%s: %v", c.name, ok)
			}
			continue
		}
		if got := w.named(w.matching(t, c.typ, rows)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// A teacher may need the file of an item of their class mended, whoever handed the file in.
func TestFilesOfAClassItems(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.us.QueueItem(t, func(q *ent.QueueItemCreate) {
			q.SetSubmitter(w.us.student).SetFile(w.us.otherFile).SetClass(w.us.class)
		})
		e, _ := w.Ops.Guard.Entity("File")
		op := authz.Op{Resource: "file", Verb: "delete", Needs: authz.Any(authz.QueueManage), Write: true}
		rows, _ := guard.WriteRule(e, authz.From(w.us.as(t, w.us.teacher)), op)
		if got := w.named(w.matching(t, "File", rows)); got != "stranger's file, student's file" {
			t.Errorf("a teacher changes %q", got)
		}
	})
}

func teacherKey(ctx context.Context) context.Context {
	a := *authz.From(ctx)
	a.Kind = authz.KindAPIKey
	return authz.With(ctx, &a)
}

// matching are our rows that a rule lets through.
func (w *world) matching(t *testing.T, typ string, rows guard.Rows) []pid.ID {
	t.Helper()
	system := w.us.System(t)
	if rows == nil {
		rows = func(*sql.Selector) {}
	}
	var ids []pid.ID
	var err error
	switch c := w.client; typ {
	case "QueueItem":
		ids, err = c.QueueItem.Query().Where(rows).IDs(system)
	case "Printer":
		ids, err = c.Printer.Query().Where(rows).IDs(system)
	case "Class":
		ids, err = c.Class.Query().Where(rows).IDs(system)
	case "File":
		ids, err = c.File.Query().Where(rows).IDs(system)
	case "Membership":
		ids, err = c.Membership.Query().Where(rows).IDs(system)
	}
	must(t, err)
	slices.Sort(ids)
	return ids
}
