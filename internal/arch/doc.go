// Package arch holds the rules of the house that a compiler does not know, as tests: which package may import which, where
// the guard may be lifted, where the network and the clock may be touched, what a file may be called and how long it may be.
//
// The flow:
//
//	tree, err := Load(ctx, root) // go list, then every file parsed once
//	found := Arrows(tree)        // and the other rules: each is a function from the tree to its violations
//	for each violation: a failing test that names file, line and rule
//
// A rule that has to give way does so in exceptions.go, with its reason. The folder testdata/house is a small module that
// breaks every rule once: it proves that each rule notices.
//
// Next door: docs/ARCHITECTURE.md says why the arrows point as they do.
package arch
