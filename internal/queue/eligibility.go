package queue

import (
	"context"
	"fmt"
	"slices"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/profileverdict"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/ent/requirementprofile"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue/match"
)

// The operations that say whether and where an item can start.
var (
	OpEligibility = authz.Op{Resource: "queue_item", Verb: "eligibility", Needs: authz.Any(authz.OperationsRead, authz.QueueManage), Rows: true, Wide: true, Summary: "Every printer with its verdict and all reasons"}
	OpRecompute   = authz.Op{Resource: "queue_item", Verb: "recompute", Needs: authz.Any(authz.QueueManage), Write: true, Summary: "Match a queue item against every printer anew"}
)

// QueueItemEligibilityInput names an item.
type QueueItemEligibilityInput struct {
	QueueItemID pid.ID `path:"queue_item_id" json:"-"`
}

// Eligibility matches the item against every printer as both are now.
func (s *Matching) Eligibility(ctx context.Context, in QueueItemEligibilityInput) (*schematype.Eligibility, error) {
	return op.Read(ctx, s.Ops, OpEligibility, in, func(ctx context.Context, c *ent.Client) (*schematype.Eligibility, error) {
		if _, err := op.Load(ctx, c.QueueItem, in.QueueItemID); err != nil {
			return nil, err
		}
		return everyPrinter(ctx, c, in.QueueItemID)
	})
}

// Recompute forces what the refresher does within a second: the item's profile is found anew and matched against every
// printer.
func (s *Matching) Recompute(ctx context.Context, in QueueItemInput) (*ent.QueueItem, error) {
	return op.Do(ctx, s.Ops, OpRecompute, in, func(ctx context.Context, tx *ent.Tx) (*ent.QueueItem, error) {
		it, err := op.Load(ctx, tx.QueueItem, in.QueueItemID)
		if err != nil {
			return nil, err
		}
		if err := op.Match(in.IfMatch, it.Version); err != nil {
			return nil, err
		}
		changed, err := rematch(ctx, tx, it)
		if err != nil {
			return nil, err
		}
		if it, err = tx.QueueItem.Get(ctx, it.ID); err != nil {
			return nil, err
		}
		if it.Eligibility, err = everyPrinter(ctx, tx.Client(), it.ID); err != nil {
			return nil, err
		}

		if changed {
			event.Emit(ctx, tx, itemFact(event.QueueItemEligibilityChanged, it, "eligibility", it.Eligibility.State))
		}
		return it, nil
	})
}

// rematch finds the item's profile and refreshes it against all printers.
func rematch(ctx context.Context, tx *ent.Tx, it *ent.QueueItem) (changed bool, err error) {
	org, err := lockOrganization(ctx, tx)
	if err != nil {
		return false, err
	}
	id, err := profileOf(ctx, tx, org, it)
	if err != nil {
		return false, err
	}
	if it.ProfileID == nil || *it.ProfileID != id {
		if err := tx.QueueItem.UpdateOneID(it.ID).SetProfileID(id).Exec(ctx); err != nil {
			return false, fmt.Errorf("change profile: %w", err)
		}
		changed = true
	}
	printers, err := loadPrinters(ctx, tx.Client())
	if err != nil {
		return false, err
	}
	p, err := tx.RequirementProfile.Get(ctx, id)
	if err != nil {
		return false, fmt.Errorf("read profile: %w", err)
	}
	flipped, err := refreshVerdicts(ctx, tx, []*ent.RequirementProfile{p}, printers, org.Settings.Matching)
	if err != nil {
		return false, err
	}
	if err := tx.RequirementProfile.UpdateOneID(id).SetComputedAt(op.Now(ctx)).Exec(ctx); err != nil {
		return false, fmt.Errorf("stamp profile: %w", err)
	}
	return changed || len(flipped) > 0, nil
}

// everyPrinter is the whole answer: each printer with verdict, score and all reasons, best first.
func everyPrinter(ctx context.Context, c *ent.Client, id pid.ID) (*schematype.Eligibility, error) {
	it, facts, err := itemWithFacts(ctx, c, id)
	if err != nil {
		return nil, err
	}
	printers, err := loadPrinters(ctx, c)
	if err != nil {
		return nil, err
	}
	if facts.Names, err = names(ctx, c, facts.Need, printers); err != nil {
		return nil, err
	}
	org, err := organization(ctx, c)
	if err != nil {
		return nil, err
	}
	e := &schematype.Eligibility{ComputedAt: op.Now(ctx), Printers: make([]schematype.PrinterVerdict, len(printers))}
	states := make([]match.PrinterState, len(printers))
	for i, p := range printers {
		v := evaluate(ctx, it, facts, p, org.Settings.Matching)
		reasons := v.Reasons
		if reasons == nil {
			reasons = []errs.Reason{}
		}
		e.Printers[i] = schematype.PrinterVerdict{PrinterID: p.ID, PrinterName: p.Name, Verdict: string(v.Verdict), Score: v.Score, Reasons: reasons}
		states[i] = match.PrinterState{PrinterID: p.ID, State: v.Verdict}
	}
	summarize(e, it, states)
	slices.SortStableFunc(e.Printers, func(a, b schematype.PrinterVerdict) int { return b.Score - a.Score })
	return e, nil
}

// summarize sums the printers' verdicts up. What has ended can start nowhere.
func summarize(e *schematype.Eligibility, it *ent.QueueItem, states []match.PrinterState) {
	state, ids := match.ItemEligibility(states)
	if ended(it.State) || it.State == queueitem.StateDraft {
		state, ids = match.Unknown, nil
	}
	if ids == nil {
		ids = []string{}
	}
	e.State, e.EligiblePrinterIDs, e.EligiblePrinterCount = string(state), ids, len(ids)
}

// withEligibility sets the summary of one item that an operation answers.
func withEligibility(ctx context.Context, tx *ent.Tx, it *ent.QueueItem) (*ent.QueueItem, error) {
	return it, SetEligibility(ctx, tx.Client(), []*ent.QueueItem{it})
}

// SetEligibility sets the summaries of a page of items. Only printers whose stored equipment verdict serves an item's
// profile are read and judged, all in a fixed number of statements.
func SetEligibility(ctx context.Context, c *ent.Client, items []*ent.QueueItem) error {
	if len(items) == 0 {
		return nil
	}
	p, err := loadPage(ctx, c, items)
	if err != nil {
		return err
	}
	for _, it := range items {
		it.Eligibility = p.summary(ctx, it)
	}
	return nil
}

// sheet is what the summaries of some items are made from.
type sheet struct {
	files    map[pid.ID]*ent.File
	needs    map[pid.ID]match.Need
	serving  map[pid.ID][]pid.ID // profile to printers whose equipment serves it
	printers map[pid.ID]match.Printer
	axes     map[string]string
}

func loadPage(ctx context.Context, c *ent.Client, items []*ent.QueueItem) (*sheet, error) {
	var profiles, files []pid.ID
	for _, it := range items {
		if it.ProfileID != nil {
			profiles = append(profiles, *it.ProfileID)
		}
		if it.FileID != nil && it.Edges.File == nil {
			files = append(files, *it.FileID)
		}
	}
	p := &sheet{files: map[pid.ID]*ent.File{}, needs: map[pid.ID]match.Need{}, serving: map[pid.ID][]pid.ID{}, printers: map[pid.ID]match.Printer{}}
	if err := p.loadFiles(ctx, c, distinct(files)); err != nil {
		return nil, err
	}
	if err := p.loadProfiles(ctx, c, distinct(profiles)); err != nil {
		return nil, err
	}
	var ids []pid.ID
	for _, of := range p.serving {
		ids = append(ids, of...)
	}
	for _, it := range items {
		ids = append(ids, candidates(it, nil)...)
	}
	if len(ids) > 0 {
		printers, err := loadPrinters(ctx, c, distinct(ids)...)
		if err != nil {
			return nil, err
		}
		for _, pr := range printers {
			p.printers[pid.ID(pr.ID)] = pr
		}
	}
	org, err := organization(ctx, c)
	if err != nil {
		return nil, err
	}
	p.axes = org.Settings.Matching
	return p, nil
}

// loadFiles reads only what the rule needs of files.
func (p *sheet) loadFiles(ctx context.Context, c *ent.Client, ids []pid.ID) error {
	if len(ids) == 0 {
		return nil
	}
	rows, err := c.File.Query().Where(fileIDs(ids)).Select("id", "status").All(ctx)
	if err != nil {
		return fmt.Errorf("read files: %w", err)
	}
	for _, f := range rows {
		p.files[f.ID] = f
	}
	return nil
}

func (p *sheet) loadProfiles(ctx context.Context, c *ent.Client, ids []pid.ID) error {
	if len(ids) == 0 {
		return nil
	}
	rows, err := c.RequirementProfile.Query().Where(requirementprofile.IDIn(ids...)).All(ctx)
	if err != nil {
		return fmt.Errorf("read profiles: %w", err)
	}
	for _, r := range rows {
		if p.needs[r.ID], err = decodeNeed(r); err != nil {
			return err
		}
	}
	verdicts, err := c.ProfileVerdict.Query().Where(profileverdict.ProfileIDIn(ids...), profileverdict.Ok(true)).
		Select(profileverdict.FieldProfileID, profileverdict.FieldPrinterID).All(ctx)
	if err != nil {
		return fmt.Errorf("read verdicts: %w", err)
	}
	for _, v := range verdicts {
		p.serving[v.ProfileID] = append(p.serving[v.ProfileID], v.PrinterID)
	}
	return nil
}

// candidates are the printers that may print the item: those whose equipment serves it, and the one that a person chose
// although it does not.
func candidates(it *ent.QueueItem, serving []pid.ID) []pid.ID {
	if it.AssignedPrinterID == nil || len(it.Overrides) == 0 || slices.Contains(serving, *it.AssignedPrinterID) {
		return serving
	}
	return append(slices.Clone(serving), *it.AssignedPrinterID)
}

// summary is one item's eligibility from what was loaded.
func (p *sheet) summary(ctx context.Context, it *ent.QueueItem) *schematype.Eligibility {
	e := &schematype.Eligibility{ComputedAt: op.Now(ctx)}
	var states []match.PrinterState
	if it.ProfileID != nil {
		facts := itemFacts(it, p.needs[*it.ProfileID])
		if it.FileID != nil && it.Edges.File == nil {
			if f := p.files[*it.FileID]; f != nil {
				facts.FileStatus = string(f.Status)
			}
		}
		for _, id := range candidates(it, p.serving[*it.ProfileID]) {
			if pr, ok := p.printers[id]; ok {
				states = append(states, match.PrinterState{PrinterID: pr.ID, State: evaluate(ctx, it, facts, pr, p.axes).Verdict})
			}
		}
	}
	slices.SortFunc(states, func(a, b match.PrinterState) int { return compare(a.PrinterID, b.PrinterID) })
	summarize(e, it, states)
	return e
}
