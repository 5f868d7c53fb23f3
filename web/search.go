package web

import (
	"fmt"
	"strings"

	"github.com/a-h/templ"

	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/queue"
	"github.com/soloprint/soloprint/web/component"
	"github.com/soloprint/soloprint/web/page"
)

// foundItems are items as a search shows them.
func (c *Console) foundItems(v *visit, in listing.QueueItems) (rows []page.Row, err error) {
	l, err := c.Items.List(v, queue.ListQueueItemsInput{QueueItems: in})
	if err != nil {
		return nil, err
	}
	for _, it := range l.Data {
		s, _ := itemState(v, it)
		rows = append(rows, page.Row{ID: string(it.ID), Label: it.Name, Cells: []page.Entry{{Text: it.Name, Sub: fmt.Sprintf("Q-%d · %s", it.Number, submitter(it)), Path: fmt.Sprintf("queue/%d", it.Number)}, {Text: s.Word}}})
	}
	return rows, nil
}

// search finds pages, printers, prints and spools; a part of it is the palette.
func (c *Console) search(v *visit) (templ.Component, error) {
	q := strings.TrimSpace(v.r.URL.Query().Get("q"))
	s := page.Search{Q: q}
	low := strings.ToLower(q)
	for _, g := range v.shell.Groups {
		for _, l := range g.Links {
			if word := v.say(l.Key); q == "" || strings.Contains(strings.ToLower(word), low) {
				s.Pages = append(s.Pages, page.Hit{Icon: l.Icon, Word: word, Path: l.Path})
			}
		}
	}
	for _, l := range []component.Link{{Icon: "plus", Key: "nav.submit", Path: "submit"}, {Icon: "circle-help", Key: "help.title", Path: "help"}, {Icon: "circle-user", Key: "nav.profile", Path: "profile"}} {
		if word := v.say(l.Key); q == "" || strings.Contains(strings.ToLower(word), low) {
			s.Pages = append(s.Pages, page.Hit{Icon: l.Icon, Word: word, Path: l.Path})
		}
	}
	if q != "" {
		rows, err := c.find(v, q)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			s.Things = append(s.Things, page.Hit{Icon: "arrow-up", Word: r.Cells[0].Text, Sub: r.Cells[0].Sub, What: r.Cells[1].Text, Path: r.Cells[0].Path})
		}
	}
	if v.r.URL.Query().Has("part") {
		return page.SearchPart(s), nil
	}
	return page.SearchPage(s), nil
}

// help is what the keys do, and where to read more.
func (c *Console) help(*visit) (templ.Component, error) { return page.HelpPage(), nil }

// menu is the navigation as a plain page, for phones.
func (c *Console) menu(*visit) (templ.Component, error) { return page.MenuPage(), nil }
