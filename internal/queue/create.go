package queue

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/enrollment"
	"github.com/soloprint/soloprint/ent/file"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue/match"
)

// OpCreate is queue item, create.
var OpCreate = authz.Op{Resource: "queue_item", Verb: "create", Needs: authz.Any(authz.QueueManage), Rows: true, Write: true, Summary: "Create a queue item"}

// CreateQueueItemInput is a new item. What the file says fills what the request leaves out.
type CreateQueueItemInput struct {
	Name             string                  `json:"name" required:"true" minLength:"1" maxLength:"200" doc:"What is printed." example:"Gear for robot 7"`
	Draft            bool                    `json:"draft,omitempty" doc:"Keep it out of the queue until it is PATCHed to queued."`
	FileID           *pid.ID                 `json:"file_id,omitempty" doc:"The file to print; without one only virtual printers print it."`
	PlateIndex       int                     `json:"plate_index,omitempty" minimum:"0" maximum:"1000" doc:"Plate of a project file."`
	CopiesRequested  *int                    `json:"copies_requested,omitempty" minimum:"1" maximum:"1000" doc:"How many good copies are wanted; 1 where absent."`
	Priority         string                  `json:"priority,omitempty" enum:"low,normal,high,urgent" doc:"What goes first; normal where absent."`
	Requirements     schematype.Requirements `json:"requirements,omitempty" doc:"What it asks of a printer."`
	EstimatedSeconds *int                    `json:"estimated_seconds,omitempty" minimum:"0" maximum:"100000000" doc:"Seconds one copy takes."`
	EstimatedG       *float64                `json:"estimated_g,omitempty" minimum:"0" maximum:"100000" doc:"Grams one copy needs."`
	Metadata         map[string]string       `json:"metadata,omitempty" maxProperties:"50" keyMaxLength:"100" valueMaxLength:"1000" doc:"Free words of the integration."`
	ClassID          *pid.ID                 `json:"class_id,omitempty" doc:"The class it is for."`
	OnBehalfOf       *pid.ID                 `json:"on_behalf_of,omitempty" doc:"Membership of the person it is for; needs queue.manage."`
	NotBefore        *time.Time              `json:"not_before,omitempty" doc:"Do not start earlier."`
	DeadlineAt       *time.Time              `json:"deadline_at,omitempty" doc:"When it should be done."`
	ExternalRef      string                  `json:"external_ref,omitempty" maxLength:"200" doc:"The integration's own reference."`
}

// Validate refuses two different words on the same grams.
func (in CreateQueueItemInput) Validate() []errs.Field {
	return oneWeight(in.EstimatedG, in.Requirements)
}

// oneWeight compares what a request says of the grams of a copy in two places.
func oneWeight(estimated *float64, r schematype.Requirements) []errs.Field {
	if estimated == nil || r.FilamentG == 0 || *estimated == r.FilamentG {
		return nil
	}
	return []errs.Field{{Path: "estimated_g", Code: "not_allowed", Message: "must be the same as requirements.filament_g, or one of the two left out"}}
}

// Create puts an item into the queue, with approval and eligibility already decided.
func (s *Items) Create(ctx context.Context, in CreateQueueItemInput) (*ent.QueueItem, error) {
	return op.Do(ctx, s.Ops, OpCreate, in, func(ctx context.Context, tx *ent.Tx) (*ent.QueueItem, error) {
		if err := mayPrefer(ctx, in.Priority); err != nil {
			return nil, err
		}
		submitter, err := submitterOf(ctx, tx, in.OnBehalfOf)
		if err != nil {
			return nil, err
		}
		it, f, err := draftOf(ctx, tx, in, submitter)
		if err != nil {
			return nil, err
		}
		if err := ownTargets(ctx, tx, in.Requirements); err != nil {
			return nil, err
		}
		if err := withinLimits(ctx, tx, it, submitter); err != nil {
			return nil, err
		}

		if it.ApprovalState, err = approvalFor(ctx, tx, it, submitter); err != nil {
			return nil, err
		}
		if it, err = insert(ctx, tx, it, f); err != nil {
			return nil, err
		}

		event.Emit(ctx, tx, itemFact(event.QueueItemCreated, it))
		return withEligibility(ctx, tx, it)
	})
}

// submitterOf is the person an item is for.
func submitterOf(ctx context.Context, tx *ent.Tx, onBehalfOf *pid.ID) (*ent.Membership, error) {
	a := authz.From(ctx)
	id := a.Membership
	if onBehalfOf != nil && *onBehalfOf != a.Membership {
		if !a.Has(authz.QueueManage) {
			return nil, errs.New(errs.InsufficientPermissions, "Submitting for somebody else needs the capability queue.manage.")
		}
		id = *onBehalfOf
	}
	m, err := person(ctx, tx, id)
	if ent.IsNotFound(err) || err == nil && m.Status != membership.StatusActive {
		return nil, errs.NotFound("user")
	}
	return m, err
}

// person reads a membership with what its user groups bound and open.
func person(ctx context.Context, tx *ent.Tx, id pid.ID) (*ent.Membership, error) {
	m, err := tx.Membership.Query().Where(membership.ID(id)).WithUserGroups(func(q *ent.UserGroupQuery) { q.WithPrinterGroups() }).Only(ctx)
	if err != nil {
		return nil, fmt.Errorf("read submitter: %w", err)
	}
	return m, nil
}

// ownerOf is the person whose item it is. It stays theirs, and stays in the queue, when they are removed from the organization.
func ownerOf(ctx context.Context, tx *ent.Tx, it *ent.QueueItem) (*ent.Membership, error) {
	return person(op.WithRemoved(ctx), tx, it.SubmitterID)
}

// mayPrefer keeps what goes first for whoever runs the queue.
func mayPrefer(ctx context.Context, priority string) error {
	if priorities[queueitem.Priority(priority)] > priorities[queueitem.PriorityNormal] && !authz.From(ctx).Has(authz.QueueManage) {
		return errs.New(errs.InsufficientPermissions, "A priority above normal needs the capability queue.manage.")
	}
	return nil
}

// draftOf is the item as it will be, before it is written.
func draftOf(ctx context.Context, tx *ent.Tx, in CreateQueueItemInput, submitter *ent.Membership) (*ent.QueueItem, *ent.File, error) {
	it := &ent.QueueItem{Name: in.Name, FileID: in.FileID, PlateIndex: in.PlateIndex, SubmitterID: submitter.ID, OnBehalfOf: in.OnBehalfOf,
		ClassID: in.ClassID, State: queueitem.StateQueued, Hold: queueitem.HoldNone, CopiesRequested: 1, Priority: queueitem.PriorityNormal, MaxAttempts: 3,
		NotBefore: in.NotBefore, DeadlineAt: in.DeadlineAt, Metadata: in.Metadata, ExternalRef: in.ExternalRef}
	if in.Draft {
		it.State = queueitem.StateDraft
	}
	if in.CopiesRequested != nil {
		it.CopiesRequested = *in.CopiesRequested
	}
	if in.Priority != "" {
		it.Priority = queueitem.Priority(in.Priority)
	}
	schedule(it, op.Now(ctx))
	if err := inTime(it, true, op.Now(ctx)); err != nil {
		return nil, nil, err
	}
	if err := ownClass(ctx, tx, in.ClassID, submitter.ID); err != nil {
		return nil, nil, err
	}
	f, err := printableFile(ctx, tx, in.FileID)
	if err != nil {
		return nil, nil, err
	}
	require(it, in.Requirements, f, in.EstimatedSeconds, in.EstimatedG)
	return it, f, colored(it, f)
}

// colored refuses a demand on how close the colour must be where neither the request nor its file names a colour. What a file
// says that has not arrived yet, nobody knows.
func colored(it *ent.QueueItem, f *ent.File) error {
	if m := it.Requested.ColorMatch; m == "" || m == match.ColorAny || f != nil && f.Status != file.StatusReady {
		return nil
	}
	for _, t := range append(it.Requirements.Tools, schematype.ToolNeed{ColorHex: it.Requirements.ColorHex}) {
		if t.ColorHex != "" {
			return nil
		}
	}
	return errs.Invalid(errs.Field{Path: "requirements.color_match", Code: "not_allowed", Message: "needs a colour: set color_hex, that of a tool, or a file that names one"})
}

// inTime refuses a deadline that nothing can keep: one that is over when it is set, or that ends before the item may start.
func inTime(it *ent.QueueItem, set bool, now time.Time) error {
	wrong := func(message string) error {
		return errs.Invalid(errs.Field{Path: "deadline_at", Code: "out_of_range", Message: message})
	}
	switch {
	case it.DeadlineAt == nil:
		return nil
	case set && !it.DeadlineAt.After(now):
		return wrong("must be in the future")
	case it.NotBefore != nil && !it.DeadlineAt.After(*it.NotBefore):
		return wrong("must be after not_before")
	}
	return nil
}

// require sets what the item asks for, from the request and its file.
func require(it *ent.QueueItem, r schematype.Requirements, f *ent.File, seconds *int, grams *float64) {
	var meta *schematype.FileMetadata
	format := ""
	if f != nil {
		meta, format = f.Metadata, string(f.Kind)
	}
	if grams != nil && r.FilamentG == 0 {
		r.FilamentG = *grams
	}
	it.Requested, it.Requirements = r, match.Fill(r, meta, format)
	if len(r.PrinterModels) == 0 && meta != nil && meta.PrinterModel != "" {
		it.Requirements.PrinterModels = []string{meta.PrinterModel}
	}
	spreadGrams(&it.Requirements, r)
	it.EstimatedG = 0
	for _, g := range match.Grams(it.Requirements) {
		it.EstimatedG += g
	}
	if it.EstimatedG == 0 {
		it.EstimatedG = it.Requirements.FilamentG
	}
	it.EstimatedG = round(it.EstimatedG)
	switch {
	case seconds != nil:
		it.EstimatedSeconds = *seconds
	case meta != nil:
		it.EstimatedSeconds = meta.EstimatedSeconds
	default:
		it.EstimatedSeconds = 0
	}
}

// spreadGrams lets grams that the request gives for the whole print win over those that the file gives its tools.
func spreadGrams(filled *schematype.Requirements, asked schematype.Requirements) {
	var own, sum float64
	for _, t := range asked.Tools {
		own += t.FilamentG
	}
	for _, t := range filled.Tools {
		sum += t.FilamentG
	}
	if len(asked.Tools) == 0 || own > 0 || asked.FilamentG == 0 || sum == 0 {
		return // match.Fill has spread it, or there is nothing to spread
	}
	for i := range filled.Tools {
		filled.Tools[i].FilamentG *= asked.FilamentG / sum
	}
}

// schedule holds an item back until its time; the hold goes by itself.
func schedule(it *ent.QueueItem, now time.Time) {
	switch {
	case it.NotBefore != nil && it.NotBefore.After(now) && it.Hold == queueitem.HoldNone:
		it.Hold = queueitem.HoldSchedule
	case (it.NotBefore == nil || !it.NotBefore.After(now)) && it.Hold == queueitem.HoldSchedule:
		it.Hold = queueitem.HoldNone
	}
}

// ownClass checks that the class is there, and that the person is in it unless the actor runs the queue; a teacher runs the
// queue of the classes they teach.
func ownClass(ctx context.Context, tx *ent.Tx, class *pid.ID, member pid.ID) error {
	if class == nil {
		return nil
	}
	if _, err := op.Load(ctx, tx.Class, *class); err != nil {
		return err
	}
	if a := authz.From(ctx); a.Has(authz.QueueManage) && (a.Role != authz.RoleTeacher || slices.Contains(a.Teaches, *class)) {
		return nil
	}
	in, err := tx.Enrollment.Query().Where(enrollment.ClassID(*class), enrollment.MembershipID(member)).Exist(ctx)
	if err != nil {
		return fmt.Errorf("read enrollment: %w", err)
	}
	if !in {
		return errs.NotFound("class")
	}
	return nil
}

// printableFile loads a file that can be printed, or will be once it has arrived.
func printableFile(ctx context.Context, tx *ent.Tx, id *pid.ID) (*ent.File, error) {
	if id == nil {
		return nil, nil
	}
	f, err := op.Load(ctx, tx.File, *id)
	if err != nil {
		return nil, err
	}
	if f.Status == file.StatusFailed || f.Status == file.StatusDeleted {
		return nil, errs.New(errs.FileNotReady, "The file's upload has failed.")
	}
	return f, nil
}

// ownTargets checks that printers, groups and tags that the request names are the organization's.
func ownTargets(ctx context.Context, tx *ent.Tx, r schematype.Requirements) error {
	for _, t := range []struct {
		ids      []string
		resource string
		count    func(context.Context, []pid.ID) (int, error)
	}{
		{r.PrinterIDs, "printer", tx.Printer.CountRows},
		{r.PrinterGroupIDs, "printer_group", tx.PrinterGroup.CountRows},
		{r.TagIDs, "printer_tag", tx.PrinterTag.CountRows},
	} {
		if len(t.ids) == 0 {
			continue
		}
		ids := distinct(pids(t.ids))
		n, err := t.count(ctx, ids)
		if err != nil {
			return fmt.Errorf("count %ss: %w", t.resource, err)
		}
		if n != len(ids) {
			return errs.NotFound(t.resource)
		}
	}
	return nil
}

// insert numbers the item, finds its profile and writes it.
func insert(ctx context.Context, tx *ent.Tx, it *ent.QueueItem, f *ent.File) (*ent.QueueItem, error) {
	org, err := tx.Organization.UpdateOneID(authz.From(ctx).Organization).AddItemSeq(1).Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("number queue item: %w", err)
	}
	profile, err := profileOf(ctx, tx, org, it)
	if err != nil {
		return nil, err
	}
	turn, err := turnFor(ctx, tx, org, it)
	if err != nil {
		return nil, err
	}
	if it.Metadata == nil {
		it.Metadata = map[string]string{}
	}
	out, err := tx.QueueItem.Create().SetNumber(org.ItemSeq).SetName(it.Name).SetNillableFileID(it.FileID).SetPlateIndex(it.PlateIndex).
		SetSubmitterID(it.SubmitterID).SetNillableOnBehalfOf(it.OnBehalfOf).SetNillableClassID(it.ClassID).SetState(it.State).SetHold(it.Hold).
		SetApprovalState(it.ApprovalState).SetCopiesRequested(it.CopiesRequested).SetPriority(it.Priority).SetPriorityRank(priorities[it.Priority]).
		SetTurn(turn).SetPosition(org.ItemSeq * positionStep).SetNillableNotBefore(it.NotBefore).SetNillableDeadlineAt(it.DeadlineAt).
		SetLatestStart(latestStart(it.DeadlineAt, it.EstimatedSeconds)).SetEstimatedSeconds(it.EstimatedSeconds).SetEstimatedG(it.EstimatedG).
		SetSizeClass(sizeClass(it.EstimatedG)).SetRequirements(it.Requirements).SetRequested(it.Requested).SetMetadata(it.Metadata).
		SetExternalRef(it.ExternalRef).SetProfileID(profile).SetDispatchable(dispatchable(it, f)).SetSearch(searchText(it, org.ItemSeq)).Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("create queue item: %w", err)
	}
	return out, nil
}

// profileOf is the requirement profile of an item.
func profileOf(ctx context.Context, tx *ent.Tx, org *ent.Organization, it *ent.QueueItem) (pid.ID, error) {
	n, err := needOf(ctx, tx, it)
	if err != nil {
		return "", err
	}
	return ensureProfile(ctx, tx, org, n)
}

// searchText is what q= looks in.
func searchText(it *ent.QueueItem, number int64) string {
	return listing.Fold(it.Name, fmt.Sprintf("#%d", number), it.ExternalRef)
}
