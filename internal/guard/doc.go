// Package guard keeps organizations apart. Install hangs two things on the Ent client, its transactions included: an
// interceptor that narrows every read (all, get, count, ids, exist, group by, aggregate, traversal, eager load) and a hook
// that narrows every write.
//
// The flow: op.Do opens a transaction and marks the context with its driver (Enter) -> inside, only the organization holds,
// and op.Load applies the row rule to what the Input names -> outside, reads also need the entity's read capability and
// follow the role's row rule, and writes are refused.
//
// Next door: authz says what an actor may do, op runs operations, store keeps triggers that refuse cross-organization
// edges once more.
package guard
