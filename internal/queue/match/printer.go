package match

import (
	"github.com/soloprint/soloprint/ent/schematype"
)

// Printer is what the rule knows of a printer. Zero values are not known and refuse nothing.
type Printer struct {
	ID, Name            string
	Model, Manufacturer string

	State           string // offline, idle, busy, printing, paused, finished, attention, error or maintenance; empty counts as offline
	BedState        string // clear, occupied or unknown
	RequireBedClear bool   // false: the printer ejects its parts, the bed state does not count
	OutOfOrder      *schematype.OutOfOrder
	Active          bool // a print is dispatching, waits for confirmation, prints or is paused; not: waits for its verdict

	Volume           schematype.Size
	NozzleDiameterMM float64
	NozzleType       string
	MaxNozzleC       float64
	MaxBedC          float64
	Enclosed         bool
	Formats          []string // file kinds; empty = any

	TagIDs, GroupIDs []string
	Slots            []Slot // in any order; Index is unique
}

// Slot holds at most one spool.
type Slot struct {
	Index int
	Spool *Spool
}

// Spool is what is loaded in a slot.
type Spool struct {
	ID           string
	MaterialType string
	ColorHex     string // #RRGGBB, or #RRGGBBAA where the filament is translucent
	RemainingG   float64
	ReservedG    float64
	Status       string // new, in_use, stored, empty or archived
}

// AvailableG is what is neither used nor promised to another item, in grams; negative where too much was promised.
func (s *Spool) AvailableG() float64 { return s.RemainingG - s.ReservedG }

// usable is false for an empty slot and for a spool that somebody declared empty.
func (s *Slot) usable() bool {
	return s.Spool != nil && s.Spool.Status != "empty" && s.Spool.Status != "archived"
}

// label is the printer's name in a sentence.
func (p *Printer) label() string {
	if p.Name == "" {
		return "the printer"
	}
	return p.Name
}

// slotCount is the number of tools it can load: a printer for which nobody entered slots still has one extruder.
func (p *Printer) slotCount() int { return max(1, len(p.Slots)) }
