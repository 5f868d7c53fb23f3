package rest

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/clock"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/peer"
)

// window is the time in which the whole allowance comes back.
const window = time.Minute

// maxTracked bounds the memory of a limiter: beyond this many principals or addresses in a window, new ones share one
// allowance.
const maxTracked = 1 << 16

// limiter allows each key a number of requests a minute by the generic cell rate algorithm (ITU-T I.371): per key it
// remembers one time, that at which the key's allowance will be whole again.
type limiter struct {
	policy    string // its name in the headers
	perMinute int
	clock     clock.Clock

	mu      sync.Mutex
	whole   map[string]time.Time // keys seen since the last turn
	before  map[string]time.Time // keys seen in the turn before that
	started time.Time            // of the turn
}

// allowance is what a key has left.
type allowance struct {
	ok        bool
	policy    string
	limit     int
	remaining int
	reset     time.Duration // until the allowance is whole again
	retry     time.Duration // until the next request is allowed, where this one was not
}

// take spends one request of the key's allowance.
func (l *limiter) take(key string) allowance {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	l.turn(now)

	key, whole := l.find(key)
	if whole.Before(now) {
		whole = now
	}
	each := window / time.Duration(l.perMinute)
	a := allowance{policy: l.policy, limit: l.perMinute, reset: whole.Sub(now)}
	if spent := whole.Add(each).Sub(now); spent > window {
		a.retry = spent - window
		return a
	}
	whole = whole.Add(each)
	l.whole[key] = whole
	a.ok, a.reset = true, whole.Sub(now)
	a.remaining = int((window - a.reset) / each)
	return a
}

// turn forgets the keys that were not seen for a window or more: their allowance is whole again anyway.
func (l *limiter) turn(now time.Time) {
	switch age := now.Sub(l.started); {
	case l.whole == nil || age >= 2*window:
		l.whole, l.before, l.started = map[string]time.Time{}, nil, now
	case age >= window:
		l.whole, l.before, l.started = map[string]time.Time{}, l.whole, now
	}
}

func (l *limiter) find(key string) (string, time.Time) {
	if whole, ok := l.whole[key]; ok {
		return key, whole
	}
	if len(l.whole) >= maxTracked {
		return "", l.whole[""]
	}
	return key, l.before[key]
}

// header writes the allowance as draft-ietf-httpapi-ratelimit-headers and the older X- names have it, times in seconds.
func (a allowance) header(h http.Header) {
	reset := strconv.Itoa(seconds(a.reset))
	h.Set("RateLimit-Policy", `"`+a.policy+`";q=`+strconv.Itoa(a.limit)+`;w=`+strconv.Itoa(int(window/time.Second)))
	h.Set("RateLimit", `"`+a.policy+`";r=`+strconv.Itoa(a.remaining)+`;t=`+reset)
	h.Set("X-RateLimit-Limit", strconv.Itoa(a.limit))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(a.remaining))
	h.Set("X-RateLimit-Reset", reset)
}

func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// Limits are the two limiters of a server: principals have an allowance each, whatever address they come from, so that a
// school behind one address is not slowed by one stranger. REST and GraphQL share them. Nil limits nothing.
type Limits struct {
	principals, addresses limiter
}

// NewLimits allows that many requests a minute, 0 = any number.
func NewLimits(perMinute int, c clock.Clock) *Limits {
	if perMinute <= 0 {
		return nil
	}
	return &Limits{
		principals: limiter{policy: "key", perMinute: perMinute, clock: c},
		addresses:  limiter{policy: "address", perMinute: perMinute, clock: c},
	}
}

// Spend counts the request for the actor, or for the address where nobody is known, writes what is left into the headers of
// the answer, and refuses the request when there is nothing, with Retry-After in seconds.
func (l *Limits) Spend(h http.Header, r *http.Request, actor *authz.Actor) error {
	if l == nil {
		return nil
	}
	var a allowance
	if actor != nil {
		a = l.principals.take(string(actor.Organization) + " " + string(actor.Kind) + " " + string(actor.ID))
	} else {
		a = l.addresses.take(peer.Household(peer.Of(r)))
	}
	a.header(h)
	if a.ok {
		return nil
	}
	h.Set("Retry-After", strconv.Itoa(max(seconds(a.retry), 1)))
	return errs.New(errs.RateLimited, "Too many requests: %d a minute are allowed.", a.limit)
}
