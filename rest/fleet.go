package rest

import (
	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/rest/generated"
)

// Printer is a printer with the spool that a single-material print would use.
type Printer struct {
	generated.Printer
	ActiveSpool *generated.SpoolSummary `json:"active_spool" doc:"The spool in the first loaded slot."`
}

func viewPrinter(e *ent.Printer) Printer {
	v := Printer{Printer: generated.NewPrinter(e)}
	for _, s := range v.Slots {
		if s.Spool != nil {
			v.ActiveSpool = s.Spool
			break
		}
	}
	return v
}
