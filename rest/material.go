package rest

import (
	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/material"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/rest/generated"
)

// Spool is a spool with where it is loaded.
type Spool struct {
	generated.Spool
	Assignment *Assignment `json:"assignment" doc:"Where it is loaded; null while it is not."`
}

// Assignment is a place in a printer.
type Assignment struct {
	PrinterID pid.ID `json:"printer_id"`
	SlotIndex int    `json:"slot_index"`
}

func viewSpool(e *ent.Spool) Spool {
	v := Spool{Spool: generated.NewSpool(e)}
	if s := e.Edges.Slot; s != nil {
		v.Assignment = &Assignment{PrinterID: s.PrinterID, SlotIndex: s.Index}
	}
	return v
}

// SpoolChange is a spool after a change of its weight, and the ledger entry that says why.
type SpoolChange struct {
	Spool       Spool                 `json:"spool"`
	LedgerEntry generated.LedgerEntry `json:"ledger_entry"`
}

func viewSpoolChange(c material.SpoolChange) SpoolChange {
	return SpoolChange{Spool: viewSpool(c.Spool), LedgerEntry: generated.NewLedgerEntry(c.LedgerEntry)}
}
