package web

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/org"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/sso"
	"github.com/soloprint/soloprint/internal/sso/signin"
	"github.com/soloprint/soloprint/web/page"
)

// signInPath is where somebody signs in whose organization is not known.
const signInPath = "/sign-in"

// signingIn are the pages of signing in through an identity provider, and out. They work without scripts.
func (c *Console) signingIn() map[string]http.Handler {
	limited := func(h http.HandlerFunc) http.Handler { return guarded(c.strangers(h)) }
	sent := func(h http.HandlerFunc) http.Handler { return guarded(c.sameSite(h)) }
	return map[string]http.Handler{
		"GET " + signInPath:                         limited(c.signInPage),
		"POST " + signInPath:                        sent(c.mailSent),
		"GET /o/{organization}":                     limited(c.organizationDoors),
		"GET /join/{token}":                         limited(c.joinPage),
		"GET /sign-in/link/{token}":                 limited(c.linked),
		"GET /home":                                 limited(c.home),
		"POST /auth/start":                          sent(c.start),
		"GET " + sso.CallbackPath:                   limited(c.callback),
		"GET /auth/initiate":                        limited(c.initiate),
		"POST /auth/initiate":                       limited(c.initiate),
		"POST /auth/sign-out":                       sent(c.signOut),
		"POST /auth/backchannel-logout/{provider}":  limited(c.backChannel),
		"POST /o/{organization}/sso/{provider}/try": sent(c.try),
	}
}

// strangers limits by address who is nobody yet.
func (c *Console) strangers(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c.Limit != nil {
			if err := c.Limit(w.Header(), r, nil); err != nil {
				c.refuse(w, page.SignIn{}, err)
				return
			}
		}
		next(w, r)
	})
}

func (c *Console) signInPage(w http.ResponseWriter, r *http.Request) {
	v := page.SignIn{ReturnTo: signin.Return(r.URL.Query().Get("return_to"))}
	if r.URL.Query().Has("signed_out") {
		v.Said = "You are signed out."
	}
	show(w, http.StatusOK, page.SignInPage(v))
}

// mailSent offers the providers that answer for the domain of a mail address, or goes to the only one.
func (c *Console) mailSent(w http.ResponseWriter, r *http.Request) {
	v := page.SignIn{Email: strings.TrimSpace(r.PostForm.Get("email")), ReturnTo: signin.Return(r.PostForm.Get("return_to")), Invite: r.PostForm.Get("invite")}
	found, err := c.SignIn.ByMail(r.Context(), v.Email)
	if err != nil {
		c.refuse(w, v, err)
		return
	}
	v.Doors = doors(found)
	if len(v.Doors) == 1 {
		c.begin(w, r, v, signin.Beginning{StartInput: signin.StartInput{Organization: v.Doors[0].Slug, ProviderID: pid.ID(v.Doors[0].Provider), LoginHint: v.Email}}, v.Doors[0].Name)
		return
	}
	v.Unknown = len(v.Doors) == 0
	show(w, http.StatusOK, page.SignInPage(v))
}

// doors are providers as the page offers them.
func doors(found []*ent.SSOProvider) []page.Door {
	all := make([]page.Door, len(found))
	for i, p := range found {
		all[i] = page.Door{Provider: string(p.ID), Name: p.Name}
		if o := p.Edges.Organization; o != nil {
			all[i].Organization, all[i].Slug = o.Name, o.Slug
		}
	}
	return all
}

// organizationDoors is an organization's own sign-in page.
func (c *Console) organizationDoors(w http.ResponseWriter, r *http.Request) {
	if actor, slug := c.who(r); actor != nil && slug == r.PathValue("organization") && !r.URL.Query().Has("again") { // again: somebody wants to come in anew
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, "/o/"+slug+"/"+start(actor), http.StatusSeeOther)
		return
	}
	c.choose(w, r, r.PathValue("organization"), page.SignIn{ReturnTo: signin.Return(r.URL.Query().Get("return_to"))})
}

// choose shows the providers of an organization.
func (c *Console) choose(w http.ResponseWriter, r *http.Request, organization string, v page.SignIn) {
	o, all, err := c.SignIn.Choices(r.Context(), organization)
	if err != nil {
		c.refuse(w, v, err)
		return
	}
	v.Organization, v.Slug, v.Doors = o.Name, o.Slug, doors(all)
	for i := range v.Doors {
		v.Doors[i].Organization, v.Doors[i].Slug = o.Name, o.Slug
	}
	show(w, http.StatusOK, page.SignInPage(v))
}

// joinPage is behind the link of an invitation.
func (c *Console) joinPage(w http.ResponseWriter, r *http.Request) {
	token := r.PathValue("token")
	organization, err := c.SignIn.Invited(r.Context(), token)
	if err != nil {
		c.refuse(w, page.SignIn{}, err)
		return
	}
	w.Header().Set("Referrer-Policy", "no-referrer") // the link is a secret
	c.choose(w, r, string(organization), page.SignIn{Invite: token})
}

// start begins a sign-in and leads to the provider.
func (c *Console) start(w http.ResponseWriter, r *http.Request) {
	f := r.PostForm
	v := page.SignIn{Email: f.Get("email"), ReturnTo: signin.Return(f.Get("return_to")), Invite: f.Get("invite")}
	c.begin(w, r, v, signin.Beginning{StartInput: signin.StartInput{Organization: f.Get("organization"), ProviderID: pid.ID(f.Get("provider")), LoginHint: v.Email}}, "your school")
}

func (c *Console) begin(w http.ResponseWriter, r *http.Request, v page.SignIn, in signin.Beginning, name string) {
	in.ReturnTo, in.Invite = v.ReturnTo, v.Invite
	s, err := c.SignIn.Begin(r.Context(), in)
	if err != nil {
		c.refuse(w, v, err)
		return
	}
	c.leave(w, s, name)
}

// leave ties the sign-in to the browser and leads it to the provider.
func (c *Console) leave(w http.ResponseWriter, s *signin.Started, name string) {
	http.SetCookie(w, c.cookie(signin.LoginCookie(c.PublicURL), s.Binding, s.ExpiresAt))
	show(w, http.StatusOK, page.GoingPage(page.Going{Name: name, URL: s.AuthorizationURL}))
}

// cookie is one of this host's: no script reads it, and no other site's form sends it.
func (c *Console) cookie(name, value string, ends time.Time) *http.Cookie {
	return &http.Cookie{Name: name, Value: value, Path: "/", Expires: ends, HttpOnly: true, Secure: strings.HasPrefix(name, "__Host-"), SameSite: http.SameSiteLaxMode}
}

// callback is where providers send the browser back to. An answer to a sign-in that nobody began is one that a provider's own
// portal began: it begins again here.
func (c *Console) callback(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("state") == "" {
		http.Redirect(w, r, signInPath, http.StatusSeeOther)
		return
	}
	in := signin.Ending{CompleteInput: signin.CompleteInput{State: q.Get("state"), Code: q.Get("code"), Issuer: q.Get("iss")}, Error: q.Get("error"), Browser: true, UserAgent: r.UserAgent()}
	if all := r.CookiesNamed(signin.LoginCookie(c.PublicURL)); len(all) == 1 {
		in.Cookie = all[0].Value
	}
	done, err := c.SignIn.End(r.Context(), in)
	http.SetCookie(w, c.cookie(signin.LoginCookie(c.PublicURL), "", time.Unix(1, 0)))
	switch {
	case err != nil:
		c.refuse(w, page.SignIn{}, err)
	case done.Trial != nil:
		show(w, http.StatusOK, page.TrialPage(trial(done)))
	case done.Token == "":
		show(w, http.StatusOK, page.WaitingPage(page.Waiting{Organization: done.Organization.Name}))
	default:
		http.SetCookie(w, c.cookie(signin.SessionCookie(c.PublicURL), done.Token, *done.ExpiresAt))
		to := done.ReturnTo
		if to == "" {
			to = home
		}
		http.Redirect(w, r, to, http.StatusSeeOther)
	}
}

// trial is a trial as its page shows it.
func trial(done *signin.SignedIn) page.Trial {
	t := done.Trial
	who := map[string]string{
		"known": "This person is a member already.", "linked": "This person would be tied to the member with the same, proved address.",
		"conflict": "This person would be refused: a member has the same address, and the provider does not vouch for it.",
		"refused":  "This person would be refused: newcomers need an invitation.", "pending": "This person would wait for an admin to let them in.", "active": "This person would become a member.",
	}
	v := page.Trial{Provider: t.Provider.Name, Who: who[t.Who], Back: done.ReturnTo}
	if v.Back == "" {
		v.Back = home
	}
	for _, name := range slices.Sorted(maps.Keys(t.Claims)) {
		text, err := json.Marshal(t.Claims[name])
		if err != nil {
			text = []byte("?")
		}
		v.Claims = append(v.Claims, page.Claim{Name: name, Value: string(text[:min(len(text), 2000)])})
	}
	for _, r := range t.Outcome.Rules {
		word := "no"
		if r.Matched {
			word = "yes"
		}
		v.Rules = append(v.Rules, page.TrialRule{Word: word, Why: r.Why})
	}
	for _, g := range t.Outcome.Grants {
		switch {
		case g.Role != "":
			v.Grants = append(v.Grants, "Role: "+g.Role)
		case g.ClassID != "":
			v.Grants = append(v.Grants, "Class: "+g.ClassID)
		default:
			v.Grants = append(v.Grants, "User group: "+g.UserGroupID)
		}
	}
	return v
}

// initiate is where a provider's own portal sends people (OpenID Connect Core 1.0, 4): it begins a sign-in of ours, and believes
// nothing of what it is told but whom to ask.
func (c *Console) initiate(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		c.refuse(w, page.SignIn{}, errs.New(errs.SSOStateInvalid))
		return
	}
	v := page.SignIn{Email: r.Form.Get("login_hint"), ReturnTo: c.local(r.Form.Get("target_link_uri"))}
	found, err := c.SignIn.ByIssuer(r.Context(), r.Form.Get("iss"), pid.ID(r.Form.Get("provider")))
	if err != nil {
		c.refuse(w, v, err)
		return
	}
	v.Doors = doors(found)
	if len(v.Doors) == 1 {
		d := v.Doors[0]
		c.begin(w, r, v, signin.Beginning{StartInput: signin.StartInput{Organization: d.Slug, ProviderID: pid.ID(d.Provider), LoginHint: v.Email}}, d.Name)
		return
	}
	show(w, http.StatusOK, page.SignInPage(v))
}

// local is the path of an address of this installation, "" for any other.
func (c *Console) local(address string) string {
	path, ok := strings.CutPrefix(address, c.PublicURL+"/")
	if !ok {
		return ""
	}
	return signin.Return("/" + path)
}

// signOut ends the session, and leads to where its provider is signed out of.
func (c *Console) signOut(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, c.cookie(signin.SessionCookie(c.PublicURL), "", time.Unix(1, 0)))
	to := signInPath + "?signed_out"
	if actor, err := c.Authenticate(r); err == nil && actor != nil {
		out, err := c.SignIn.SignOut(authz.With(r.Context(), actor), signin.SignOutInput{})
		if err != nil {
			c.refuse(w, page.SignIn{}, err)
			return
		}
		if out.ProviderURL != "" {
			show(w, http.StatusOK, page.GoingPage(page.Going{Name: "your school, to sign out there too", URL: out.ProviderURL}))
			return
		}
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// backChannel is where a provider says that sessions are over (OpenID Connect Back-Channel Logout 1.0, 2.5 to 2.8).
func (c *Console) backChannel(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		http.Error(w, `{"error":"invalid_request"}`, http.StatusBadRequest)
		return
	}
	_, err := c.SignIn.Logout(r.Context(), signin.LogoutInput{ProviderID: pid.ID(r.PathValue("provider")), Token: r.PostForm.Get("logout_token")})
	if err != nil {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprint(w, `{"error":"invalid_request"}`)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// try begins a sign-in that shows the admin what a provider says.
func (c *Console) try(w http.ResponseWriter, r *http.Request) {
	actor, err := c.Authenticate(r)
	if err != nil {
		c.refuse(w, page.SignIn{}, err)
		return
	}
	s, err := c.SignIn.Try(authz.With(r.Context(), actor), signin.TryInput{ProviderID: pid.ID(r.PathValue("provider")), ReturnTo: signin.Return(r.PostForm.Get("return_to"))})
	if err != nil {
		c.refuse(w, page.SignIn{}, err)
		return
	}
	c.leave(w, s, "the provider")
}

// refuse shows the sign-in page with why.
func (c *Console) refuse(w http.ResponseWriter, v page.SignIn, err error) {
	e, status := errs.From(err), http.StatusInternalServerError
	v.Problem = e.Details
	switch e.Kind {
	case errs.KindUnauthenticated:
		status = http.StatusUnauthorized
	case errs.KindForbidden:
		status = http.StatusForbidden
	case errs.KindNotFound:
		status, v.Problem = http.StatusNotFound, "There is no such organization, provider or invitation here."
	case errs.KindInvalid, errs.KindUnprocessable:
		status = http.StatusBadRequest
	case errs.KindConflict:
		status = http.StatusConflict
	case errs.KindUnavailable:
		status = http.StatusServiceUnavailable
	case errs.KindRateLimited:
		status = c.later(w, e)
	default:
		v.Problem = "Something went wrong here. Try again later."
		if c.Log != nil {
			c.Log.Error("sign in through a provider", "error", err)
		}
	}
	show(w, status, page.SignInPage(v))
}

// who is signed in in this browser, and the slug of their organization; nil where nobody is.
func (c *Console) who(r *http.Request) (*authz.Actor, string) {
	actor, err := c.Authenticate(r)
	if err != nil || actor == nil || actor.Kind != authz.KindSession {
		return nil, ""
	}
	o, err := c.Org.Context(authz.With(r.Context(), actor), org.ContextInput{})
	if err != nil {
		return nil, ""
	}
	return actor, o.Organization.Slug
}

// home leads somebody to the first page of their organization, and a stranger to the sign-in page.
func (c *Console) home(w http.ResponseWriter, r *http.Request) {
	to := signInPath
	if actor, slug := c.who(r); actor != nil {
		to = "/o/" + slug + "/" + start(actor)
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// linked signs in by a one-time link.
func (c *Console) linked(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Referrer-Policy", "no-referrer") // the link is a secret
	m, err := c.ByLink(r.Context(), r.PathValue("token"))
	if err == nil && m == nil {
		err = errs.New(errs.TokenExpired, "This link was used already, or its time is over.")
	}
	if err == nil {
		err = c.open(r.Context(), w, m)
	}
	if err != nil {
		c.refuse(w, page.SignIn{}, err)
		return
	}
	http.Redirect(w, r, home, http.StatusSeeOther)
}
