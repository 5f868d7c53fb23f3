package web

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/crud"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/webhook"
	"github.com/soloprint/soloprint/web/component"
	"github.com/soloprint/soloprint/web/page"
	"github.com/soloprint/soloprint/web/words"
)

// webhookPages are the pages of webhooks.
func (c *Console) webhookPages() map[string]viewer {
	return map[string]viewer{"webhooks": c.webhooks, "webhooks/new": c.webhookNew, "webhooks/{webhook_id}": c.webhook, "webhooks/{webhook_id}/deliveries": c.deliveries}
}

func (c *Console) webhookActs() map[string]doer {
	return map[string]doer{
		"webhooks/{webhook_id}/test":          do(c.Hooks.Test, said("hook.did.test", func(webhook.Ping) []any { return nil })),
		"webhooks/{webhook_id}/rotate-secret": do(c.Hooks.RotateSecret, c.webhookShown),
		"webhooks/{webhook_id}/change":        do(c.Hooks.Update, said("material.did.save", func(h *ent.Webhook) []any { return []any{"name", h.Name} })),
		"webhooks/{webhook_id}/delete": do(c.Crud.DeleteWebhook, func(v *visit, h *ent.Webhook) done {
			return done{Toast: component.Toast{Text: v.say("group.did.delete", "name", h.Name)}, To: "webhooks"}
		}),
		"webhooks/deliveries/{webhook_delivery_id}/replay/now": do(c.Hooks.Replay, said("hook.did.replay", func(*ent.WebhookDelivery) []any { return nil })),
	}
}

func (c *Console) webhookForms() map[string]form {
	return map[string]form{
		"webhooks": {c.webhookNew, do(c.Hooks.Create, c.webhookShown)},
		"webhooks/{webhook_id}": {c.webhook, do(c.Hooks.Update, func(v *visit, h *ent.Webhook) done {
			return done{Toast: component.Toast{Text: v.say("material.did.save", "name", h.Name)}, To: "webhooks/" + string(h.ID)}
		})},
		"webhooks/{webhook_id}/recover": {c.webhook, do(c.Hooks.Recover, func(v *visit, r webhook.Recovery) done {
			return done{Toast: component.Toast{Text: v.say("hook.did.recover", "n", r.Count)}, To: "webhooks/" + v.r.PathValue("webhook_id") + "/deliveries"}
		})},
	}
}

// hookSign is the state of an endpoint.
func hookSign(v *visit, h *ent.Webhook) component.Sign {
	switch {
	case h.State == "enabled" && h.FailingSince != nil:
		return component.SignOf(v, "hook", "failing")
	case h.State == "enabled":
		return component.SignOf(v, "hook", "enabled")
	}
	return component.SignOf(v, "hook", "disabled")
}

// webhooks is the list of endpoints.
func (c *Console) webhooks(v *visit) (templ.Component, error) {
	in, err := bind[crud.ListWebhooksInput](v)
	if err != nil {
		return nil, err
	}
	l, err := c.Crud.ListWebhooks(v, in)
	if err != nil {
		return nil, err
	}
	p := page.List{Page: component.Page{Title: v.say("nav.webhooks"), Crumbs: []component.Crumb{{Word: v.say("nav.webhooks")}}}, Sentence: v.say("hook.sentence"), Path: "webhooks", Caption: v.say("nav.webhooks"), Actions: []page.NeedLink{{Path: "webhooks/new", Word: v.say("hook.add"), Primary: true}},
		Columns: []page.Head{{Word: v.say("group.name")}, {Word: v.say("hook.events"), Off: true}, {Word: v.say("filter.status")}}, Pager: pager(v, l.Next), Narrowed: narrowed(v),
		Empty: page.Blank{Icon: "webhook", Title: v.say("hook.none.title"), Text: v.say("hook.none.why"), Link: &page.NeedLink{Path: "webhooks/new", Word: v.say("hook.add")}}}
	for _, h := range l.Data {
		sign := hookSign(v, h)
		to := "webhooks/" + string(h.ID)
		p.Rows = append(p.Rows, page.Row{ID: string(h.ID), Label: h.Name, Cells: []page.Entry{{Text: h.Name, Sub: h.EndpointURL, Path: to}, {Text: v.say("hook.types", "n", len(h.Subscriptions))}, {Sign: &sign}}, Link: &page.NeedLink{Path: to + "/deliveries", Word: v.say("dashboard.hook.do")}})
	}
	return page.ListPage(p), nil
}

// webhookFields are the fields of an endpoint.
func (c *Console) webhookFields(v *visit, h *ent.Webhook) ([]page.Control, error) {
	types, err := c.Hooks.EventTypes(v, webhook.EventTypesInput{})
	if err != nil {
		return nil, err
	}
	on := " " + strings.Join(h.Subscriptions, " ") + " "
	events := &page.Checks{Name: "subscriptions", Label: v.say("hook.events"), All: []page.Check{{Value: "*", Label: v.say("hook.everything"), On: strings.Contains(on, " * ")}}}
	for _, t := range types.Data {
		events.All = append(events.All, page.Check{Value: t.Type, Label: t.Type, Hint: t.Description, On: strings.Contains(on, " "+t.Type+" ")})
	}
	return []page.Control{
		{Input: &component.Input{Name: "name", Label: v.say("group.name"), Value: h.Name, Length: "200"}},
		{Input: &component.Input{Name: "endpoint_url", Label: v.say("hook.url.title"), Hint: v.say("hook.url.hint"), Type: "url", Value: h.EndpointURL, Length: "2048"}},
		{Checks: events},
	}, nil
}

func (c *Console) webhookNew(v *visit) (templ.Component, error) {
	s := sheet(v, "hook.add", "nav.webhooks", "webhooks")
	s.Sentence = v.say("hook.why")
	fields, err := c.webhookFields(v, &ent.Webhook{})
	s.Forms = []page.FormBox{{ID: "hook", To: "webhooks", Fields: fields, Submit: v.say("hook.add"), Stay: true}}
	return page.SheetPage(s), err
}

// webhookShown shows an endpoint's secret, this once.
func (c *Console) webhookShown(v *visit, h webhook.Created) done {
	s := sheet(v, "hook.made", "nav.webhooks", "webhooks")
	s.Notes = []page.Note{{Tone: "ok", Icon: "webhook", Bold: v.say("hook.secret"), Text: v.say("secret.once"), Secret: h.Secret, Link: &page.NeedLink{Path: "webhooks/" + string(h.Webhook.ID), Word: v.say("hook.back")}}}
	return done{Page: page.SheetPage(s), To: "webhooks/" + string(h.Webhook.ID)}
}

// webhook is the page of an endpoint.
func (c *Console) webhook(v *visit) (templ.Component, error) {
	h, err := c.Crud.GetWebhook(v, crud.GetWebhookInput{ID: pid.ID(v.r.PathValue("webhook_id"))})
	if err != nil {
		return nil, err
	}
	fields, err := c.webhookFields(v, h)
	if err != nil {
		return nil, err
	}
	to, version := "webhooks/"+string(h.ID), strconv.Itoa(h.Version)
	seen := []component.Field{{Name: "version", Value: version}}
	at := func(verb string) templ.SafeURL { return templ.SafeURL(v.base() + "/" + to + "/" + verb) }
	s := sheet(v, "nav.webhooks", "nav.webhooks", "webhooks")
	s.Page.Title, s.Page.Crumbs[1].Word, s.Signs = h.Name, h.Name, []component.Sign{hookSign(v, h)}
	s.Actions = []page.NeedLink{{Path: to + "/deliveries", Word: v.say("dashboard.hook.do")}}
	toggle := component.Act{To: at("change"), Word: v.say("hook.disable"), Fields: append(seen, component.Field{Name: "state", Value: "disabled"})}
	if h.State != "enabled" {
		toggle = component.Act{To: at("change"), Word: v.say("hook.enable"), Variant: "primary", Fields: append(seen, component.Field{Name: "state", Value: "enabled"})}
	}
	s.Acts = []component.Act{{To: at("test"), Icon: "send", Word: v.say("hook.test")}, toggle, {To: at("rotate-secret"), Icon: "refresh-cw", Word: v.say("hook.rotate.title"), Fields: seen, Confirm: v.say("hook.rotate.sure")},
		{To: at("delete"), Icon: "trash-2", Word: v.say("group.delete.do"), Variant: "ghost", Fields: seen, Confirm: v.say("group.delete.gone", "name", h.Name)}}
	if h.FailingSince != nil {
		s.Notes = []page.Note{{Tone: "bad", Icon: "triangle-alert", Bold: v.say("dashboard.hook.title", "name", h.Name), Text: v.say("dashboard.hook.why", "since", words.When(v, *h.FailingSince))}}
	}
	s.Forms = []page.FormBox{{ID: "hook", Title: v.say("item.edit"), To: to, Version: version, Fields: fields, Submit: v.say("form.save")},
		{ID: "recover", Title: v.say("hook.recover.do"), Text: v.say("hook.recover.why"), To: to + "/recover", Submit: v.say("hook.recover.do"), Quiet: true, Fields: []page.Control{{Input: &component.Input{Name: "since", Label: v.say("hook.since"), Type: "datetime-local"}}, {Input: &component.Input{Name: "status", Label: v.say("filter.status"), Value: "failed", Choices: []component.Choice{{Value: "failed", Word: v.say("state.delivery.failed")}, {Value: "missed", Word: v.say("hook.missed")}}}}}}}
	return page.SheetPage(s), nil
}

// deliveries are what was sent to an endpoint, and what it answered.
func (c *Console) deliveries(v *visit) (templ.Component, error) {
	h, err := c.Crud.GetWebhook(v, crud.GetWebhookInput{ID: pid.ID(v.r.PathValue("webhook_id"))})
	if err != nil {
		return nil, err
	}
	in, err := bind[crud.ListWebhookDeliveriesInput](v)
	if err != nil {
		return nil, err
	}
	in.WebhookID = []pid.ID{h.ID}
	l, err := c.Crud.ListWebhookDeliveries(v, in)
	if err != nil {
		return nil, err
	}
	to := "webhooks/" + string(h.ID)
	p := page.List{Page: component.Page{Title: v.say("hook.deliveries"), Crumbs: []component.Crumb{{Word: v.say("nav.webhooks"), Path: "webhooks"}, {Word: h.Name, Path: to}, {Word: v.say("hook.deliveries")}}}, Sentence: h.EndpointURL, Path: to + "/deliveries", Caption: v.say("hook.deliveries"),
		Columns: []page.Head{{Word: v.say("hook.event")}, {Word: v.say("filter.status")}, {Word: v.say("hook.answer")}, {Word: v.say("spool.col.when"), Off: true}}, Filters: []page.Filter{choice(v, "status", "delivery", "queued", "delivering", "delivered", "failed")}, Pager: pager(v, l.Next), Narrowed: narrowed(v),
		Empty: page.Blank{Icon: "send", Title: v.say("hook.nothing.title"), Text: v.say("hook.nothing.why")}}
	for _, d := range l.Data {
		sign := component.SignOf(v, "delivery", string(d.Status))
		answer := page.Entry{Text: v.say("hook.tries", "n", len(d.Attempts))}
		if n := len(d.Attempts); n > 0 {
			last := d.Attempts[n-1]
			answer.Sub = strings.TrimSpace(last.Error + " " + last.ResponseExcerpt)
			answer.Sub = answer.Sub[:min(len(answer.Sub), 200)]
		}
		r := page.Row{ID: string(d.ID), Label: d.EventType, Cells: []page.Entry{{Text: d.EventType, Sub: string(d.EventID)}, {Sign: &sign}, answer, {Text: words.When(v, d.CreatedAt)}}}
		if d.Status == "failed" || d.Status == "delivered" {
			r.Acts = []component.Act{{To: templ.SafeURL(v.base() + "/webhooks/deliveries/" + string(d.ID) + "/replay/now"), Icon: "rotate-ccw", Word: v.say("hook.replay"), Of: d.EventType}}
		}
		p.Rows = append(p.Rows, r)
	}
	return page.ListPage(p), nil
}
