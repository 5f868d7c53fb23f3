package status

import (
	"context"
	"fmt"
	"time"
)

// State is how a part is.
type State string

// The states, best first.
const (
	OK       State = "ok"
	Degraded State = "degraded" // it works, but not for everybody or not in time
	Down     State = "down"
)

// Part is something that the platform consists of.
type Part struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	State State  `json:"state"`
	Says  string `json:"says"`
}

// lookLimit bounds how long one part may take to answer: one that takes longer is down.
const lookLimit = 3 * time.Second

// When a part is not well.
const (
	jobsLate       = 3 * time.Minute  // no slot of any job was begun for so long
	deliveriesLate = 10 * time.Minute // a delivery waits for so long after its time
	deliveriesMany = 10               // and these many do; one slow receiver is not the platform's
	lostWithin     = 15 * time.Minute // printers that went offline together were seen so recently
	lostAtLeast    = 5                // fewer are somebody's switch
)

// parts are asked in this order.
func (s *Service) parts() []struct {
	name, title string
	look        func(context.Context) (State, string, error)
} {
	return []struct {
		name, title string
		look        func(context.Context) (State, string, error)
	}{
		{"database", "Database", s.database},
		{"jobs", "Background work", s.jobs},
		{"deliveries", "Webhook deliveries", s.deliveries},
		{"storage", "File storage", s.storage},
		{"printers", "Connections to printers", s.printers},
	}
}

// Look asks every part how it is.
func (s *Service) Look(ctx context.Context) []Part {
	var out []Part
	for _, p := range s.parts() {
		out = append(out, s.ask(ctx, Part{Name: p.name, Title: p.title}, p.look))
	}
	return out
}

// ask asks one part. What cannot be asked is down; why, is in the log.
func (s *Service) ask(ctx context.Context, p Part, look func(context.Context) (State, string, error)) Part {
	bounded, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	var err error
	if p.State, p.Says, err = look(bounded); err != nil {
		p.State, p.Says = Down, "It does not answer."
		if ctx.Err() == nil {
			s.Log.WarnContext(ctx, "a part of the platform is not well", "part", p.Name, "error", err)
		}
	}
	return p
}

func (s *Service) database(ctx context.Context) (State, string, error) {
	return OK, "It answers.", s.Ping(ctx)
}

func (s *Service) storage(ctx context.Context) (State, string, error) {
	return OK, "It answers.", s.Storage(ctx)
}

// jobs are well while slots are begun: some are due every few seconds.
func (s *Service) jobs(ctx context.Context) (State, string, error) {
	late, err := s.count(ctx, "SELECT CASE WHEN EXISTS (SELECT 1 FROM job_runs WHERE scheduled_at > ?) THEN 0 ELSE 1 END", s.Clock.Now().Add(-jobsLate))
	switch {
	case err != nil:
		return Down, "", err
	case late > 0:
		return Down, "No background work has begun for some minutes.", nil
	}
	return OK, "It runs on time.", nil
}

// deliveries are well while none of them waits long after its time.
func (s *Service) deliveries(ctx context.Context) (State, string, error) {
	late, err := s.count(ctx, "SELECT COUNT(*) FROM (SELECT 1 FROM webhook_deliveries WHERE status = 'queued' AND next_attempt_at < ? LIMIT ?) late",
		s.Clock.Now().Add(-deliveriesLate), deliveriesMany)
	switch {
	case err != nil:
		return Down, "", err
	case late >= deliveriesMany:
		return Degraded, "Deliveries are late.", nil
	}
	return OK, "They are sent on time.", nil
}

// printers are well unless at least half of those that were just connected went offline together: a school that switches its
// printers off in the evening is not an incident of the platform.
func (s *Service) printers(ctx context.Context) (State, string, error) {
	since := s.Clock.Now().Add(-lostWithin)
	seen, err := s.count(ctx, "SELECT COUNT(*) FROM printers WHERE deleted_at IS NULL AND last_seen_at > ?", since)
	if err != nil {
		return Down, "", err
	}
	lost, err := s.count(ctx, "SELECT COUNT(*) FROM printers WHERE deleted_at IS NULL AND last_seen_at > ? AND state = 'offline'", since)
	switch {
	case err != nil:
		return Down, "", err
	case lost >= lostAtLeast && 2*lost >= seen:
		return Degraded, "Many printers went offline together.", nil
	}
	return OK, "They are as expected.", nil
}

// count runs a statement that answers one number.
func (s *Service) count(ctx context.Context, query string, args ...any) (n int, err error) {
	rows, err := s.Client.QueryRows(ctx, query, args)
	if err != nil {
		return 0, fmt.Errorf("look at the platform: %w", err)
	}
	defer func() { _ = rows.Close() }()
	if rows.Next() {
		err = rows.Scan(&n)
	}
	if err == nil {
		err = rows.Err()
	}
	return n, err
}
