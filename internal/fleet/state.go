package fleet

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// seenEvery is how often last_seen_at is written while nothing else changes: a fleet that is asked every second must not
// write every second.
const seenEvery = 10 * time.Second

// maxMessage bounds what is kept of a device's own words, in characters.
const maxMessage = 500

// ReportStateInput is what a device said. It comes from our own worker, never from a client.
type ReportStateInput struct {
	PrinterID pid.ID        `json:"-"`
	State     printer.State `json:"-"`
	Message   string        `json:"-"` // the device's own words; cleaned here
	SeenAt    time.Time     `json:"-"` // when it answered; zero where it did not
}

// News reports whether the report says more than the row, so that a worker need not begin an operation to find out.
func (in ReportStateInput) News(p *ent.Printer) bool {
	return in.State != p.State || clean(in.Message) != p.StateMessage || in.seen(p)
}

// seen reports whether last_seen_at is due.
func (in ReportStateInput) seen(p *ent.Printer) bool {
	return !in.SeenAt.IsZero() && (p.LastSeenAt == nil || in.SeenAt.Sub(*p.LastSeenAt) > seenEvery)
}

// ReportState keeps what a device said, where that is news. Neither the bed nor out of order are the device's to know:
// they stay as people set them.
func (s *Service) ReportState(ctx context.Context, in ReportStateInput) (*ent.Printer, error) {
	return op.Do(ctx, s.Ops, OpPrinterReportState, in, func(ctx context.Context, tx *ent.Tx) (*ent.Printer, error) {
		old, err := op.Load(ctx, tx.Printer, in.PrinterID)
		if err != nil {
			return nil, err
		}
		if !in.News(old) {
			return old, nil
		}

		u := tx.Printer.UpdateOne(old)
		if in.State != old.State {
			u.SetState(in.State)
		}
		if message := clean(in.Message); message != old.StateMessage {
			u.SetStateMessage(message)
		}
		if !in.SeenAt.IsZero() {
			u.SetLastSeenAt(in.SeenAt.UTC())
		}
		now, err := u.Save(ctx)
		if err != nil {
			return nil, fmt.Errorf("update state: %w", err)
		}

		emitState(ctx, tx, old, now)
		return now, nil
	})
}

// emitState tells of a new state: that it changed, and whether that makes the printer reachable, unreachable or broken.
func emitState(ctx context.Context, tx *ent.Tx, old, now *ent.Printer) {
	if old.State == now.State {
		return
	}
	types := []event.Type{event.PrinterStateChanged}
	switch {
	case now.State == printer.StateOffline:
		types = append(types, event.PrinterOffline)
	case old.State == printer.StateOffline:
		types = append(types, event.PrinterOnline)
	}
	if now.State == printer.StateError {
		types = append(types, event.PrinterErrorRaised)
	}
	for _, t := range types {
		event.Emit(ctx, tx, event.Fact{Type: t, Resource: "printer", ID: now.ID, Object: stateOf(now), Previous: map[string]any{"state": old.State}})
	}
}

// stateOf is what events about a printer's state show.
func stateOf(p *ent.Printer) map[string]any {
	return map[string]any{"id": p.ID, "name": p.Name, "state": p.State, "state_message": p.StateMessage, "bed_state": p.BedState}
}

// SetBed is a step that keeps what lies on a printer's bed: occupied at every kind of end of a print, clear when a person
// says so.
func SetBed(ctx context.Context, tx *ent.Tx, p *ent.Printer, bed printer.BedState) (*ent.Printer, error) {
	if p.BedState == bed {
		return p, nil
	}
	now, err := tx.Printer.UpdateOne(p).SetBedState(bed).Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("update bed: %w", err)
	}
	if bed == printer.BedStateClear {
		event.Emit(ctx, tx, event.Fact{Type: event.PrinterBedCleared, Resource: "printer", ID: now.ID, Object: stateOf(now), Previous: map[string]any{"bed_state": p.BedState}})
	}
	return now, nil
}

// clean makes a device's words safe to store and show: valid UTF-8, one line, at most maxMessage characters.
func clean(words string) string {
	words = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			return ' '
		case unicode.Is(unicode.Cf, r): // reorders or hides what stands around it
			return -1
		}
		return r
	}, strings.ToValidUTF8(words, ""))
	words = strings.Join(strings.Fields(words), " ")
	if runes := []rune(words); len(runes) > maxMessage {
		return strings.TrimSpace(string(runes[:maxMessage]))
	}
	return words
}
