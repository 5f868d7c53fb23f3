package org

import (
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/op"
)

// Service has the operations on the organization itself, and those that tell callers where they are.
type Service struct{ Ops *op.Runner }

// The operations. Every active member may ask who and where they are, and every key.
var (
	OpMe      = authz.Op{Resource: "user", Verb: "me", Summary: "Who the caller is, and what they are a member of."}
	OpContext = authz.Op{Resource: "organization", Verb: "context", Summary: "The organization, the caller's membership in it, and what they may do."}

	OpUpdate       = authz.Op{Resource: "organization", Verb: "update", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Change the organization and its settings."}
	OpAuditLogList = authz.Op{Resource: "audit_log", Verb: "list", Needs: authz.Any(authz.OrgManageUsers), Wide: true, Summary: "Who did what, the newest first."}
)

// Ops lists the operations for docs and tests that walk them.
func Ops() []authz.Op { return []authz.Op{OpMe, OpContext, OpUpdate, OpAuditLogList} }
