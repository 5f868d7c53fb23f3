package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/soloprint/soloprint/ent"
	entevent "github.com/soloprint/soloprint/ent/event"
	entorganization "github.com/soloprint/soloprint/ent/organization"
	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/ent/requirementprofile"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// OpRefresh brings the verdicts of an organization's profiles up to its newest event.
var OpRefresh = authz.Op{Resource: "queue", Verb: "refresh", System: true, Write: true}

// Bounds of one refresh.
const (
	refreshEvents   = 500  // events read in one transaction
	refreshProfiles = 1000 // profiles read at once
	refreshItems    = 100  // items named in one event
)

// errOvertaken says that another server has read the same events meanwhile: nothing is written, and nothing is lost.
var errOvertaken = errors.New("another server was faster")

// Refresher follows the events of every organization and keeps stored verdicts fresh, within a second.
type Refresher struct {
	Matching *Matching
	Log      *slog.Logger
	Wake     <-chan struct{} // something was committed; may be nil
}

// Run follows until the context ends.
func (r *Refresher) Run(ctx context.Context) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-r.Wake:
		}
		if err := r.Sweep(ctx); err != nil && ctx.Err() == nil {
			r.Log.Error("refresh eligibility", "error", err)
		}
	}
}

// Sweep brings every organization up to date. One that fails does not keep the others waiting; it is tried again at the
// next sweep.
func (r *Refresher) Sweep(ctx context.Context) error {
	for {
		behind, err := op.Behind(ctx, r.Matching.Ops, 100)
		if err != nil || len(behind) == 0 {
			return err
		}
		var failed []error
		for _, id := range behind {
			as := authz.With(ctx, authz.System(id, "eligibility"))
			if _, err := r.Matching.Refresh(as, RefreshInput{}); err != nil && !errors.Is(err, errOvertaken) {
				failed = append(failed, fmt.Errorf("organization %s: %w", id, err))
			}
		}
		if len(failed) > 0 {
			return errors.Join(failed...)
		}
	}
}

// RefreshInput has no fields: it is about the organization of the actor.
type RefreshInput struct{}

// Refresh reads the events since the last time and matches what they touch anew. It answers the number of events read.
func (s *Matching) Refresh(ctx context.Context, in RefreshInput) (int, error) {
	return op.Do(ctx, s.Ops, OpRefresh, in, func(ctx context.Context, tx *ent.Tx) (int, error) {
		org, err := organization(ctx, tx.Client())
		if err != nil {
			return 0, err
		}
		upTo := min(org.EligibilitySeq+refreshEvents, org.EventSeq)
		if upTo <= org.EligibilitySeq {
			return 0, nil
		}
		// Both ends are named, because a planner with old statistics sorts all that follow for the sake of the first 500.
		events, err := tx.Event.Query().Where(entevent.OrganizationID(org.ID), entevent.SequenceGT(org.EligibilitySeq), entevent.SequenceLTE(upTo)).
			Order(entevent.BySequence()).All(ctx)
		if err != nil {
			return 0, fmt.Errorf("read events: %w", err)
		}
		t, err := touchedBy(ctx, tx, events)
		if err != nil {
			return 0, err
		}

		if err := recount(ctx, tx, org); err != nil {
			return 0, err
		}
		moved, err := refreshItemsOf(ctx, tx, org, t)
		if err != nil {
			return 0, err
		}
		flipped, err := refreshPrinters(ctx, tx, org, t)
		if err != nil {
			return 0, err
		}
		n, err := tx.Organization.Update().Where(entorganization.ID(org.ID), entorganization.EligibilitySeq(org.EligibilitySeq)).
			SetEligibilitySeq(upTo).Save(ctx)
		if err != nil {
			return 0, fmt.Errorf("move cursor: %w", err)
		}
		if n != 1 {
			return 0, errOvertaken
		}

		return len(events), tellProfiles(ctx, tx, distinct(append(moved, flipped...)))
	})
}

// refreshPrinters matches the touched printers against every profile, and answers the profiles that one of them began or
// ceased to serve.
func refreshPrinters(ctx context.Context, tx *ent.Tx, org *ent.Organization, t *touch) (flipped []pid.ID, err error) {
	ids := keys(t.printers)
	if !t.allPrinters && len(ids) == 0 {
		return nil, nil
	}
	known, err := tx.Printer.Query().Where(printer.IDIn(ids...)).IDs(ctx)
	if err != nil {
		return nil, fmt.Errorf("read printers: %w", err)
	}
	gone := slices.DeleteFunc(slices.Clone(ids), func(id pid.ID) bool { return slices.Contains(known, id) })
	if flipped, err = forgetVerdicts(ctx, tx, gone); err != nil {
		return nil, err
	}
	if t.allPrinters {
		known = nil // none named means all
	} else if len(known) == 0 {
		return flipped, nil
	}
	printers, err := loadPrinters(ctx, tx.Client(), known...)
	if err != nil {
		return nil, err
	}

	for after := pid.ID(""); ; {
		profiles, err := tx.RequirementProfile.Query().Where(requirementprofile.IDGT(after)).Order(requirementprofile.ByID()).Limit(refreshProfiles).All(ctx)
		if err != nil {
			return nil, fmt.Errorf("read profiles: %w", err)
		}
		if len(profiles) == 0 {
			return flipped, nil
		}
		more, err := refreshVerdicts(ctx, tx, profiles, printers, org.Settings.Matching)
		if err != nil {
			return nil, err
		}
		flipped, after = append(flipped, more...), profiles[len(profiles)-1].ID
	}
}

// tellProfiles says of each profile that its items are in another place now, with the first of them.
func tellProfiles(ctx context.Context, tx *ent.Tx, profiles []pid.ID) error {
	for _, id := range profiles {
		q := tx.QueueItem.Query().Where(queueitem.ProfileID(id), queueitem.StateNotIn(append(endedStates, queueitem.StateDraft)...))
		n, err := q.Clone().Count(ctx)
		if err != nil {
			return fmt.Errorf("count queue items: %w", err)
		}
		if n == 0 {
			continue
		}
		ids, err := q.Order(queueitem.ByPosition(), queueitem.ByID()).Limit(refreshItems).IDs(ctx)
		if err != nil {
			return fmt.Errorf("read queue items: %w", err)
		}
		event.Emit(ctx, tx, event.Fact{Type: event.QueueEligibilityChanged, Resource: "queue", ID: id,
			Object: map[string]any{"profile_id": id, "count": n, "queue_item_ids": ids}})
	}
	return nil
}

func keys(m map[pid.ID]bool) []pid.ID {
	out := make([]pid.ID, 0, len(m))
	for id, in := range m {
		if in && id != "" {
			out = append(out, id)
		}
	}
	return distinct(out)
}
