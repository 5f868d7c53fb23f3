package webhook

import "github.com/soloprint/soloprint/internal/pid"

// FanOutWith is the input of a server that takes deliveries as room says; nil = none.
func FanOutWith(room func(pid.ID) int) FanOutInput {
	if room == nil {
		room = func(pid.ID) int { return 0 }
	}
	return FanOutInput{room: room, token: "test", lease: leaseTime}
}

// The parts of the schedule.
var (
	Jittered   = jittered
	RetryAfter = retryAfter
)

// MaxWait is the longest pause.
const MaxWait = maxWait
