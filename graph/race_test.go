//go:build race

package graph_test

// slower is how much more time the race detector takes.
const slower = 10
