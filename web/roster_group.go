package web

import (
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/predicate"
	"github.com/soloprint/soloprint/ent/usergroup"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/crud"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/web/component"
	"github.com/soloprint/soloprint/web/page"
)

// inGroups holds for the user groups of some identifiers.
func inGroups(ids []pid.ID) predicate.UserGroup { return usergroup.IDIn(ids...) }

// userGroups is the list of user groups.
func (c *Console) userGroups(v *visit) (templ.Component, error) {
	in, err := bind[crud.ListUserGroupsInput](v)
	if err != nil {
		return nil, err
	}
	l, err := c.Crud.ListUserGroups(v, in)
	if err != nil {
		return nil, err
	}
	p := page.List{Page: component.Page{Title: v.say("nav.groups"), Crumbs: []component.Crumb{{Word: v.say("nav.groups")}}}, Sentence: v.say("usergroup.sentence"), Path: "user-groups", Caption: v.say("nav.groups"), Actions: []page.NeedLink{{Path: "user-groups/new", Word: v.say("usergroup.add"), Primary: true}},
		Columns: []page.Head{{Word: v.say("group.name")}, {Word: v.say("usergroup.grants")}, {Word: v.say("usergroup.denials")}}, Pager: pager(v, l.Next), Narrowed: narrowed(v),
		Empty: page.Blank{Icon: "shield-check", Title: v.say("usergroup.none.title"), Text: v.say("usergroup.none.why"), Link: &page.NeedLink{Path: "user-groups/new", Word: v.say("usergroup.add")}}}
	for _, g := range l.Data {
		to := "user-groups/" + string(g.ID)
		p.Rows = append(p.Rows, page.Row{ID: string(g.ID), Label: g.Name, Cells: []page.Entry{{Text: g.Name, Path: to}, {Tags: scopes(v, g.Grants)}, {Tags: scopes(v, g.Denials)}}, Link: &page.NeedLink{Path: to, Word: v.say("item.edit")}})
	}
	return page.ListPage(p), nil
}

// scopes are capabilities in words.
func scopes(v *visit, all []string) (said []string) {
	for _, k := range all {
		said = append(said, v.say(scopeKey(k)))
	}
	return said
}

// capabilityChecks are the six capabilities as boxes.
func capabilityChecks(v *visit, name, label string, on []string) page.Control {
	all := &page.Checks{Name: name, Label: label}
	for _, k := range authz.Capabilities() {
		all.All = append(all.All, page.Check{Value: string(k), Label: v.say(scopeKey(string(k))), Hint: v.say(scopeKey(string(k)) + "_why"), On: slices.Contains(on, string(k))})
	}
	return page.Control{Checks: all}
}

func (c *Console) userGroupFields(v *visit, g *ent.UserGroup) ([]page.Control, error) {
	limit := 200
	l, err := c.Crud.ListPrinterGroups(v, crud.ListPrinterGroupsInput{Limit: &limit})
	if err != nil {
		return nil, err
	}
	printers := &page.Checks{Name: "printer_group_ids", Label: v.say("usergroup.printers.label"), Hint: v.say("usergroup.printers.hint")}
	for _, p := range l.Data {
		on := slices.ContainsFunc(g.Edges.PrinterGroups, func(mine *ent.PrinterGroup) bool { return mine.ID == p.ID })
		printers.All = append(printers.All, page.Check{Value: string(p.ID), Label: p.Name, On: on})
	}
	fields := []page.Control{{Input: &component.Input{Name: "name", Label: v.say("group.name"), Value: g.Name, Length: "200"}}, capabilityChecks(v, "grants", v.say("usergroup.grants"), g.Grants), capabilityChecks(v, "denials", v.say("usergroup.denials"), g.Denials)}
	if len(printers.All) > 0 {
		fields = append(fields, page.Control{Checks: printers})
	}
	return fields, nil
}

func (c *Console) userGroupNew(v *visit) (templ.Component, error) {
	s := sheet(v, "usergroup.add", "nav.groups", "user-groups")
	fields, err := c.userGroupFields(v, &ent.UserGroup{})
	s.Forms = []page.FormBox{{ID: "group", To: "user-groups", Fields: fields, Submit: v.say("usergroup.add")}}
	return page.SheetPage(s), err
}

func (c *Console) userGroup(v *visit) (templ.Component, error) {
	g, err := c.Crud.GetUserGroup(v, crud.GetUserGroupInput{ID: pid.ID(v.r.PathValue("user_group_id")), Expand: []string{"printer_groups"}})
	if err != nil {
		return nil, err
	}
	fields, err := c.userGroupFields(v, g)
	s := sheet(v, "nav.groups", "nav.groups", "user-groups")
	s.Page.Title, s.Page.Crumbs[1].Word = g.Name, g.Name
	version := strconv.Itoa(g.Version)
	s.Acts = []component.Act{{To: templ.SafeURL(v.base() + "/user-groups/" + string(g.ID) + "/delete"), Icon: "trash-2", Word: v.say("group.delete.do"), Variant: "ghost", Confirm: v.say("usergroup.delete.sure", "name", g.Name), Fields: []component.Field{{Name: "version", Value: version}}}}
	s.Forms = []page.FormBox{{ID: "group", To: "user-groups/" + string(g.ID), Version: version, Fields: fields, Submit: v.say("form.save")}}
	return page.SheetPage(s), err
}

// scopeKey is the key of a capability's word.
func scopeKey(k string) string { return "scope." + strings.ReplaceAll(k, ".", "_") }
