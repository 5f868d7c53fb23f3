package web

import (
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/org"
	"github.com/soloprint/soloprint/web/component"
	"github.com/soloprint/soloprint/web/page"
	"github.com/soloprint/soloprint/web/words"
)

// orgPages are the pages of the organization itself.
func (c *Console) orgPages() map[string]viewer {
	return map[string]viewer{"audit": c.audit, "settings": c.settings}
}

func (c *Console) orgForms() map[string]form {
	return map[string]form{"settings": {c.settings, do(c.Org.UpdateOrganization, func(v *visit, o *ent.Organization) done {
		return done{Toast: component.Toast{Text: v.say("material.did.save", "name", o.Name)}, To: "settings"}
	})}}
}

// audit is who did what to what, and when.
func (c *Console) audit(v *visit) (templ.Component, error) {
	in, err := bind[org.ListAuditLogInput](v)
	if err != nil {
		return nil, err
	}
	l, err := c.Org.ListAuditLog(v, in)
	if err != nil {
		return nil, err
	}
	p := page.List{Page: component.Page{Title: v.say("nav.audit"), Crumbs: []component.Crumb{{Word: v.say("nav.audit")}}}, Sentence: v.say("audit.sentence"), Path: "audit", Caption: v.say("nav.audit"),
		Columns: []page.Head{{Word: v.say("audit.what")}, {Word: v.say("audit.who")}, {Word: v.say("audit.about"), Off: true}, {Word: v.say("spool.col.when")}}, Pager: pager(v, l.Next), Narrowed: narrowed(v),
		Filters: []page.Filter{choice(v, "subject_type", "subject", "queue_item", "printer", "spool", "material", "file", "membership", "class", "user_group", "invite", "api_key", "webhook", "sso_provider", "organization")},
		Empty:   page.Blank{Icon: "scroll-text", Title: v.say("audit.none.title"), Text: v.say("audit.none.why")}}
	for _, e := range l.Data {
		who := page.Entry{Text: words.Or(v, "actor."+string(e.Actor.Type), string(e.Actor.Type))}
		if e.Actor.Name != nil && *e.Actor.Name != "" {
			who.Sub, who.Text = who.Text, *e.Actor.Name
		}
		p.Rows = append(p.Rows, page.Row{ID: string(e.ID), Label: e.Type, Cells: []page.Entry{{Text: words.Or(v, "event."+e.Type, strings.ReplaceAll(e.Type, ".", " ")), Sub: e.Type}, who, {Text: e.Subject.ID}, {Text: words.When(v, e.OccurredAt)}}})
	}
	return page.ListPage(p), nil
}

// settings is how the organization wants things.
func (c *Console) settings(v *visit) (templ.Component, error) {
	o := v.org.Organization
	s := page.Sheet{Page: component.Page{Title: v.say("nav.settings"), Quiet: true, Crumbs: []component.Crumb{{Word: v.say("nav.settings")}}}, Sentence: v.say("settings.sentence")}
	version := strconv.Itoa(v.org.Version)
	kinds := []component.Choice{{Value: "school", Word: v.say("settings.school")}, {Value: "makerspace", Word: v.say("settings.makerspace")}, {Value: "print_farm", Word: v.say("settings.farm")}}
	s.Forms = []page.FormBox{{ID: "organization", Title: v.say("nav.organization"), To: "settings", Version: version, Submit: v.say("form.save"), Fields: []page.Control{
		{Input: &component.Input{Name: "name", Label: v.say("group.name"), Value: o.Name, Length: "200"}},
		{Input: &component.Input{Name: "kind", Label: v.say("settings.kind"), Value: string(o.Kind), Choices: kinds}},
		{Input: &component.Input{Name: "time_zone", Label: v.say("settings.zone.label"), Hint: v.say("settings.zone.hint"), Value: o.TimeZone, Length: "64"}},
		{Input: &component.Input{Name: "locale", Label: v.say("settings.locale.label"), Hint: v.say("settings.locale.hint"), Value: o.Locale, Length: "35"}},
		{Input: &component.Input{Name: "currency", Label: v.say("settings.currency.label"), Hint: v.say("settings.currency.hint"), Value: o.Currency, Length: "3"}},
	}}, {ID: "approval", Title: v.say("item.approval"), To: "settings", Version: version, Submit: v.say("form.save"), Quiet: true, Fields: approvalFields(v)}}
	return page.SheetPage(s), nil
}

// approvalFields are whose prints wait for approval, how the queue is ordered, and how strictly printers are matched.
func approvalFields(v *visit) []page.Control {
	set := v.org.Settings
	who := &page.Checks{Name: "settings.approval.roles", Label: v.say("settings.approval.title"), Hint: v.say("settings.approval.hint")}
	for _, r := range []string{"student", "teacher", "operator"} {
		who.All = append(who.All, page.Check{Value: r, Label: v.say("state.role." + r), On: slices.Contains(set.Approval.Roles, r)})
	}
	fields := []page.Control{{Checks: who}, {Input: &component.Input{Name: "settings.queue.fairness", Label: v.say("settings.fairness"), Value: set.Queue.Fairness, Choices: []component.Choice{{Value: "none", Word: v.say("settings.fair_none")}, {Value: "class", Word: v.say("settings.fair_class")}, {Value: "user", Word: v.say("settings.fair_user")}}}}}
	for _, axis := range []string{"access", "target", "model", "nozzle", "material", "color", "filament", "tools", "tags"} {
		value := set.Matching[axis]
		if value == "" {
			value = "hard"
		}
		fields = append(fields, page.Control{Input: &component.Input{Name: "settings.matching." + axis, Label: v.say("settings.match_" + axis), Value: value, Choices: []component.Choice{{Value: "hard", Word: v.say("settings.hard")}, {Value: "soft", Word: v.say("settings.soft")}, {Value: "off", Word: v.say("settings.off")}}}})
	}
	return fields
}
