package status

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/sqlgraph"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/ent/statusincident"
	"github.com/soloprint/soloprint/internal/pid"
)

// Bounds of incidents.
const (
	shownDays     = 90
	shownRows     = 100
	flapping      = 10 * time.Minute // a part that is well for less than this has the same incident
	maxTitle      = 200              // characters
	maxNote       = 2000
	maxNotes      = 100
	operatorsPart = "platform" // where an operator names none
)

// Incident is a time in which a part was not well.
type Incident struct {
	ID       pid.ID     `json:"id"`
	Part     string     `json:"part"`
	Title    string     `json:"title"`
	OpenedAt time.Time  `json:"opened_at"`
	ClosedAt *time.Time `json:"closed_at"`
	Notes    []Note     `json:"notes"`
}

// Note is what was written about an incident.
type Note struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// Incidents are those of the last 90 days, the newest first.
func (s *Service) Incidents(ctx context.Context) ([]Incident, error) {
	since := s.Clock.Now().AddDate(0, 0, -shownDays)
	rows, err := s.Client.StatusIncident.Query().Where(statusincident.Or(statusincident.ClosedAtIsNil(), statusincident.ClosedAtGT(since))).
		Order(statusincident.ByOpenedAt(sql.OrderDesc()), statusincident.ByID(sql.OrderDesc())).Limit(shownRows).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read incidents: %w", err)
	}
	out := make([]Incident, len(rows))
	for i, r := range rows {
		out[i] = shown(r)
	}
	return out, nil
}

func shown(r *ent.StatusIncident) Incident {
	i := Incident{ID: r.ID, Part: r.Part, Title: r.Title, OpenedAt: r.OpenedAt.UTC(), ClosedAt: r.ClosedAt, Notes: make([]Note, len(r.Notes))}
	for k, n := range r.Notes {
		i.Notes[k] = Note(n)
	}
	return i
}

// Observe looks at every part and keeps its incident: one that is open while the part is not well. It says what it found.
func (s *Service) Observe(ctx context.Context) (string, error) {
	var unwell []string
	for _, p := range s.Look(ctx) {
		if p.State != OK {
			unwell = append(unwell, p.Name)
		}
		if err := s.keep(ctx, p); err != nil {
			return "", err
		}
	}
	if len(unwell) == 0 {
		return "all parts are well", nil
	}
	return "not well: " + strings.Join(unwell, ", "), nil
}

// keep opens, reopens or closes the observed incident of a part.
func (s *Service) keep(ctx context.Context, p Part) error {
	last, err := s.Client.StatusIncident.Query().Where(statusincident.Part(p.Name), statusincident.Observed(true)).
		Order(statusincident.ByOpenedAt(sql.OrderDesc())).First(ctx)
	if err != nil && !ent.IsNotFound(err) {
		return fmt.Errorf("read incident: %w", err)
	}
	open, now := last != nil && last.ClosedAt == nil, s.Clock.Now()
	switch {
	case p.State == OK && open:
		return s.end(ctx, last, "It is well again.")
	case p.State != OK && !open && last != nil && now.Sub(*last.ClosedAt) < flapping:
		return s.note(ctx, last, s.Client.StatusIncident.UpdateOne(last).ClearClosedAt(), "Again: "+p.Says)
	case p.State != OK && !open:
		err := s.open(ctx, p.Name, p.Title+": "+p.Says, true, "")
		if sqlgraph.IsUniqueConstraintError(err) {
			return nil // another server observed it, too
		}
		return err
	}
	return nil
}

func (s *Service) open(ctx context.Context, part, title string, observed bool, note string) error {
	_, err := s.create(ctx, part, title, observed, note)
	return err
}

func (s *Service) create(ctx context.Context, part, title string, observed bool, note string) (*ent.StatusIncident, error) {
	now := s.Clock.Now()
	notes := []schematype.IncidentNote{}
	if note != "" {
		notes = append(notes, schematype.IncidentNote{At: now, Text: note})
	}
	return s.Client.StatusIncident.Create().SetPart(part).SetTitle(title).SetObserved(observed).SetOpenedAt(now).SetNotes(notes).
		SetCreatedAt(now).SetUpdatedAt(now).Save(ctx)
}

// end closes an incident.
func (s *Service) end(ctx context.Context, i *ent.StatusIncident, note string) error {
	return s.note(ctx, i, s.Client.StatusIncident.UpdateOne(i).SetClosedAt(s.Clock.Now()), note)
}

// note saves an update with one note more; the oldest give way.
func (s *Service) note(ctx context.Context, i *ent.StatusIncident, u *ent.StatusIncidentUpdateOne, text string) error {
	now := s.Clock.Now()
	if text != "" {
		notes := append(slices.Clone(i.Notes), schematype.IncidentNote{At: now, Text: text})
		u.SetNotes(notes[max(0, len(notes)-maxNotes):])
	}
	if err := u.SetUpdatedAt(now).Exec(ctx); err != nil {
		return fmt.Errorf("update incident: %w", err)
	}
	return nil
}

// Errors of what an operator asks for.
var (
	ErrTitle   = errors.New("the title has 1 to 200 characters in one line")
	ErrNote    = errors.New("a note has 1 to 2000 characters")
	ErrPart    = errors.New("the part is database, jobs, deliveries, storage, printers or platform")
	ErrUnknown = errors.New("there is no such incident")
)

// Post opens an incident in an operator's words. An empty part is the platform as a whole; the note may be empty.
func (s *Service) Post(ctx context.Context, part, title, note string) (Incident, error) {
	if part == "" {
		part = operatorsPart
	}
	known := part == operatorsPart
	for _, p := range s.parts() {
		known = known || p.name == part
	}
	switch {
	case !known:
		return Incident{}, ErrPart
	case strings.TrimSpace(title) == "" || len([]rune(title)) > maxTitle || strings.ContainsAny(title, "\r\n"):
		return Incident{}, ErrTitle
	case len([]rune(note)) > maxNote:
		return Incident{}, ErrNote
	}
	row, err := s.create(ctx, part, title, false, note)
	if err != nil {
		return Incident{}, fmt.Errorf("open incident: %w", err)
	}
	return shown(row), nil
}

// Note writes about an incident that is there, observed or posted.
func (s *Service) Note(ctx context.Context, id, text string) error {
	if strings.TrimSpace(text) == "" || len([]rune(text)) > maxNote {
		return ErrNote
	}
	i, err := s.find(ctx, id)
	if err != nil {
		return err
	}
	return s.note(ctx, i, s.Client.StatusIncident.UpdateOne(i), text)
}

// Resolve closes an incident, with a note that may be empty. Closing one that is closed changes nothing.
func (s *Service) Resolve(ctx context.Context, id, note string) error {
	i, err := s.find(ctx, id)
	if err != nil || i.ClosedAt != nil {
		return err
	}
	return s.end(ctx, i, note)
}

func (s *Service) find(ctx context.Context, id string) (*ent.StatusIncident, error) {
	i, err := s.Client.StatusIncident.Get(ctx, pid.ID(id))
	if ent.IsNotFound(err) {
		return nil, ErrUnknown
	}
	return i, err
}
