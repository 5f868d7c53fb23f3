package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/class"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/printergroup"
	"github.com/soloprint/soloprint/ent/printertag"
	"github.com/soloprint/soloprint/ent/profileverdict"
	"github.com/soloprint/soloprint/ent/requirementprofile"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue/match"
)

// verdictRows bounds one INSERT of verdicts.
const verdictRows = 1000

// needOf is what an item asks of equipment, with the printers that its class and submitter may use.
func needOf(ctx context.Context, tx *ent.Tx, it *ent.QueueItem) (match.Need, error) {
	n := needFrom(it)
	m, err := tx.Membership.Query().Where(membership.ID(it.SubmitterID)).WithUserGroups(func(q *ent.UserGroupQuery) { q.WithPrinterGroups() }).Only(ctx)
	if err != nil {
		return n, fmt.Errorf("read submitter: %w", err)
	}
	n.UserGroupIDs = userPrinterGroups(m)
	if it.ClassID != nil {
		ids, err := tx.PrinterGroup.Query().Where(printergroup.HasClassesWith(class.ID(*it.ClassID))).Order(printergroup.ByID()).IDs(ctx)
		if err != nil {
			return n, fmt.Errorf("read class: %w", err)
		}
		n.ClassGroupIDs = texts(ids)
	}
	return n, nil
}

// userPrinterGroups is the union of what the person's user groups open; a group without printer groups restricts nothing.
func userPrinterGroups(m *ent.Membership) []string {
	var ids []pid.ID
	for _, g := range m.Edges.UserGroups {
		for _, p := range g.Edges.PrinterGroups {
			ids = append(ids, p.ID)
		}
	}
	slices.Sort(ids)
	return texts(slices.Compact(ids))
}

func texts(ids []pid.ID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return out
}

// needFrom is what the item's requirements ask of equipment. Models that the request did not name are the file's: they are
// compared by its rule, which knows what is interchangeable.
func needFrom(it *ent.QueueItem) match.Need {
	r, model := it.Requirements, ""
	if len(it.Requested.PrinterModels) == 0 && len(r.PrinterModels) > 0 {
		model, r.PrinterModels = r.PrinterModels[0], nil
	}
	return match.NeedOf(r, model)
}

// ensureProfile finds or makes the profile of a need. A new one is matched against every printer at once, so that an item
// has its eligibility when it is created.
func ensureProfile(ctx context.Context, tx *ent.Tx, org *ent.Organization, n match.Need) (pid.ID, error) {
	key := match.Key(n, match.VolumeMask(n.Volume, org.Volumes))
	id, err := tx.RequirementProfile.Query().Where(requirementprofile.Key(key)).OnlyID(ctx)
	if err == nil || !ent.IsNotFound(err) {
		return id, err
	}
	stored := match.Canonical(n)
	text, err := json.Marshal(stored)
	if err != nil {
		return "", fmt.Errorf("encode need: %w", err)
	}
	p, err := tx.RequirementProfile.Create().SetKey(key).SetNeed(text).SetComputedAt(op.Now(ctx)).Save(ctx)
	if err != nil {
		return "", fmt.Errorf("create profile: %w", err)
	}
	printers, err := loadPrinters(ctx, tx.Client())
	if err != nil {
		return "", err
	}
	verdicts := make([]*ent.ProfileVerdictCreate, len(printers))
	for i, pr := range printers {
		v := judge(stored, pr, org.Settings.Matching)
		verdicts[i] = tx.ProfileVerdict.Create().SetProfileID(p.ID).SetPrinterID(pid.ID(pr.ID)).SetOk(v.ok).SetPenalty(v.penalty).SetSpoolID(v.spool)
	}
	for chunk := range slices.Chunk(verdicts, verdictRows) {
		if err := tx.ProfileVerdict.CreateBulk(chunk...).Exec(ctx); err != nil {
			return "", fmt.Errorf("store verdicts: %w", err)
		}
	}
	return p.ID, nil
}

// verdict is what is stored for a profile and a printer: equipment only, so that neither a printer's state nor a gram
// printed changes it.
type verdict struct {
	ok      bool
	penalty int
	spool   string // of a print with one tool: the matching spool with the most filament, for the grams in the probe
}

// judge is a profile's verdict on a printer.
func judge(n match.Need, p match.Printer, axes map[string]string) verdict {
	e := match.Equipment(n, p, axes)
	v := verdict{ok: e.OK, penalty: min(e.Penalty, 1000)}
	if !e.OK || len(e.Slots) != 1 {
		return v
	}
	most := 0.0
	for _, i := range e.Slots[0] {
		s := slotSpool(p, i)
		if s != nil && (v.spool == "" || s.AvailableG() > most) {
			v.spool, most = s.ID, s.AvailableG()
		}
	}
	return v
}

func slotSpool(p match.Printer, index int) *match.Spool {
	for i := range p.Slots {
		if p.Slots[i].Index == index {
			return p.Slots[i].Spool
		}
	}
	return nil
}

// decodeNeed reads a stored need.
func decodeNeed(p *ent.RequirementProfile) (match.Need, error) {
	var n match.Need
	if err := json.Unmarshal(p.Need, &n); err != nil {
		return n, fmt.Errorf("decode need of %s: %w", p.ID, err)
	}
	return n, nil
}

// refreshProfile matches one profile against the given printers anew and stores what changed. It answers whether any
// printer began or ceased to serve it.
func refreshProfile(ctx context.Context, tx *ent.Tx, p *ent.RequirementProfile, printers []match.Printer, axes map[string]string) (bool, error) {
	n, err := decodeNeed(p)
	if err != nil {
		return false, err
	}
	ids := make([]pid.ID, len(printers))
	for i := range printers {
		ids[i] = pid.ID(printers[i].ID)
	}
	rows, err := tx.ProfileVerdict.Query().Where(profileverdict.ProfileID(p.ID), profileverdict.PrinterIDIn(ids...)).All(ctx)
	if err != nil {
		return false, fmt.Errorf("read verdicts: %w", err)
	}
	old := make(map[pid.ID]*ent.ProfileVerdict, len(rows))
	for _, r := range rows {
		old[r.PrinterID] = r
	}
	changed := false
	for i := range printers {
		v := judge(n, printers[i], axes)
		flipped, err := storeVerdict(ctx, tx, p.ID, ids[i], old[ids[i]], v)
		if err != nil {
			return false, err
		}
		changed = changed || flipped
	}
	return changed, nil
}

// storeVerdict writes a verdict where it differs from the stored one, and answers whether the printer's word flipped.
func storeVerdict(ctx context.Context, tx *ent.Tx, profile, printer pid.ID, old *ent.ProfileVerdict, v verdict) (flipped bool, err error) {
	switch {
	case old == nil:
		err = tx.ProfileVerdict.Create().SetProfileID(profile).SetPrinterID(printer).SetOk(v.ok).SetPenalty(v.penalty).SetSpoolID(v.spool).Exec(ctx)
		flipped = v.ok
	case old.Ok != v.ok || old.Penalty != v.penalty || old.SpoolID != v.spool:
		err = tx.ProfileVerdict.UpdateOneID(old.ID).SetOk(v.ok).SetPenalty(v.penalty).SetSpoolID(v.spool).Exec(ctx)
		flipped = old.Ok != v.ok
	}
	if err != nil {
		return false, fmt.Errorf("store verdict: %w", err)
	}
	return flipped, nil
}

// names are the words for the identifiers in a need, for the sentences of reasons.
func names(ctx context.Context, c *ent.Client, n match.Need, printers []match.Printer) (map[string]string, error) {
	out := make(map[string]string, len(n.TagIDs)+len(n.GroupIDs)+len(printers))
	for i := range printers {
		out[printers[i].ID] = printers[i].Name
	}
	tags, err := c.PrinterTag.Query().Where(printertag.IDIn(pids(n.TagIDs)...)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read tags: %w", err)
	}
	for _, t := range tags {
		out[string(t.ID)] = t.Name
	}
	ids := slices.Concat(n.GroupIDs, n.UserGroupIDs, n.ClassGroupIDs)
	groups, err := c.PrinterGroup.Query().Where(printergroup.IDIn(pids(ids)...)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read printer groups: %w", err)
	}
	for _, g := range groups {
		out[string(g.ID)] = g.Name
	}
	return out, nil
}

func pids(ids []string) []pid.ID {
	out := make([]pid.ID, len(ids))
	for i, id := range ids {
		out[i] = pid.ID(id)
	}
	return out
}

// organization reads the actor's organization and locks it where asked: its counters and its list of volumes.
func organization(ctx context.Context, c *ent.Client) (*ent.Organization, error) {
	o, err := c.Organization.Get(ctx, authz.From(ctx).Organization)
	if err != nil {
		return nil, fmt.Errorf("read organization: %w", err)
	}
	return o, nil
}
