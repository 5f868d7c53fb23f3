package queue_test

import (
	"slices"
	"testing"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/queue"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// Whose turn it is inside a priority. Items are named by group and number; the order is what one printer is given.
func TestFairness(t *testing.T) {
	type entry struct {
		group    string
		copies   int
		priority string
	}
	many := func(group string, n int) []entry { return slices.Repeat([]entry{{group: group}}, n) }
	rows := []struct {
		name    string
		by      string
		weights map[string]int
		queue   []entry
		want    []string
	}{
		{"nobody's turn is counted: first come, first served", "none", nil, slices.Concat(many("a", 3), many("b", 2)), []string{"a", "a", "a", "b", "b"}},
		{"classes take turns", "class", nil, slices.Concat(many("a", 4), many("b", 2)), []string{"a", "b", "a", "b", "a", "a"}},
		{"people take turns", "user", nil, slices.Concat(many("a", 3), many("b", 2), many("c", 1)), []string{"a", "b", "c", "a", "b", "a"}},
		{"a class of weight two has two turns for one", "class", map[string]int{"a": 2}, slices.Concat(many("a", 4), many("b", 2)), []string{"a", "b", "a", "a", "b", "a"}},
		{"copies are turns", "class", nil, slices.Concat([]entry{{group: "a", copies: 3}}, many("b", 2)), []string{"a", "b", "a", "b", "a"}},
		{"a priority goes before a turn", "class", nil, []entry{{group: "a"}, {group: "a", priority: "high"}, {group: "b"}}, []string{"a", "a", "b"}},
	}
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				f := newFair(t, newBundle(t, k), row.by, row.weights)
				for _, e := range row.queue {
					f.add(t, e.group, e.copies, e.priority)
				}
				f.wantOrder(t, row.want)
			})
		}
	})
}

// A group that comes late does not get the turns back that it never asked for, and none is lost.
func TestFairnessOfLatecomers(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		f := newFair(t, newBundle(t, testkit.NewKit(t, db)), "class", nil)
		for range 6 {
			f.add(t, "a", 1, "")
		}
		f.wantOrder(t, []string{"a", "a", "a"})
		for range 4 {
			f.add(t, "b", 1, "")
		}
		f.wantOrder(t, []string{"b", "a", "b", "a", "b", "a", "b"})
	})
}

// An organization that begins to count turns, or counts others, has its queue in the new order within a second: without a
// word from anybody.
func TestFairnessIsChanged(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		f := newFair(t, newBundle(t, testkit.NewKit(t, db)), "none", nil)
		for _, group := range []string{"a", "a", "a", "b", "b"} {
			f.add(t, group, 1, "")
		}
		f.count(t, "class")
		f.wantOrder(t, []string{"a", "b"})
		f.count(t, "none")
		f.wantOrder(t, []string{"a", "a", "b"})
	})
}

// fair is a queue in front of one printer, whose items are those of classes and of their only students.
type fair struct {
	*bundle
	p       *ent.Printer
	classes map[string]*ent.Class
	people  map[string]*ent.Membership
	groups  map[string]string // by item
}

func newFair(t *testing.T, b *bundle, by string, weights map[string]int) *fair {
	t.Helper()
	f := &fair{bundle: b, p: b.printer(t, "Ada", 100_000), classes: map[string]*ent.Class{}, people: map[string]*ent.Membership{}, groups: map[string]string{}}
	for _, group := range []string{"a", "b", "c"} {
		f.people[group] = b.o.Member(t, authz.RoleStudent)
		f.classes[group] = b.Raw.Class.UpdateOne(b.class(t, f.people[group])).SetWeight(max(weights[group], 1)).SaveX(t.Context())
	}
	f.count(t, by)
	return f
}

// count makes the organization count turns, and lets the refresher see it.
func (f *fair) count(t *testing.T, by string) {
	t.Helper()
	f.settings(t, func(s *schematype.Settings) { s.Queue.Fairness, s.Approval.Roles = by, nil })
	_, err := f.matching.Refresh(f.o.System(t), queue.RefreshInput{})
	must(t, err)
}

func (f *fair) add(t *testing.T, group string, copies int, priority string) {
	t.Helper()
	person, class := f.people[group].ID, f.classes[group].ID
	it := f.item(t, 1, func(in *queue.CreateQueueItemInput) {
		in.OnBehalfOf, in.ClassID = &person, &class
		if copies > 0 {
			in.CopiesRequested = &copies
		}
		if priority != "" {
			in.Priority = priority
		}
	})
	f.groups[string(it.ID)] = group
}

// wantOrder prints as many copies and compares whose they were.
func (f *fair) wantOrder(t *testing.T, want []string) {
	t.Helper()
	var got []string
	for range want {
		next := f.next(t, f.p)
		got = append(got, f.groups[string(next.QueueItem.ID)])
		f.start(t, next.Print.ID)
		f.end(t, next.Print.ID, printrun.OutcomeCompleted, 1)
		f.judge(t, f.p, "success")
	}
	if !slices.Equal(got, want) {
		t.Errorf("the printer got %v, want %v", got, want)
	}
}
