package roster

import (
	"context"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/op"
)

// Service has the operations on people, classes and user groups that are more than fields.
type Service struct {
	Ops *op.Runner

	// Join is the step Join with the guard lifted. Only those who add people need it.
	Join func(ctx context.Context, tx *ent.Tx, people ...Person) ([]Joined, error)
}

// The operations.
var (
	OpMembersAdd = authz.Op{Resource: "user", Verb: "add", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Add people to the organization."}

	OpUserList       = authz.Op{Resource: "user", Verb: "list", Needs: authz.Any(authz.OrgManageUsers), Summary: "List the people of the organization."}
	OpUserGet        = authz.Op{Resource: "user", Verb: "get", Needs: authz.Any(authz.OrgManageUsers), Summary: "Read a person of the organization."}
	OpUserUpdate     = authz.Op{Resource: "user", Verb: "update", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Change a person of the organization."}
	OpOwnerMake      = authz.Op{Resource: "user", Verb: "make-owner", System: true, Write: true}
	OpUserRemove     = authz.Op{Resource: "user", Verb: "remove", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Remove a person from the organization; history keeps them."}
	OpUserBulkUpdate = authz.Op{Resource: "user", Verb: "bulk-update", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Bring people up to a roster: all rows or none."}

	OpClassDelete       = authz.Op{Resource: "class", Verb: "delete", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Delete a class that has no unfinished queue items."}
	OpClassRollOver     = authz.Op{Resource: "class", Verb: "roll-over", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Move a class's students to the next class, and end it."}
	OpClassUndoRollOver = authz.Op{Resource: "class", Verb: "undo-roll-over", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Undo a class's roll-over, within 30 days."}
	OpClassTurn         = authz.Op{Resource: "class", Verb: "turn", System: true, Write: true}

	OpEnrollmentList = authz.Op{Resource: "enrollment", Verb: "list", Needs: authz.Any(authz.OrgManageUsers), Rows: true, Summary: "List who is in a class: its teachers see all, others themselves."}

	OpEnroll   = authz.Op{Resource: "enrollment", Verb: "create", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Enroll people in a class."}
	OpUnenroll = authz.Op{Resource: "enrollment", Verb: "delete", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Take a person out of a class."}

	OpUserGroupCreate = authz.Op{Resource: "user_group", Verb: "create", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Create a user group."}
	OpUserGroupDelete = authz.Op{Resource: "user_group", Verb: "delete", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Delete a user group."}
	OpUserGroupUpdate = authz.Op{Resource: "user_group", Verb: "update", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Change a user group."}
)

// Ops lists the operations for docs and tests that walk them.
func Ops() []authz.Op {
	return append(append(InviteOps(), ImportOps()...), OpMembersAdd, OpUserList, OpUserGet, OpUserUpdate, OpUserRemove, OpUserBulkUpdate, OpClassDelete, OpClassRollOver, OpClassUndoRollOver, OpClassTurn,
		OpEnrollmentList, OpEnroll, OpUnenroll, OpUserGroupCreate, OpUserGroupUpdate, OpUserGroupDelete)
}
