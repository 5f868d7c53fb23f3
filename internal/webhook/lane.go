package webhook

import "time"

// How many requests an endpoint gets at once, and how long it is left alone.
const (
	minWidth = 2
	maxWidth = 32
	quick    = 500 * time.Millisecond // an answer within it widens the lane
	slow     = 2 * time.Second        // an answer after it narrows the lane
	patience = 5                      // failures in a row before an endpoint is left alone
	maxRest  = time.Minute
)

// lane is the way to one endpoint. It begins with two requests at once and widens by one with each quick success, so that
// an endpoint that keeps up gets all it can take; a slow answer or a failure halves it, down to two. After some failures in a row it
// rests, longer each time, and then one request asks whether the endpoint is back.
type lane struct {
	to       *endpoint
	poster   Poster
	waiting  []*parcel
	inFlight int
	width    int
	failures int // in a row
	rests    time.Time
	more     bool      // the database holds more that is due
	used     time.Time // when something was last sent
}

// result is what an attempt says about its endpoint.
type result struct {
	ok    bool
	took  time.Duration
	asked time.Duration // to be left alone
}

// learn widens, narrows and rests the lane.
func (l *lane) learn(r result, now time.Time) {
	switch {
	case !r.ok:
		l.failures++
		l.width = max(l.width/2, minWidth)
	case r.took > slow:
		l.failures, l.width = 0, max(l.width/2, minWidth)
	case r.took < quick:
		l.failures, l.width = 0, min(l.width+1, maxWidth)
	default:
		l.failures = 0
	}
	rest := min(r.asked, maxRest)
	if over := l.failures - patience; over >= 0 {
		rest = max(rest, min(time.Second<<min(over, 6), maxRest))
	}
	if !r.ok && rest > 0 {
		l.rests = now.Add(rest)
	}
}

// open reports whether one request more may go out now, as far as the endpoint is concerned.
func (l *lane) open(now time.Time) bool {
	width := l.width
	if l.failures >= patience {
		width = 1
	}
	return len(l.waiting) > 0 && l.inFlight < width && !now.Before(l.rests)
}

// room is how many deliveries more the server holds ready for the endpoint: a quick one gets much in one claim, of a slow
// one little is kept from other servers.
func (l *lane) room(now time.Time) int {
	if now.Before(l.rests) {
		return 0
	}
	return max(min(l.width*l.width, 512)-len(l.waiting), 0)
}
