package web

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/class"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/crud"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/roster"
	"github.com/soloprint/soloprint/web/component"
	"github.com/soloprint/soloprint/web/page"
	"github.com/soloprint/soloprint/web/words"
)

// rosterPages are the pages of people.
func (c *Console) rosterPages() map[string]viewer {
	return map[string]viewer{"users": c.users, "users/{membership_id}": c.user, "invites": c.invites, "invites/new": c.inviteNew, "classes": c.classes, "classes/new": c.classNew, "classes/{class_id}": c.class, "user-groups": c.userGroups, "user-groups/new": c.userGroupNew, "user-groups/{user_group_id}": c.userGroup}
}

// rosterActs are what one button does to people.
func (c *Console) rosterActs() map[string]doer {
	person := func(key string) func(*visit, *roster.Member) done {
		return func(v *visit, m *roster.Member) done {
			return done{Toast: component.Toast{Text: v.say(key, "name", personName(m.Membership))}}
		}
	}
	return map[string]doer{
		"users/{membership_id}/change": do(c.Roster.UpdateUser, person("user.did.change")),
		"users/{membership_id}/remove": do(c.Roster.RemoveUser, func(v *visit, _ *ent.Membership) done {
			return done{Toast: component.Toast{Text: v.say("user.did.remove")}, To: "users"}
		}),
		"users/{membership_id}/sign-out":                     do(c.SignIn.EndMemberSessions, said("user.did.signout", func(n int) []any { return []any{"n", n} })),
		"users/bulk":                                         c.bulkUsers,
		"invites/{invite_id}/revoke":                         do(c.Invites.Revoke, said("invite.did.revoke", func(*ent.Invite) []any { return nil })),
		"invites/{invite_id}/resend":                         do(c.Invites.Resend, c.inviteShown),
		"classes/{class_id}/people/{membership_id}/unenroll": do(c.Roster.Unenroll, said("class.did.unenroll", func(*ent.Enrollment) []any { return nil })),
		"classes/{class_id}/delete": do(c.Roster.DeleteClass, func(v *visit, k *ent.Class) done {
			return done{Toast: component.Toast{Text: v.say("group.did.delete", "name", k.Name)}, To: "classes"}
		}),
		"classes/{class_id}/undo-roll-over": do(c.Roster.UndoRollOver, func(v *visit, r *roster.RollOverResult) done {
			return done{Toast: component.Toast{Text: v.say("class.did.undo", "n", len(r.Moved))}}
		}),
		"user-groups/{user_group_id}/delete": do(c.Roster.DeleteUserGroup, func(v *visit, g *ent.UserGroup) done {
			return done{Toast: component.Toast{Text: v.say("group.did.delete", "name", g.Name)}, To: "user-groups"}
		}),
	}
}

// rosterForms are the forms of people.
func (c *Console) rosterForms() map[string]form {
	savedClass := func(v *visit, k *ent.Class) done {
		return done{Toast: component.Toast{Text: v.say("material.did.save", "name", k.Name)}, To: "classes/" + string(k.ID)}
	}
	savedGroup := func(v *visit, g *ent.UserGroup) done {
		return done{Toast: component.Toast{Text: v.say("material.did.save", "name", g.Name)}, To: "user-groups/" + string(g.ID)}
	}
	return map[string]form{
		"users/{membership_id}": {c.user, do(c.Roster.UpdateUser, func(v *visit, m *roster.Member) done {
			return done{Toast: component.Toast{Text: v.say("user.did.change", "name", personName(m.Membership))}, To: "users/" + string(m.ID)}
		})},
		"invites":            {c.inviteNew, do(c.Invites.Create, c.inviteShown)},
		"classes":            {c.classNew, do(c.Crud.CreateClass, savedClass)},
		"classes/{class_id}": {c.class, do(c.Crud.UpdateClass, savedClass)},
		"classes/{class_id}/enroll": {c.class, do(c.Roster.Enroll, func(v *visit, all []*ent.Enrollment) done {
			return done{Toast: component.Toast{Text: v.say("class.did.enroll", "n", len(all))}, To: "classes/" + v.r.PathValue("class_id")}
		})},
		"classes/{class_id}/roll-over": {c.class, c.rollOver},
		"user-groups":                  {c.userGroupNew, do(c.Roster.CreateUserGroup, savedGroup)},
		"user-groups/{user_group_id}":  {c.userGroup, do(c.Roster.UpdateUserGroup, savedGroup)},
	}
}

// personName is the name of a member, as far as it is known here.
func personName(m *ent.Membership) string {
	if m.Edges.User != nil {
		return m.Edges.User.Name
	}
	return ""
}

// users is the list of people.
func (c *Console) users(v *visit) (templ.Component, error) {
	in, err := bind[roster.ListUsersInput](v)
	if err != nil {
		return nil, err
	}
	in.Expand = []string{"user"}
	l, err := c.Roster.ListUsers(v, in)
	if err != nil {
		return nil, err
	}
	p := page.List{Page: component.Page{Title: v.say("nav.users"), Crumbs: []component.Crumb{{Word: v.say("nav.users")}}}, Sentence: v.say("user.sentence"), Path: "users", Search: v.say("user.search"), Q: in.Q, Caption: v.say("nav.users"),
		Actions: []page.NeedLink{{Path: "invites/new", Word: v.say("invite.add"), Primary: true}},
		Columns: []page.Head{{Word: v.say("user.col.person")}, {Word: v.say("user.col.role")}, {Word: v.say("filter.status")}, {Word: v.say("user.col.classes"), Off: true}},
		Filters: []page.Filter{choice(v, "role", "role", "owner", "admin", "operator", "teacher", "student"), choice(v, "status", "member", "active", "pending", "suspended")},
		Empty:   page.Blank{Icon: "users", Title: v.say("user.none.title"), Text: v.say("user.none.why"), Link: &page.NeedLink{Path: "invites/new", Word: v.say("invite.add")}}, Pager: pager(v, l.Next), Narrowed: narrowed(v),
		Bulk: &page.Bulk{To: "users/bulk", Acts: []page.BulkAct{{Do: "role", Icon: "shield-check", Word: v.say("user.bulk.role"), Name: "role", Choices: roles(v)}, {Do: "suspend", Icon: "ban", Word: v.say("user.suspend.do")}, {Do: "activate", Icon: "check", Word: v.say("user.activate")}}}}
	if c.views["users/import"] != nil {
		p.Actions = append(p.Actions, page.NeedLink{Path: "users/import", Word: v.say("import.title")})
	}
	for _, m := range l.Data {
		p.Rows = append(p.Rows, userRow(v, m))
	}
	return page.ListPage(p), nil
}

func roles(v *visit) (all []component.Choice) {
	for _, r := range []string{"student", "teacher", "operator", "admin", "owner"} {
		all = append(all, component.Choice{Value: r, Word: v.say("state.role." + r)})
	}
	return all
}

func userRow(v *visit, m *roster.Member) page.Row {
	sign := component.SignOf(v, "member", string(m.Status))
	e := page.Entry{Text: personName(m.Membership), Path: "users/" + string(m.ID)}
	if u := m.Edges.User; u != nil {
		e.Sub = u.Email
	}
	r := page.Row{ID: string(m.ID), Label: e.Text, Cells: []page.Entry{e, {Text: v.say("state.role." + string(m.Role))}, {Sign: &sign}, {Text: v.say("user.inclasses", "n", len(m.Edges.Enrollments))}}}
	if m.Status == membership.StatusPending {
		r.Acts = []component.Act{{To: templ.SafeURL(v.base() + "/users/" + string(m.ID) + "/change"), Icon: "user-check", Word: v.say("user.letin"), Of: e.Text, Variant: "primary", Fields: []component.Field{{Name: "status", Value: "active"}}}}
	} else {
		r.Link = &page.NeedLink{Path: "users/" + string(m.ID), Word: v.say("queue.open")}
	}
	return r
}

// bulkUsers changes several people, and says how many.
func (c *Console) bulkUsers(v *visit) (done, error) {
	form := v.r.PostForm
	ids, ok, why := form["id"], 0, ""
	ids = ids[:min(len(ids), 200)]
	switch form.Get("do") {
	case "suspend":
		form.Set("status", "suspended")
		form.Del("role")
	case "activate":
		form.Set("status", "active")
		form.Del("role")
	}
	for _, id := range ids {
		v.r.SetPathValue("membership_id", id)
		in, err := bind[roster.UpdateUserInput](v)
		if err == nil {
			_, err = c.Roster.UpdateUser(v, in)
		}
		if err != nil {
			why = v.problem(err)
			continue
		}
		ok++
	}
	t := component.Toast{Text: v.say("queue.bulk", "n", ok, "all", len(ids)), Bad: ok < len(ids)}
	if why != "" {
		t.Text += " " + why
	}
	return done{Toast: t}, nil
}

// user is the page of a person: what they are, where they belong, and why they may do what they may.
func (c *Console) user(v *visit) (templ.Component, error) {
	m, err := c.Roster.GetUser(v, roster.GetUserInput{MembershipID: pid.ID(v.r.PathValue("membership_id")), Expand: []string{"user"}})
	if err != nil {
		return nil, err
	}
	name, to, version := personName(m.Membership), "users/"+string(m.ID), strconv.Itoa(m.Version)
	p := page.Sheet{Page: component.Page{Title: name, Crumbs: []component.Crumb{{Word: v.say("nav.users"), Path: "users"}, {Word: name}}}, Signs: []component.Sign{component.SignOf(v, "member", string(m.Status))}}
	if u := m.Edges.User; u != nil {
		p.Sentence = u.Email
	}
	seen := component.Field{Name: "version", Value: version}
	at := func(verb string) templ.SafeURL { return templ.SafeURL(v.base() + "/" + to + "/" + verb) }
	if m.Status == membership.StatusActive {
		p.Acts = append(p.Acts, component.Act{To: at("change"), Icon: "ban", Word: v.say("user.suspend.do"), Fields: []component.Field{seen, {Name: "status", Value: "suspended"}}, Confirm: v.say("user.suspend.sure", "name", name)})
	} else {
		p.Acts = append(p.Acts, component.Act{To: at("change"), Icon: "user-check", Word: v.say("user.activate"), Variant: "primary", Fields: []component.Field{seen, {Name: "status", Value: "active"}}})
	}
	p.Acts = append(p.Acts, component.Act{To: at("sign-out"), Icon: "log-out", Word: v.say("user.signout"), Fields: []component.Field{{Name: "membership_id", Value: string(m.ID)}}},
		component.Act{To: at("remove"), Icon: "user-x", Word: v.say("user.remove.do"), Variant: "ghost", Fields: []component.Field{seen}, Confirm: v.say("user.remove.sure", "name", name)})
	groups, err := c.groupChecks(v, m.UserGroupIDs)
	if err != nil {
		return nil, err
	}
	p.Forms = []page.FormBox{{ID: "user", Title: v.say("item.edit"), To: to, Version: version, Submit: v.say("form.save"), Fields: []page.Control{
		{Input: &component.Input{Name: "name", Label: v.say("user.name"), Value: name, Length: "200"}},
		{Input: &component.Input{Name: "role", Label: v.say("user.col.role"), Value: string(m.Role), Choices: roles(v)}},
		{Input: &component.Input{Name: "grade_level", Label: v.say("user.grade"), Value: m.GradeLevel, Optional: true, Length: "60"}},
		{Input: &component.Input{Name: "external_id", Label: v.say("user.external"), Value: m.ExternalID, Optional: true, Length: "200"}},
	}}}
	if len(groups.All) > 0 {
		p.Forms = append(p.Forms, page.FormBox{ID: "groups", Title: v.say("nav.groups"), To: to + "/groups", Version: version, Submit: v.say("form.save"), Quiet: true, Fields: []page.Control{{Checks: groups}}})
	}
	p.Tables = []page.Table{c.why(v, m), c.classesOf(v, m)}
	p.Timeline, err = c.timeline(v, "membership", m.ID)
	return page.SheetPage(p), err
}

// why says of each capability whether the person has it, and from where.
func (c *Console) why(v *visit, m *roster.Member) page.Table {
	t := page.Table{ID: "why", Title: v.say("user.why"), Columns: []page.Head{{Word: v.say("user.may")}, {Word: v.say("user.because")}}}
	sources := map[authz.Capability][]string{}
	for _, k := range authz.Role(m.Role).Capabilities() {
		sources[k] = append(sources[k], v.say("user.by.role", "role", v.say("state.role."+string(m.Role))))
	}
	denied := map[authz.Capability]string{}
	groups, err := c.Client.UserGroup.Query().Where(inGroups(m.UserGroupIDs)).Limit(200).All(v)
	if err == nil { // who may not read groups sees what the role brings
		for _, g := range groups {
			for _, k := range g.Grants {
				sources[authz.Capability(k)] = append(sources[authz.Capability(k)], v.say("user.by.group", "name", g.Name))
			}
			for _, k := range g.Denials {
				denied[authz.Capability(k)] = g.Name
			}
		}
	}
	for _, k := range authz.Capabilities() {
		e := page.Entry{Text: v.say("user.by.nothing")}
		if len(sources[k]) > 0 {
			e.Text = list(sources[k])
		}
		if by := denied[k]; by != "" {
			e.Text = v.say("user.by.denied", "name", by)
		}
		icon := component.Sign{Tone: "idle", Icon: "ban", Word: v.say(scopeKey(string(k)))}
		if len(sources[k]) > 0 && denied[k] == "" {
			icon.Tone, icon.Icon = "ok", "check"
		}
		t.Rows = append(t.Rows, page.Row{ID: "cap-" + string(k), Label: string(k), Cells: []page.Entry{{Sign: &icon}, e}})
	}
	return t
}

// classesOf are the classes of a person.
func (c *Console) classesOf(v *visit, m *roster.Member) page.Table {
	t := page.Table{ID: "classes", Title: v.say("nav.classes"), Columns: []page.Head{{Word: v.say("class.class")}, {Word: v.say("user.col.role")}}, Empty: v.say("user.noclass")}
	var ids []pid.ID
	for _, e := range m.Edges.Enrollments {
		ids = append(ids, e.ClassID)
	}
	names := map[pid.ID]string{}
	if all, err := c.Client.Class.Query().Where(class.IDIn(ids...)).Limit(200).All(v); err == nil { // a class that may not be read has no name here
		for _, k := range all {
			names[k.ID] = k.Name
		}
	}
	for _, e := range m.Edges.Enrollments {
		t.Rows = append(t.Rows, page.Row{ID: string(e.ID), Label: names[e.ClassID], Cells: []page.Entry{{Text: names[e.ClassID], Path: "classes/" + string(e.ClassID)}, {Text: v.say("state.role." + string(e.Role))}}})
	}
	return t
}

// groupChecks are the user groups as boxes, with some of them checked.
func (c *Console) groupChecks(v *visit, on []pid.ID) (*page.Checks, error) {
	limit := 200
	l, err := c.Crud.ListUserGroups(v, crud.ListUserGroupsInput{Limit: &limit})
	if err != nil {
		return nil, err
	}
	all := &page.Checks{Name: "user_group_ids", Label: v.say("nav.groups")}
	for _, g := range l.Data {
		all.All = append(all.All, page.Check{Value: string(g.ID), Label: g.Name, On: slices.Contains(on, g.ID)})
	}
	return all, nil
}

// invites is the list of invitations.
func (c *Console) invites(v *visit) (templ.Component, error) {
	in, err := bind[crud.ListInvitesInput](v)
	if err != nil {
		return nil, err
	}
	l, err := c.Crud.ListInvites(v, in)
	if err != nil {
		return nil, err
	}
	p := page.List{Page: component.Page{Title: v.say("nav.invites"), Crumbs: []component.Crumb{{Word: v.say("nav.invites")}}}, Sentence: v.say("invite.sentence"), Path: "invites", Caption: v.say("nav.invites"), Actions: []page.NeedLink{{Path: "invites/new", Word: v.say("invite.add"), Primary: true}},
		Columns: []page.Head{{Word: v.say("invite.for")}, {Word: v.say("user.col.role")}, {Word: v.say("invite.uses")}, {Word: v.say("invite.ends")}}, Pager: pager(v, l.Next), Narrowed: narrowed(v),
		Empty: page.Blank{Icon: "mail-plus", Title: v.say("invite.none.title"), Text: v.say("invite.none.why"), Link: &page.NeedLink{Path: "invites/new", Word: v.say("invite.add")}}}
	for _, i := range l.Data {
		who := i.Email
		if who == "" {
			who = v.say("invite.open")
		}
		r := page.Row{ID: string(i.ID), Label: who, Cells: []page.Entry{{Text: who, Sub: words.Or(v, "state.invite."+string(i.State), string(i.State))}, {Text: v.say("state.role." + string(i.Role))}, {Text: fmt.Sprintf("%d / %d", i.Uses, i.MaxUses)}, {Text: words.When(v, i.ExpiresAt)}}}
		if i.State == "open" {
			at := func(verb string) templ.SafeURL {
				return templ.SafeURL(v.base() + "/invites/" + string(i.ID) + "/" + verb)
			}
			r.Acts = []component.Act{{To: at("resend"), Icon: "refresh-cw", Word: v.say("invite.resend"), Of: who}, {To: at("revoke"), Icon: "x", Word: v.say("invite.revoke"), Of: who, Variant: "ghost"}}
		}
		p.Rows = append(p.Rows, r)
	}
	return page.ListPage(p), nil
}

// inviteNew is the form of an invitation.
func (c *Console) inviteNew(v *visit) (templ.Component, error) {
	limit := 200
	l, err := c.Crud.ListClasses(v, crud.ListClassesInput{Limit: &limit})
	if err != nil {
		return nil, err
	}
	groups, err := c.groupChecks(v, nil)
	if err != nil {
		return nil, err
	}
	classes := &page.Checks{Name: "class_ids", Label: v.say("nav.classes")}
	for _, k := range l.Data {
		classes.All = append(classes.All, page.Check{Value: string(k.ID), Label: k.Name})
	}
	s := sheet(v, "invite.add", "nav.invites", "invites")
	s.Sentence = v.say("invite.why")
	s.Forms = []page.FormBox{{ID: "invite", To: "invites", Submit: v.say("invite.add"), Stay: true, Fields: []page.Control{
		{Input: &component.Input{Name: "email", Label: v.say("invite.email.label"), Hint: v.say("invite.email.hint"), Type: "email", Optional: true}},
		{Input: &component.Input{Name: "role", Label: v.say("user.col.role"), Choices: roles(v), Value: "student"}},
		{Input: &component.Input{Name: "max_uses", Label: v.say("invite.maxuses.label"), Hint: v.say("invite.maxuses.hint"), Type: "number", Min: "1", Max: "10000", Optional: true}},
		{Input: &component.Input{Name: "expires_at", Label: v.say("invite.ends"), Type: "datetime-local", Optional: true}},
		{Checks: classes}, {Checks: groups}}}}
	return page.SheetPage(s), nil
}

// inviteShown shows the link of an invitation, this once.
func (c *Console) inviteShown(v *visit, l roster.InviteLink) done {
	s := sheet(v, "invite.made", "nav.invites", "invites")
	n := page.Note{Tone: "ok", Icon: "mail-plus", Bold: v.say("invite.link"), Text: v.say("secret.once"), Secret: l.URL, Link: &page.NeedLink{Path: "invites", Word: v.say("invite.back")}}
	var err error
	if n.Picture, n.Side, err = component.Squares(l.URL); err != nil {
		n.Picture = ""
	}
	s.Notes = []page.Note{n}
	return done{Page: page.SheetPage(s), To: "invites"}
}

// userInGroups puts a person into the groups that are checked, and takes them out of the others.
func (c *Console) userInGroups(v *visit) (done, error) {
	in, err := bind[roster.UpdateUserInput](v)
	if err != nil {
		return done{}, err
	}
	old, err := c.Roster.GetUser(v, roster.GetUserInput{MembershipID: in.MembershipID})
	if err != nil {
		return done{}, err
	}
	chosen := v.r.PostForm["user_group_ids"]
	for _, g := range chosen {
		if g != "" && !slices.Contains(old.UserGroupIDs, pid.ID(g)) {
			in.UserGroupIDsAdd = append(in.UserGroupIDsAdd, pid.ID(g))
		}
	}
	for _, g := range old.UserGroupIDs {
		if !slices.Contains(chosen, string(g)) {
			in.UserGroupIDsRemove = append(in.UserGroupIDsRemove, g)
		}
	}
	m, err := c.Roster.UpdateUser(v, in)
	if err != nil {
		return done{}, err
	}
	return done{Toast: component.Toast{Text: v.say("user.did.change", "name", personName(m.Membership))}}, nil
}
