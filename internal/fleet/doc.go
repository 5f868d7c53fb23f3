// Package fleet keeps the printers: what they are, what they are equipped with, how they are reached and what they said
// last.
//
// The flow: a person creates and changes printers (CreatePrinter, UpdatePrinter, DeletePrinter) and tries the connection
// (TestConnection); the worker that owns a printer asks the device for its state and reports it (ReportState); queue turns
// printers into what matching looks at (WithFacts, Facts) and says what lies on their beds (SetBed).
//
// Rules that hold here: state is what the device says and nothing else. Out of order is a person's word beside it: such a
// printer may be idle, and matching refuses it all the same. Whether a bed is clear is no device's to know; a new printer's
// is unknown until a person has looked, at create or by clear-bed. The connector's secret is sealed, never shown, and
// forgotten when kind or address change without a new one, so that nobody has it sent to a machine of their own.
//
// Next door: material loads spools into the slots, connector speaks with devices, queue dispatches, internal/crud lists and
// reads printers, tags and groups.
package fleet
