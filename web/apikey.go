package web

import (
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/a-h/templ"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/apikey"
	"github.com/soloprint/soloprint/web/component"
	"github.com/soloprint/soloprint/web/page"
	"github.com/soloprint/soloprint/web/words"
)

// apiKeyPages are the pages of API keys.
func (c *Console) apiKeyPages() map[string]viewer {
	return map[string]viewer{"api-keys": c.apiKeys, "api-keys/new": c.apiKeyNew}
}

func (c *Console) apiKeyActs() map[string]doer {
	return map[string]doer{
		"api-keys/{api_key_id}/rotate": do(c.Keys.Rotate, c.apiKeyShown),
		"api-keys/{api_key_id}/revoke": do(c.Keys.Revoke, said("key.did.revoke", func(k *ent.APIKey) []any { return []any{"name", k.Name} })),
	}
}

func (c *Console) apiKeyForms() map[string]form {
	return map[string]form{"api-keys": {c.apiKeyNew, do(func(ctx ctx, in apikey.CreateInput) (apikey.Created, error) {
		if !in.ExpiresAt.IsSet() { // an empty field means for ever, which the operation wants to be said
			in.ExpiresAt = graphql.OmittableOf[*time.Time](nil)
		}
		return c.Keys.Create(ctx, in)
	}, c.apiKeyShown)}}
}

// apiKeys is the list of keys. What they are is not shown: nobody can read that again.
func (c *Console) apiKeys(v *visit) (templ.Component, error) {
	in, err := bind[apikey.ListInput](v)
	if err != nil {
		return nil, err
	}
	l, err := c.Keys.List(v, in)
	if err != nil {
		return nil, err
	}
	p := page.List{Page: component.Page{Title: v.say("nav.keys"), Crumbs: []component.Crumb{{Word: v.say("nav.keys")}}}, Sentence: v.say("key.sentence"), Path: "api-keys", Caption: v.say("nav.keys"), Actions: []page.NeedLink{{Path: "api-keys/new", Word: v.say("key.add"), Primary: true}},
		Columns: []page.Head{{Word: v.say("group.name")}, {Word: v.say("key.scopes")}, {Word: v.say("key.used")}, {Word: v.say("key.ends.label")}}, Pager: pager(v, l.Next), Narrowed: narrowed(v),
		Empty: page.Blank{Icon: "key-round", Title: v.say("key.none.title"), Text: v.say("key.none.why"), Link: &page.NeedLink{Path: "api-keys/new", Word: v.say("key.add")}}}
	for _, k := range l.Data {
		used, ends := v.say("key.never"), v.say("key.forever")
		if k.LastUsedAt != nil {
			used = words.Ago(v, *k.LastUsedAt)
		}
		if k.ExpiresAt != nil {
			ends = words.When(v, *k.ExpiresAt)
		}
		r := page.Row{ID: string(k.ID), Label: k.Name, Cells: []page.Entry{{Text: k.Name, Sub: "slp_live_…" + string(k.ID)[max(0, len(k.ID)-6):], Strong: true}, {Tags: scopes(v, k.Scopes)}, {Text: used}, {Text: ends}}}
		if k.RevokedAt != nil {
			s := component.SignOf(v, "member", "revoked")
			r.Cells[3] = page.Entry{Sign: &s}
		} else {
			at := func(verb string) templ.SafeURL {
				return templ.SafeURL(v.base() + "/api-keys/" + string(k.ID) + "/" + verb)
			}
			seen := []component.Field{{Name: "version", Value: strconv.Itoa(k.Version)}}
			r.Acts = []component.Act{{To: at("rotate"), Icon: "refresh-cw", Word: v.say("key.rotate.do"), Of: k.Name, Fields: seen, Confirm: v.say("key.rotate.sure", "name", k.Name)}, {To: at("revoke"), Icon: "x", Word: v.say("invite.revoke"), Of: k.Name, Variant: "ghost", Fields: seen, Confirm: v.say("key.revoke.sure", "name", k.Name)}}
		}
		p.Rows = append(p.Rows, r)
	}
	return page.ListPage(p), nil
}

func (c *Console) apiKeyNew(v *visit) (templ.Component, error) {
	s := sheet(v, "key.add", "nav.keys", "api-keys")
	s.Sentence = v.say("key.why")
	s.Forms = []page.FormBox{{ID: "key", To: "api-keys", Submit: v.say("key.add"), Stay: true, Fields: []page.Control{
		{Input: &component.Input{Name: "name", Label: v.say("group.name"), Hint: v.say("key.name.hint"), Length: "200"}},
		capabilityChecks(v, "scopes", v.say("key.scopes"), nil),
		{Input: &component.Input{Name: "expires_at", Label: v.say("key.ends.label"), Hint: v.say("key.ends.hint"), Type: "datetime-local", Optional: true}}}}}
	return page.SheetPage(s), nil
}

// apiKeyShown shows a key, this once.
func (c *Console) apiKeyShown(v *visit, k apikey.Created) done {
	s := sheet(v, "key.made", "nav.keys", "api-keys")
	s.Notes = []page.Note{{Tone: "ok", Icon: "key-round", Bold: k.Key.Name, Text: v.say("secret.once"), Secret: k.Secret, Link: &page.NeedLink{Path: "api-keys", Word: v.say("key.back")}}}
	return done{Page: page.SheetPage(s), To: "api-keys"}
}
