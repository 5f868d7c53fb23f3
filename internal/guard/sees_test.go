package guard_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/enrollment"
	entevent "github.com/soloprint/soloprint/ent/event"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// Readers that have the events already leave out the same ones as the list does: of each resource all where Sees says all, and
// none where it says none.
func TestSeesIsTheRuleOfTheList(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	of := map[string]pid.ID{} // an event on a subject that is nobody's, by resource
	for i, typ := range event.Catalogue() {
		resource, _, _ := strings.Cut(string(typ), ".")
		if of[resource] == "" {
			of[resource] = w.Raw.Event.Create().SetOrganizationID(w.us.ID).SetSequence(int64(1000 + i)).SetType(string(typ)).SetSubjectType(resource).SetSubjectID("xxx_nobody").
				SetActorType("system").SetActorID("test").SetOccurredAt(w.Clock.Now()).SetData([]byte(`{}`)).SaveX(t.Context()).ID
		}
	}
	actors := map[string]context.Context{"an owner": w.us.owner(t), "a teacher": w.us.as(t, w.us.teacher), "an operator": w.us.As(t, authz.RoleOperator)}
	for _, c := range authz.Capabilities() {
		actors["a key for "+string(c)] = w.us.Key(t, c, authz.OperationsRead)
		actors["a key without "+string(c)] = w.us.Key(t, slices.DeleteFunc(append(authz.Capabilities(), authz.IntegrationsManage), func(o authz.Capability) bool { return o == c })...)
	}
	for name, ctx := range actors {
		found, err := w.client.Event.Query().Where(entevent.SubjectID("xxx_nobody")).IDs(ctx)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for resource, id := range of {
			all, some := w.Ops.Guard.Sees(authz.From(ctx), resource)
			if listed := slices.Contains(found, id); all != listed || all && !some {
				t.Errorf("%s: %s: sees all %v, some %v; the list shows it: %v", name, resource, all, some, listed)
			}
		}
	}
}

// An event tells of its subject: who finds the row by itself reads the events on it, and nobody else does. That somebody may
// see whose print it is does not let them read who joined, and that they are in a class does not tell them who else is.
func TestWhoReadsASubjectReadsItsEvents(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		subjects := w.told(t)
		assistant := w.us.Member(t, authz.RoleTeacher)
		w.Raw.Enrollment.Create().SetOrganizationID(w.us.ID).SetClass(w.us.class).SetMembership(assistant).SetRole(enrollment.RoleAssistant).ExecX(t.Context())
		helper := w.us.as(t, w.us.student)
		authz.From(helper).Can = authz.Any(authz.OperationsRead)
		actors := map[string]context.Context{
			"an owner": w.us.owner(t), "an admin": w.us.As(t, authz.RoleAdmin), "an operator": w.us.As(t, authz.RoleOperator),
			"a teacher": w.us.as(t, w.us.teacher), "an assistant": w.us.as(t, assistant), "a student": w.us.as(t, w.us.student), "a student who may look": helper,
			"a key that runs the queue": w.us.Key(t, authz.OperationsRead, authz.QueueManage),
		}
		for _, c := range authz.Capabilities() {
			actors["a key for "+string(c)] = w.us.Key(t, c)
		}
		for name, ctx := range actors {
			listed, err := w.client.Event.Query().Where(entevent.SequenceGT(subjectsFrom)).All(ctx)
			if err != nil && !like(err, refused) {
				t.Fatalf("%s: %v", name, err)
			}
			feed := map[pid.ID]bool{}
			for _, e := range listed {
				feed[e.ID] = true
			}
			for _, s := range subjects {
				_, err := w.client.Noder(ctx, s.typ, s.id)
				if err != nil && !ent.IsNotFound(err) && !errs.Is(err, errs.InsufficientPermissions) {
					t.Fatalf("%s: %s %s: %v", name, s.typ, s.id, err)
				}
				finds := err == nil && listed != nil
				if s.name == string(event.ClassEnrolled) || s.name == string(event.ClassUnenrolled) {
					finds = finds && w.listsAll(ctx, s.id)
				}
				if finds != feed[s.event] {
					t.Errorf("%s: %s on %s: finds the row %v, reads the event %v", name, s.name, w.labels[s.id], finds, feed[s.event])
				}
			}
		}
	})
}

// listsAll reports whether the actor is shown everybody who is in a class.
func (w *world) listsAll(ctx context.Context, class pid.ID) bool {
	in := enrollment.ClassID(class)
	shown, err := w.client.Enrollment.Query().Where(in).Count(ctx)
	return err == nil && shown == w.Raw.Enrollment.Query().Where(in).CountX(ctx)
}

// subjectsFrom is the number after which told puts its events.
const subjectsFrom = 1000

// subject is a row, and an event on it.
type subject struct {
	typ, name string
	id, event pid.ID
}

// told writes an event of each type on each of our rows of its resource.
func (w *world) told(t *testing.T) (all []subject) {
	t.Helper()
	for _, typ := range event.Catalogue() {
		resource, _, _ := strings.Cut(string(typ), ".")
		e, ok := w.Ops.Guard.Resource(resource)
		if !ok || e.Type == "Organization" || e.Type == "Password" || strings.HasPrefix(e.Type, "SSO") { // what has no node cannot be asked for by its identifier
			continue
		}
		rows, err := w.Raw.QueryRows(t.Context(), "SELECT id FROM "+e.Table+" WHERE organization_id = ?", []any{w.us.ID})
		must(t, err)
		var ids []pid.ID
		for rows.Next() {
			var id pid.ID
			must(t, rows.Scan(&id))
			ids = append(ids, id)
		}
		must(t, errors.Join(rows.Err(), rows.Close()))
		for _, id := range ids {
			row := w.Raw.Event.Create().SetOrganizationID(w.us.ID).SetSequence(int64(subjectsFrom + 1 + len(all))).SetType(string(typ)).SetSubjectType(resource).SetSubjectID(string(id)).
				SetActorType("system").SetActorID("test").SetOccurredAt(w.Clock.Now()).SetData([]byte(`{}`)).SaveX(t.Context())
			all = append(all, subject{e.Type, string(typ), id, row.ID})
		}
	}
	if len(all) < len(event.Catalogue()) {
		t.Fatalf("%d events of %d types", len(all), len(event.Catalogue()))
	}
	return all
}
