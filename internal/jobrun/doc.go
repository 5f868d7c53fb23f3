// Package jobrun keeps the runs of recurring work, so that each slot (job, scope, scheduled time) runs once however many
// servers look at the clock.
//
// The flow: Begin inserts the slot's row, or finds that somebody has (the unique row is the dispatch) -> Do works under a
// lease of 30 seconds that a heartbeat renews -> the end is written as long as the lease is this server's. A server that is
// killed or hangs lets its lease run out: Abandoned takes such rows over, at most three attempts altogether. Whoever lost a
// lease has its context cancelled, and what it writes about the run is refused by the token.
//
// A slot may therefore begin more than once where a server died in the middle of it; it ends once. Jobs are operations that
// may be repeated.
//
// The table is infrastructure: it belongs to no organization, the guard hides all of it, and only this package reads it.
// Next door: jobs has the timetable and decides which slot is due.
package jobrun
