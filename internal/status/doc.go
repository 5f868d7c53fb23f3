// Package status says how the platform is: its parts now, and the incidents of the last 90 days. It is public, and so it
// names no organization, no printer and no cause; causes are in the log.
//
// The flow: Look asks every part -> a job calls Observe each minute, which opens an incident for a part that is not well and
// closes it when the part is well again -> an operator opens incidents, writes notes and closes them by Post and Resolve ->
// Report is what the page shows, kept for 10 seconds, so that a crowd costs what one visitor costs.
//
// The table is infrastructure: the guard hides all of it, and only this package reads it. Next door: web/status.go shows the
// report, jobs observe.
package status
