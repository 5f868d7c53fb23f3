//go:build !unix

package pgserver

import "context"

// Start needs Unix; elsewhere SOLOPRINT_TEST_POSTGRES names a server.
func Start(context.Context) (*Server, error) { return nil, ErrNotInstalled }

// StartDetached needs Unix.
func StartDetached(context.Context) (*Server, error) { return nil, ErrNotInstalled }

// StopDir needs Unix.
func StopDir(string) error { return ErrNotInstalled }
