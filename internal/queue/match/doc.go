// Package match is the rule that says whether a printer can print a queue item, and if not, why.
//
// It is pure: no context, no clock, no database. Create, recompute, assign, dispatch, GraphQL and the console all ask it,
// so that they cannot disagree. It never stops at the first failure: every reason is told at once.
//
//	Fill, NeedOf, Grams   what the request and the file say -> a Need and grams per tool
//	Equipment             Need and Printer -> what never changes by waiting: model, nozzle, volume, loaded spools ...
//	Readiness, Gates      what the printer does now, and what holds the item back
//	Evaluate              all of these and the filament left -> Verdict with score, reasons and the spools to use
//	Override              the verdict when a person lets some reasons pass
//	Key, VolumeMask       the identity of a Need: items of one Key share one requirement profile
//
// The result of Equipment may be stored for a profile and a printer. It depends neither on grams nor on the printer's
// state: an idle printer that goes offline, or a gram that is printed, changes no stored row.
//
// What nobody entered cannot refuse: a printer whose volume, nozzle, temperatures, formats or model are not known passes
// these rules. What the item insists on must be known, though: a spool without a colour is not "red".
//
// Next door: internal/queue loads printers and items, stores profiles and decides who goes first.
package match
