package status

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/clock"
)

// kept is how long a report is shown before the parts are asked again.
const kept = 10 * time.Second

// Service knows how the platform is.
type Service struct {
	Client  *ent.Client // without guard: it counts across organizations and answers numbers only
	Clock   clock.Clock
	Log     *slog.Logger
	Ping    func(context.Context) error // the database
	Storage func(context.Context) error // the file store

	mu     sync.Mutex
	report Report
}

// Report is the page.
type Report struct {
	State     State      `json:"state"` // the worst of the parts
	AsOf      time.Time  `json:"as_of"`
	Parts     []Part     `json:"parts"`
	Incidents []Incident `json:"incidents"` // of the last 90 days, the newest first
}

// Report is how the platform is, at most 10 seconds ago. While the database is away the incidents are those that were known.
func (s *Service) Report(ctx context.Context) Report {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Clock.Now()
	if age := now.Sub(s.report.AsOf); age >= 0 && age < kept {
		return s.report
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*lookLimit) // the next visitor has it, too
	defer cancel()
	r := Report{State: OK, AsOf: now, Parts: s.Look(ctx), Incidents: s.report.Incidents}
	for _, p := range r.Parts {
		r.State = worse(r.State, p.State)
	}
	if all, err := s.Incidents(ctx); err == nil {
		r.Incidents = all
	}
	s.report = r
	return r
}

// worse is the worse of two states.
func worse(a, b State) State {
	if a == Down || b == OK {
		return a
	}
	return b
}
