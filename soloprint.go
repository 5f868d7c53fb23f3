// Package soloprint carries what the program says about itself: its version and its changelog.
package soloprint

import _ "embed"

// Version is what the program answers to whoever asks. A release sets it with -ldflags.
var Version = "0.1.0-dev"

// Changelog is CHANGELOG.md.
//
//go:embed CHANGELOG.md
var Changelog string
