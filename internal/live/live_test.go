package live_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/crud"
	"github.com/soloprint/soloprint/internal/live"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/report"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"

	"github.com/soloprint/soloprint/internal/event"
)

// bundle is an organization, and a hub whose statements are counted.
type bundle struct {
	*testkit.Kit
	hub        *live.Hub
	us         *testkit.Organization
	ctx        context.Context
	statements *store.Counter
}

func setup(t *testing.T, db *store.DB) *bundle {
	t.Helper()
	k := testkit.NewKit(t, db)
	b := &bundle{Kit: k, us: k.Organization(t, "riverside"), hub: &live.Hub{Ops: k.Ops, Sees: k.Ops.Guard.Sees, Log: k.Ops.Log, MaxCaller: 1000}}
	k.Ops.Committed = func(organization pid.ID, _ []event.Type) { b.hub.Wake(organization) }
	b.ctx, b.statements = store.WithCounter(t.Context())
	ctx, cancel := context.WithCancel(b.ctx)
	done := make(chan struct{})
	go func() { b.hub.Run(ctx); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
	return b
}

// caller is somebody who may do what the context's actor may, for ever.
func caller(ctx context.Context) live.Caller {
	a := authz.From(ctx)
	return live.Caller{Key: string(a.ID), Again: func(context.Context) (*authz.Actor, error) { return a, nil }}
}

func (b *bundle) follow(t *testing.T, as context.Context, in report.EventsInput) *live.Feed {
	t.Helper()
	f, err := b.hub.Follow(authz.With(b.ctx, authz.From(as)), caller(as), in)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func (b *bundle) tag(t *testing.T, name string) {
	t.Helper()
	if _, err := (&crud.Service{Ops: b.Ops}).CreatePrinterTag(b.us.Session(t, b.us.Owner), crud.CreatePrinterTagInput{Name: name}); err != nil {
		t.Error(err)
	}
}

// What listening costs the database does not grow with the number of listeners.
func TestFiveHundredListenersCostAsMuchAsOne(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		const events = 20
		cost := func(listeners int) int {
			as := b.us.Key(t, authz.OperationsRead)
			feeds := make([]*live.Feed, listeners)
			for i := range feeds {
				feeds[i] = b.follow(t, as, report.EventsInput{})
			}
			b.statements.Reset()
			var all sync.WaitGroup
			for _, f := range feeds {
				all.Go(func() { hear(t, f, events) })
			}
			for i := range events {
				b.tag(t, fmt.Sprint(listeners, " tag ", i))
			}
			all.Wait()
			return b.statements.Count()
		}
		// A wake-up is a statement, or two where a commit came while one was read; a look at the numbers comes once a second.
		if one, many := cost(1), cost(500); one > 3*events || many > 3*events {
			t.Errorf("%d statements for one listener, %d for 500", one, many)
		}
	})
}

// hear takes n events, in the order of their numbers.
func hear(t *testing.T, f *live.Feed, n int) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var last int64
	for n > 0 {
		batch, err := f.Next(ctx)
		if err != nil {
			t.Error(err)
			return
		}
		for _, e := range batch.Events {
			if last > 0 && e.Sequence != last+1 {
				t.Errorf("%d came after %d", e.Sequence, last)
			}
			last = e.Sequence
		}
		n -= len(batch.Events)
	}
}

// Who is further behind than the journal reaches catches up, and misses nothing on the way from the database to the journal.
func TestWhoIsFarBehindCatchesUp(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		const before, during = 700, 100
		var rows []*ent.EventCreate
		for i := range before {
			rows = append(rows, b.Raw.Event.Create().SetOrganizationID(b.us.ID).SetSequence(int64(i+1)).SetType("printer.updated").SetSubjectType("printer").SetSubjectID("prn_x").
				SetActorType("system").SetActorID("test").SetOccurredAt(b.Clock.Now()).SetData([]byte(`{"object":{}}`)))
		}
		b.Raw.Event.CreateBulk(rows...).ExecX(t.Context())
		b.Raw.Organization.UpdateOneID(b.us.ID).SetEventSeq(before).ExecX(t.Context())
		as := b.us.Key(t, authz.OperationsRead)
		f := b.follow(t, as, report.EventsInput{After: report.Cursor(0)})
		narrow := b.follow(t, as, report.EventsInput{After: report.Cursor(0), Types: []string{"printer_tag.*"}})
		var all sync.WaitGroup
		all.Go(func() { hear(t, f, before+during) })
		all.Go(func() { hear(t, narrow, during) })
		for i := range during {
			b.tag(t, fmt.Sprint("tag ", i))
		}
		all.Wait()
	})
}

// What nobody tells of is found within a second: another process commits, or a notice is lost.
func TestALostWakeUpIsMadeUpFor(t *testing.T) {
	b := setup(t, testkit.SQLite(t))
	b.Ops.Committed = nil
	f := b.follow(t, b.us.Key(t, authz.OperationsRead), report.EventsInput{})
	b.tag(t, "unheard")
	hear(t, f, 1)
}

// What a caller may do is asked about anew when an event says that it may have changed, and by one of their listeners for all.
func TestRightsAreAskedAboutOnceForAllListeners(t *testing.T) {
	b := setup(t, testkit.SQLite(t))
	as := b.us.Key(t, authz.OperationsRead, authz.OrgManageUsers)
	var mu sync.Mutex
	asked := 0
	c := caller(as)
	c.Again = func(context.Context) (*authz.Actor, error) {
		mu.Lock()
		defer mu.Unlock()
		asked++
		return authz.From(as), nil
	}
	var all sync.WaitGroup
	for range 50 {
		f, err := b.hub.Follow(authz.With(b.ctx, authz.From(as)), c, report.EventsInput{})
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() { hear(t, f, 3) })
	}
	b.tag(t, "one")
	if _, err := (&crud.Service{Ops: b.Ops}).CreateClass(b.us.Session(t, b.us.Owner), crud.CreateClassInput{Name: "Robotics"}); err != nil {
		t.Fatal(err)
	}
	b.tag(t, "two")
	all.Wait()
	if asked < 1 || asked > 4 {
		t.Errorf("asked %d times", asked)
	}
}

func TestNothingIsKeptWhereNobodyListens(t *testing.T) {
	b := setup(t, testkit.SQLite(t))
	as := b.us.Key(t, authz.OperationsRead)
	ctx, cancel := context.WithCancel(authz.With(b.ctx, authz.From(as)))
	if _, err := b.hub.Follow(ctx, caller(as), report.EventsInput{}); err != nil || b.hub.Listeners() != 1 {
		t.Fatalf("%d listeners, %v", b.hub.Listeners(), err)
	}
	cancel()
	for end := time.Now().Add(10 * time.Second); b.hub.Listeners() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the listener is still there")
		}
	}
	b.statements.Reset()
	b.tag(t, "unheard")
	b.hub.Wake(b.us.ID)
	if n := b.statements.Count(); n > 0 {
		t.Errorf("%d statements for nobody: %q", n, b.statements.Statements())
	}
}
