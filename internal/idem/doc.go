// Package idem lets a request with an Idempotency-Key have its effect once, however often it is sent. A key belongs to an
// organization, a principal and a route, and is bound to one request; its answer is kept for a day.
//
// The flow of Keys.Keep: commit a row that says running, with a lease -> run the operation, whose transaction marks the row
// done with the encoded answer (Finish, called by op.Do): effect and answer are there together or not at all -> answers
// that changed nothing (4xx) are written afterwards, and a fault (5xx) that left nothing behind frees the key -> whoever sends the same again gets the kept answer. A running
// row whose lease ended without an effect may run again; its token keeps the one that was too slow from committing.
//
// Not kept, because nothing ran: what is refused before the operation is called. That is 401, 403 for a missing
// capability, 400, 413, 415, 422 for a body that cannot be bound, 429, and the refusals of this package itself.
//
// The table is infrastructure: it belongs to no resource, the guard hides nothing in it, and only this package reads it.
// Next door: rest/idempotency.go is the adapter, op.Do calls Finish, jobs removes what has expired.
package idem
