package web

import (
	"fmt"

	"github.com/a-h/templ"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/enrollment"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue"
	"github.com/soloprint/soloprint/web/component"
	"github.com/soloprint/soloprint/web/page"
	"github.com/soloprint/soloprint/web/words"
)

// minePages are what a person sees of their own.
func (c *Console) minePages() map[string]viewer {
	return map[string]viewer{"my-prints": c.myPrints, "my-prints/{item}": c.queueItem, "my-classes": c.myClasses}
}

// myPrints are a person's own prints, with what each waits for.
func (c *Console) myPrints(v *visit) (templ.Component, error) {
	limit := 50
	l, err := c.Items.List(v, queue.ListQueueItemsInput{QueueItems: listing.QueueItems{Limit: &limit, Sort: "-created_at", SubmitterID: []pid.ID{v.actor.Membership}, Expand: []string{"class", "file", "assigned_printer"}}})
	if err != nil {
		return nil, err
	}
	var ids []pid.ID
	for _, it := range l.Data {
		ids = append(ids, it.ID)
	}
	runs := map[pid.ID]*ent.PrintRun{}
	active, err := c.Client.PrintRun.Query().Where(printrun.QueueItemIDIn(ids...), printrun.StateIn(printrun.StatePrinting, printrun.StatePaused)).Limit(100).All(v)
	if err != nil {
		return nil, fmt.Errorf("read own prints: %w", err)
	}
	for _, r := range active {
		runs[r.QueueItemID] = r
	}
	p := page.Mine{}
	for _, it := range l.Data {
		m := page.MyPrint{Row: c.itemRow(v, it), Step: step(it)}
		m.Row.Acts, m.Row.Step = nil, nil
		for _, a := range c.itemActs(v, it) {
			if a.Icon == "ban" {
				a.Of = it.Name
				m.Row.Acts = append(m.Row.Acts, a)
			}
		}
		if r := runs[it.ID]; r != nil {
			m.Running, m.Progress, m.Row.Why = true, r.Progress, c.left(v, r)
			m.Row.Thumb.Growing, m.Row.Thumb.Progress = true, r.Progress
		}
		if m.Step < 5 {
			p.Open = append(p.Open, m)
		} else {
			p.Past = append(p.Past, m)
		}
	}
	p.Sentence = v.say("mine.sentence", "n", len(p.Open))
	return page.MinePage(p), nil
}

// step is how far an item has come: handed in, approved, in the queue, printing, ready to fetch, over.
func step(it *ent.QueueItem) int {
	switch it.State {
	case queueitem.StateAssigned, queueitem.StateDispatching, queueitem.StatePrinting, queueitem.StatePaused:
		return 3
	case queueitem.StateAwaitingVerdict:
		return 4
	case queueitem.StateCompleted, queueitem.StateFailed, queueitem.StateCancelled, queueitem.StateExpired:
		return 5
	case queueitem.StateQueued:
		if it.ApprovalState == queueitem.ApprovalStateApproved || it.ApprovalState == queueitem.ApprovalStateNotRequired {
			return 2
		}
	}
	return 1
}

// myClasses are the classes that a person is in.
func (c *Console) myClasses(v *visit) (templ.Component, error) {
	mine, err := c.Client.Enrollment.Query().Where(enrollment.MembershipID(v.actor.Membership)).WithClass().Limit(100).All(v)
	if err != nil {
		return nil, fmt.Errorf("read own classes: %w", err)
	}
	p := page.List{Page: component.Page{Title: v.say("nav.myclasses"), Crumbs: []component.Crumb{{Word: v.say("nav.myclasses")}}}, Path: "my-classes", Caption: v.say("nav.myclasses"), Columns: []page.Head{{Word: v.say("class.class")}, {Word: v.say("user.col.role")}, {Word: v.say("class.time")}},
		Empty: page.Blank{Icon: "graduation-cap", Title: v.say("mine.noclass.title"), Text: v.say("mine.noclass.why")}}
	for _, e := range mine {
		if k := e.Edges.Class; k != nil {
			p.Rows = append(p.Rows, page.Row{ID: string(e.ID), Label: k.Name, Cells: []page.Entry{{Text: k.Name, Sub: k.Code, Strong: true}, {Text: words.Or(v, "state.role."+string(e.Role), string(e.Role))}, {Text: span(k)}}})
		}
	}
	return page.ListPage(p), nil
}
