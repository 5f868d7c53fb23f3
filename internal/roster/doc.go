// Package roster keeps the people of an organization: who is a member, in which classes and user groups they are, and what
// a user group changes for them.
//
// The flow: an operation checks that the actor gives nothing away that they lack themselves -> it loads the rows that the
// Input names, which locks them -> a step (Join, EnrollMembers, UnenrollMembers) writes -> one event tells of all people
// at once.
//
// A roster (user_plan.go, user_judge.go, user_write.go) is how people change: read and judged as a whole, then written, in
// statements by the hundred rows. PATCH of one person is a roster of one row.
//
// Roster files (import*.go) become such a roster: package sheet reads them before the transaction; import_class.go and import_people.go look up who
// and what they name; import_keep.go keeps what was changed, import_undo.go makes a roster of that to take it back.
//
// Rules that hold here: nobody grants a capability or a role that they lack, whether by a user group's grants, by lifting
// its denials or by putting somebody into it; only an owner makes owners. Enrolling is idempotent, and people are
// unenrolled, never deleted. Whoever is removed from the organization stays as a row that history names. A person (a user) belongs to no organization and is found by mail address in lower case: that
// one look past the guard is lent to this package by app, as the field Join.
//
// Next door: internal/crud lists, reads, creates and updates classes and lists, reads and deletes user groups, authn turns
// roles and groups into capabilities, org tells people what they may do.
package roster
