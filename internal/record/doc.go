// Package record says what events show of a row: the visible fields under the names of the contract, times as RFC 3339 in
// UTC. Every operation that emits Created, Updated, Deleted or a fact about a row takes the object from here, so that a
// resource has one form in webhooks, audit log and live feed.
//
// Next door: event numbers and stores what is emitted; rest/generated is what REST answers. record.go is written by hand,
// the rest by ent/extension.
package record
