package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/class"
	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/ent/printergroup"
	"github.com/soloprint/soloprint/ent/printertag"
	"github.com/soloprint/soloprint/ent/requirementprofile"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue/match"
)

// needOf is what an item asks of equipment, with the printers that its class and submitter may use.
func needOf(ctx context.Context, tx *ent.Tx, it *ent.QueueItem) (match.Need, error) {
	n := needFrom(it)
	m, err := ownerOf(ctx, tx, it)
	if err != nil {
		return n, err
	}
	n.UserGroupIDs = userPrinterGroups(m)
	if it.ClassID != nil {
		n.ClassGroupIDs, err = classPrinterGroups(ctx, tx, *it.ClassID)
	}
	return n, err
}

// classPrinterGroups are those that the class may use; none means all.
func classPrinterGroups(ctx context.Context, tx *ent.Tx, id pid.ID) ([]string, error) {
	ids, err := tx.PrinterGroup.Query().Where(printergroup.HasClassesWith(class.ID(id))).Order(printergroup.ByID()).IDs(ctx)
	if err != nil {
		return nil, fmt.Errorf("read class: %w", err)
	}
	return texts(ids), nil
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
	mask := match.VolumeMask(n.Volume, org.Volumes)
	key := match.Key(n, mask)
	p, err := tx.RequirementProfile.Query().Where(requirementprofile.OrganizationID(org.ID), requirementprofile.Key(key)).Only(ctx)
	if err == nil && !outgrown(p, mask, org) {
		return p.ID, nil
	}
	if err != nil && !ent.IsNotFound(err) {
		return "", fmt.Errorf("read profile: %w", err)
	}
	text, err := json.Marshal(match.Canonical(n))
	if err != nil {
		return "", fmt.Errorf("encode need: %w", err)
	}
	if p == nil {
		p, err = tx.RequirementProfile.Create().SetKey(key).SetNeed(text).SetComputedAt(op.Now(ctx)).Save(ctx)
	} else {
		p, err = tx.RequirementProfile.UpdateOne(p).SetNeed(text).Save(ctx)
	}
	if err != nil {
		return "", fmt.Errorf("write profile: %w", err)
	}
	printers, err := loadPrinters(ctx, tx.Client())
	if err != nil {
		return "", err
	}
	_, err = refreshVerdicts(ctx, tx, []*ent.RequirementProfile{p}, printers, org.Settings.Matching)
	return p.ID, err
}

// outgrown reports whether the part that stands for the profile fits into other printers than the profile's items: the
// organization has got a build volume since, and the part has another profile now.
func outgrown(p *ent.RequirementProfile, mask string, org *ent.Organization) bool {
	n, err := decodeNeed(p)
	return err != nil || match.VolumeMask(n.Volume, org.Volumes) != mask
}

// decodeNeed reads a stored need.
func decodeNeed(p *ent.RequirementProfile) (match.Need, error) {
	var n match.Need
	if err := json.Unmarshal(p.Need, &n); err != nil {
		return n, fmt.Errorf("decode need of %s: %w", p.ID, err)
	}
	return n, nil
}

// names are the words for the identifiers in a need, for the sentences of reasons.
func names(ctx context.Context, c *ent.Client, n match.Need, printers []match.Printer) (map[string]string, error) {
	out := make(map[string]string, len(n.TagIDs)+len(n.GroupIDs)+len(printers))
	for i := range printers {
		out[printers[i].ID] = printers[i].Name
	}
	if err := nameTargets(ctx, c, n.PrinterIDs, out); err != nil {
		return nil, err
	}
	tags, err := c.PrinterTag.Query().Where(printertag.IDIn(pids(n.TagIDs)...)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read tags: %w", err)
	}
	for _, t := range tags {
		out[string(t.ID)] = t.Name
	}
	ids := slices.Concat(n.GroupIDs, n.UserGroupIDs, n.ClassGroupIDs)
	for i := range printers {
		ids = append(ids, printers[i].GroupIDs...)
	}
	groups, err := c.PrinterGroup.Query().Where(printergroup.IDIn(distinct(pids(ids))...)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read printer groups: %w", err)
	}
	for _, g := range groups {
		out[string(g.ID)] = g.Name
	}
	return out, nil
}

// nameTargets adds the names of printers that a need asks for and nobody has read yet.
func nameTargets(ctx context.Context, c *ent.Client, targets []string, names map[string]string) error {
	unread := slices.DeleteFunc(slices.Clone(targets), func(id string) bool { return names[id] != "" })
	if len(unread) == 0 {
		return nil
	}
	rows, err := c.Printer.Query().Where(printer.IDIn(pids(unread)...)).Select(printer.FieldID, printer.FieldName).All(ctx)
	if err != nil {
		return fmt.Errorf("read printers: %w", err)
	}
	for _, p := range rows {
		names[string(p.ID)] = p.Name
	}
	return nil
}

func pids(ids []string) []pid.ID {
	out := make([]pid.ID, len(ids))
	for i, id := range ids {
		out[i] = pid.ID(id)
	}
	return out
}

// organization reads the actor's organization: its settings and its list of volumes.
func organization(ctx context.Context, c *ent.Client) (*ent.Organization, error) {
	o, err := c.Organization.Get(ctx, authz.From(ctx).Organization)
	if err != nil {
		return nil, fmt.Errorf("read organization: %w", err)
	}
	return o, nil
}

// lockOrganization is organization, and keeps others from numbering, moving and finding profiles until the end. Whoever
// holds it sees every event that was numbered before, and the events that come after will see what it wrote. It is locked
// after the rows that the Input names.
func lockOrganization(ctx context.Context, tx *ent.Tx) (*ent.Organization, error) {
	o, err := tx.Organization.LoadRow(ctx, authz.From(ctx).Organization)
	if err != nil {
		return nil, fmt.Errorf("lock organization: %w", err)
	}
	return o, nil
}
