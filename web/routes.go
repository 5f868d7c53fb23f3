package web

import (
	"maps"
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
)

// audiences say who may visit the pages whose path begins so. A page that stands in no line is nobody's: the program does not
// start with one.
var audiences = map[string]audience{
	"dashboard": staff, "queue": staff, "printers": staff, "history": staff, "wall": staff, "scan": staff,
	"files": can(authz.OperationsRead, authz.QueueManage),
	"slots": can(authz.SpoolManage), "spools": can(authz.SpoolManage), "materials": can(authz.SpoolManage), "low-stock": can(authz.SpoolManage),
	"users": can(authz.OrgManageUsers), "user-groups": can(authz.OrgManageUsers), "invites": can(authz.OrgManageUsers),
	"classes":  func(a *authz.Actor) bool { return a.Has(authz.OrgManageUsers) || len(a.Teaches) > 0 },
	"api-keys": can(authz.IntegrationsManage), "webhooks": can(authz.IntegrationsManage), "notification-rules": can(authz.IntegrationsManage),
	"sso": can(authz.OrgManageUsers), "audit": can(authz.OrgManageUsers), "jobs": can(authz.OrgManageUsers), "settings": can(authz.OrgManageUsers),
	"items": everybody, "my-prints": everybody, "submit": everybody, "my-classes": everybody, "profile": everybody, "notifications": everybody,
	"search": staff, "help": everybody, "menu": everybody, "live": everybody, "thumbnails": everybody,
}

// mayVisit reports whether somebody may visit a page.
func mayVisit(a *authz.Actor, path string) bool {
	first, _, _ := strings.Cut(path, "/")
	who := audiences[first]
	return who != nil && who(a)
}

// inside are the pages and actions of an organization: what stands behind /o/{organization}/.
func (c *Console) inside() map[string]http.Handler {
	routes := map[string]http.Handler{}
	who := func(path string) audience {
		first, _, _ := strings.Cut(path, "/")
		if audiences[first] == nil {
			panic("web: nobody may visit " + path)
		}
		return audiences[first]
	}
	c.views = c.pages()
	for path, view := range c.views {
		routes["GET /o/{organization}/"+path] = c.shown(who(path), view)
	}
	for path, act := range c.acts() {
		routes["POST /o/{organization}/"+path] = c.acted(who(path), act)
	}
	for path, f := range c.forms() {
		routes["POST /o/{organization}/"+path] = c.filled(who(path), f.again, f.act)
	}
	for path, f := range c.uploads() {
		routes["POST /o/{organization}/"+path] = c.posted(maxUpload, who(path), func(v *visit) {
			out, err := f.act(v)
			if err != nil {
				c.again(v, f.again, err)
				return
			}
			v.leave(out)
		})
	}
	routes["GET /o/{organization}/{rest...}"] = c.shown(everybody, func(*visit) (templ.Component, error) { return nil, errs.NotFound("page") })
	routes["GET /o/{organization}/live"] = c.live()
	routes["GET /o/{organization}/thumbnails/{file}"] = c.thumbnail()
	return routes
}

// form is an action that shows its form again when it fails.
type form struct {
	again viewer
	act   doer
}

// pages are what can be looked at, by path.
func (c *Console) pages() map[string]viewer {
	all := map[string]viewer{
		"dashboard":    c.dashboard,
		"queue":        c.queue,
		"queue/{item}": c.queueItem,
		"search":       c.search, "help": c.help, "menu": c.menu,
	}
	for _, some := range []map[string]viewer{c.fleetPages(), c.materialPages(), c.rosterPages(), c.apiKeyPages(), c.orgPages(), c.filePages(), c.minePages(), c.ownPages(), c.webhookPages(), c.reportPages(), c.itemPages()} {
		maps.Copy(all, some)
	}
	return all
}

// acts are what one button does, by path.
func (c *Console) acts() map[string]doer {
	all := map[string]doer{}
	for _, some := range []map[string]doer{c.queueActs(), c.fleetActs(), c.materialActs(), c.rosterActs(), c.apiKeyActs(), c.fileActs(), c.ownActs(), c.webhookActs()} {
		maps.Copy(all, some)
	}
	return all
}

// forms are what a form with fields does, by path.
func (c *Console) forms() map[string]form {
	all := map[string]form{}
	for _, some := range []map[string]form{c.fleetForms(), c.materialForms(), c.rosterForms(), c.apiKeyForms(), c.orgForms(), c.webhookForms(), c.itemForms()} {
		maps.Copy(all, some)
	}
	return all
}
