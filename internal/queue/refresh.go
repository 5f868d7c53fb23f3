package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/soloprint/soloprint/ent"
	entevent "github.com/soloprint/soloprint/ent/event"
	"github.com/soloprint/soloprint/ent/printerslot"
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
	refreshEvents   = 500 // events read in one transaction
	refreshProfiles = 5000
	refreshItems    = 100 // items named in one event
)

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

// Sweep brings every organization up to date.
func (r *Refresher) Sweep(ctx context.Context) error {
	for {
		behind, err := op.Behind(ctx, r.Matching.Ops, 100)
		if err != nil || len(behind) == 0 {
			return err
		}
		for _, id := range behind {
			as := authz.With(ctx, authz.System(id, "eligibility"))
			if _, err := r.Matching.Refresh(as, RefreshInput{}); err != nil {
				return fmt.Errorf("organization %s: %w", id, err)
			}
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
		events, err := tx.Event.Query().Where(entevent.SequenceGT(org.EligibilitySeq)).Order(ent.Asc(entevent.FieldSequence)).Limit(refreshEvents).All(ctx)
		if err != nil || len(events) == 0 {
			return 0, err
		}
		touched, err := touchedBy(ctx, tx, events)
		if err != nil {
			return 0, err
		}

		if err := refreshItemsOf(ctx, tx, org, touched); err != nil {
			return 0, err
		}
		if err := refreshPrinters(ctx, tx, org, touched); err != nil {
			return 0, err
		}
		if err := tx.Organization.UpdateOneID(org.ID).SetEligibilitySeq(events[len(events)-1].Sequence).Exec(ctx); err != nil {
			return 0, fmt.Errorf("move cursor: %w", err)
		}
		return len(events), nil
	})
}

// touch is what events make out of date.
type touch struct {
	allPrinters bool
	printers    map[pid.ID]bool
	classes     map[pid.ID]bool // whose items need another profile
	everyItem   bool            // access of people changed, or a new volume: all waiting items need another look
	files       map[pid.ID]bool
}

func touchedBy(ctx context.Context, tx *ent.Tx, events []*ent.Event) (*touch, error) {
	t := &touch{printers: map[pid.ID]bool{}, classes: map[pid.ID]bool{}, files: map[pid.ID]bool{}}
	var spools []pid.ID
	for _, e := range events {
		subject := pid.ID(e.SubjectID)
		switch resource, _, _ := strings.Cut(e.Type, "."); resource {
		case "printer":
			if t.printers[subject] = true; e.Type == "printer.created" || e.Type == "printer.updated" {
				t.everyItem = t.everyItem || newVolume(e)
			}
		case "spool":
			spools = append(spools, subject)
		case "spool_assignment":
			t.printers[printerOf(e)] = true
		case "printer_slot", "printer_tag", "printer_group", "material", "organization":
			t.allPrinters = true
		case "class":
			t.classes[subject] = true
		case "user_group", "user", "enrollment":
			t.everyItem = true
		case "file":
			t.files[subject] = true
		}
	}
	if len(spools) == 0 {
		return t, nil
	}
	slots, err := tx.PrinterSlot.Query().Where(printerslot.SpoolIDIn(distinct(spools)...)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read slots: %w", err)
	}
	for _, s := range slots {
		t.printers[s.PrinterID] = true
	}
	return t, nil
}

// printerOf is the printer that an assignment's event names.
func printerOf(e *ent.Event) pid.ID {
	var d struct {
		Object struct {
			PrinterID pid.ID `json:"printer_id"`
		} `json:"object"`
	}
	if json.Unmarshal(e.Data, &d) != nil {
		return ""
	}
	return d.Object.PrinterID
}

// newVolume reports whether the printer brought a build volume that the organization had not seen.
func newVolume(e *ent.Event) bool {
	var d struct {
		Object struct {
			NewVolume bool `json:"new_volume"`
		} `json:"object"`
	}
	return json.Unmarshal(e.Data, &d) == nil && d.Object.NewVolume
}

// refreshItemsOf gives items whose file or access changed their profile and their place in the dispatch index anew.
func refreshItemsOf(ctx context.Context, tx *ent.Tx, org *ent.Organization, t *touch) error {
	if !t.everyItem && len(t.classes) == 0 && len(t.files) == 0 {
		return nil
	}
	q := tx.QueueItem.Query().Where(queueitem.StateNotIn(append(endedStates, queueitem.StateDraft)...))
	if !t.everyItem {
		q.Where(queueitem.Or(queueitem.ClassIDIn(keys(t.classes)...), queueitem.FileIDIn(keys(t.files)...)))
	}
	items, err := q.All(ctx)
	if err != nil {
		return fmt.Errorf("read queue items: %w", err)
	}
	for _, it := range items {
		if it.FileID != nil && t.files[*it.FileID] && it.CopiesRunning == 0 && it.CopiesDone == 0 {
			if it, err = refillFromFile(ctx, tx, it); err != nil {
				return err
			}
		}
		id, err := profileOf(ctx, tx, org, it)
		if err != nil {
			return err
		}
		if it.ProfileID == nil || *it.ProfileID != id {
			if err := tx.QueueItem.UpdateOneID(it.ID).SetProfileID(id).Exec(ctx); err != nil {
				return fmt.Errorf("change profile: %w", err)
			}
		}
		if _, err := settleItem(ctx, tx, it); err != nil {
			return err
		}
	}
	return nil
}

// refillFromFile fills an item that was made before its file was analysed.
func refillFromFile(ctx context.Context, tx *ent.Tx, it *ent.QueueItem) (*ent.QueueItem, error) {
	f, err := fileOf(ctx, tx, it)
	if err != nil || f == nil || f.Metadata == nil {
		return it, err
	}
	seconds := &it.EstimatedSeconds
	if it.EstimatedSeconds == 0 {
		seconds = nil
	}
	require(it, it.Requested, f, seconds, nil)
	out, err := tx.QueueItem.UpdateOneID(it.ID).SetRequirements(it.Requirements).SetRequested(it.Requested).SetEstimatedSeconds(it.EstimatedSeconds).
		SetEstimatedG(round(it.EstimatedG)).SetSizeClass(sizeClass(it.EstimatedG)).SetLatestStart(latestStart(it.DeadlineAt, it.EstimatedSeconds)).Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("fill queue item: %w", err)
	}
	return out, nil
}

// refreshPrinters matches the touched printers against every profile that items still use.
func refreshPrinters(ctx context.Context, tx *ent.Tx, org *ent.Organization, t *touch) error {
	if !t.allPrinters && len(t.printers) == 0 {
		return nil
	}
	var ids []pid.ID
	if !t.allPrinters {
		ids = keys(t.printers)
	}
	printers, err := loadPrinters(ctx, tx.Client(), ids...)
	if err != nil || len(printers) == 0 {
		return err
	}
	profiles, err := tx.RequirementProfile.Query().Order(ent.Asc(requirementprofile.FieldID)).Limit(refreshProfiles).All(ctx)
	if err != nil {
		return fmt.Errorf("read profiles: %w", err)
	}
	for _, p := range profiles {
		changed, err := refreshProfile(ctx, tx, p, printers, org.Settings.Matching)
		if err != nil {
			return err
		}
		if !changed {
			continue
		}
		if err := tellProfile(ctx, tx, p); err != nil {
			return err
		}
	}
	return nil
}

// tellProfile says that a profile's printers changed, with the first items it concerns.
func tellProfile(ctx context.Context, tx *ent.Tx, p *ent.RequirementProfile) error {
	q := tx.QueueItem.Query().Where(queueitem.ProfileID(p.ID), queueitem.StateNotIn(append(endedStates, queueitem.StateDraft)...))
	n, err := q.Clone().Count(ctx)
	if err != nil || n == 0 {
		return err
	}
	ids, err := q.Order(queueitem.ByPosition()).Limit(refreshItems).IDs(ctx)
	if err != nil {
		return fmt.Errorf("read queue items: %w", err)
	}
	event.Emit(ctx, tx, event.Fact{Type: event.QueueEligibilityChanged, Resource: "queue", ID: p.ID,
		Object: map[string]any{"profile_id": p.ID, "count": n, "queue_item_ids": ids}})
	return nil
}

func keys(m map[pid.ID]bool) []pid.ID {
	out := make([]pid.ID, 0, len(m))
	for id := range m {
		if id != "" {
			out = append(out, id)
		}
	}
	return distinct(out)
}
