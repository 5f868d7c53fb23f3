package jobs

import "context"

// observe looks at the platform's health and keeps its incidents.
func (s *Scheduler) observe(ctx context.Context) (string, error) { return s.Observe(ctx) }
