package queue

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/record"
)

// OpUpdate is queue item, update.
var OpUpdate = authz.Op{Resource: "queue_item", Verb: "update", Needs: authz.Any(authz.QueueManage), Rows: true, Write: true, Summary: "Update a queue item"}

// UpdateQueueItemInput changes what it names; null clears what can be empty.
type UpdateQueueItemInput struct {
	QueueItemID      pid.ID                                      `path:"queue_item_id" json:"-"`
	IfMatch          string                                      `header:"If-Match" json:"-"`
	Name             graphql.Omittable[*string]                  `json:"name,omitzero" minLength:"1" maxLength:"200" nullable:"false" doc:"What is printed."`
	State            graphql.Omittable[*string]                  `json:"state,omitzero" enum:"queued" nullable:"false" doc:"queued puts a draft into the queue."`
	FileID           graphql.Omittable[*pid.ID]                  `json:"file_id,omitzero" doc:"The file to print."`
	CopiesRequested  graphql.Omittable[*int]                     `json:"copies_requested,omitzero" minimum:"1" maximum:"1000" nullable:"false" doc:"How many good copies are wanted."`
	Priority         graphql.Omittable[*string]                  `json:"priority,omitzero" enum:"low,normal,high,urgent" nullable:"false" doc:"What goes first."`
	Requirements     graphql.Omittable[*schematype.Requirements] `json:"requirements,omitzero" doc:"What it asks of a printer; replaces all that was asked, and the file fills it again."`
	EstimatedSeconds graphql.Omittable[*int]                     `json:"estimated_seconds,omitzero" minimum:"0" maximum:"100000000" doc:"Seconds one copy takes; null = as the file says."`
	EstimatedG       graphql.Omittable[*float64]                 `json:"estimated_g,omitzero" minimum:"0" maximum:"100000" doc:"Grams one copy needs; null = as the file says."`
	Metadata         graphql.Omittable[map[string]string]        `json:"metadata,omitzero" maxProperties:"50" keyMaxLength:"100" valueMaxLength:"1000" doc:"Free words of the integration; replaces all."`
	ClassID          graphql.Omittable[*pid.ID]                  `json:"class_id,omitzero" doc:"The class it is for."`
	NotBefore        graphql.Omittable[*time.Time]               `json:"not_before,omitzero" doc:"Do not start earlier."`
	DeadlineAt       graphql.Omittable[*time.Time]               `json:"deadline_at,omitzero" doc:"When it should be done."`
	ExternalRef      graphql.Omittable[*string]                  `json:"external_ref,omitzero" maxLength:"200" doc:"The integration's own reference."`
}

// touchesPrint reports whether the change is about what is printed, so that approval, profile and assignment are decided anew.
func (in UpdateQueueItemInput) touchesPrint() bool {
	return in.FileID.IsSet() || in.CopiesRequested.IsSet() || in.Requirements.IsSet() || in.EstimatedSeconds.IsSet() ||
		in.EstimatedG.IsSet() || in.ClassID.IsSet()
}

// Update changes an item. What is printed can be changed until a copy has started.
func (s *Items) Update(ctx context.Context, in UpdateQueueItemInput) (*ent.QueueItem, error) {
	return op.Do(ctx, s.Ops, OpUpdate, in, func(ctx context.Context, tx *ent.Tx) (*ent.QueueItem, error) {
		it, err := op.Load(ctx, tx.QueueItem, in.QueueItemID)
		if err != nil {
			return nil, err
		}
		if err := op.Match(in.IfMatch, it.Version); err != nil {
			return nil, err
		}
		before := *it
		if err := mayUpdate(ctx, it, in); err != nil {
			return nil, err
		}
		f, err := patch(ctx, tx, it, in)
		if err != nil {
			return nil, err
		}
		if err := decideAgain(ctx, tx, it, &before, in); err != nil {
			return nil, err
		}
		if sameItem(it, &before) {
			return withEligibility(ctx, tx, it)
		}

		if it, err = save(ctx, tx, it, &before, f, in.touchesPrint()); err != nil {
			return nil, err
		}

		event.Emit(ctx, tx, itemFact(event.QueueItemUpdated, it))
		emitEnd(ctx, tx, it)
		return withEligibility(ctx, tx, it)
	})
}

// mayUpdate says whether the item's state allows the change, and the actor its priority.
func mayUpdate(ctx context.Context, it *ent.QueueItem, in UpdateQueueItemInput) error {
	started := it.CopiesRunning > 0 || it.CopiesDone > 0
	onlyCopies := !in.FileID.IsSet() && !in.Requirements.IsSet() && !in.ClassID.IsSet() && !in.EstimatedSeconds.IsSet() && !in.EstimatedG.IsSet()
	manager := authz.From(ctx).Has(authz.QueueManage)
	switch {
	case ended(it.State):
		return conflict(it, "changed")
	case in.touchesPrint() && started && !(onlyCopies && manager):
		return errs.New(errs.QueueItemStateConflict, "A copy has been started: what is printed cannot be changed any more.")
	case in.State.IsSet() && it.State != queueitem.StateDraft:
		return conflict(it, "queued")
	case in.Priority.IsSet() && !manager: // not even to lower it: what a person decided stays
		return errs.New(errs.InsufficientPermissions, "Changing the priority needs the capability queue.manage.")
	}
	return nil
}

// patch puts the change into the row, which is not written yet.
func patch(ctx context.Context, tx *ent.Tx, it *ent.QueueItem, in UpdateQueueItemInput) (*ent.File, error) {
	if v := in.Name.Value(); in.Name.IsSet() && v != nil {
		it.Name = *v
	}
	if v := in.CopiesRequested.Value(); in.CopiesRequested.IsSet() && v != nil {
		if *v < it.CopiesDone+it.CopiesRunning {
			return nil, errs.Invalid(errs.Field{Path: "copies_requested", Code: "out_of_range", Message: fmt.Sprintf("%d copies are done or on printers already", it.CopiesDone+it.CopiesRunning)})
		}
		it.CopiesRequested = *v
	}
	if v := in.Priority.Value(); in.Priority.IsSet() && v != nil {
		it.Priority = queueitem.Priority(*v)
	}
	if in.State.IsSet() {
		it.State = queueitem.StateQueued
	}
	if in.Metadata.IsSet() {
		it.Metadata = map[string]string{}
		maps.Copy(it.Metadata, in.Metadata.Value())
	}
	if in.ExternalRef.IsSet() {
		it.ExternalRef = deref(in.ExternalRef.Value())
	}
	if in.DeadlineAt.IsSet() {
		it.DeadlineAt = in.DeadlineAt.Value()
	}
	if in.NotBefore.IsSet() {
		it.NotBefore = in.NotBefore.Value()
		schedule(it, op.Now(ctx))
	}
	if in.DeadlineAt.IsSet() || in.NotBefore.IsSet() {
		if err := inTime(it, in.DeadlineAt.IsSet(), op.Now(ctx)); err != nil {
			return nil, err
		}
	}
	return patchPrint(ctx, tx, it, in)
}

// patchPrint puts what is printed into the row.
func patchPrint(ctx context.Context, tx *ent.Tx, it *ent.QueueItem, in UpdateQueueItemInput) (*ent.File, error) {
	if in.ClassID.IsSet() {
		it.ClassID = in.ClassID.Value()
		if err := ownClass(ctx, tx, it.ClassID, it.SubmitterID); err != nil {
			return nil, err
		}
	}
	if !in.FileID.IsSet() {
		f, err := fileOf(ctx, tx, it)
		if err != nil || !in.touchesPrint() {
			return f, err
		}
		refill(it, f, in)
		return f, requirementsOwn(ctx, tx, it, f, in)
	}
	it.FileID = in.FileID.Value()
	f, err := printableFile(ctx, tx, it.FileID)
	if err != nil {
		return nil, err
	}
	refill(it, f, in)
	return f, requirementsOwn(ctx, tx, it, f, in)
}

// requirementsOwn checks what the request asks for anew.
func requirementsOwn(ctx context.Context, tx *ent.Tx, it *ent.QueueItem, f *ent.File, in UpdateQueueItemInput) error {
	if err := colored(it, f); err != nil {
		return err
	}
	if v := in.Requirements.Value(); v != nil {
		return ownTargets(ctx, tx, *v)
	}
	return nil
}

// refill lets the file fill the requirements again.
func refill(it *ent.QueueItem, f *ent.File, in UpdateQueueItemInput) {
	r := it.Requested
	if in.Requirements.IsSet() {
		r = schematype.Requirements{}
		if v := in.Requirements.Value(); v != nil {
			r = *v
		}
	}
	seconds, grams := &it.EstimatedSeconds, (*float64)(nil)
	if in.EstimatedSeconds.IsSet() || in.FileID.IsSet() {
		seconds = in.EstimatedSeconds.Value()
	}
	if in.EstimatedG.IsSet() {
		grams, r.FilamentG, r.Tools = in.EstimatedG.Value(), 0, slices.Clone(r.Tools)
		for i := range r.Tools {
			r.Tools[i].FilamentG = 0
		}
	}
	require(it, r, f, seconds, grams)
}

// decideAgain looks at limits and approval anew: after changes were requested the submitter's change is what was waited
// for, and who needs approval cannot change what was approved. What a person said of a draft holds when it is queued.
func decideAgain(ctx context.Context, tx *ent.Tx, it, before *ent.QueueItem, in UpdateQueueItemInput) error {
	a := authz.From(ctx)
	queued := before.State == queueitem.StateDraft && it.State == queueitem.StateQueued
	changed := in.touchesPrint() && !a.Has(authz.QueueManage)
	answered := it.ApprovalState == queueitem.ApprovalStateChangesRequested && a.Membership == it.SubmitterID
	if !queued && !changed && !answered {
		return nil
	}
	submitter, err := ownerOf(ctx, tx, it)
	if err != nil {
		return err
	}
	if queued || changed {
		if err := withinLimits(ctx, tx, it, submitter); err != nil {
			return err
		}
	}
	if queued && !changed && !answered && it.DecidedByID != nil {
		return nil
	}
	it.ApprovalState, err = approvalFor(ctx, tx, it, submitter)
	it.DecidedByID, it.DecidedAt = nil, nil // it was the policy
	return err
}

// save writes the row. An item whose print changed leaves the printer's line: it has to be matched again.
func save(ctx context.Context, tx *ent.Tx, it, before *ent.QueueItem, f *ent.File, reprofile bool) (*ent.QueueItem, error) {
	if reprofile {
		if err := unreserve(ctx, tx, before); err != nil {
			return nil, err
		}
		if it.AssignedPrinterID != nil {
			event.Emit(ctx, tx, itemFact(event.QueueItemUnassigned, before, "printer_id", before.AssignedPrinterID))
		}
		it.AssignedPrinterID = nil
		if it.State == queueitem.StateAssigned {
			it.State = queueitem.StateQueued
		}
	}
	u := tx.QueueItem.UpdateOneID(it.ID).SetName(it.Name).SetState(it.State).SetHold(it.Hold).SetApprovalState(it.ApprovalState).
		SetCopiesRequested(it.CopiesRequested).SetPriority(it.Priority).SetPriorityRank(priorities[it.Priority]).SetMetadata(it.Metadata).
		SetExternalRef(it.ExternalRef).SetLatestStart(latestStart(it.DeadlineAt, it.EstimatedSeconds)).SetSearch(searchText(it, it.Number)).
		SetDispatchable(dispatchable(it, f))
	setOrClear(it.NotBefore, u.SetNotBefore, u.ClearNotBefore)
	setOrClear(it.DeadlineAt, u.SetDeadlineAt, u.ClearDeadlineAt)
	if it.DecidedByID == nil { // it only ever goes away here; who decided may have left since
		u.ClearDecidedByID()
	}
	setOrClear(it.DecidedAt, u.SetDecidedAt, u.ClearDecidedAt)
	if reprofile {
		org, err := lockOrganization(ctx, tx)
		if err != nil {
			return nil, err
		}
		profile, err := profileOf(ctx, tx, org, it)
		if err != nil {
			return nil, err
		}
		setOrClear(it.FileID, u.SetFileID, u.ClearFileID)
		setOrClear(it.ClassID, u.SetClassID, u.ClearClassID)
		u.SetProfileID(profile).SetRequirements(it.Requirements).SetRequested(it.Requested).SetEstimatedSeconds(it.EstimatedSeconds).
			SetEstimatedG(it.EstimatedG).SetSizeClass(sizeClass(it.EstimatedG))
		unline(u)
	}
	out, err := u.Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("update queue item: %w", err)
	}
	return settleItem(ctx, tx, out) // fewer copies may complete it
}

// sameItem reports whether a change changed nothing.
func sameItem(a, b *ent.QueueItem) bool {
	return sameNeeds(a, b) && reflect.DeepEqual(record.QueueItem(a), record.QueueItem(b))
}

// sameNeeds reports whether two states of an item ask the same of printers and take as long.
func sameNeeds(a, b *ent.QueueItem) bool {
	return a.EstimatedSeconds == b.EstimatedSeconds && a.EstimatedG == b.EstimatedG &&
		reflect.DeepEqual(a.Requirements, b.Requirements) && reflect.DeepEqual(a.Requested, b.Requested)
}

// setOrClear sets a column, or clears it where there is nothing.
func setOrClear[T, U any](v *T, set func(T) U, clear func() U) {
	if v == nil {
		clear()
		return
	}
	set(*v)
}

func deref[T any](v *T) (zero T) {
	if v == nil {
		return zero
	}
	return *v
}
