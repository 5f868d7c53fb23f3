package webhook

import (
	"math"
	"net/http"
	"strconv"
	"time"
)

// maxWait is the longest pause between two attempts, whatever schedule and endpoint say.
const maxWait = 24 * time.Hour

// Schedule lists the pauses between the attempts in seconds: after attempt n the backoff, doubled n-1 times, at most a day.
func Schedule(maxAttempts, backoffSeconds int) []int {
	waits := make([]int, 0, max(maxAttempts-1, 0))
	for n := 1; n < maxAttempts; n++ {
		waits = append(waits, int(pause(n, backoffSeconds)/time.Second))
	}
	return waits
}

// pause is how long to wait after the nth attempt.
func pause(n, backoffSeconds int) time.Duration {
	wait := time.Duration(backoffSeconds) * time.Second
	for range n - 1 {
		if wait *= 2; wait >= maxWait {
			return maxWait
		}
	}
	return min(wait, maxWait)
}

// jittered spreads a pause by a tenth to both sides, so that what failed together does not come back together. chance is
// from 0 to 1.
func jittered(wait time.Duration, chance float64) time.Duration {
	return (wait + time.Duration((chance*2-1)*0.1*float64(wait))).Truncate(time.Microsecond)
}

// retryAfter reads how long an endpoint asks to be left alone, in seconds or as a date: never less than nothing, never more
// than a day.
func retryAfter(h http.Header, now time.Time) time.Duration {
	said := h.Get("Retry-After")
	if said == "" {
		return 0
	}
	if seconds, err := strconv.ParseFloat(said, 64); err == nil && !math.IsNaN(seconds) {
		return time.Duration(min(max(seconds, 0), maxWait.Seconds()) * float64(time.Second))
	}
	if at, err := http.ParseTime(said); err == nil {
		return min(max(at.Sub(now), 0), maxWait)
	}
	return 0
}
