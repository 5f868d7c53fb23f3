package jobs

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/soloprint/soloprint/internal/jobrun"
)

type slotKey struct{ job, scope string }

// slotState is what this server knows of a job in a scope.
type slotState struct {
	known   bool
	last    time.Time // the latest slot that has a row
	next    time.Time // nothing is due earlier
	running bool      // here
}

// Tick begins what is due, and takes over what other servers left. It does not wait for what it begins.
func (s *Scheduler) Tick(ctx context.Context, now time.Time) {
	s.look(ctx, now)
	lines := s.timetable()
	for _, l := range lines {
		for _, p := range s.scopes(l) {
			s.consider(ctx, l, p, now)
		}
	}
	s.takeOver(ctx, lines)
}

// look reads the organizations now and then. Where the clock was put back, nothing that was found out about slots holds.
func (s *Scheduler) look(ctx context.Context, now time.Time) {
	if !s.forward(now) {
		return
	}
	places, err := s.Places(ctx)
	if err != nil {
		s.Log.Warn("read time zones for jobs", "error", err)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.places, s.read = places, now
}

// forward notes the time and reports whether organizations are to be read again.
func (s *Scheduler) forward(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.slots == nil {
		s.slots, s.busy = map[slotKey]slotState{}, map[string]int{}
	}
	if now.Before(s.ticked) {
		for k, st := range s.slots {
			s.slots[k] = slotState{running: st.running}
		}
		s.read = time.Time{}
	}
	s.ticked = now
	return now.Sub(s.read) >= zonesEvery
}

// scopes are where a job runs: on the platform, or in each organization.
func (s *Scheduler) scopes(l line) []Place {
	if !l.zoned {
		return []Place{{}}
	}
	return s.places
}

// consider begins the job's slot where one is due that nobody has begun, and this server is not busy with an earlier one.
func (s *Scheduler) consider(ctx context.Context, l line, p Place, now time.Time) {
	k := slotKey{l.name, string(p.Organization)}
	st, free := s.free(k, now)
	if !free {
		return
	}
	c, err := newCalendar(l.schedule, zone(p.Zone))
	if err == nil && !st.known {
		st.last, err = s.Runs.Last(ctx, k.job, k.scope, now)
	}
	if err != nil {
		s.Log.Warn("look for what is due", "job", l.name, "error", err)
		return
	}
	slot, due := c.Latest(now, st.last)
	st.known, st.next, st.running = true, c.Next(now), due
	s.keep(k, st)
	if due {
		s.runs.Go(func() { s.begin(ctx, l, k, slot) })
	}
}

// free is what is known of a job in a scope, and whether a slot of it could begin here.
func (s *Scheduler) free(k slotKey, now time.Time) (slotState, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.slots[k]
	return st, !st.running && !now.Before(st.next) && s.busy[k.job] < scopesAtOnce
}

func (s *Scheduler) keep(k slotKey, st slotState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.slots[k] = st
	if st.running {
		s.busy[k.job]++
	}
}

// rest notes that a slot is begun, here or elsewhere, and this server is free for the next.
func (s *Scheduler) rest(k slotKey, slot time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy[k.job]--
	st := s.slots[k]
	s.slots[k] = slotState{known: st.known && err == nil, last: slot}
}

// begin takes a slot and works, unless another server was faster.
func (s *Scheduler) begin(ctx context.Context, l line, k slotKey, slot time.Time) {
	run, err := s.Runs.Begin(ctx, k.job, k.scope, slot)
	defer func() { s.rest(k, slot, err) }()
	if err != nil {
		s.Log.Warn("begin job", "job", k.job, "error", err)
		return
	}
	if run != nil {
		s.work(ctx, l, run)
	}
}

// takeOver works on what servers that are gone have left, and on what an operator asked for.
func (s *Scheduler) takeOver(ctx context.Context, lines []line) {
	byName := make(map[string]line, len(lines))
	names := make([]string, len(lines))
	for i, l := range lines {
		byName[l.name], names[i] = l, l.name
	}
	left, err := s.Runs.Abandoned(ctx, names)
	if err != nil {
		s.Log.Warn("take over jobs", "error", err)
		return
	}
	for _, run := range left {
		s.runs.Go(func() { s.work(ctx, byName[run.Job], run) })
	}
}

// work does a run.
func (s *Scheduler) work(ctx context.Context, l line, run *jobrun.Run) {
	started := s.Clock.Now()
	err := s.Runs.Do(context.WithValue(ctx, runKey{}, run), run, l.bounded)
	result := "succeeded"
	switch {
	case errors.Is(err, jobrun.ErrLost):
		result = "lost"
		s.Log.Warn("another server has taken the job over", "job", l.name, "slot", run.Slot)
	case err != nil && ctx.Err() != nil:
		result = "released"
	case err != nil:
		result = "failed"
		s.Log.Error("run job", "job", l.name, "slot", run.Slot, "error", err)
	}
	if s.Ended != nil {
		s.Ended(l.name, result, s.Clock.Now().Sub(started))
	}
}

// bounded is the job with its time limit. Whoever exceeds it has failed: the end of the outer context is the server's.
func (l line) bounded(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(l.limit, runLimit))
	defer cancel()
	return l.run(ctx)
}

type runKey struct{}

// RunOf is the run that a job's context belongs to.
func RunOf(ctx context.Context) *jobrun.Run {
	run, _ := ctx.Value(runKey{}).(*jobrun.Run)
	return run
}

// zone is the location of a name; UTC for a name that this machine does not know.
func zone(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return loc
}
