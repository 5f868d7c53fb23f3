//go:build !linux && !darwin

package store

// networkFilesystem is known on Linux and macOS only.
func networkFilesystem(string) (string, error) { return "", nil }
