// Package blobtest is the suite that every file store passes: what package blob promises of a store, tried on one.
//
// A store's test gives Run a factory of Bench values. A bench is one empty store, a client that reaches the URLs that
// it signs, and, where the store lets us, its clock.
package blobtest
