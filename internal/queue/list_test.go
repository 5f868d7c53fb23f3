package queue_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/file"
	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// mixed are items of every kind that eligibility knows.
func (b *bundle) mixed(t *testing.T, p *ent.Printer) {
	t.Helper()
	for _, name := range []string{"draft", "pending", "changes requested", "approved", "held", "scheduled", "cancelled"} {
		stages[name](t, b, p)
	}
	b.item(t, 10)
	b.item(t, 0)
	b.item(t, 400)
	b.item(t, 10, asks(func(r *schematype.Requirements) { r.MaterialType = "PETG" }))
	b.item(t, 10, asks(func(r *schematype.Requirements) {
		r.Tools = []schematype.ToolNeed{{MaterialType: "PLA", FilamentG: 5}, {MaterialType: "PLA", FilamentG: 5}}
	}))
	b.item(t, 10, asks(func(r *schematype.Requirements) {
		r.Tools = []schematype.ToolNeed{{MaterialType: "PLA", FilamentG: 5}, {MaterialType: "PLA", FilamentG: 900}}
	}))
	late := b.item(t, 10, func(in *queue.CreateQueueItemInput) { in.NotBefore = ptr(b.Clock.Now().Add(time.Hour)) })
	b.Raw.QueueItem.UpdateOne(late).SetNotBefore(b.Clock.Now()).ExecX(t.Context()) // its time has come, nobody released it yet
	for _, status := range []file.Status{file.StatusPending, file.StatusFetching, file.StatusReady, file.StatusFailed, file.StatusDeleted} {
		f := b.file(t, b.o.Owner.ID)
		b.item(t, 10, func(in *queue.CreateQueueItemInput) { in.FileID = &f.ID })
		b.Raw.File.UpdateOne(f).SetStatus(status).ExecX(t.Context())
	}
	for _, in := range []queue.AssignQueueItemInput{
		{QueueItemID: b.item(t, 10).ID, PrinterID: p.ID},
		{QueueItemID: b.item(t, 10, asks(func(r *schematype.Requirements) { r.ColorHex = "#FFFFFF" })).ID, PrinterID: p.ID, Override: &queue.OverrideInput{Codes: []string{"color_mismatch"}, Reason: "Test"}},
		{QueueItemID: b.item(t, 900).ID, PrinterID: p.ID, Override: &queue.OverrideInput{Codes: []string{"filament_insufficient"}, Reason: "Test"}},
	} {
		_, _ = b.matching.Assign(b.ctx, in) // some printers take nothing: then it is an item like others
	}
}

// list reads all pages of a list.
func (b *bundle) list(t *testing.T, limit int, states ...string) (items []*ent.QueueItem) {
	t.Helper()
	in := queue.ListQueueItemsInput{Eligibility: states, QueueItems: listing.QueueItems{Limit: &limit}}
	for range 100 {
		l, err := b.items.List(b.ctx, in)
		must(t, err)
		items = append(items, l.Data...)
		if l.Next == "" {
			return items
		}
		in.Cursor = l.Next
	}
	t.Fatal("the list never ends")
	return nil
}

// total is how many items a list says there are.
func (b *bundle) total(t *testing.T, states ...string) int {
	t.Helper()
	l, err := b.items.List(b.ctx, queue.ListQueueItemsInput{Eligibility: states, QueueItems: listing.QueueItems{Limit: ptr(1), Include: []string{"total_count"}}})
	must(t, err)
	return *l.Total
}

// The filter by eligibility finds and counts exactly the items of which the rule says so, over all pages, whatever the printers do
// and however strict the organization is about filament.
func TestListByEligibility(t *testing.T) {
	outage := func(until *time.Time) func(*ent.PrinterCreate) {
		return func(q *ent.PrinterCreate) { q.SetOutOfOrder(&schematype.OutOfOrder{Reason: "Belt", Until: until}) }
	}
	state := func(s printer.State) func(*ent.PrinterCreate) { return func(q *ent.PrinterCreate) { q.SetState(s) } }
	fleets := map[string]func(*ent.PrinterCreate){
		"idle":                   func(*ent.PrinterCreate) {},
		"busy":                   state("busy"),
		"offline":                state("offline"),
		"finished":               state("finished"),
		"error":                  state("error"),
		"maintenance":            state("maintenance"),
		"out of order":           outage(nil),
		"an outage to come to":   outage(ptr(testkit.Start().Add(time.Hour))),
		"an outage that is over": outage(ptr(testkit.Start().Add(-time.Hour))),
		"maintenance whose outage is over": func(q *ent.PrinterCreate) {
			outage(ptr(testkit.Start().Add(-time.Hour)))(q)
			q.SetState("maintenance")
		},
		"a part on the bed":     func(q *ent.PrinterCreate) { q.SetBedState("occupied") },
		"a bed that needs none": func(q *ent.PrinterCreate) { q.SetBedState("occupied").SetRequireBedClear(false) },
		"deleted":               func(q *ent.PrinterCreate) { q.SetDeletedAt(testkit.Start()) },
	}
	type row struct {
		name, mode string
		printer    func(*ent.PrinterCreate)
	}
	var rows []row
	for name, with := range fleets {
		rows = append(rows, row{name, "hard", with})
	}
	for _, mode := range []string{"soft", "off"} {
		rows = append(rows, row{"idle, filament " + mode, mode, fleets["idle"]}, row{"busy, filament " + mode, mode, fleets["busy"]})
	}
	eachRow(t, rows, func(r row) string { return r.name }, func(t *testing.T, b *bundle, row row) {
		b.settings(t, func(s *schematype.Settings) { s.Matching = map[string]string{"filament": row.mode} })
		p := b.o.Printer(t, "Ada", 2, row.printer)
		b.load(t, p, 0, b.o.Spool(t, b.o.Material(t), 300))
		b.load(t, p, 1, b.o.Spool(t, b.o.Material(t), 200))
		b.mixed(t, p)
		must(t, b.refresh.Sweep(t.Context()))

		want := map[string][]pid.ID{}
		for _, it := range b.Raw.QueueItem.Query().Where(queueitem.OrganizationID(b.o.ID)).AllX(t.Context()) {
			e, err := b.matching.Eligibility(b.ctx, queue.QueueItemEligibilityInput{QueueItemID: it.ID})
			must(t, err)
			want[e.State] = append(want[e.State], it.ID)
		}
		all := 0
		for _, state := range []string{"eligible", "waiting", "blocked", "unknown"} {
			var got []pid.ID
			for _, it := range b.list(t, 3, state) {
				wantEligibility(t, it, state)
				got = append(got, it.ID)
			}
			slices.Sort(got)
			slices.Sort(want[state])
			all += len(got)
			if !slices.Equal(got, want[state]) {
				t.Errorf("%s: %d items %v, the rule says %d %v", state, len(got), got, len(want[state]), want[state])
			}
			if total := b.total(t, state); total != len(want[state]) {
				t.Errorf("%s: %d items are counted, the rule says %d", state, total, len(want[state]))
			}
		}
		for _, it := range b.list(t, 50) {
			if !slices.Contains(want[it.Eligibility.State], it.ID) {
				t.Errorf("item %d is listed as %s", it.Number, it.Eligibility.State)
			}
		}
		if n := len(b.list(t, 50, "eligible", "waiting", "blocked", "unknown")); n != all || n != len(b.list(t, 50)) {
			t.Errorf("%d items, %d by state", n, all)
		}
	})
}

// A page costs the same few statements, whatever its size and filters.
func TestListCost(t *testing.T) {
	onEach(t, func(t *testing.T, b *bundle) {
		for i := range 12 {
			p := b.o.Printer(t, string(pid.New("prn")), 2, func(q *ent.PrinterCreate) { q.AddGroupIDs(b.group(t, string(pid.New("pgr")))) })
			b.load(t, p, i%2, b.o.Spool(t, b.o.Material(t), 1000))
		}
		f := b.file(t, b.o.Owner.ID)
		for i := range 60 {
			b.item(t, 10, func(in *queue.CreateQueueItemInput) {
				in.FileID = &f.ID
				in.Requirements.BedC = float64(i % 7)
			})
		}
		for name, in := range map[string]queue.ListQueueItemsInput{
			"plain":            {},
			"by eligibility":   {Eligibility: []string{"eligible"}},
			"with the total":   {QueueItems: listing.QueueItems{Include: []string{"total_count"}}},
			"on some printers": {PrinterID: []pid.ID{"prn" + nowhere}},
		} {
			var costs []int
			for _, limit := range []int{1, 10, 50} {
				ctx, counter := store.WithCounter(b.ctx)
				in.Limit = &limit
				l, err := b.items.List(ctx, in)
				must(t, err)
				if len(in.PrinterID) == 0 && len(l.Data) != limit {
					t.Fatalf("%s: %d items, want %d", name, len(l.Data), limit)
				}
				costs = append(costs, counter.Count())
				if counter.Count() > 12 {
					t.Errorf("%s: %d statements:\n%s", name, counter.Count(), strings.Join(counter.Statements(), "\n"))
				}
			}
			if costs[0] != costs[2] || costs[1] != costs[2] {
				t.Errorf("%s: pages of 1, 10 and 50 cost %v statements", name, costs)
			}
		}
	})
}

// Items are found by the printer whose line or bed they are on, and by what people remember of them.
func TestListFilters(t *testing.T) {
	onEach(t, func(t *testing.T, b *bundle) {
		ada, bob := b.printer(t, "Ada", 1000), b.printer(t, "Bob", 1000)
		named := func(name string) *ent.QueueItem {
			return b.item(t, 10, func(in *queue.CreateQueueItemInput) { in.Name, in.ExternalRef = name, "REF-"+name })
		}
		running := named("running")
		b.start(t, b.next(t, ada).Print.ID)
		line := named("line")
		b.assign(t, line, ada)
		over := named("over")
		b.printWell(t, bob)
		free := named("free  gear")
		for _, row := range []struct {
			name string
			in   queue.ListQueueItemsInput
			want []*ent.QueueItem
		}{
			{"on Ada or in her line", queue.ListQueueItemsInput{PrinterID: []pid.ID{ada.ID}}, []*ent.QueueItem{line, running}},
			{"on Bob", queue.ListQueueItemsInput{PrinterID: []pid.ID{bob.ID}}, nil},
			{"by words, whatever the spaces", queue.ListQueueItemsInput{QueueItems: listing.QueueItems{Q: "Free gear"}}, []*ent.QueueItem{free}},
			{"by number", queue.ListQueueItemsInput{QueueItems: listing.QueueItems{Q: "#3"}}, []*ent.QueueItem{over}},
			{"by reference", queue.ListQueueItemsInput{QueueItems: listing.QueueItems{Q: "ref-line"}}, []*ent.QueueItem{line}},
			{"by state", queue.ListQueueItemsInput{QueueItems: listing.QueueItems{State: []queueitem.State{"printing", "assigned"}}}, []*ent.QueueItem{line, running}},
		} {
			l, err := b.items.List(b.ctx, row.in)
			must(t, err)
			var got, want []string
			for _, it := range l.Data {
				got = append(got, it.Name)
			}
			for _, it := range row.want {
				want = append(want, it.Name)
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", row.name, got, want)
			}
		}
	})
}

// printWell prints whatever is next on the printer, well.
func (b *bundle) printWell(t *testing.T, p *ent.Printer) {
	t.Helper()
	print := b.next(t, p).Print.ID
	b.start(t, print)
	b.end(t, print, "completed", 1)
	b.judge(t, p, "success")
}
