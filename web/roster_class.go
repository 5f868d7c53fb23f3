package web

import (
	"strconv"

	"github.com/a-h/templ"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/crud"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/roster"
	"github.com/soloprint/soloprint/web/component"
	"github.com/soloprint/soloprint/web/page"
	"github.com/soloprint/soloprint/web/words"
)

// classes is the list of classes.
func (c *Console) classes(v *visit) (templ.Component, error) {
	in, err := bind[crud.ListClassesInput](v)
	if err != nil {
		return nil, err
	}
	l, err := c.Crud.ListClasses(v, in)
	if err != nil {
		return nil, err
	}
	p := page.List{Page: component.Page{Title: v.say("nav.classes"), Crumbs: []component.Crumb{{Word: v.say("nav.classes")}}}, Sentence: v.say("class.sentence"), Path: "classes", Search: v.say("class.search"), Q: in.Q, Caption: v.say("nav.classes"),
		Columns: []page.Head{{Word: v.say("class.class")}, {Word: v.say("class.time")}, {Word: v.say("filter.status")}}, Filters: []page.Filter{choice(v, "state", "class", "upcoming", "active", "ended", "archived")}, Pager: pager(v, l.Next), Narrowed: narrowed(v),
		Empty: page.Blank{Icon: "graduation-cap", Title: v.say("class.none.title"), Text: v.say("class.none.why")}}
	if v.actor.Has(authz.OrgManageUsers) {
		p.Actions = []page.NeedLink{{Path: "classes/new", Word: v.say("class.add"), Primary: true}}
		p.Empty.Link = &page.NeedLink{Path: "classes/new", Word: v.say("class.add")}
	}
	for _, k := range l.Data {
		p.Rows = append(p.Rows, page.Row{ID: string(k.ID), Label: k.Name, Cells: []page.Entry{{Text: k.Name, Sub: k.Code, Path: "classes/" + string(k.ID)}, {Text: span(k)}, {Text: words.Or(v, "state.class."+string(k.State), string(k.State))}}, Link: &page.NeedLink{Path: "classes/" + string(k.ID), Word: v.say("queue.open")}})
	}
	return page.ListPage(p), nil
}

// span is from when to when a class is.
func span(k *ent.Class) string {
	from, to := "", ""
	if k.StartsOn != nil {
		from = *k.StartsOn
	}
	if k.EndsOn != nil {
		to = *k.EndsOn
	}
	if from == "" && to == "" {
		return "–"
	}
	return from + " – " + to
}

func classFields(v *visit, k *ent.Class) []page.Control {
	text := func(p *string) string {
		if p == nil {
			return ""
		}
		return *p
	}
	return []page.Control{
		{Input: &component.Input{Name: "name", Label: v.say("group.name"), Value: k.Name, Length: "200"}},
		{Input: &component.Input{Name: "code", Label: v.say("class.code"), Value: k.Code, Optional: true, Length: "60"}},
		{Input: &component.Input{Name: "description", Label: v.say("class.about"), Value: k.Description, Lines: 2, Optional: true, Length: "2000"}},
		{Input: &component.Input{Name: "starts_on", Label: v.say("class.starts"), Value: text(k.StartsOn), Type: "date", Optional: true}},
		{Input: &component.Input{Name: "ends_on", Label: v.say("class.ends"), Value: text(k.EndsOn), Type: "date", Optional: true}},
	}
}

func (c *Console) classNew(v *visit) (templ.Component, error) {
	if !v.actor.Has(authz.OrgManageUsers) {
		return c.classes(v)
	}
	s := sheet(v, "class.add", "nav.classes", "classes")
	s.Forms = []page.FormBox{{ID: "class", To: "classes", Fields: classFields(v, &ent.Class{}), Submit: v.say("class.add")}}
	return page.SheetPage(s), nil
}

// class is the page of a class: who is in it, and what becomes of them next year.
func (c *Console) class(v *visit) (templ.Component, error) {
	id := pid.ID(v.r.PathValue("class_id"))
	k, err := c.Crud.GetClass(v, crud.GetClassInput{ID: id})
	if err != nil {
		return nil, err
	}
	limit := 200
	l, err := c.Roster.ListEnrollments(v, roster.ListEnrollmentsInput{ClassID: id, Enrollments: listing.Enrollments{Limit: &limit, Expand: []string{"membership.user"}}})
	if err != nil {
		return nil, err
	}
	may, to, version := v.actor.Has(authz.OrgManageUsers), "classes/"+string(id), strconv.Itoa(k.Version)
	p := page.Sheet{Page: component.Page{Title: k.Name, Crumbs: []component.Crumb{{Word: v.say("nav.classes"), Path: "classes"}, {Word: k.Name}}}, Sentence: span(k) + " · " + words.Or(v, "state.class."+string(k.State), string(k.State))}
	t := page.Table{ID: "people", Title: v.say("nav.people"), Text: v.say("class.people", "n", len(l.Data)), Columns: []page.Head{{Word: v.say("user.col.person")}, {Word: v.say("user.col.role")}}, Empty: v.say("class.nobody")}
	for _, e := range l.Data {
		name := ""
		if e.Edges.Membership != nil {
			name = personName(e.Edges.Membership)
		}
		r := page.Row{ID: string(e.ID), Label: name, Cells: []page.Entry{{Text: name}, {Text: v.say("state.role." + string(e.Role))}}}
		if may {
			r.Cells[0].Path = "users/" + string(e.MembershipID)
			r.Acts = []component.Act{{To: templ.SafeURL(v.base() + "/" + to + "/people/" + string(e.MembershipID) + "/unenroll"), Icon: "x", Word: v.say("class.unenroll"), Of: name, Variant: "ghost"}}
		}
		t.Rows = append(t.Rows, r)
	}
	p.Tables = []page.Table{t}
	if may {
		p.Acts = []component.Act{{To: templ.SafeURL(v.base() + "/" + to + "/delete"), Icon: "trash-2", Word: v.say("group.delete.do"), Variant: "ghost", Confirm: v.say("class.delete.sure", "name", k.Name), Fields: []component.Field{{Name: "version", Value: version}}}}
		p.Forms, err = c.classForms(v, k, to, version)
	}
	return page.SheetPage(p), err
}

// classForms are the forms of a class: what it is, who comes in, and where they go when it ends.
func (c *Console) classForms(v *visit, k *ent.Class, to, version string) ([]page.FormBox, error) {
	limit := 200
	people, err := c.Roster.ListUsers(v, roster.ListUsersInput{Memberships: listing.Memberships{Limit: &limit, Expand: []string{"user"}, Q: v.r.URL.Query().Get("who")}})
	if err != nil {
		return nil, err
	}
	var who []component.Choice
	for _, m := range people.Data {
		who = append(who, component.Choice{Value: string(m.ID), Word: personName(m.Membership)})
	}
	others, err := c.Crud.ListClasses(v, crud.ListClassesInput{Limit: &limit})
	if err != nil {
		return nil, err
	}
	var next []component.Choice
	for _, o := range others.Data {
		if o.ID != k.ID {
			next = append(next, component.Choice{Value: string(o.ID), Word: o.Name})
		}
	}
	forms := []page.FormBox{{ID: "class", Title: v.say("item.edit"), To: to, Version: version, Fields: classFields(v, k), Submit: v.say("form.save"), Quiet: true}}
	if len(who) > 0 {
		forms = append(forms, page.FormBox{ID: "enroll", Title: v.say("class.enroll"), To: to + "/enroll", Submit: v.say("class.enroll"), Quiet: true, Fields: []page.Control{{Input: &component.Input{Name: "membership_ids", Label: v.say("user.col.person"), Choices: who}},
			{Input: &component.Input{Name: "role", Label: v.say("class.as"), Value: "student", Choices: []component.Choice{{Value: "student", Word: v.say("state.role.student")}, {Value: "assistant", Word: v.say("state.role.assistant")}, {Value: "teacher", Word: v.say("state.role.teacher")}}}}}})
	}
	if len(next) > 0 {
		chosen := ""
		if k.NextClassID != nil {
			chosen = string(*k.NextClassID)
		}
		forms = append(forms, page.FormBox{ID: "roll", Title: v.say("class.roll.title"), Text: v.say("class.roll.why"), To: to + "/roll-over", Submit: v.say("class.roll.look"), Stay: true, Quiet: true, Hidden: []component.Field{{Name: "dry_run", Value: "true"}}, Fields: []page.Control{{Input: &component.Input{Name: "next_class_id", Label: v.say("class.next"), Value: chosen, Choices: next}}}})
	}
	return forms, nil
}

// rollOver shows what a roll-over would do, or does it.
func (c *Console) rollOver(v *visit) (done, error) {
	in, err := bind[roster.RollOverInput](v)
	if err != nil {
		return done{}, err
	}
	r, err := c.Roster.RollOver(v, in)
	if err != nil {
		return done{}, err
	}
	to := "classes/" + string(in.ClassID)
	if !r.DryRun {
		return done{Toast: component.Toast{Text: v.say("class.did.roll", "n", len(r.Moved)), Undo: v.base() + "/" + to + "/undo-roll-over"}, To: to}, nil
	}
	s := sheet(v, "class.roll.title", "nav.classes", "classes")
	s.Sentence = v.say("class.roll.would", "n", len(r.Moved), "staying", len(r.Staying))
	s.Forms = []page.FormBox{{ID: "roll", To: to + "/roll-over", Submit: v.say("class.roll.do", "n", len(r.Moved)), Stay: true, Text: v.say("class.roll.undo"), Hidden: []component.Field{{Name: "next_class_id", Value: v.r.PostForm.Get("next_class_id")}}}}
	return done{Page: page.SheetPage(s), To: to}, nil
}
