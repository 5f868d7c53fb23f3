// Package connector is the one language the fleet speaks to every kind of printer.
//
// The worker that owns a printer looks its connector up in a [Registry], and for one print calls
//
//	ref := Upload(job)      // as often as it takes: it never starts a print
//	Start(ref, job)         // at most once per job token, see [MayHaveStarted]
//	Status() ...            // until Outcome says how the job of that token ended
//	Pause, Resume, Cancel   // when a person asks
//
// A connector only translates. It keeps no record of prints, never touches the database, and decides nothing about
// queues, beds or spools: what it cannot know it reports as unknown.
//
// Next door: virtual is the simulated printer, connectortest the suite that every connector passes.
package connector
