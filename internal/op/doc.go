// Package op runs operations. Do is for what changes something, Read for what only looks; both ask authz first, so that no
// step of security can be forgotten.
//
// The flow of Do: capability -> shape of the Input -> Prepare (network, hashing) -> begin -> steps on tx, which guard
// scopes -> the answer to an idempotency key -> events into the outbox -> commit -> wake the readers.
//
// Next door: guard narrows rows, idem keeps answers, event numbers and writes the outbox, the domain packages hold the
// steps.
package op
