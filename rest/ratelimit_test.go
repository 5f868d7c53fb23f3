package rest

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/soloprint/soloprint/internal/clock"
)

func TestRateLimitOfPrincipals(t *testing.T) {
	b := setup(t, func(s *Server) { s.RatePerMinute = 6 })
	for i := range 6 {
		r := b.do("GET", one, "")
		left := strconv.Itoa(5 - i)
		b.want(r, 200, "")
		for name, want := range map[string]string{
			"RateLimit-Policy":      `"key";q=6;w=60`,
			"RateLimit":             `"key";r=` + left + `;t=` + strconv.Itoa(10*(i+1)),
			"X-RateLimit-Limit":     "6",
			"X-RateLimit-Remaining": left,
			"X-RateLimit-Reset":     strconv.Itoa(10 * (i + 1)),
		} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("request %d: %s: %s, want %s", i, name, got, want)
			}
		}
	}
	r := b.do("GET", one, "")
	b.want(r, 429, "rate_limited")
	if got := r.Header.Get("Retry-After"); got != "10" || r.Header.Get("X-RateLimit-Remaining") != "0" {
		t.Errorf("Retry-After %s, %v", got, r.Header)
	}
	b.want(b.do("GET", one, "", "Authorization", "Bearer "+reader), 200, "")
	b.want(b.do("POST", "/v1/widgets", "{", "Authorization", "Bearer "+reader), 403, "insufficient_permissions")

	b.clock.Advance(10 * time.Second)
	b.want(b.do("GET", one, ""), 200, "")
	b.want(b.do("GET", one, ""), 429, "rate_limited")
}

func TestRateLimitOfStrangers(t *testing.T) {
	b := setup(t, func(s *Server) { s.RatePerMinute = 3 })
	b.want(b.do("GET", one, "", "Authorization", ""), 401, "missing_bearer_token")
	b.want(b.do("GET", one, "", "Authorization", "Bearer guess"), 401, "invalid_token")
	r := b.do("GET", "/v1/public/hello", "", "Authorization", "")
	b.want(r, 200, "")
	if got := r.Header.Get("RateLimit-Policy"); got != `"address";q=3;w=60` {
		t.Errorf("RateLimit-Policy: %s", got)
	}
	b.want(b.do("GET", one, "", "Authorization", "Bearer guess"), 429, "rate_limited")
	b.want(b.do("GET", "/v1/public/hello", ""), 429, "rate_limited")
	b.want(b.do("GET", one+"?api_key=1", ""), 429, "rate_limited")
	b.want(b.do("GET", one, ""), 200, "") // who is known is not slowed by strangers of the same address
}

// What leads nowhere counts like what leads somewhere: for the key, or the address where nobody is known.
func TestRateLimitOfWhatLeadsNowhere(t *testing.T) {
	for _, tt := range []struct {
		name, method, path string
		status             int
		code               string
	}{
		{"no such route", "GET", "/v1/nothing", 404, "route_not_found"},
		{"the series itself", "GET", "/v1", 404, "route_not_found"},
		{"a path that is not clean", "GET", "/v1//widgets", 404, "route_not_found"},
		{"a path that leads into the series", "GET", "/x/../v1/widgets", 404, "route_not_found"},
		{"a route without the method", "DELETE", "/v1/widgets", 405, "method_not_allowed"},
		{"a method that no route has", "PUT", one, 405, "method_not_allowed"},
	} {
		for token, policy := range map[string]string{manager: "key", "guess": "address", "": "address", "broken": "address"} {
			b := setup(t, func(s *Server) { s.RatePerMinute = 2 })
			bearer := strings.TrimSuffix("Bearer "+token, "Bearer ")
			for left := 1; left >= 0; left-- {
				r := b.do(tt.method, tt.path, "", "Authorization", bearer)
				b.want(r, tt.status, tt.code)
				if got, want := r.Header.Get("RateLimit"), `"`+policy+`";r=`+strconv.Itoa(left)+`;`; !strings.HasPrefix(got, want) {
					t.Errorf("%s as %q: RateLimit %s, want %s", tt.name, token, got, want)
				}
			}
			r := b.do(tt.method, tt.path, "", "Authorization", bearer)
			b.want(r, 429, "rate_limited")
			if r.Header.Get("Retry-After") == "" || tt.path != "/x/../v1/widgets" && r.Header.Get("X-SoLoPrint-API-Series") != "v1" {
				t.Errorf("%s as %q: %v", tt.name, token, r.Header)
			}
			next := b.do("GET", one, "", "Authorization", bearer)
			if next.StatusCode != 429 {
				t.Errorf("%s as %q: then %d, as if nothing had been sent", tt.name, token, next.StatusCode)
			}
			if token != manager {
				b.want(b.do("GET", one, ""), 200, "")
			}
		}
	}
	b := setup(t, func(s *Server) { s.RatePerMinute = 1 })
	for range 3 {
		b.want(b.do("GET", "/elsewhere", ""), 404, "route_not_found") // beside the series nothing is counted
	}
}

func TestNoRateLimit(t *testing.T) {
	r := setup(t).do("GET", one, "")
	for _, name := range []string{"RateLimit", "RateLimit-Policy", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"} {
		if got := r.Header.Get(name); got != "" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestLimiterForgetsOnlyWholeAllowances(t *testing.T) {
	c := clock.NewFake(time.Unix(0, 0))
	l := &limiter{policy: "key", perMinute: 2, clock: c}
	l.take("a")
	c.Advance(59 * time.Second)
	l.take("b")
	l.take("b")
	c.Advance(2 * time.Second) // a turn: b is remembered from before
	if l.take("b").ok {
		t.Error("b was forgotten too early")
	}
	c.Advance(60 * time.Second)
	if got := l.take("b").remaining; got != 1 {
		t.Errorf("b has %d left after a minute, want 1", got)
	}
	if len(l.before) != 0 || len(l.whole) != 1 {
		t.Errorf("%d and %d keys are remembered, want 0 and 1", len(l.before), len(l.whole))
	}
}

func TestLimiterIsBounded(t *testing.T) {
	l := &limiter{policy: "address", perMinute: 2, clock: clock.NewFake(time.Unix(0, 0))}
	l.take("known")
	for i := range maxTracked + 100 {
		l.take(strconv.Itoa(i))
	}
	if got := len(l.whole); got > maxTracked+1 {
		t.Errorf("%d keys are remembered", got)
	}
	if l.take("newcomer").ok {
		t.Error("a newcomer has an allowance of its own in a full table")
	}
	if !l.take("known").ok || l.take("known").ok {
		t.Error("a known key lost its allowance to the flood")
	}
}
