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

	// Join is the step Join with the guard lifted. Only AddMembers needs it.
	Join func(ctx context.Context, tx *ent.Tx, p Person) (*ent.Membership, error)
}

// The operations.
var (
	OpMembersAdd = authz.Op{Resource: "user", Verb: "add", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Add people to the organization."}

	OpClassDelete = authz.Op{Resource: "class", Verb: "delete", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Delete a class that has no unfinished queue items."}

	OpEnrollmentList = authz.Op{Resource: "enrollment", Verb: "list", Needs: authz.Any(authz.OrgManageUsers), Rows: true, Summary: "List who is in a class: its teachers see all, others themselves."}

	OpEnroll   = authz.Op{Resource: "enrollment", Verb: "create", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Enroll people in a class."}
	OpUnenroll = authz.Op{Resource: "enrollment", Verb: "delete", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Take a person out of a class."}

	OpUserGroupCreate = authz.Op{Resource: "user_group", Verb: "create", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Create a user group."}
	OpUserGroupDelete = authz.Op{Resource: "user_group", Verb: "delete", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Delete a user group."}
	OpUserGroupUpdate = authz.Op{Resource: "user_group", Verb: "update", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Change a user group."}
)

// Ops lists the operations for docs and tests that walk them.
func Ops() []authz.Op {
	return append(InviteOps(), OpMembersAdd, OpClassDelete, OpEnrollmentList, OpEnroll, OpUnenroll, OpUserGroupCreate, OpUserGroupUpdate, OpUserGroupDelete)
}
