package clock_test

import (
	"sync"
	"testing"
	"time"

	"github.com/soloprint/soloprint/internal/clock"
)

func TestSystemTellsUTCAtTheDatabasesPrecision(t *testing.T) {
	before := time.Now().Add(-time.Microsecond)
	now := clock.System{}.Now()
	after := time.Now()
	if now.Before(before) || now.After(after) {
		t.Errorf("%v is not between %v and %v", now, before, after)
	}
	if now.Location() != time.UTC || now.Nanosecond()%1000 != 0 {
		t.Errorf("%v is not in UTC at microseconds", now)
	}
}

func TestFakeStandsStillUntilItIsMoved(t *testing.T) {
	zone := time.FixedZone("somewhere", 3600)
	c := clock.NewFake(time.Date(2026, 4, 2, 9, 0, 0, 1999, zone))
	want := time.Date(2026, 4, 2, 8, 0, 0, 1000, time.UTC)
	for range 2 {
		if now := c.Now(); now != want {
			t.Errorf("%v, want %v", now, want)
		}
	}
	c.Advance(90 * time.Minute)
	if now := c.Now(); now != want.Add(90*time.Minute) {
		t.Errorf("moved to %v", now)
	}
}

func TestFakeMayBeMovedByMany(t *testing.T) {
	c := clock.NewFake(time.Unix(0, 0))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				c.Advance(time.Second)
				c.Now()
			}
		})
	}
	wg.Wait()
	if now := c.Now(); now.Unix() != 800 {
		t.Errorf("it stands at %v", now)
	}
}
