// Package event is the outbox. An operation emits typed facts; op.Do writes them last, as rows in the same transaction,
// numbered from the organization's counter, whose lock is held until commit: number order is commit order, without gaps.
// Audit log, webhooks, live feed, notifications and the eligibility reader read the same rows.
//
// The flow: steps call Emit(ctx, tx, fact) -> the fact waits in the context's buffer -> Flush numbers and inserts all.
package event
