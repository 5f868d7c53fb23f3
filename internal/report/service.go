package report

import (
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/op"
)

// Service has the operations that only look.
type Service struct{ Ops *op.Runner }

// The operations.
var (
	OpStatistics = authz.Op{Resource: "statistics", Verb: "get", Needs: authz.Any(authz.OperationsRead), Summary: "Count prints over time, in the organization's time zone."}
	OpEvents     = authz.Op{Resource: "event", Verb: "list", Needs: authz.Any(authz.IntegrationsManage, authz.OperationsRead), Summary: "Read the events after a cursor, in the order in which they happened; those on what you may not read are left out."}
)

// Ops lists the operations for docs and tests that walk them.
func Ops() []authz.Op { return []authz.Op{OpStatistics, OpEvents} }
