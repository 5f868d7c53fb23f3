package guard_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"entgo.io/ent/dialect/sql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/enrollment"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// world is a database with two organizations that look the same, and a person who is a member of both.
type world struct {
	*testkit.Kit
	client   *ent.Client
	us, them *side
	labels   map[pid.ID]string
}

// side is one organization: a class with a teacher and a student, another student, and a row of every kind.
type side struct {
	*testkit.Organization
	teacher, student, stranger *ent.Membership
	class, otherClass          *ent.Class
	tag                        *ent.PrinterTag
	group                      *ent.PrinterGroup
	printer                    *ent.Printer
	slot                       *ent.PrinterSlot
	material                   *ent.Material
	spool                      *ent.Spool
	file, otherFile            *ent.File
	item, otherItem            *ent.QueueItem
	print, otherPrint          *ent.PrintRun
	userGroup                  *ent.UserGroup
}

func newWorld(t *testing.T, db *store.DB) *world {
	t.Helper()
	k := testkit.NewKit(t, db)
	w := &world{Kit: k, client: k.Ops.Client, labels: map[pid.ID]string{}}
	w.us, w.them = w.newSide(t, "riverside"), w.newSide(t, "hillside")
	both := k.Raw.Membership.Create().SetOrganizationID(w.us.ID).SetUserID(w.them.teacher.UserID).SetRole("student").SaveX(t.Context())
	w.labels[both.ID], w.labels[both.UserID] = "both", "both"
	return w
}

// newSide fills an organization. The labels of its people are those of their users, too.
func (w *world) newSide(t *testing.T, slug string) *side {
	t.Helper()
	s := &side{Organization: w.Organization(t, slug)}
	s.teacher, s.student, s.stranger = s.Member(t, authz.RoleTeacher), s.Member(t, authz.RoleStudent), s.Member(t, authz.RoleStudent)
	w.people(t, s)
	w.machines(t, s)
	w.queue(t, s)
	w.rest(t, s)
	w.labels[s.ID] = slug
	for label, m := range map[string]*ent.Membership{"owner": s.Owner, "teacher": s.teacher, "student": s.student, "stranger": s.stranger} {
		w.labels[m.ID], w.labels[m.UserID] = label, label
	}
	return s
}

func (w *world) people(t *testing.T, s *side) {
	t.Helper()
	ctx := t.Context()
	s.group = w.Raw.PrinterGroup.Create().SetOrganizationID(s.ID).SetName("Lab").SaveX(ctx)
	s.class = w.Raw.Class.Create().SetOrganizationID(s.ID).SetName("Robotics").AddPrinterGroups(s.group).SaveX(ctx)
	s.otherClass = w.Raw.Class.Create().SetOrganizationID(s.ID).SetName("Arts").SaveX(ctx)
	w.labels[s.class.ID], w.labels[s.otherClass.ID] = "robotics", "arts"
	s.userGroup = w.Raw.UserGroup.Create().SetOrganizationID(s.ID).SetName("Helpers").AddMembers(s.student).AddPrinterGroups(s.group).SaveX(ctx)
	for _, seat := range []struct {
		class  *ent.Class
		member *ent.Membership
		role   enrollment.Role
		label  string
	}{
		{s.class, s.teacher, enrollment.RoleTeacher, "teacher in robotics"},
		{s.class, s.student, enrollment.RoleStudent, "student in robotics"},
		{s.otherClass, s.stranger, enrollment.RoleStudent, "stranger in arts"},
	} {
		e := w.Raw.Enrollment.Create().SetOrganizationID(s.ID).SetClass(seat.class).SetMembership(seat.member).SetRole(seat.role).SaveX(ctx)
		w.labels[e.ID] = seat.label
	}
}

func (w *world) machines(t *testing.T, s *side) {
	t.Helper()
	ctx := t.Context()
	s.tag = w.Raw.PrinterTag.Create().SetOrganizationID(s.ID).SetName("hardened").SaveX(ctx)
	s.printer = s.Printer(t, "Ada", 1, func(p *ent.PrinterCreate) { p.AddTags(s.tag).AddGroups(s.group) })
	w.labels[s.printer.ID] = "ada"
	s.material = s.Material(t)
	s.spool = s.Spool(t, s.material, 1000)
	s.slot = s.printer.QuerySlots().OnlyX(ctx)
	s.slot = s.slot.Update().SetSpool(s.spool).SaveX(ctx)
	w.labels[s.spool.ID] = "spool"
	w.Raw.SpoolAssignment.Create().SetOrganizationID(s.ID).SetSpool(s.spool).SetPrinter(s.printer).SetSlot(s.slot).SetSlotIndex(0).SetStartedAt(testkit.Start()).ExecX(ctx)
}

func (w *world) queue(t *testing.T, s *side) {
	t.Helper()
	submit := func(m *ent.Membership, class *ent.Class, printer *ent.Printer) (*ent.File, *ent.QueueItem, *ent.PrintRun) {
		f := w.Raw.File.Create().SetOrganizationID(s.ID).SetName("cube.gcode").SetSizeBytes(1).SetSha256("00").SetStorageKey(string(pid.New("key"))).SetUploadedBy(m).SaveX(t.Context())
		i := s.QueueItem(t, func(q *ent.QueueItemCreate) {
			q.SetSubmitter(m).SetFile(f).SetClass(class).SetAssignedPrinter(printer)
		})
		return f, i, s.Print(t, i, printer, printrun.StateSucceeded)
	}
	s.file, s.item, s.print = submit(s.student, s.class, s.printer)
	s.otherFile, s.otherItem, s.otherPrint = submit(s.stranger, s.otherClass, s.printer)
	for id, label := range map[pid.ID]string{
		s.file.ID: "student's file", s.item.ID: "student's item", s.print.ID: "student's print",
		s.otherFile.ID: "stranger's file", s.otherItem.ID: "stranger's item", s.otherPrint.ID: "stranger's print",
	} {
		w.labels[id] = label
	}
}

// rest makes a row of each kind that is left.
func (w *world) rest(t *testing.T, s *side) {
	t.Helper()
	ctx, c, at := t.Context(), w.Raw, testkit.Start()
	e := c.Event.Create().SetOrganizationID(s.ID).SetSequence(1).SetType("test.ping").SetSubjectType("test").SetSubjectID("x").
		SetActorType("system").SetActorID("test").SetOccurredAt(at).SetData([]byte("{}")).SaveX(ctx)
	c.JobRun.Create().SetJob("test").SetScope(string(s.ID)).SetScheduledAt(at).SetLeaseUntil(at).ExecX(ctx)
	c.Installation.Create().SetName(string(s.ID)).SetKeyCheck([]byte{1}).ExecX(ctx)
	c.Throttle.Create().SetKey(string(s.ID)).SetWholeUs(1).ExecX(ctx)
	c.StatusIncident.Create().SetPart("jobs").SetTitle("Test").SetOpenedAt(at).ExecX(ctx)
	for _, m := range []*ent.Membership{s.student, s.stranger} {
		n := c.Notification.Create().SetOrganizationID(s.ID).SetMembership(m).SetEvent(e).SetTitle("Done").SetBody("").SaveX(ctx)
		w.labels[n.ID] = map[bool]string{true: "student's notification", false: "stranger's notification"}[m == s.student]
	}
	rule := c.NotificationRule.Create().SetOrganizationID(s.ID).SetName("rule").SetEventTypes([]string{}).SaveX(ctx)
	c.NotificationMessage.Create().SetOrganizationID(s.ID).SetKey("key").SetRule(rule).SetEvent(e).SetMembership(s.student).SetChannel("email").ExecX(ctx)
	c.NotificationPreference.Create().SetOrganizationID(s.ID).SetRule(rule).SetMembership(s.student).SetEmail(false).ExecX(ctx)
	c.EventCursor.Create().SetOrganizationID(s.ID).SetReader("test").ExecX(ctx)
	hook := c.Webhook.Create().SetOrganizationID(s.ID).SetName("hook").SetEndpointURL("https://example.org").SetSubscriptions([]string{}).SetSecret([]byte{1}).SaveX(ctx)
	c.WebhookDelivery.Create().SetOrganizationID(s.ID).SetWebhook(hook).SetEvent(e).SetEventType(e.Type).ExecX(ctx)
	c.APIKey.Create().SetOrganizationID(s.ID).SetName("key").SetPrefix("slp").SetScopes([]string{}).SetCreatedBy(s.Owner).SetSecretHash([]byte{1}).ExecX(ctx)
	c.Session.Create().SetOrganizationID(s.ID).SetMembership(s.student).SetSecretHash([]byte{1}).SetOpenedBy("operator").SetExpiresAt(at).ExecX(ctx)
	c.Password.Create().SetOrganizationID(s.ID).SetMembership(s.student).SetHash("x").SetOrigin("owner").SetSetAt(at).ExecX(ctx)
	c.IdempotencyKey.Create().SetOrganizationID(s.ID).SetPrincipalType("session").SetPrincipalID("x").SetRoute("POST /").SetKeyHash([]byte{1}).SetRequestHash([]byte{1}).SetLeaseToken("x").SetLeaseUntil(at).SetExpiresAt(at).ExecX(ctx)
	c.RollOver.Create().SetOrganizationID(s.ID).SetClassID(s.class.ID).SetNextClassID(s.class.ID).ExecX(ctx)
	c.RosterImport.Create().SetOrganizationID(s.ID).SetChanges([]byte{1}).ExecX(ctx)
	p := c.SSOProvider.Create().SetOrganizationID(s.ID).SetName("sso").SetSlug("sso").SetIssuer("https://id.example.org").SetClientID("x").SaveX(ctx)
	c.Login.Create().SetOrganizationID(s.ID).SetProvider(p).SetStateHash([]byte(s.ID)).SetBindingHash([]byte("x")).SetSecrets([]byte("x")).SetIssuer("x").SetClientID("x").
		SetRedirectURI("x").SetExpiresAt(at).ExecX(ctx)
	c.SpentToken.Create().SetOrganizationID(s.ID).SetProvider(p).SetTokenHash([]byte("x")).SetExpiresAt(at).ExecX(ctx)
	c.SSOGroupMapping.Create().SetOrganizationID(s.ID).SetProvider(p).SetMatch(schematype.Match{}).SetClass(s.class).ExecX(ctx)
	c.Identity.Create().SetOrganizationID(s.ID).SetProvider(p).SetUserID(s.student.UserID).SetIssuer("x").SetSubject("y").ExecX(ctx)
	seen := c.SCIMUser.Create().SetOrganizationID(s.ID).SetProvider(p).SetMembership(s.student).SetUserName("x").SetUserNameKey("x").SaveX(ctx)
	c.SCIMGroup.Create().SetOrganizationID(s.ID).SetProvider(p).SetDisplayName("x").SetDisplayKey("x").AddMembers(seen).ExecX(ctx)
	c.Invite.Create().SetOrganizationID(s.ID).SetInvitedBy(s.Owner).SetExpiresAt(at).SetTokenHash([]byte(s.Slug)).ExecX(ctx)
	r := c.RequirementProfile.Create().SetOrganizationID(s.ID).SetKey("k").SetNeed([]byte("{}")).SaveX(ctx)
	c.ProfileVerdict.Create().SetOrganizationID(s.ID).SetProfile(r).SetPrinter(s.printer).SetOk(true).ExecX(ctx)
}

// as is a session of the member with the classes that they are in.
func (s *side) as(t *testing.T, m *ent.Membership) context.Context {
	t.Helper()
	ctx := s.Session(t, m)
	a := *authz.From(ctx)
	for _, e := range m.QueryEnrollments().AllX(t.Context()) {
		a.Attends = append(a.Attends, e.ClassID)
		if e.Role != enrollment.RoleStudent {
			a.Teaches = append(a.Teaches, e.ClassID)
		}
		if e.Role == enrollment.RoleTeacher {
			a.Leads = append(a.Leads, e.ClassID)
		}
	}
	return authz.With(ctx, &a)
}

// owner is a session of the organization's owner.
func (s *side) owner(t *testing.T) context.Context {
	t.Helper()
	return s.Session(t, s.Owner)
}

// anything is an operation that every member may run, on their own rows at least.
var anything = authz.Op{Resource: "printer", Verb: "test", Needs: authz.Any(authz.PrinterManage), Rows: true, Write: true}

// inside runs a step in an operation.
func (w *world) inside(ctx context.Context, step func(ctx context.Context, tx *ent.Tx) error) error {
	_, err := op.Do(ctx, w.Ops, anything, struct{}{}, func(ctx context.Context, tx *ent.Tx) (struct{}, error) {
		return struct{}{}, step(ctx, tx)
	})
	return err
}

// named turns identifiers into labels, sorted.
func (w *world) named(ids []pid.ID) string {
	labels := make([]string, len(ids))
	for i, id := range ids {
		labels[i] = w.labels[id]
	}
	slices.Sort(labels)
	return strings.Join(labels, ", ")
}

var links = []string{"printer_tag_printers", "printer_group_printers", "class_printer_groups", "user_group_members", "user_group_printer_groups"}

// dump is the whole database in text, or only the rows of one organization.
func (w *world) dump(t *testing.T, of ...pid.ID) string {
	t.Helper()
	var b strings.Builder
	tables := slices.Clone(links)
	for _, typ := range types(w.client) {
		e, _ := w.Ops.Guard.Entity(typ)
		tables = append(tables, e.Table)
	}
	slices.Sort(tables)
	for _, table := range tables {
		for _, row := range w.rows(t, "SELECT * FROM "+table) {
			if len(of) == 0 || strings.Contains(row, string(of[0])) {
				fmt.Fprintf(&b, "%s: %s\n", table, row)
			}
		}
	}
	return b.String()
}

// rows are the rows of a statement in text, sorted.
func (w *world) rows(t *testing.T, query string) []string {
	t.Helper()
	rows, err := w.Raw.QueryRows(t.Context(), query, nil)
	must(t, err)
	defer rows.Close()
	columns, err := rows.Columns()
	must(t, err)
	var out []string
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(sql.NullString)
		}
		must(t, rows.Scan(values...))
		var b strings.Builder
		for i, v := range values {
			fmt.Fprintf(&b, "%s=%q ", columns[i], v.(*sql.NullString).String)
		}
		out = append(out, b.String())
	}
	must(t, rows.Err())
	slices.Sort(out)
	return out
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// like reports whether an error is what a table wants: an error of this package, or an errs code.
func like(err, want error) bool {
	var code *errs.Error
	if errors.As(want, &code) {
		return errs.Is(err, code.Code)
	}
	return errors.Is(err, want)
}

// refused is the error of a root read or an operation without the capability.
var refused = errs.New(errs.InsufficientPermissions)

// gone is 0 for a row that is not there, and 1 for one that is.
func gone(err error) (int, error) {
	if ent.IsNotFound(err) || err != nil && errs.From(err).Kind == errs.KindNotFound {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return 1, nil
}
