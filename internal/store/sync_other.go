//go:build !unix

package store

// syncFolder has nothing to do: folders cannot be synced here.
func syncFolder(string) error { return nil }
