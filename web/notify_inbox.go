package web

import (
	"net/http"
	"time"

	"github.com/a-h/templ"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/notify"
	"github.com/soloprint/soloprint/internal/sso/signin"
	"github.com/soloprint/soloprint/web/component"
	"github.com/soloprint/soloprint/web/page"
	"github.com/soloprint/soloprint/web/words"
)

// ownPages are the pages of a person's own things: notices, and how they want it.
func (c *Console) ownPages() map[string]viewer {
	return map[string]viewer{"notifications": c.notices, "profile": c.profile}
}

func (c *Console) ownActs() map[string]doer {
	return map[string]doer{
		"notifications/{notification_id}/read": do(c.Notify.Read, func(*visit, *ent.Notification) done { return done{} }),
		"notifications/read-all": do(c.Notify.ReadAll, func(v *visit, _ *notify.ReadNotifications) done {
			return done{Toast: component.Toast{Text: v.say("notice.did.all")}}
		}),
		"profile/mail": do(c.Notify.SetPreference, func(v *visit, _ *notify.Preference) done {
			return done{Toast: component.Toast{Text: v.say("profile.did.save")}}
		}),
		"profile/sessions": do(c.SignIn.EndSession, said("user.did.signout", func(n int) []any { return []any{"n", n} })),
		"profile/shortcuts": func(v *visit) (done, error) {
			http.SetCookie(v.w, &http.Cookie{Name: shortcutsCookie, Value: v.r.PostForm.Get("shortcuts"), Path: "/", Expires: time.Now().AddDate(1, 0, 0), SameSite: http.SameSiteLaxMode, HttpOnly: true})
			return done{Toast: component.Toast{Text: v.say("profile.did.save")}}, nil
		},
	}
}

// notices are a person's notices, the newest first.
func (c *Console) notices(v *visit) (templ.Component, error) {
	in, err := bind[notify.ListNotificationsInput](v)
	if err != nil {
		return nil, err
	}
	l, err := c.Notify.List(v, in)
	if err != nil {
		return nil, err
	}
	p := page.List{Page: component.Page{Title: v.say("notice.title"), Crumbs: []component.Crumb{{Word: v.say("notice.title")}}}, Sentence: v.say("notice.sentence", "n", v.shell.Unread), Path: "notifications", Caption: v.say("notice.title"),
		Columns: []page.Head{{Word: v.say("notice.what")}, {Word: v.say("spool.col.when")}}, Pager: pager(v, l.Next), Empty: page.Blank{Icon: "bell", Title: v.say("notice.none.title"), Text: v.say("notice.none.why")}}
	if v.shell.Unread > 0 {
		p.Notes = []page.Note{{Tone: "info", Icon: "bell-ring", Bold: v.say("notice.unread", "n", v.shell.Unread), Acts: []component.Act{{To: templ.SafeURL(v.base() + "/notifications/read-all"), Icon: "check-check", Word: v.say("notice.all")}}}}
	}
	for _, n := range l.Data {
		e := page.Entry{Text: n.Title, Sub: n.Body, Strong: n.ReadAt == nil}
		if to := subjectPath(n.SubjectType, n.SubjectID); to != "" && staff(v.actor) {
			e.Path = to
		}
		r := page.Row{ID: string(n.ID), Label: n.Title, Cells: []page.Entry{e, {Text: words.When(v, n.OccurredAt)}}}
		if n.ReadAt == nil {
			r.Acts = []component.Act{{To: templ.SafeURL(v.base() + "/notifications/" + string(n.ID) + "/read"), Icon: "check", Word: v.say("notice.read"), Of: n.Title, Variant: "ghost"}}
		}
		p.Rows = append(p.Rows, r)
	}
	return page.ListPage(p), nil
}

// subjectPath is where a thing has its page, "" where it has none.
func subjectPath(kind, id string) string {
	place := map[string]string{"queue_item": "queue/", "printer": "printers/", "spool": "spools/", "material": "materials/", "membership": "users/", "class": "classes/", "user_group": "user-groups/", "webhook": "webhooks/"}[kind]
	if place == "" {
		return ""
	}
	return place + id
}

// profile is how somebody wants things for themselves, and where they are signed in.
func (c *Console) profile(v *visit) (templ.Component, error) {
	s := page.Sheet{Page: component.Page{Title: v.say("nav.profile"), Quiet: true, Crumbs: []component.Crumb{{Word: v.say("nav.profile")}}}, Sentence: v.shell.Person + " · " + v.shell.Email + " · " + v.say("state.role."+v.shell.Role)}
	all, err := c.SignIn.ListSessions(v, signin.ListSessionsInput{})
	if err != nil {
		return nil, err
	}
	sessions := page.Table{ID: "sessions", Title: v.say("profile.sessions"), Columns: []page.Head{{Word: v.say("profile.where")}, {Word: v.say("key.used")}, {Word: v.say("key.ends.label")}}}
	for _, o := range all {
		name := o.UserAgent
		if name == "" {
			name = v.say("profile.program")
		}
		used := o.CreatedAt
		if o.LastUsedAt != nil {
			used = *o.LastUsedAt
		}
		r := page.Row{ID: string(o.ID), Label: name, Cells: []page.Entry{{Text: name, Sub: o.Address}, {Text: words.Ago(v, used)}, {Text: words.When(v, o.ExpiresAt)}}}
		if o.ID == v.actor.ID {
			r.Cells[0].Tags = []string{v.say("profile.this")}
		} else {
			r.Acts = []component.Act{{To: templ.SafeURL(v.base() + "/profile/sessions"), Icon: "log-out", Word: v.say("profile.end"), Of: name, Fields: []component.Field{{Name: "session_id", Value: string(o.ID)}}}}
		}
		sessions.Rows = append(sessions.Rows, r)
	}
	s.Acts = []component.Act{{To: templ.SafeURL(v.base() + "/profile/sessions"), Icon: "log-out", Word: v.say("user.signout"), Confirm: v.say("profile.everywhere")}}
	prefs, err := c.Notify.ListPreferences(v, notify.ListPreferencesInput{})
	if err != nil {
		return nil, err
	}
	mails := page.Table{ID: "mails", Title: v.say("profile.mails"), Columns: []page.Head{{Word: v.say("notice.what")}, {Word: v.say("profile.mail")}}, Empty: v.say("profile.nomails")}
	for _, p := range prefs.Data {
		word, now := v.say("profile.off"), v.say("yes")
		if !p.Email {
			word, now = v.say("profile.on"), v.say("no")
		}
		mails.Rows = append(mails.Rows, page.Row{ID: string(p.NotificationRuleID), Label: p.Name, Cells: []page.Entry{{Text: p.Name}, {Text: now}}, Acts: []component.Act{{To: templ.SafeURL(v.base() + "/profile/mail"), Word: word, Of: p.Name, Fields: []component.Field{{Name: "notification_rule_id", Value: string(p.NotificationRuleID)}, {Name: "email", Value: map[bool]string{true: "false", false: "true"}[p.Email]}}}}})
	}
	s.Tables = []page.Table{sessions, mails}
	s.Forms = []page.FormBox{{ID: "keys", Title: v.say("help.keys"), Text: v.say("profile.keys"), To: "profile/shortcuts", Submit: v.say("form.save"), Quiet: true, Fields: []page.Control{{Input: &component.Input{Name: "shortcuts", Label: v.say("help.keys"), Value: map[bool]string{true: "on", false: "off"}[v.shell.Shortcuts], Choices: []component.Choice{{Value: "on", Word: v.say("yes")}, {Value: "off", Word: v.say("no")}}}}}}}
	return page.SheetPage(s), nil
}
