package web

import (
	"bytes"
	"net/http"
	"regexp"
	"strings"
)

// hostname is what a Host header may be that is written into a page: a name or an address, with or without a port.
var hostname = regexp.MustCompile(`^(\[[0-9A-Fa-f:.]{2,45}\]|[0-9A-Za-z.-]{1,253})(:[0-9]{1,5})?$`)

// hosted answers an asset whose examples begin with the public URL. Where nobody set one they begin with the address by which
// the reader came, so that what is copied works.
func (c *Console) hosted(a *asset) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		all, err := a.load()
		here := c.here(r)
		if err != nil || here == c.base() {
			a.ServeHTTP(w, r)
			return
		}
		body := bytes.ReplaceAll(all.whole, []byte(c.base()), []byte(here))
		a.answer(w, r, content{whole: body, small: compressed(body), tag: tagOf(body)})
	})
}

// base is the public URL without a slash at its end.
func (c *Console) base() string { return strings.TrimRight(c.PublicURL, "/") }

// here is the base URL for this reader. What a proxy says of TLS is not asked: behind one, the operator sets the public URL.
func (c *Console) here(r *http.Request) string {
	switch {
	case !c.AnyHost || !hostname.MatchString(r.Host):
		return c.base()
	case r.TLS != nil:
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
