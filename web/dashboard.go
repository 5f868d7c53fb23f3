package web

import (
	"context"
	"fmt"
	"time"

	"github.com/a-h/templ"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/material"
	"github.com/soloprint/soloprint/ent/predicate"
	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/ent/webhook"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/listing"
	matter "github.com/soloprint/soloprint/internal/material"
	"github.com/soloprint/soloprint/internal/queue"
	"github.com/soloprint/soloprint/internal/report"
	"github.com/soloprint/soloprint/web/component"
	"github.com/soloprint/soloprint/web/page"
	"github.com/soloprint/soloprint/web/words"
)

// open are the states of items that have not ended.
var open = []queueitem.State{queueitem.StateQueued, queueitem.StateAssigned, queueitem.StateDispatching, queueitem.StatePrinting, queueitem.StatePaused, queueitem.StateAwaitingVerdict}

// needed holds for printers that wait for a person.
func needed() predicate.Printer {
	return printer.Or(printer.StateIn(printer.StateFinished, printer.StateAttention, printer.StateError),
		printer.And(printer.StateEQ(printer.StateIdle), printer.BedStateEQ(printer.BedStateOccupied)))
}

// counts reads the numbers of the navigation, as far as the person may see what they count.
func (c *Console) counts(ctx context.Context) (n counts, err error) {
	a := authz.From(ctx)
	if !staff(a) {
		return n, nil
	}
	if a.HasAny(authz.OperationsRead, authz.QueueManage) {
		if n.open, err = c.Client.QueueItem.Query().Where(queueitem.StateIn(open...)).Count(ctx); err != nil {
			return n, fmt.Errorf("count the queue: %w", err)
		}
		pending, err := c.Client.QueueItem.Query().Where(queueitem.ApprovalStateEQ(queueitem.ApprovalStatePending), queueitem.StateIn(queueitem.StateQueued, queueitem.StateAssigned)).Count(ctx)
		if err != nil {
			return n, fmt.Errorf("count approvals: %w", err)
		}
		blocked, err := c.Client.QueueItem.Query().Where(queueitem.BlockedAtNotNil(), queueitem.Dispatchable(true)).Count(ctx)
		if err != nil {
			return n, fmt.Errorf("count blocked items: %w", err)
		}
		n.need += pending + blocked
	}
	if a.HasAny(authz.OperationsRead, authz.PrinterManage) {
		if n.printers, err = c.Client.Printer.Query().Count(ctx); err != nil {
			return n, fmt.Errorf("count printers: %w", err)
		}
		need, err := c.Client.Printer.Query().Where(needed()).Count(ctx)
		if err != nil {
			return n, fmt.Errorf("count printers that need somebody: %w", err)
		}
		n.need += need
	}
	if a.Has(authz.SpoolManage) {
		if n.low, err = c.Client.Material.Query().Where(material.StockLevelEQ(material.StockLevelLow)).Count(ctx); err != nil {
			return n, fmt.Errorf("count low materials: %w", err)
		}
	}
	if a.Has(authz.IntegrationsManage) {
		if n.hooks, err = c.Client.Webhook.Query().Where(webhook.FailingSinceNotNil()).Count(ctx); err != nil {
			return n, fmt.Errorf("count failing webhooks: %w", err)
		}
		n.need += n.hooks
	}
	return n, nil
}

// dashboardRows is how many of a kind the dashboard shows.
const dashboardRows = 5

// dashboard says what needs a person now, what prints, what is next, and how it has been going.
func (c *Console) dashboard(v *visit) (templ.Component, error) {
	d := page.Dashboard{Today: words.Weekday(v, c.Clock.Now())}
	for _, part := range []func(*visit, *page.Dashboard) error{c.needs, c.running, c.next, c.low, c.fortnight} {
		if err := part(v, &d); err != nil {
			return nil, err
		}
	}
	total, printing := 0, 0
	if v.actor.HasAny(authz.OperationsRead, authz.PrinterManage) {
		var err error
		if printing, err = c.Client.Printer.Query().Where(printer.StateIn(printer.StatePrinting, printer.StatePaused)).Count(v); err != nil {
			return nil, err
		}
		if total, err = c.Client.Printer.Query().Count(v); err != nil {
			return nil, err
		}
	}
	d.Sentence = v.say("dashboard.needs", "n", d.NeedCount) + " " + v.say("dashboard.printing", "n", printing, "total", words.Number(v, total))
	return page.DashboardPage(d), nil
}

// needs are the rows of what needs a person, the most urgent first.
func (c *Console) needs(v *visit, d *page.Dashboard) error {
	if v.actor.HasAny(authz.OperationsRead, authz.PrinterManage) {
		printers, err := c.Client.Printer.Query().Where(needed()).Order(ent.Desc(printer.FieldState), ent.Asc(printer.FieldName)).Limit(dashboardRows).All(v)
		if err != nil {
			return fmt.Errorf("read printers that need somebody: %w", err)
		}
		for _, p := range printers {
			d.Needs = append(d.Needs, c.printerNeed(v, p))
		}
	}
	if v.actor.HasAny(authz.OperationsRead, authz.QueueManage) {
		if err := c.queueNeeds(v, d); err != nil {
			return err
		}
	}
	if v.actor.Has(authz.IntegrationsManage) {
		hooks, err := c.Client.Webhook.Query().Where(webhook.FailingSinceNotNil()).Order(ent.Asc(webhook.FieldFailingSince)).Limit(dashboardRows).All(v)
		if err != nil {
			return fmt.Errorf("read failing webhooks: %w", err)
		}
		for _, h := range hooks {
			d.Needs = append(d.Needs, page.Need{ID: string(h.ID), Tone: "bad", Icon: "webhook", Title: v.say("dashboard.hook.title", "name", h.Name), Text: v.say("dashboard.hook.why", "since", words.When(v, *h.FailingSince)),
				Link: &page.NeedLink{Path: "webhooks/" + string(h.ID), Word: v.say("dashboard.hook.do")}})
		}
	}
	for _, g := range v.shell.Groups {
		for _, l := range g.Links {
			if l.Path == "dashboard" {
				d.NeedCount = l.Need
			}
		}
	}
	return nil
}

// printerNeed is the row of a printer that waits for a person.
func (c *Console) printerNeed(v *visit, p *ent.Printer) page.Need {
	n := page.Need{ID: string(p.ID), Tone: "you", Icon: "hand", Title: v.say("dashboard.bed.title", "printer", p.Name), Text: v.say("dashboard.bed.why")}
	to := "printers/" + string(p.ID)
	switch {
	case p.State == printer.StateError:
		n.Tone, n.Icon, n.Title, n.Text = "bad", "octagon-alert", v.say("dashboard.error", "printer", p.Name), p.StateMessage
	case p.State == printer.StateAttention:
		n.Icon, n.Title, n.Text = "message-circle-warning", v.say("dashboard.attention", "printer", p.Name), p.StateMessage
	case v.actor.Has(authz.QueueManage):
		clear := templ.SafeURL(v.base() + "/" + to + "/clear-bed")
		n.Acts = []component.Act{
			{To: clear, Word: v.say("bed.failed.do"), Of: p.Name, Fields: []component.Field{{Name: "verdict", Value: "failure"}, {Name: "failure_reason", Value: "other"}}},
			{To: clear, Icon: "check", Word: v.say("bed.good.do"), Of: p.Name, Variant: "primary", Fields: []component.Field{{Name: "verdict", Value: "success"}}},
		}
		if p.State == printer.StateIdle {
			n.Acts = []component.Act{{To: clear, Icon: "check", Word: v.say("bed.clear.do"), Of: p.Name, Variant: "primary"}}
		}
		return n
	}
	n.Link = &page.NeedLink{Path: to, Word: v.say("dashboard.printer.do"), Primary: n.Tone == "bad"}
	return n
}

// queueNeeds are the rows of approvals and of blocked items.
func (c *Console) queueNeeds(v *visit, d *page.Dashboard) error {
	waits := c.Client.QueueItem.Query().Where(queueitem.ApprovalStateEQ(queueitem.ApprovalStatePending), queueitem.StateIn(queueitem.StateQueued, queueitem.StateAssigned))
	n, err := waits.Clone().Count(v)
	if err != nil {
		return fmt.Errorf("count approvals: %w", err)
	}
	if n > 0 {
		oldest, err := waits.Order(ent.Asc(queueitem.FieldCreatedAt)).WithSubmitter(func(q *ent.MembershipQuery) { q.WithUser() }).First(v)
		if err != nil {
			return fmt.Errorf("read the oldest approval: %w", err)
		}
		d.Needs = append(d.Needs, page.Need{ID: "approvals", Tone: "you", Icon: "user-check", Title: v.say("dashboard.approvals.title", "n", n), Text: v.say("dashboard.approvals.why", "name", submitter(oldest), "time", words.Duration(v, c.Clock.Now().Sub(oldest.CreatedAt))),
			Link: &page.NeedLink{Path: "queue?view=approval", Word: v.say("dashboard.approvals.do"), Primary: true}})
	}
	blocked, err := c.Client.QueueItem.Query().Where(queueitem.BlockedAtNotNil(), queueitem.Dispatchable(true)).Order(ent.Asc(queueitem.FieldBlockedAt)).Limit(dashboardRows).All(v)
	if err != nil {
		return fmt.Errorf("read blocked items: %w", err)
	}
	for _, it := range blocked {
		d.Needs = append(d.Needs, page.Need{ID: string(it.ID), Tone: "bad", Icon: "circle-slash", Title: v.say("dashboard.blocked.title", "name", it.Name), Text: asked(v, it),
			Link: &page.NeedLink{Path: fmt.Sprintf("queue/%d", it.Number), Word: v.say("dashboard.blocked.do")}})
	}
	return nil
}

// running are the prints that run now.
func (c *Console) running(v *visit, d *page.Dashboard) error {
	if !v.actor.HasAny(authz.OperationsRead, authz.QueueManage) {
		return nil
	}
	runs, err := c.Client.PrintRun.Query().Where(printrun.StateIn(printrun.StatePrinting, printrun.StatePaused)).Order(ent.Desc(printrun.FieldProgress)).Limit(dashboardRows).
		WithQueueItem(func(q *ent.QueueItemQuery) { listing.LoadQueueItem(q, "submitter.user", "file") }).All(v)
	if err != nil {
		return fmt.Errorf("read running prints: %w", err)
	}
	for _, r := range runs {
		row := page.RunningRow{ID: string(r.ID), Printer: r.PrinterName, Progress: r.Progress, Left: c.left(v, r)}
		if it := r.Edges.QueueItem; it != nil {
			row.Name, row.Person, row.Path, row.Thumb = copyName(v, it, r.Copy), submitter(it), fmt.Sprintf("queue/%d", it.Number), c.thumb(v, it, "t3")
			row.Thumb.ID, row.Thumb.Growing, row.Thumb.Progress = string(r.ID), true, r.Progress
		}
		d.Running = append(d.Running, row)
	}
	return nil
}

// left is how long a print still takes, and when it is done.
func (c *Console) left(v *visit, r *ent.PrintRun) string {
	if r.StartedAt == nil || r.EstimatedSeconds <= 0 || r.State != printrun.StatePrinting {
		return ""
	}
	wait := time.Duration(float64(r.EstimatedSeconds)*(1-r.Progress)) * time.Second
	return v.say("print.left", "time", words.Duration(v, wait), "at", words.Clock(v, c.Clock.Now().Add(wait)))
}

// next are the items that come next.
func (c *Console) next(v *visit, d *page.Dashboard) error {
	if !v.actor.HasAny(authz.OperationsRead, authz.QueueManage) {
		return nil
	}
	limit := dashboardRows - 1
	l, err := c.Items.List(v, queue.ListQueueItemsInput{QueueItems: listing.QueueItems{Limit: &limit, Sort: "position", State: []queueitem.State{queueitem.StateQueued, queueitem.StateAssigned}, Hold: []queueitem.Hold{queueitem.HoldNone},
		ApprovalState: []queueitem.ApprovalState{queueitem.ApprovalStateNotRequired, queueitem.ApprovalStateApproved}, Expand: []string{"submitter.user", "file", "assigned_printer"}}, Eligibility: []string{"eligible", "waiting"}})
	if err != nil {
		return err
	}
	for _, it := range l.Data {
		row := page.NextRow{Name: it.Name, Person: submitter(it), Path: fmt.Sprintf("queue/%d", it.Number), Thumb: c.thumb(v, it, "")}
		switch {
		case it.Edges.AssignedPrinter != nil:
			row.Where = it.Edges.AssignedPrinter.Name
		case it.Eligibility != nil && it.Eligibility.EligiblePrinterCount > 0:
			row.Where, row.When = v.say("dashboard.fits", "n", it.Eligibility.EligiblePrinterCount), v.say("dashboard.free")
		default:
			row.When = v.say("state.queue.waiting")
		}
		d.Next = append(d.Next, row)
	}
	return nil
}

// low are the materials of which too little is left.
func (c *Console) low(v *visit, d *page.Dashboard) error {
	if !v.actor.Has(authz.SpoolManage) {
		return nil
	}
	list, err := c.Material.ShoppingList(v, matter.ShoppingListInput{})
	if err != nil {
		return err
	}
	for _, it := range list.Items[:min(len(list.Items), dashboardRows-1)] {
		level := "low"
		if it.FreeG < 0 {
			level = "critical"
		}
		d.Low = append(d.Low, page.LowRow{Name: it.Type + " " + it.ColorName, Colour: it.ColorHex, Sign: component.SignOf(v, "stock", level), Text: v.say("dashboard.lowrow", "left", words.Grams(v, it.LeftG), "n", it.SpoolsLeft, "needed", words.Grams(v, it.NeededG))})
	}
	return nil
}

// days is how far back the charts look.
const days = 14

// fortnight are the charts of the last fourteen days.
func (c *Console) fortnight(v *visit, d *page.Dashboard) error {
	if !v.actor.HasAny(authz.OperationsRead) {
		return nil
	}
	now := c.Clock.Now().In(words.From(v).Zone)
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	from, to := today.AddDate(0, 0, 1-2*days), today.AddDate(0, 0, 1)
	all, err := c.Reports.Statistics(v, report.StatisticsInput{From: &from, To: &to, Interval: "day"})
	if err != nil {
		return err
	}
	half := today.AddDate(0, 0, 1-days)
	by, err := c.Reports.Statistics(v, report.StatisticsInput{From: &half, To: &to, Interval: "month", GroupBy: "material"})
	if err != nil {
		return err
	}
	d.Charts = charts(v, all, by, half)
	return nil
}
