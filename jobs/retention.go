package jobs

import (
	"context"
	"fmt"

	"github.com/soloprint/soloprint/internal/authz"
)

// retention removes rows that nobody needs any more: of organizations, and the runs of jobs.
func (s *Scheduler) retention(ctx context.Context) (string, error) {
	rows, err := s.each(ctx, "retention", "rows", func(ctx context.Context) (int, error) {
		return s.Sweep(ctx, authz.From(ctx).Organization)
	})
	if err != nil {
		return "", err
	}
	runs, err := s.Runs.Sweep(ctx, s.frequent())
	return fmt.Sprintf("%s and %d runs of jobs removed", rows, runs), err
}

// frequent are the jobs that run more often than hourly.
func (s *Scheduler) frequent() []string {
	var names []string
	for _, l := range s.timetable() {
		if c, err := newCalendar(l.schedule, zone("")); err == nil && c.frequent() {
			names = append(names, l.name)
		}
	}
	return names
}
