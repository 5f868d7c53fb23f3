package jobs

import (
	"context"
	"testing"

	"github.com/robfig/cron/v3"
)

func TestTheTimetableCanBeRead(t *testing.T) {
	names := map[string]bool{}
	for _, j := range (&Scheduler{}).timetable() {
		if _, err := cron.ParseStandard(j.schedule); err != nil || names[j.name] {
			t.Errorf("%s stands twice (%v), or at no time: %v", j.name, names[j.name], err)
		}
		names[j.name] = true
	}
}

func TestIdempotencyKeysExpire(t *testing.T) {
	swept := 0
	s := &Scheduler{ExpireKeys: func(context.Context) error { swept++; return nil }}
	for _, j := range s.timetable() {
		if j.name == "idempotency_expiry" {
			s.run(t.Context(), j)
		}
	}
	if swept != 1 {
		t.Errorf("the job removed expired keys %d times", swept)
	}
}
