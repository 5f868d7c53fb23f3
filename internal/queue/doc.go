// Package queue is what SoLoPrint exists for: queue items, whether and where they can start and why not, and prints that
// start once, on a clear bed.
//
//	Items      create, update, approve, hold, move, cancel: what people do with an item
//	Matching   eligibility, assign: items against printers, through requirement profiles
//	Dispatch   dispatch-next, clear-bed, confirm: one item onto one printer
//	Worker     talks to the devices, outside of every transaction, and reports by operations
//	Refresher  reads events and keeps the verdicts of profiles fresh
//
// Next door: queue/match is the rule itself, fleet owns printers, material the filament, file what is printed.
package queue
