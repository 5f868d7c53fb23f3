package match

import (
	"time"

	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/errs"
)

// Readiness is what keeps the printer from starting anything now. Temporary: it is offline, busy or paused, or its bed is
// not clear. Hard, because waiting does not help: it reports an error, asks for a person, or is out of order. An out of
// order whose time is over no longer counts.
//
// A printer that finished is ready once its bed is clear: several devices say "finished" until the next start.
func Readiness(p Printer, now time.Time) []errs.Reason { return readiness(nil, &p, now) }

func readiness(rs []errs.Reason, p *Printer, now time.Time) []errs.Reason {
	name := p.label()
	ready := func(code Code, severity, actual, fix string) {
		rs = append(rs, reason(code, severity, "a printer that can start", name+" "+actual, fix))
	}

	switch p.State {
	case "idle", "finished", "maintenance":
	case "busy":
		ready(CodePrinterBusy, SeverityTemporary, "is busy", "Wait until it is free")
	case "printing":
		ready(CodePrinterBusy, SeverityTemporary, "is printing", "Wait until its print ends")
	case "paused":
		ready(CodePrinterPaused, SeverityTemporary, "is paused", "Resume or cancel its print")
	case "error":
		ready(CodePrinterError, SeverityHard, "reports an error", "Look after "+name+" and reset it")
	case "attention":
		ready(CodePrinterAttention, SeverityHard, "waits for a person", "See what "+name+" asks for on its display")
	default: // offline, and what was never heard of
		ready(CodePrinterOffline, SeverityTemporary, "is offline", "Switch "+name+" on and check its connection")
	}
	if p.Active && p.State != "busy" && p.State != "printing" && p.State != "paused" {
		ready(CodePrinterBusy, SeverityTemporary, "has a print booked", "Wait until its print ends")
	}
	if actual, out := outOfOrder(p, now); out {
		ready(CodePrinterOutOfOrder, SeverityHard, actual, "Put "+name+" back into service")
	}
	if actual, blocked := bed(p); blocked {
		rs = append(rs, reason(CodeBedNotClear, SeverityTemporary, "a clear bed", actual, "Clear the bed of "+name+" and say so"))
	}
	return rs
}

// OutOfOrder reports whether an outage, nil for none, has not ended yet.
func OutOfOrder(o *schematype.OutOfOrder, now time.Time) bool {
	return o != nil && (o.Until == nil || o.Until.After(now))
}

func outOfOrder(p *Printer, now time.Time) (actual string, out bool) {
	o := p.OutOfOrder
	if !OutOfOrder(o, now) {
		return "is in maintenance", p.State == "maintenance"
	}
	actual = "is out of order"
	if o.Until != nil {
		actual += " until " + moment(*o.Until)
	}
	if o.Reason != "" {
		actual += ": " + o.Reason
	}
	return actual, true
}

// bed asks for a person's word. Unknown counts as occupied: a print onto a part ruins both and may ruin the printer.
func bed(p *Printer) (actual string, blocked bool) {
	switch {
	case !p.RequireBedClear || p.BedState == "clear":
		return "", false
	case p.BedState == "occupied":
		return "a part is on the bed", true
	default:
		return "nobody said that the bed is clear", true
	}
}

// moment is a time in a sentence. The rule knows no time zone; who shows it reads the item's own field.
func moment(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04 UTC") }
