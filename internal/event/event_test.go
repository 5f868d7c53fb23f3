package event_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"entgo.io/ent/dialect"
	"github.com/google/go-cmp/cmp"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/reqid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

var opTest = authz.Op{Resource: "printer", Verb: "test", Needs: authz.Any(authz.PrinterManage), Write: true, System: true}

// emit runs an operation that only emits.
func emit(ctx context.Context, k *testkit.Kit, events ...event.Event) error {
	_, err := op.Do(ctx, k.Ops, opTest, struct{}{}, func(ctx context.Context, tx *ent.Tx) (struct{}, error) {
		for _, e := range events {
			event.Emit(ctx, tx, e)
		}
		return struct{}{}, nil
	})
	return err
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhatARowSays(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		us := k.Organization(t, "riverside")
		id := pid.New("prn")
		object, previous := map[string]any{"id": id, "name": "Ada \u2028 <b>", "nozzle_diameter_mm": 0.4}, map[string]any{"name": "Eve"}
		for _, c := range []struct {
			name           string
			event          event.Event
			typ, data, sub string
		}{
			{"a row that was made", event.Created{Resource: "printer", ID: id, Object: object}, "printer.created",
				`{"object":{"id":"` + string(id) + `","name":"Ada \u2028 <b>","nozzle_diameter_mm":0.4}}`, "printer"},
			{"a row that was changed", event.Updated{Resource: "printer", ID: id, Object: map[string]any{"name": "Ada"}, Previous: previous}, "printer.updated",
				`{"object":{"name":"Ada"},"previous":{"name":"Eve"}}`, "printer"},
			{"a row that was changed from nothing", event.Updated{Resource: "printer", ID: id, Object: map[string]any{}, Previous: map[string]any{"serial": nil}}, "printer.updated",
				`{"object":{},"previous":{"serial":null}}`, "printer"},
			{"a row that is gone", event.Deleted{Resource: "printer", ID: id, Object: map[string]any{"name": "Ada"}}, "printer.deleted",
				`{"object":{"name":"Ada"}}`, "printer"},
			{"a fact", event.Fact{Type: event.SpoolLow, Resource: "spool", ID: id, Object: map[string]any{"remaining_g": 12.5}}, "spool.low",
				`{"object":{"remaining_g":12.5}}`, "spool"},
			{"a fact with what was before", event.Fact{Type: event.PrinterStateChanged, Resource: "printer", ID: id, Object: struct {
				State string `json:"state"`
			}{"idle"}, Previous: previous}, "printer.state_changed", `{"object":{"state":"idle"},"previous":{"name":"Eve"}}`, "printer"},
			{"a fact about nothing", event.Fact{Type: event.TestPing}, "test.ping", `{"object":null}`, ""},
		} {
			must(t, emit(us.Session(t, us.Owner), k, c.event))
			rows := us.EventRows(t)
			row := rows[len(rows)-1]
			if row.Type != c.typ || row.SubjectType != c.sub || row.Sequence != int64(len(rows)) || row.SubjectID != "" && row.SubjectID != string(id) {
				t.Errorf("%s: %+v", c.name, row)
			}
			if d := cmp.Diff(decode(t, []byte(c.data)), decode(t, row.Data)); d != "" {
				t.Errorf("%s (-want +got):\n%s", c.name, d)
			}
		}
	})
}

func decode(t *testing.T, b []byte) (v any) {
	t.Helper()
	must(t, json.Unmarshal(b, &v))
	return v
}

func TestWhoDidIt(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		us := k.Organization(t, "riverside")
		for _, c := range []struct {
			name       string
			ctx        context.Context
			membership pid.ID
			request    string
		}{
			{"a person", reqid.With(us.Session(t, us.Owner), "req_1"), us.Owner.ID, "req_1"},
			{"a key", us.Key(t, authz.PrinterManage), us.Owner.ID, ""},
			{"background work", us.System(t), "", ""},
		} {
			must(t, emit(c.ctx, k, event.Fact{Type: event.TestPing, Resource: "test", ID: "x"}))
			rows, a := us.EventRows(t), authz.From(c.ctx)
			row := rows[len(rows)-1]
			if row.ActorType != string(a.Kind) || row.ActorID != string(a.ID) || row.ActorMembershipID != string(c.membership) || row.RequestID != c.request ||
				!row.OccurredAt.Equal(k.Clock.Now()) || row.OrganizationID != us.ID {
				t.Errorf("%s: %+v", c.name, row)
			}
		}
	})
}

// Each organization counts for itself, and an operation of thousands of rows is numbered as one of few.
func TestNumbers(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		us, them := k.Organization(t, "riverside"), k.Organization(t, "hillside")
		many := make([]event.Event, 1201) // more than one INSERT holds
		for i := range many {
			many[i] = event.Fact{Type: event.TestPing, Resource: "test", ID: pid.ID(fmt.Sprint(i))}
		}
		must(t, emit(us.System(t), k, many[:1]...))
		must(t, emit(them.System(t), k, many[:2]...))
		must(t, emit(us.System(t), k))
		must(t, emit(us.System(t), k, many...))
		must(t, emit(us.System(t), k, many[:1]...))
		if ours, theirs := len(us.Events(t)), len(them.Events(t)); ours != 1203 || theirs != 2 {
			t.Errorf("%d and %d events", ours, theirs)
		}
		for i, row := range us.EventRows(t)[1:1202] {
			if row.SubjectID != fmt.Sprint(i) {
				t.Fatalf("event %d is about %s", i, row.SubjectID)
			}
		}
		if o := k.Raw.Organization.GetX(t.Context(), us.ID); o.EventSeq != 1203 || o.Version != us.Version {
			t.Errorf("counter %d, version %d", o.EventSeq, o.Version)
		}
	})
}

func TestATypeThatNobodyKnowsFailsTheOperation(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		us := k.Organization(t, "riverside")
		for _, e := range []event.Event{
			event.Fact{Type: "printer.painted", Resource: "printer"}, event.Fact{}, event.Created{}, event.Updated{Resource: "queue_items"},
			event.Deleted{Resource: "print"},
		} {
			err := emit(us.System(t), k, event.Fact{Type: event.TestPing}, e)
			if err == nil || strings.Contains(fmt.Sprint(us.Events(t)), ".") {
				t.Errorf("%+v: %v, and events %v", e, err, us.Events(t))
			}
		}
		if n := k.Raw.Organization.GetX(t.Context(), us.ID).EventSeq; n != 0 || len(k.Committed()) != 0 {
			t.Errorf("numbers were taken: %d; told %v", n, k.Committed())
		}
	})
}

func TestAnEventOfNoOrganization(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		ctx := authz.With(t.Context(), authz.System(pid.New("org"), "job"))
		if err := emit(ctx, k, event.Fact{Type: event.TestPing}); err == nil || k.Raw.Event.Query().CountX(t.Context()) != 0 {
			t.Errorf("written: %v", err)
		}
	})
}

func TestEmitOutsideAnOperationIsAMistakeOfTheProgram(t *testing.T) {
	k := testkit.NewKit(t, testkit.SQLite(t))
	us := k.Organization(t, "riverside")
	panics := func(what string, f func()) {
		defer func() {
			if recover() == nil {
				t.Errorf("%s: it passes", what)
			}
		}()
		f()
	}
	panics("nowhere", func() { event.Emit(us.System(t), nil, event.Fact{Type: event.TestPing}) })
	panics("in a read", func() {
		_, _ = op.Read(us.System(t), k.Ops, opTest, struct{}{}, func(ctx context.Context, _ *ent.Client) (struct{}, error) {
			event.Emit(ctx, nil, event.Fact{Type: event.TestPing})
			return struct{}{}, nil
		})
	})
}

// The database itself keeps what was written: no program changes history, whatever client it uses.
func TestEventsStayAsTheyWereWritten(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		us := k.Organization(t, "riverside")
		must(t, emit(us.System(t), k, event.Fact{Type: event.TestPing, Resource: "test", ID: "x"}))
		before := fmt.Sprint(us.EventRows(t))
		statements := []string{
			"UPDATE events SET type = 'printer.created'", "UPDATE events SET sequence = 7", "UPDATE events SET data = '{}'", "UPDATE events SET version = version",
			"DELETE FROM events", "DELETE FROM events WHERE type = 'test.ping'", "DELETE FROM organizations",
		}
		if db.Dialect() == dialect.Postgres {
			statements = append(statements, "TRUNCATE events CASCADE")
		} else {
			statements = append(statements, "INSERT OR REPLACE INTO events SELECT * FROM events", "UPDATE OR REPLACE events SET sequence = 1")
		}
		for _, statement := range statements {
			if err := db.Driver().Exec(t.Context(), statement, []any{}, nil); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v", statement, err)
			}
		}
		if err := k.Raw.Event.Update().SetVersion(2).Exec(t.Context()); err == nil {
			t.Error("changed by the client")
		}
		if _, err := k.Raw.Event.Delete().Exec(t.Context()); err == nil {
			t.Error("deleted by the client")
		}
		if after := fmt.Sprint(us.EventRows(t)); after != before {
			t.Errorf("%s became %s", before, after)
		}
	})
}
