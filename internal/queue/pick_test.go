package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"entgo.io/ent/dialect"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue/match"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// load is a queue in front of one printer.
type load struct {
	kit     *testkit.Kit
	org     *testkit.Organization
	printer pid.ID
	spool   pid.ID
	serving []pid.ID // profiles that the printer's equipment serves
	blocked []pid.ID // profiles that it does not
	number  int64
}

// newLoad is an idle printer with 500 g of PLA, and profiles of which a tenth are served by it.
func newLoad(t testing.TB, db *store.DB, profiles int) *load {
	k := testkit.NewKit(t, db)
	o := k.Organization(t, "riverside")
	l := &load{kit: k, org: o}
	m := o.Material(t, func(c *ent.MaterialCreate) { c.SetType("PLA") })
	l.spool = o.Spool(t, m, 500).ID
	p := o.Printer(t, "MK4 Ada", 1, func(c *ent.PrinterCreate) { c.SetState("idle").SetBedState("clear") })
	l.printer = p.ID
	k.Raw.PrinterSlot.Update().SetSpoolID(l.spool).ExecX(t.Context())
	for i := range profiles {
		n := match.Need{Tools: []match.Tool{{Material: fmt.Sprintf("X%d", i)}}}
		ok := i%10 == 0
		if ok {
			n = match.Need{Tools: []match.Tool{{Material: "PLA"}}, BedC: float64(i) / 100}
		}
		id := l.profile(t, n, ok)
		if ok {
			l.serving = append(l.serving, id)
		} else {
			l.blocked = append(l.blocked, id)
		}
	}
	return l
}

func (l *load) profile(t testing.TB, n match.Need, ok bool) pid.ID {
	need, err := json.Marshal(match.Canonical(n))
	if err != nil {
		t.Fatal(err)
	}
	p := l.kit.Raw.RequirementProfile.Create().SetOrganizationID(l.org.ID).SetKey(match.Key(n, "")).SetNeed(need).SaveX(t.Context())
	v := l.kit.Raw.ProfileVerdict.Create().SetOrganizationID(l.org.ID).SetProfileID(p.ID).SetPrinterID(l.printer).SetOk(ok)
	if ok {
		v.SetSpoolID(string(l.spool))
	}
	v.ExecX(t.Context())
	return p.ID
}

// add puts n items into the queue; each is what item says of it.
func (l *load) add(t testing.TB, n int, item func(i int) (profile pid.ID, grams float64, rank int)) {
	for chunk := range slices.Chunk(seq(n), 400) {
		rows := make([]*ent.QueueItemCreate, len(chunk))
		for at, i := range chunk {
			profile, grams, rank := item(i)
			l.number++
			requirements := schematype.Requirements{MaterialType: "PLA", FilamentG: grams}
			if slices.Contains(l.blocked, profile) {
				requirements.MaterialType = "X"
			}
			rows[at] = l.kit.Raw.QueueItem.Create().SetOrganizationID(l.org.ID).SetNumber(l.number).SetName("part").SetSubmitterID(l.org.Owner.ID).
				SetState(queueitem.StateQueued).SetProfileID(profile).SetEstimatedG(grams).SetSizeClass(sizeClass(grams)).SetPriorityRank(rank).
				SetPosition(l.number * positionStep).SetDispatchable(true).SetRequirements(requirements)
		}
		l.kit.Raw.QueueItem.CreateBulk(rows...).ExecX(t.Context())
	}
}

func seq(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}

// pick is what dispatch would take now, "" for nothing.
func (l *load) pick(t testing.TB) pid.ID {
	id, err := op.Do(l.org.System(t), l.kit.Ops, authz.Op{Resource: "queue", Verb: "pick", System: true, Write: true}, struct{}{}, func(ctx context.Context, tx *ent.Tx) (pid.ID, error) {
		p, err := loadPrinter(ctx, tx.Client(), l.printer)
		if err != nil {
			return "", err
		}
		best, _, err := pick(ctx, tx, p, nil)
		if best == nil || err != nil {
			return "", err
		}
		return best.item.ID, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// scan is what a look at every item would take.
func (l *load) scan(t testing.TB, available float64) pid.ID {
	items := l.kit.Raw.QueueItem.Query().Where(queueitem.Dispatchable(true), queueitem.ProfileIDIn(l.serving...)).AllX(t.Context())
	slices.SortFunc(items, func(a, b *ent.QueueItem) int {
		if earlier(a, b) {
			return -1
		}
		return 1
	})
	for _, it := range items {
		if it.EstimatedG <= available {
			return it.ID
		}
	}
	return ""
}

func TestPickIsWhatAFullScanTakes(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		r := rand.New(rand.NewPCG(1, 2))
		l := newLoad(t, db, 40)
		all := append(slices.Clone(l.serving), l.blocked...)
		l.add(t, 900, func(int) (pid.ID, float64, int) {
			grams := float64(r.IntN(90000))/100 + 0.01 // up to 900 g where 500 g are loaded
			return all[r.IntN(len(all))], round(grams), r.IntN(4)
		})
		for n := range 60 {
			got, want := l.pick(t), l.scan(t, 500)
			if got != want {
				t.Fatalf("pick %d takes %q, a full scan %q", n, got, want)
			}
			if got == "" {
				break
			}
			l.kit.Raw.QueueItem.UpdateOneID(got).SetDispatchable(false).SetState(queueitem.StateCompleted).ExecX(t.Context())
		}
	})
}

func TestPickLooksBehindHeavyItems(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		l := newLoad(t, db, 10)
		l.add(t, 400, func(i int) (pid.ID, float64, int) { return l.serving[0], 600 + float64(i), 3 })
		if got := l.pick(t); got != "" {
			t.Fatalf("pick takes %q, which needs more than is loaded", got)
		}
		l.add(t, 1, func(int) (pid.ID, float64, int) { return l.serving[0], 499.99, 0 })
		if got, want := l.pick(t), l.scan(t, 500); got != want || got == "" {
			t.Fatalf("pick takes %q behind 400 heavy items, a full scan %q", got, want)
		}
	})
}

// TestPickTouchesNoBlockedItem pins the plan: every step of the probe is an index search.
func TestPickTouchesNoBlockedItem(t *testing.T) {
	t.Parallel()
	l := newLoad(t, testkit.SQLite(t), 20)
	l.add(t, 200, func(i int) (pid.ID, float64, int) { return l.blocked[i%len(l.blocked)], 10, 1 })
	if l.kit.Ops.Client.Driver().Dialect() != dialect.SQLite {
		t.Fatal("this plan is SQLite's")
	}
	plan := l.plan(t)
	if strings.Contains(plan, "SCAN i") || strings.Contains(plan, "SCAN queue_items") {
		t.Errorf("the probe reads all items:\n%s", plan)
	}
	if !strings.Contains(plan, "queue_items_head") {
		t.Errorf("the probe does not use its index:\n%s", plan)
	}
}

func (l *load) plan(t testing.TB) string {
	query, args := probeQuery(dialect.SQLite, l.printer, nil)
	rows, err := l.kit.Raw.QueryRows(t.Context(), "EXPLAIN QUERY PLAN "+query, args)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var plan strings.Builder
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan.WriteString(detail + "\n")
	}
	return plan.String()
}

// settle does at once what the databases do in their own time after so many rows, autovacuum and the checkpoint of the log: a
// queue grows more slowly than this.
func (l *load) settle(b *testing.B) {
	tidy := map[string]string{dialect.Postgres: "VACUUM ANALYZE", dialect.SQLite: "PRAGMA wal_checkpoint(TRUNCATE)"}
	rows, err := l.kit.Raw.QueryRows(b.Context(), tidy[l.kit.Ops.Client.Driver().Dialect()], nil)
	if err != nil {
		b.Fatal(err)
	}
	for rows.Next() {
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkPick is one dispatch-next decision, its transaction included: 90 % of the queue is blocked and stands at its
// head. "profiles=200" keeps the kinds of requirements as a school has them while the queue grows; "profiles grow" lets
// every hundredth item bring a kind of its own.
func BenchmarkPick(b *testing.B) {
	for _, d := range testkit.Databases() {
		for _, queued := range []int{1_000, 10_000, 100_000} {
			for name, profiles := range map[string]int{"profiles=200": 200, "profiles grow": max(queued/60, 200)} {
				if name == "profiles grow" && queued == 1_000 {
					continue // the same as the other
				}
				b.Run(fmt.Sprintf("%s/%s/queued=%d", d.Name, name, queued), func(b *testing.B) {
					l := newLoad(b, d.Open(b), profiles)
					l.add(b, queued, func(i int) (pid.ID, float64, int) {
						if i < queued*9/10 {
							return l.blocked[i%len(l.blocked)], 20, 1
						}
						return l.serving[i%len(l.serving)], float64(i%300) + 1, 1
					})
					l.settle(b)
					if l.pick(b) == "" {
						b.Fatal("nothing to pick")
					}
					b.ResetTimer()
					for b.Loop() {
						l.pick(b)
					}
				})
			}
		}
	}
}
