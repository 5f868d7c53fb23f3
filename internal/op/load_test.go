package op_test

import (
	"context"
	"strings"
	"testing"

	"entgo.io/ent/dialect/sql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

func TestMatch(t *testing.T) {
	for name, c := range map[string]struct {
		header string
		match  bool
	}{
		"no header":                          {"", true},
		"anything":                           {"*", true},
		"the tag of an answer":               {`"7-abc123"`, true},
		"the version alone":                  {`"7"`, true},
		"another body of the same version":   {`"7-zzz"`, true},
		"a weak tag":                         {`W/"7-abc123"`, true},
		"one of several":                     {`"5-a", "7-b" ,"9-c"`, true},
		"an older version":                   {`"6-abc123"`, false},
		"a newer version":                    {`"8-abc123"`, false},
		"a version that begins with it":      {`"70-abc123"`, false},
		"a version that ends in it":          {`"17-abc123"`, false},
		"none of several":                    {`"5-a", "6-b"`, false},
		"an empty tag":                       {`""`, false},
		"a tag of another program":           {`"33a64df5"`, false},
		"a hash that begins with the digit":  {`"7abc"`, false},
		"a negative version":                 {`"-7-abc"`, false},
		"a number that is larger than any":   {`"99999999999999999999-abc"`, false},
		"a number that overflows to it":      {`"18446744073709551623-abc"`, false},
		"a fraction":                         {`"7.0-abc"`, false},
		"digits of another script":           {`"٧-abc"`, false},
		"words":                              {"seven", false},
		"a comma":                            {",", false},
		"anything, but in a list":            {`*, "5-a"`, false},
		"a space":                            {" ", false},
		"a very long list of other versions": {strings.Repeat(`"1-a",`, 1000) + `"2-a"`, false},
	} {
		err := op.Match(c.header, 7)
		if c.match && err != nil || !c.match && !errs.Is(err, errs.PreconditionFailed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// school is a bundle with two classes and a queue item in each; the teacher teaches the first.
type school struct {
	*bundle
	teacher, student, stranger    context.Context
	taught, other, foreign, loose *ent.QueueItem
	printer                       *ent.Printer
}

func newSchool(t *testing.T, db *store.DB) *school {
	t.Helper()
	b := newBundle(t, db)
	s := &school{bundle: b, printer: b.us.Printer(t, "Ada", 0)}
	teacher, student, stranger := b.us.Member(t, authz.RoleTeacher), b.us.Member(t, authz.RoleStudent), b.us.Member(t, authz.RoleStudent)
	class := func(o *testkit.Organization, name string) pid.ID {
		return b.Raw.Class.Create().SetOrganizationID(o.ID).SetName(name).SaveX(t.Context()).ID
	}
	mine, others := class(b.us, "Robotics"), class(b.us, "Arts")
	submit := func(m *ent.Membership, class pid.ID) *ent.QueueItem {
		return b.us.QueueItem(t, func(q *ent.QueueItemCreate) { q.SetSubmitter(m).SetClassID(class) })
	}
	s.taught, s.other, s.foreign, s.loose = submit(student, mine), submit(stranger, others), b.them.QueueItem(t), b.us.QueueItem(t)
	s.teacher, s.student, s.stranger = b.us.Session(t, teacher), b.us.Session(t, student), b.us.Session(t, stranger)
	authz.From(s.teacher).Teaches, authz.From(s.teacher).Attends = []pid.ID{mine}, []pid.ID{mine}
	authz.From(s.student).Attends, authz.From(s.stranger).Attends = []pid.ID{mine}, []pid.ID{others}
	return s
}

var (
	opHold   = authz.Op{Resource: "queue_item", Verb: "hold", Needs: authz.Any(authz.QueueManage), Write: true}
	opCancel = authz.Op{Resource: "queue_item", Verb: "cancel", Needs: authz.Any(authz.QueueManage), Rows: true, Write: true, System: true}
	opGet    = authz.Op{Resource: "queue_item", Verb: "get", Needs: authz.Any(authz.OperationsRead, authz.QueueManage), Rows: true}
	opWide   = authz.Op{Resource: "queue_item", Verb: "eligibility", Needs: authz.Any(authz.OperationsRead, authz.QueueManage), Rows: true, Wide: true}
)

// load names the item in an operation.
func (s *school) load(ctx context.Context, o authz.Op, id pid.ID) error {
	if !o.Write {
		_, err := op.Read(ctx, s.Ops, o, none{}, func(ctx context.Context, c *ent.Client) (*ent.QueueItem, error) { return op.Load(ctx, c.QueueItem, id) })
		return err
	}
	_, err := op.Do(ctx, s.Ops, o, none{}, func(ctx context.Context, tx *ent.Tx) (*ent.QueueItem, error) { return op.Load(ctx, tx.QueueItem, id) })
	return err
}

func TestLoad(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		s := newSchool(t, db)
		const notThere, refused = errs.Code("queue_item_not_found"), errs.InsufficientPermissions
		for _, c := range []struct {
			name string
			ctx  context.Context
			op   authz.Op
			id   pid.ID
			code errs.Code
		}{
			{"an owner changes any item", s.ctx, opHold, s.other.ID, ""},
			{"a foreign item is not there", s.ctx, opHold, s.foreign.ID, notThere},
			{"an unknown item is not there", s.ctx, opHold, pid.New("qit"), notThere},
			{"a malformed id is not there", s.ctx, opHold, "qit_nonsense", notThere},
			{"an empty id is not there", s.ctx, opHold, "", notThere},
			{"an id of another kind is not there", s.ctx, opHold, s.printer.ID, notThere},
			{"an id that is no text is not there", s.ctx, opHold, "qit_\xff\x00", notThere},
			{"a teacher changes an item of their class", s.teacher, opHold, s.taught.ID, ""},
			{"a teacher sees another class's item, and may not change it", s.teacher, opHold, s.other.ID, refused},
			{"a teacher may not change an item of no class", s.teacher, opHold, s.loose.ID, refused},
			{"a foreign item is not there for a teacher", s.teacher, opHold, s.foreign.ID, notThere},
			{"a teacher reads any item", s.teacher, opGet, s.other.ID, ""},
			{"a student may not hold", s.student, opHold, s.taught.ID, refused},
			{"a student cancels their own item", s.student, opCancel, s.taught.ID, ""},
			{"another student's item is not there", s.student, opCancel, s.other.ID, notThere},
			{"a student reads their own item", s.student, opGet, s.taught.ID, ""},
			{"another student's item is not there to read", s.student, opGet, s.other.ID, notThere},
			{"nor in a read of the whole organization", s.student, opWide, s.other.ID, notThere},
			{"their own item is, in a read of the whole organization", s.student, opWide, s.taught.ID, ""},
			{"a foreign item is in none", s.student, opWide, s.foreign.ID, notThere},
			{"a key without the scope", s.us.Key(t, authz.SpoolManage), opGet, s.taught.ID, refused},
			{"a key with the scope", s.us.Key(t, authz.OperationsRead), opGet, s.other.ID, ""},
			{"a key with the scope, a foreign item", s.us.Key(t, authz.OperationsRead), opGet, s.foreign.ID, notThere},
			{"background work", s.us.System(t), opCancel, s.other.ID, ""},
			{"background work, a foreign item", s.us.System(t), opCancel, s.foreign.ID, notThere},
		} {
			wantCode(t, c.name, s.load(c.ctx, c.op, c.id), c.code)
		}
	})
}

// A printer that a person may name is one of their groups, where user groups restrict them.
func TestLoadOfOtherKinds(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		s := newSchool(t, db)
		lab := s.Raw.PrinterGroup.Create().SetOrganizationID(s.us.ID).SetName("Lab").SaveX(t.Context())
		restricted := *authz.From(s.teacher)
		restricted.Printers = []pid.ID{lab.ID}
		in := authz.With(t.Context(), &restricted)
		dispatch := authz.Op{Resource: "print", Verb: "dispatch", Needs: authz.Any(authz.QueueManage), Write: true}
		printer := func(ctx context.Context) error {
			_, err := op.Do(ctx, s.Ops, dispatch, none{}, func(ctx context.Context, tx *ent.Tx) (*ent.Printer, error) {
				return op.Load(ctx, tx.Printer, s.printer.ID)
			})
			return err
		}
		wantCode(t, "a teacher", printer(s.teacher), "")
		wantCode(t, "a teacher who is restricted to other printers", printer(in), errs.InsufficientPermissions)
		s.printer.Update().AddGroups(lab).ExecX(t.Context())
		wantCode(t, "a teacher who is restricted to this printer", printer(in), "")
		s.printer.Update().SetDeletedAt(s.Clock.Now()).ExecX(t.Context())
		wantCode(t, "a printer that was deleted", printer(s.ctx), "printer_not_found")
	})
}

// stray is an entity that the guard does not know.
type stray struct{}

type strayLoader struct{}

func (strayLoader) LoadRow(context.Context, pid.ID, ...func(*sql.Selector)) (*stray, error) {
	return &stray{}, nil
}

func TestLoadIsForOperationsAndEntities(t *testing.T) {
	b := newBundle(t, testkit.SQLite(t))
	if _, err := op.Load(b.ctx, b.Ops.Client.Printer, pid.New("prn")); err == nil {
		t.Error("loaded outside an operation")
	}
	err := b.do(b.ctx, func(ctx context.Context, _ *ent.Tx) error {
		_, err := op.Load(ctx, strayLoader{}, pid.New("xxx"))
		return err
	})
	wantCode(t, "an entity that is not listed", err, failed)
}
