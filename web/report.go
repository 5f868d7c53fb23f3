package web

import (
	"fmt"

	"github.com/a-h/templ"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/crud"
	"github.com/soloprint/soloprint/web/component"
	"github.com/soloprint/soloprint/web/page"
	"github.com/soloprint/soloprint/web/words"
)

// reportPages are the pages of what was printed.
func (c *Console) reportPages() map[string]viewer { return map[string]viewer{"history": c.history} }

// history is what was printed, the newest first, under the charts of the last days.
func (c *Console) history(v *visit) (templ.Component, error) {
	p := page.List{Page: component.Page{Title: v.say("nav.history"), Crumbs: []component.Crumb{{Word: v.say("nav.history")}}}, Sentence: v.say("history.sentence"), Path: "history", Caption: v.say("nav.history"),
		Columns: []page.Head{{Word: v.say("queue.col.print")}, {Word: v.say("filter.status")}, {Word: v.say("history.used")}, {Word: v.say("history.printer")}, {Word: v.say("spool.col.when"), Off: true}}, Filters: []page.Filter{choice(v, "outcome", "outcome", "completed", "failed", "cancelled")}, Narrowed: narrowed(v),
		Empty: page.Blank{Icon: "history", Title: v.say("history.none.title"), Text: v.say("history.none.why")}}
	in, err := bind[crud.ListPrintsInput](v)
	if err != nil {
		return nil, err
	}
	if in.Expand = []string{"queue_item", "queue_item.submitter", "queue_item.file"}; in.Sort == "" {
		in.Sort = "-created_at"
	}
	l, err := c.Crud.ListPrints(v, in)
	if err != nil {
		return nil, err
	}
	p.Pager = pager(v, l.Next)
	for _, r := range l.Data {
		sign := runSign(v, r)
		name := page.Entry{}
		if it := r.Edges.QueueItem; it != nil {
			t := c.thumb(v, it, "")
			name = page.Entry{Text: copyName(v, it, r.Copy), Path: fmt.Sprintf("queue/%d", it.Number), Thumb: &t, Sub: submitter(it)}
		}
		used := page.Entry{Text: words.Grams(v, r.ActualG)}
		if r.ActualSeconds > 0 {
			used.Sub = words.Seconds(v, r.ActualSeconds)
		}
		when := r.DispatchedAt
		if r.EndedAt != nil {
			when = *r.EndedAt
		}
		p.Rows = append(p.Rows, page.Row{ID: string(r.ID), Label: name.Text, Cells: []page.Entry{name, {Sign: &sign}, used, {Text: r.PrinterName}, {Text: words.When(v, when)}}})
	}
	d := page.Dashboard{}
	if v.actor.Has(authz.OperationsRead) {
		if err := c.fortnight(v, &d); err != nil {
			return nil, err
		}
	}
	return page.HistoryPage(p, d.Charts), nil
}
