package material

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/ledgerentry"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/ent/spool"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/record"
)

// CreateSpoolInput is a new spool.
type CreateSpoolInput struct {
	MaterialID        pid.ID                `json:"material_id" required:"true" doc:"What is on it."`
	Code              *string               `json:"code,omitempty" minLength:"1" maxLength:"40" pattern:"^[A-Za-z0-9][A-Za-z0-9._/#-]*$" patternText:"letters, digits and . _ / # -" doc:"Short code on the label; absent = the next of S-0001, S-0002 and so on." example:"S-0042"`
	InitialG          *float64              `json:"initial_g,omitempty" minimum:"0" maximum:"100000" doc:"Grams of filament on it; absent = the material's net weight."`
	Status            *spool.Status         `json:"status,omitempty" enum:"new,in_use,stored" doc:"Where in its life it is; absent = new."`
	Location          *string               `json:"location,omitempty" maxLength:"200" doc:"Where it is stored."`
	LotNumber         *string               `json:"lot_number,omitempty" maxLength:"200" doc:"Lot of the maker."`
	LowStockThreshold *schematype.Threshold `json:"low_stock_threshold,omitempty" doc:"When it counts as low; absent = the material's or the organization's."`
	OpenedAt          *time.Time            `json:"opened_at,omitempty" doc:"When it was opened."`
	ExpiresAt         *time.Time            `json:"expires_at,omitempty" doc:"When it should be used up."`
}

// CreateSpool registers a spool; its ledger begins with what is on it.
func (s *Service) CreateSpool(ctx context.Context, in CreateSpoolInput) (*ent.Spool, error) {
	return op.Do(ctx, s.Ops, OpSpoolCreate, in, func(ctx context.Context, tx *ent.Tx) (*ent.Spool, error) {
		m, err := op.Load(ctx, tx.Material, in.MaterialID)
		if err != nil {
			return nil, err
		}
		code, err := codeFor(ctx, tx, in.Code)
		if err != nil {
			return nil, err
		}
		grams := m.NetWeightG
		if in.InitialG != nil {
			grams = *in.InitialG
		}

		created, err := in.insert(ctx, tx, code)
		if err != nil {
			return nil, err
		}
		created, _, err = post(ctx, tx, created, change{kind: ledgerentry.KindInitial, deltaG: grams})
		if err != nil {
			return nil, err
		}

		event.Emit(ctx, tx, event.Created{Resource: "spool", ID: created.ID, Object: record.Spool(created)})
		return shown(ctx, tx, created.ID)
	})
}

func (in CreateSpoolInput) insert(ctx context.Context, tx *ent.Tx, code string) (*ent.Spool, error) {
	q := tx.Spool.Create().SetCode(code).SetMaterialID(in.MaterialID).SetNillableStatus(in.Status).
		SetNillableLocation(in.Location).SetNillableLotNumber(in.LotNumber).
		SetNillableOpenedAt(in.OpenedAt).SetNillableExpiresAt(in.ExpiresAt).
		SetSearch(searchOf(code, deref(in.Location), deref(in.LotNumber)))
	if in.OpenedAt == nil && deref(in.Status) == spool.StatusInUse {
		q.SetOpenedAt(op.Now(ctx))
	}
	if in.LowStockThreshold != nil {
		q.SetLowStockThreshold(in.LowStockThreshold)
	}
	created, err := q.Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("insert spool: %w", err)
	}
	return created, nil
}

// codeFor is the code of a new spool: the wish where it is free, else the next in line. The lock on the organization makes
// two new spools take turns; it comes after the material's, as the event counter's does in every other operation.
func codeFor(ctx context.Context, tx *ent.Tx, wish *string) (string, error) {
	if _, err := tx.Organization.LoadRow(ctx, authz.From(ctx).Organization); err != nil {
		return "", fmt.Errorf("lock organization: %w", err)
	}
	if wish == nil {
		return nextCode(ctx, tx)
	}
	taken, err := tx.Spool.Query().Where(spool.Code(*wish)).Exist(ctx)
	if err != nil {
		return "", fmt.Errorf("look for the code: %w", err)
	}
	if taken {
		return "", errs.New(errs.AlreadyExists, "Another spool has the code %s.", *wish)
	}
	return *wish, nil
}

// codePrefix begins the codes that are given out, and codeDigits bounds which ones count as such.
const (
	codePrefix = "S-"
	codeDigits = 9
)

// nextCode is one more than the highest code of the form S-0001. An organization has thousands of spools, not millions.
func nextCode(ctx context.Context, tx *ent.Tx) (string, error) {
	codes, err := tx.Spool.Query().Where(spool.CodeHasPrefix(codePrefix)).Select(spool.FieldCode).Strings(ctx)
	if err != nil {
		return "", fmt.Errorf("read codes: %w", err)
	}
	highest := uint64(0)
	for _, code := range codes {
		digits := strings.TrimPrefix(code, codePrefix)
		if n, err := strconv.ParseUint(digits, 10, 64); err == nil && len(digits) <= codeDigits {
			highest = max(highest, n)
		}
	}
	return fmt.Sprintf("%s%04d", codePrefix, highest+1), nil
}

// DeleteSpoolInput names the spool.
type DeleteSpoolInput struct {
	SpoolID pid.ID `path:"spool_id" json:"-" doc:"Identifier of the spool." example:"spl_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	IfMatch string `header:"If-Match" json:"-" doc:"ETag of the version that is meant; 412 where it is another one." maxLength:"1000"`
}

// DeleteSpool archives a spool that is neither loaded nor reserved. Its ledger stays; its code is free for another spool.
func (s *Service) DeleteSpool(ctx context.Context, in DeleteSpoolInput) (*ent.Spool, error) {
	return op.Do(ctx, s.Ops, OpSpoolDelete, in, func(ctx context.Context, tx *ent.Tx) (*ent.Spool, error) {
		old, err := op.Load(ctx, tx.Spool, in.SpoolID)
		if err != nil {
			return nil, err
		}
		if err := op.Match(in.IfMatch, old.Version); err != nil {
			return nil, err
		}
		if err := unused(ctx, tx, old); err != nil {
			return nil, err
		}

		gone, err := tx.Spool.UpdateOne(old).SetStatus(spool.StatusArchived).SetDeletedAt(op.Now(ctx)).SetCode(buried(old)).Save(ctx)
		if err != nil {
			return nil, fmt.Errorf("archive spool: %w", err)
		}

		object := record.Spool(gone)
		object["code"] = old.Code
		event.Emit(ctx, tx, event.Fact{Type: event.SpoolArchived, Resource: "spool", ID: gone.ID, Object: object})
		return gone, nil
	})
}

// buried is the code of a deleted spool: no code that a client can give has a tilde.
func buried(s *ent.Spool) string { return s.Code + "~" + string(s.ID) }

// unused refuses spools that are loaded or have filament reserved.
func unused(ctx context.Context, tx *ent.Tx, s *ent.Spool) error {
	if s.ReservedG > 0 {
		return errs.New(errs.SpoolInUse, "%s g of the spool are reserved. Unassign the items first.", grams(s.ReservedG))
	}
	loaded, err := isLoaded(ctx, tx, s.ID)
	if err != nil {
		return err
	}
	if loaded {
		return errs.New(errs.SpoolInUse, "The spool is loaded. Unload it first.")
	}
	return nil
}

// shown reads a spool once more, with all that an answer shows of it.
func shown(ctx context.Context, tx *ent.Tx, id pid.ID) (*ent.Spool, error) {
	s, err := listing.LoadSpool(tx.Spool.Query().Where(spool.ID(id))).WithSlot().Only(ctx)
	if err != nil {
		return nil, fmt.Errorf("read spool: %w", err)
	}
	return s, nil
}

// searchOf is what q= finds a spool by.
func searchOf(code, location, lot string) string { return listing.Fold(code, location, lot) }

// grams writes a weight for people.
func grams(g float64) string { return strconv.FormatFloat(Round(g), 'f', -1, 64) }

// deref is the value, or the zero value for none.
func deref[T any](v *T) (zero T) {
	if v != nil {
		return *v
	}
	return zero
}
