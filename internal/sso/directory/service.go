package directory

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/roster"
)

// MaxPage is how many people or groups one answer has at most.
const MaxPage = 200

// MaxMembers is how many members a group has at most.
const MaxMembers = 10_000

// Service has the operations that SCIM tokens run.
type Service struct {
	Ops *op.Runner

	// Join is roster.Join with the guard lifted.
	Join func(ctx context.Context, tx *ent.Tx, people ...roster.Person) ([]roster.Joined, error)
}

// The operations.
var (
	OpUserList    = authz.Op{Resource: "scim_user", Verb: "list", Needs: authz.Any(authz.OrgManageUsers), SCIM: true, Wide: true, Summary: "List the people whom the provider has here."}
	OpUserGet     = authz.Op{Resource: "scim_user", Verb: "get", Needs: authz.Any(authz.OrgManageUsers), SCIM: true, Wide: true, Summary: "Read a person whom the provider has here."}
	OpUserCreate  = authz.Op{Resource: "scim_user", Verb: "create", Needs: authz.Any(authz.OrgManageUsers), SCIM: true, Write: true, Summary: "Add a person, or link a member whose mail domain is proved."}
	OpUserReplace = authz.Op{Resource: "scim_user", Verb: "replace", Needs: authz.Any(authz.OrgManageUsers), SCIM: true, Write: true, Summary: "Say anew who a person is, and whether they are active."}
	OpUserPatch   = authz.Op{Resource: "scim_user", Verb: "patch", Needs: authz.Any(authz.OrgManageUsers), SCIM: true, Write: true, Summary: "Change what is said of a person, or whether they are active."}
	OpUserDelete  = authz.Op{Resource: "scim_user", Verb: "delete", Needs: authz.Any(authz.OrgManageUsers), SCIM: true, Write: true, Summary: "Remove a person from the organization."}

	OpGroupList    = authz.Op{Resource: "scim_group", Verb: "list", Needs: authz.Any(authz.OrgManageUsers), SCIM: true, Wide: true, Summary: "List the provider's groups."}
	OpGroupGet     = authz.Op{Resource: "scim_group", Verb: "get", Needs: authz.Any(authz.OrgManageUsers), SCIM: true, Wide: true, Summary: "Read a group of the provider."}
	OpGroupCreate  = authz.Op{Resource: "scim_group", Verb: "create", Needs: authz.Any(authz.OrgManageUsers), SCIM: true, Write: true, Summary: "Make a group of the provider known."}
	OpGroupReplace = authz.Op{Resource: "scim_group", Verb: "replace", Needs: authz.Any(authz.OrgManageUsers), SCIM: true, Write: true, Summary: "Say anew what a group is called and who is in it."}
	OpGroupPatch   = authz.Op{Resource: "scim_group", Verb: "patch", Needs: authz.Any(authz.OrgManageUsers), SCIM: true, Write: true, Summary: "Change a group, or who is in it."}
	OpGroupDelete  = authz.Op{Resource: "scim_group", Verb: "delete", Needs: authz.Any(authz.OrgManageUsers), SCIM: true, Write: true, Summary: "Forget a group of the provider."}
)

// Ops lists the operations for docs and tests that walk them.
func Ops() []authz.Op {
	return []authz.Op{OpUserList, OpUserGet, OpUserCreate, OpUserReplace, OpUserPatch, OpUserDelete,
		OpGroupList, OpGroupGet, OpGroupCreate, OpGroupReplace, OpGroupPatch, OpGroupDelete}
}

// Keyword is a scimType (RFC 7644, 3.12): what is wrong with a request, in SCIM's words. It is the cause of the error that
// an operation answers.
type Keyword string

// The keywords that operations use.
const (
	InvalidFilter Keyword = "invalidFilter"
	InvalidPath   Keyword = "invalidPath"
	InvalidValue  Keyword = "invalidValue"
	Mutability    Keyword = "mutability"
	NoTarget      Keyword = "noTarget"
)

// Error implements error.
func (k Keyword) Error() string { return string(k) }

// refuse is an error of the keyword, about an attribute.
func refuse(k Keyword, path, message string, args ...any) error {
	invalid := errs.From(errs.Invalid(errs.Field{Path: path, Code: "not_allowed", Message: fmt.Sprintf(message, args...)}))
	return errs.Wrap(invalid, k)
}

// Page is a part of a list.
type Page[T any] struct {
	Total int
	Items []T
}

// patience is the Input of operations on groups of which mappings may change thousands of members: about a millisecond each.
type patience struct{}

// Timeout implements op.Patient.
func (patience) Timeout() time.Duration { return 50 * time.Second }

// lockProvider is a step that reads the actor's provider and locks it: what one provider sends happens in one order.
func lockProvider(ctx context.Context, tx *ent.Tx) (*ent.SSOProvider, error) {
	return op.Load(ctx, tx.SSOProvider, authz.From(ctx).ID)
}

// match compares If-Match with a row's tag; an empty header and * match.
func match(header, tag string) error {
	if header == "" || header == "*" {
		return nil
	}
	for t := range strings.SplitSeq(header, ",") {
		if strings.TrimPrefix(strings.TrimSpace(t), "W/") == strings.TrimPrefix(tag, "W/") {
			return nil
		}
	}
	return errs.New(errs.PreconditionFailed, "Somebody changed it since you read it. Read it again.")
}

// fold is a text as it is compared where case says nothing.
func fold(s string) string { return strings.ToLower(s) }
