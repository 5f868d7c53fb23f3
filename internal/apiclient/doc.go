// Package apiclient is the client behind the command soloprint api: it calls a server's REST API with a key, follows
// cursors, and writes answers as JSON or as a table.
//
// The flow:
//
//	Settings (flags, environment, config file) -> Client -> Do, or Rows for a list to its end -> WriteJSON, Table
//
// It runs on the machine of whoever calls and in no server, and it goes to the one host that its user named: that is why
// it may make requests of its own, where everything in a server goes through internal/egress. It knows HTTP and nothing of
// the program around it: what an integrator can do with curl, it does.
package apiclient
