// Package material keeps filament: what is on each spool, where the spool is, and why its weight changed.
//
// The flow of every change of weight: an operation or a step (Reserve, Release, Settle) decides -> post appends one ledger
// entry and sets the spool's sums from it -> where the stock level got worse, one event tells so. Nothing else writes
// initial_g, used_g, remaining_g or reserved_g, so that the ledger always adds up; Audit compares the two.
//
// Rules that hold here: grams have two decimals. The sum of delta_g is remaining_g, of delta_reserved_g reserved_g, and
// initial_g - remaining_g is used_g. A person's deduction may not go below zero unless asked to; a print's end may, because
// what was printed is gone. A spool with nothing left is empty until a weighing or a refund finds something on it. A new
// threshold of a spool counts at once; one of its material or organization from its next change of weight on, so that a
// setting does not make a flood of events.
//
// Next door: fleet has the printers and slots that spools are loaded into, queue calls the steps when an item is assigned
// and a print ends, internal/crud lists and reads spools, materials and assignments.
package material
