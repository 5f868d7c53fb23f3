// Package pgserver runs a throw-away PostgreSQL from the installed binaries, for tests and for the migration generator.
//
// Use takes the server that SOLOPRINT_TEST_POSTGRES names, else Start makes one: a new cluster in a temporary folder (in
// memory, if there is room), without fsync, reachable through a socket in that folder alone. It ends with the process that
// started it, however that ends: a small shell owns the server, waits for its standard input to close, stops the server and
// removes the folder.
//
// Next door: internal/testkit makes a database per test on it, internal/testkit/pgtest runs a command with one server.
package pgserver
