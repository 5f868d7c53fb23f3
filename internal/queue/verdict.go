package queue

import (
	"context"
	"fmt"
	"slices"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/profileverdict"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue/match"
)

// Bounds of what is read and written of stored verdicts at once.
const (
	verdictRows  = 1000  // of one INSERT
	verdictPairs = 20000 // profiles times printers that are compared at once
)

// verdict is what is stored for a profile and a printer: equipment only, so that neither a printer's state nor a gram
// printed changes it.
type verdict struct {
	ok      bool
	penalty int
	spool   string // of a print with one tool: the matching spool with the most filament, for the grams in the probe
}

// judge is a profile's verdict on a printer. It names no spool where several tools print, or where the organization does
// not refuse for filament: then the rule alone weighs grams.
func judge(n match.Need, p match.Printer, axes map[string]string) verdict {
	e := match.Equipment(n, p, axes)
	v := verdict{ok: e.OK, penalty: min(e.Penalty, 1000)}
	tool := onlyTool(n)
	if !e.OK || tool < 0 || !filamentRefuses(axes) {
		return v
	}
	most := 0.0
	for _, i := range e.Slots[tool] {
		s := slotSpool(p, i)
		if s != nil && (v.spool == "" || s.AvailableG() > most) {
			v.spool, most = s.ID, s.AvailableG()
		}
	}
	return v
}

// onlyTool is the one tool that prints, -1 where several do.
func onlyTool(n match.Need) int {
	only := 0
	for i, used := 0, 0; i < len(n.Tools); i++ {
		if n.Tools[i].Unused {
			continue
		}
		if only, used = i, used+1; used > 1 {
			return -1
		}
	}
	return only
}

// filamentRefuses reports whether too little filament keeps the organization's prints from starting.
func filamentRefuses(axes map[string]string) bool {
	mode := axes[string(match.AxisFilament)]
	return mode != match.ModeSoft && mode != match.ModeOff
}

func slotSpool(p match.Printer, index int) *match.Spool {
	for i := range p.Slots {
		if p.Slots[i].Index == index {
			return p.Slots[i].Spool
		}
	}
	return nil
}

// row is the verdict before it is stored for the first time.
func (v verdict) row(tx *ent.Tx, profile, printer pid.ID) *ent.ProfileVerdictCreate {
	return tx.ProfileVerdict.Create().SetProfileID(profile).SetPrinterID(printer).SetOk(v.ok).SetPenalty(v.penalty).SetSpoolID(v.spool)
}

// same reports whether the stored verdict says the same.
func (v verdict) same(old *ent.ProfileVerdict) bool {
	return old.Ok == v.ok && old.Penalty == v.penalty && old.SpoolID == v.spool
}

func insertVerdicts(ctx context.Context, tx *ent.Tx, rows []*ent.ProfileVerdictCreate) error {
	for chunk := range slices.Chunk(rows, verdictRows) {
		if err := tx.ProfileVerdict.CreateBulk(chunk...).Exec(ctx); err != nil {
			return fmt.Errorf("store verdicts: %w", err)
		}
	}
	return nil
}

// pair is a profile and a printer.
type pair struct{ profile, printer pid.ID }

// refreshVerdicts matches profiles against printers anew and stores what differs. It answers the profiles that a printer
// began or ceased to serve.
func refreshVerdicts(ctx context.Context, tx *ent.Tx, profiles []*ent.RequirementProfile, printers []match.Printer, axes map[string]string) (flipped []pid.ID, err error) {
	for chunk := range slices.Chunk(profiles, max(1, verdictPairs/max(1, len(printers)))) {
		old, err := storedVerdicts(ctx, tx, chunk, printers)
		if err != nil {
			return nil, err
		}
		var added []*ent.ProfileVerdictCreate
		for _, p := range chunk {
			n, err := decodeNeed(p)
			if err != nil {
				return nil, err
			}
			began := false
			for i := range printers {
				printer := pid.ID(printers[i].ID)
				v, was := judge(n, printers[i], axes), old[pair{p.ID, printer}]
				switch {
				case was == nil:
					added, began = append(added, v.row(tx, p.ID, printer)), began || v.ok
				case !v.same(was):
					if err := tx.ProfileVerdict.UpdateOneID(was.ID).SetOk(v.ok).SetPenalty(v.penalty).SetSpoolID(v.spool).Exec(ctx); err != nil {
						return nil, fmt.Errorf("store verdict: %w", err)
					}
					began = began || v.ok != was.Ok
				}
			}
			if began {
				flipped = append(flipped, p.ID)
			}
		}
		if err := insertVerdicts(ctx, tx, added); err != nil {
			return nil, err
		}
	}
	return flipped, nil
}

// storedVerdicts are those of the profiles on the printers.
func storedVerdicts(ctx context.Context, tx *ent.Tx, profiles []*ent.RequirementProfile, printers []match.Printer) (map[pair]*ent.ProfileVerdict, error) {
	profileIDs, printerIDs := make([]pid.ID, len(profiles)), make([]pid.ID, len(printers))
	for i, p := range profiles {
		profileIDs[i] = p.ID
	}
	for i := range printers {
		printerIDs[i] = pid.ID(printers[i].ID)
	}
	rows, err := tx.ProfileVerdict.Query().Where(profileverdict.ProfileIDIn(profileIDs...), profileverdict.PrinterIDIn(printerIDs...)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read verdicts: %w", err)
	}
	stored := make(map[pair]*ent.ProfileVerdict, len(rows))
	for _, r := range rows {
		stored[pair{r.ProfileID, r.PrinterID}] = r
	}
	return stored, nil
}

// forgetVerdicts removes those of printers that are gone, and answers the profiles that one of them served.
func forgetVerdicts(ctx context.Context, tx *ent.Tx, printers []pid.ID) (flipped []pid.ID, err error) {
	if len(printers) == 0 {
		return nil, nil
	}
	rows, err := tx.ProfileVerdict.Query().Where(profileverdict.PrinterIDIn(printers...), profileverdict.Ok(true)).
		Select(profileverdict.FieldProfileID).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read verdicts: %w", err)
	}
	for _, r := range rows {
		flipped = append(flipped, r.ProfileID)
	}
	if _, err := tx.ProfileVerdict.Delete().Where(profileverdict.PrinterIDIn(printers...)).Exec(ctx); err != nil {
		return nil, fmt.Errorf("forget verdicts: %w", err)
	}
	return flipped, nil
}
