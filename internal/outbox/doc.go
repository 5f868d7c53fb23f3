// Package outbox reads the events of organizations, in order and each one once, for readers that keep a cursor: webhook
// deliveries and notifications. A reader is a name; how far it has come is a row for each
// organization, which moves in the transaction of what the reader makes of the events.
//
// The flow: an operation commits events -> Bell.Ring wakes the readers of every server (package live's Bus); what that
// misses is found with Behind -> inside an operation Read gives the events behind the cursor and holds the cursor -> the
// reader writes what follows from them -> Batch.Done moves the cursor -> commit.
//
// Numbers of events are given in the order of commits, without gaps (package event): whoever reads up to a number has seen
// all below it, whatever commits at the same moment and whatever was written while no server ran.
package outbox
