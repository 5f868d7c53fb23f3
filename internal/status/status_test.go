package status_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/internal/status"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// bundle is a platform whose parts a test can break.
type bundle struct {
	*testkit.Kit
	s           *status.Service
	ping, store error
	asked       int
}

func newBundle(t *testing.T, db *store.DB) *bundle {
	t.Helper()
	b := &bundle{Kit: testkit.NewKit(t, db)}
	b.s = &status.Service{Client: b.Raw, Clock: b.Clock, Log: slog.New(slog.DiscardHandler),
		Ping: func(context.Context) error { b.asked++; return b.ping }, Storage: func(context.Context) error { return b.store }}
	b.job(t)
	return b
}

// job notes that background work runs.
func (b *bundle) job(t *testing.T) {
	t.Helper()
	b.Raw.JobRun.Create().SetJob("status").SetScheduledAt(b.Clock.Now()).SetLeaseUntil(b.Clock.Now()).ExecX(t.Context())
}

// minute is one more look of the job.
func (b *bundle) minute(t *testing.T) string {
	t.Helper()
	b.Clock.Advance(time.Minute)
	b.job(t)
	says, err := b.s.Observe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return says
}

func (b *bundle) incidents(t *testing.T) []status.Incident {
	t.Helper()
	all, err := b.s.Incidents(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAnIncidentIsOpenWhileAPartIsNotWell(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		if says := b.minute(t); says != "all parts are well" || len(b.incidents(t)) != 0 {
			t.Errorf("at first: %s, %v", says, b.incidents(t))
		}
		b.store = errors.New("disk on fire in room 12")
		for range 3 {
			if says := b.minute(t); says != "not well: storage" {
				t.Errorf("the job says %q", says)
			}
		}
		all := b.incidents(t)
		if len(all) != 1 || all[0].Part != "storage" || all[0].ClosedAt != nil || strings.Contains(all[0].Title, "room") {
			t.Fatalf("incidents: %+v", all)
		}
		b.store = nil
		b.minute(t)
		if all = b.incidents(t); all[0].ClosedAt == nil || all[0].ClosedAt.Sub(all[0].OpenedAt) != 3*time.Minute {
			t.Errorf("when it is over: %+v", all[0])
		}
		b.store = errors.New("again")
		b.minute(t)
		if all = b.incidents(t); len(all) != 1 || all[0].ClosedAt != nil {
			t.Errorf("what comes back within minutes is the same incident: %+v", all)
		}
		b.store = nil
		b.minute(t)
		b.Clock.Advance(time.Hour)
		b.store = errors.New("much later")
		b.minute(t)
		if all = b.incidents(t); len(all) != 2 || !all[0].OpenedAt.After(all[1].OpenedAt) {
			t.Errorf("later it is another, and the newest is first: %+v", all)
		}
		b.Clock.Advance(91 * 24 * time.Hour)
		if all = b.incidents(t); len(all) != 1 || all[0].ClosedAt != nil {
			t.Errorf("after 90 days only what is open is left: %+v", all)
		}
	})
}

// Servers that observe the same at the same time open one incident.
func TestManyServersOpenOneIncident(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		b.store = errors.New("away")
		var servers sync.WaitGroup
		for range 4 {
			servers.Go(func() {
				s := &status.Service{Client: b.Raw, Clock: b.Clock, Log: slog.New(slog.DiscardHandler),
					Ping: func(context.Context) error { return nil }, Storage: func(context.Context) error { return b.store }}
				if _, err := s.Observe(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		servers.Wait()
		if all := b.incidents(t); len(all) != 1 {
			t.Errorf("%d incidents", len(all))
		}
	})
}

func TestParts(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		o := b.Organization(t, "riverside")
		seen := func(n int, state printer.State) {
			for range n {
				p := o.Printer(t, string(state)+time.Now().String(), 1)
				p.Update().SetState(state).SetLastSeenAt(b.Clock.Now()).ExecX(t.Context())
			}
		}
		want := func(name string, unwell ...string) {
			t.Helper()
			var got []string
			for _, p := range b.s.Look(t.Context()) {
				if p.State != status.OK {
					got = append(got, p.Name+" "+string(p.State))
				}
				if strings.Contains(p.Says, "riverside") {
					t.Errorf("%s says %q", p.Name, p.Says)
				}
			}
			if !slices.Equal(got, unwell) {
				t.Errorf("%s: not well are %v, want %v", name, got, unwell)
			}
		}
		want("at first")
		seen(6, "idle")
		seen(4, "offline")
		want("four printers were switched off")
		seen(2, "offline")
		want("half of twelve went off together", "printers degraded")
		b.Clock.Advance(16 * time.Minute)
		want("that was long ago, and no job ran since", "jobs down")
		b.job(t)
		want("a job ran")
		b.ping = errors.New("gone")
		want("the database is away", "database down")
	})
}

func TestAReportIsKeptForTenSeconds(t *testing.T) {
	b := newBundle(t, testkit.SQLite(t))
	for range 5 {
		b.s.Report(t.Context())
	}
	b.ping = errors.New("gone")
	b.Clock.Advance(9 * time.Second)
	if r := b.s.Report(t.Context()); r.State != status.OK || b.asked != 1 {
		t.Errorf("%s after %d looks", r.State, b.asked)
	}
	b.Clock.Advance(time.Second)
	if r := b.s.Report(t.Context()); r.State != status.Down || b.asked != 2 {
		t.Errorf("%s after %d looks", r.State, b.asked)
	}
}

func TestWhatAnOperatorWrites(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		ctx := t.Context()
		for name, row := range map[string]struct {
			part, title, note string
			want              error
		}{
			"without a title":          {"", " ", "", status.ErrTitle},
			"a title of two lines":     {"", "a\nb", "", status.ErrTitle},
			"a part that there is not": {"coffee", "Empty", "", status.ErrPart},
			"an endless note":          {"", "Long", strings.Repeat("x", 2001), status.ErrNote},
		} {
			if _, err := b.s.Post(ctx, row.part, row.title, row.note); !errors.Is(err, row.want) {
				t.Errorf("%s: %v, want %v", name, err, row.want)
			}
		}
		i, err := b.s.Post(ctx, "", "We move to another machine", "At 18:00.")
		if err != nil {
			t.Fatal(err)
		}
		b.minute(t)
		if err := errors.Join(b.s.Note(ctx, string(i.ID), "It takes longer."), b.s.Resolve(ctx, string(i.ID), "Done."), b.s.Resolve(ctx, string(i.ID), "Twice.")); err != nil {
			t.Fatal(err)
		}
		all := b.incidents(t)
		if len(all) != 1 || all[0].Part != "platform" || all[0].ClosedAt == nil || len(all[0].Notes) != 3 || all[0].Notes[2].Text != "Done." {
			t.Errorf("incidents: %+v", all)
		}
		if err := b.s.Resolve(ctx, "inc_nothing", ""); !errors.Is(err, status.ErrUnknown) {
			t.Errorf("one that there is not: %v", err)
		}
	})
}
