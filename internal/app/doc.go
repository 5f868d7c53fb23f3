// Package app is the wiring: it opens database, keys and file store, builds every service once, and hands them to REST,
// GraphQL, the console and the jobs.
//
// The flow: New(config) -> Handler() serves, Run(ctx) does the background work -> Close(). Seed and Bootstrap make
// organizations, which only the operator of the machine may.
package app
