// Package e2e tests the program as its users meet it: the real binary, its real files, HTTP and kill -9.
//
//	server_test.go    builds the binary once, runs `soloprint demo` as a child process, kills and restarts it
//	client_test.go    a JSON client that knows nothing of the program's types
//	database_test.go  looks into the database beside the running server, on SQLite and PostgreSQL
//	mainjob_test.go   a school's print, from file to deducted spool, by REST and by GraphQL, and what can go wrong on its way
//	kill_test.go      kill -9 at random moments of many dispatches
//	idempotency_test.go  kill -9 while requests with a key run, which are then sent again
//	jobs_test.go      three servers on one database, killed and frozen: no slot of a job twice, none missed
//	audit_test.go     printers and database together: nothing twice, nothing lost, every gram accounted for
//	badinput_test.go, isolation_test.go, concurrent_test.go   what strangers send, and many people at once
//
// Nothing here imports the program's services: what cannot be done from outside is not done. Only the log of starts that
// the simulated printers keep is read from its file, because the program itself must not be believed about that.
//
// Next door: internal/testkit serves tests of single packages.
package e2e
