package rest

import (
	"net/http"
	"strings"
)

// cookieName is how a cookie is called: over https by a name that a browser takes from this host alone (RFC 6265bis, 4.1.3.2).
func (x *exchange) cookieName(name string) string {
	if strings.HasPrefix(x.base, "https://") {
		return "__Host-" + name
	}
	return name
}

// cookies are the values sent for a cookie. Two of one name come from two places, and neither is believed.
func (x *exchange) cookies(name string) (values []string) {
	for _, c := range x.r.CookiesNamed(x.cookieName(name)) {
		values = append(values, c.Value)
	}
	return values
}

// setting adds a cookie to the answer of a route.
func (rt Route) setting(name string, of func(out any) http.Cookie) Route {
	prepare := rt.prepare
	rt.prepare = func(x *exchange) (call, error) {
		c, err := prepare(x)
		encode := c.encode
		c.encode = func(out any) (Answer, error) {
			a, err := encode(out)
			if err != nil {
				return a, err
			}
			cookie := of(out)
			cookie.Name, cookie.Path, cookie.HttpOnly, cookie.SameSite = x.cookieName(name), "/", true, http.SameSiteLaxMode
			cookie.Secure = cookie.Name != name
			a.Header.Add("Set-Cookie", cookie.String())
			return a, nil
		}
		return c, err
	}
	return rt
}
