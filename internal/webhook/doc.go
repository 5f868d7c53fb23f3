// Package webhook tells other programs what happens: it sends the events of an organization to the endpoints that asked for
// them, signed by Standard Webhooks 1.0, until they took them.
//
// The flow: an operation commits events -> FanOut reads them behind a cursor (package outbox) and writes one delivery for
// each event and endpoint that subscribed to it -> the Courier claims what is due, for a lease -> a lane, one for each
// endpoint, signs and posts -> how it ended is written in batches: delivered, tried again by the schedule, or failed.
//
// What holds: a delivery row for each event and endpoint, exactly one, and nothing skipped, because cursor and rows are one
// transaction. Sent at least once: what a killed server had claimed is taken back and sent again with the same webhook-id.
// An endpoint that is slow or dead holds two requests and its own deliveries, nothing else; an organization holds a share.
//
// Next door: egress is the way out of the machine, op has the statements that claim across organizations, outbox the
// cursor, event the catalogue. Reading, listing and deleting endpoints and reading deliveries are generated (crud).
package webhook
