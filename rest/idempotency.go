package rest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"

	"github.com/soloprint/soloprint/internal/idem"
)

// Keyed is a request that is to have its effect once.
type Keyed = idem.Request

// KeepIn is Server.Keep with the keys of the database.
func KeepIn(keys *idem.Keys) func(context.Context, Keyed, func(context.Context) Answer) (Answer, error) {
	return func(ctx context.Context, r Keyed, run func(context.Context) Answer) (Answer, error) {
		a, replayed, err := keys.Keep(ctx, r, run)
		if replayed {
			a.Header.Set(headerReplayed, "true")
		}
		return a, err
	}
}

// keeps holds for routes that take an idempotency key.
func (rt Route) keeps() bool { return rt.Method == http.MethodPost && !rt.Public }

// keyed is the request with its idempotency key; false where it has none or the route takes none.
func (x *exchange) keyed(c call) (Keyed, bool) {
	keys := x.r.Header.Values(headerKey)
	if len(keys) == 0 || !x.route.keeps() {
		return Keyed{}, false
	}
	return Keyed{Op: x.route.Op, Route: x.route.pattern(), Key: strings.Join(keys, ", "), Hash: x.hash(), Encode: c.encode}, true
}

// hash names what an idempotency key is bound to: method, address, the headers that the operation reads, and body.
func (x *exchange) hash() string {
	s := sha256.New()
	_, _ = fmt.Fprintf(s, "%s %s\n", x.r.Method, x.r.URL.RequestURI()) // a hash takes everything
	for _, q := range x.route.plan.params {
		if q.in == "header" {
			_, _ = fmt.Fprintf(s, "%s: %q\n", q.name, x.r.Header.Values(q.name))
		}
	}
	_, _ = s.Write(x.body)
	return hex.EncodeToString(s.Sum(nil))
}
