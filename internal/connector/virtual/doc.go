// Package virtual is a simulated printer: it takes uploads, prints in simulated time, and fails on request.
//
//	Open reads what the devices did before, as if they had stayed on while the server was down
//	Upload hashes the file and forgets its bytes
//	Start is written to the log of starts, synced, and only then the device prints
//	Status computes progress from the clock: nothing runs in the background
//	Pause, Resume and Cancel write the device's new state, synced, before they take effect
//
// The devices live in files of their own, apart from the database, because a printer remembers what the server forgot.
// At Config.Path is a journal: a line is one whole device, the last line of a device counts, and it is rewritten when it
// has grown. Beside it, with the ending ".starts", is the log of every start that reached a device; it is never
// rewritten, and ReadStarts reads it from any process. A start is in the log alone until the device's next change, so
// the two files cannot disagree about one.
//
// Target.Options["fault"] makes a printer misbehave, see the Fault constants.
//
// Next door: connector says what is promised to the caller, connectortest proves it.
package virtual
