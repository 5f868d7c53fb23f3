package material

import (
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/op"
)

// Service has the operations on materials, spools, assignments and the ledger that are more than fields.
type Service struct{ Ops *op.Runner }

// The operations.
var (
	OpMaterialDelete = authz.Op{Resource: "material", Verb: "delete", Needs: authz.Any(authz.SpoolManage), Write: true, Summary: "Delete a material that no spool is of."}

	OpMaterialShoppingList = authz.Op{Resource: "material", Verb: "shopping-list", Needs: authz.Any(authz.OperationsRead, authz.SpoolManage), Wide: true, Summary: "What to buy: materials of which too little is left for low_stock and what is queued."}

	OpSpoolCreate  = authz.Op{Resource: "spool", Verb: "create", Needs: authz.Any(authz.SpoolManage), Write: true, Summary: "Register a spool of filament."}
	OpSpoolUpdate  = authz.Op{Resource: "spool", Verb: "update", Needs: authz.Any(authz.SpoolManage), Write: true, Summary: "Change what is known of a spool."}
	OpSpoolDelete  = authz.Op{Resource: "spool", Verb: "delete", Needs: authz.Any(authz.SpoolManage), Write: true, Summary: "Archive a spool that is neither loaded nor reserved."}
	OpSpoolDeduct  = authz.Op{Resource: "spool", Verb: "deduct", Needs: authz.Any(authz.SpoolManage), Write: true, Summary: "Take filament off a spool, by weight or length."}
	OpSpoolMeasure = authz.Op{Resource: "spool", Verb: "measure", Needs: authz.Any(authz.SpoolManage), Write: true, Summary: "Set what is left on a spool by its weight on a scale."}

	OpLedgerList = authz.Op{Resource: "ledger_entry", Verb: "list", Needs: authz.Any(authz.OperationsRead, authz.SpoolManage), Summary: "Every change of a spool's weight, the newest first."}
	OpLedgerUndo = authz.Op{Resource: "ledger_entry", Verb: "undo", Needs: authz.Any(authz.SpoolManage), Write: true, Summary: "Undo a change of a spool's weight by the opposite entry."}

	OpAssignmentCreate = authz.Op{Resource: "spool_assignment", Verb: "create", Needs: authz.Any(authz.SpoolManage), Write: true, Summary: "Load a spool into a slot of a printer."}
	OpAssignmentDelete = authz.Op{Resource: "spool_assignment", Verb: "delete", Needs: authz.Any(authz.SpoolManage), Write: true, Summary: "Unload a spool."}
)

// Ops lists the operations for docs and tests that walk them.
func Ops() []authz.Op {
	return []authz.Op{
		OpMaterialDelete, OpMaterialShoppingList, OpCheckStock, OpStockNews, OpSpoolCreate, OpSpoolUpdate, OpSpoolDelete, OpSpoolDeduct, OpSpoolMeasure,
		OpLedgerList, OpLedgerUndo, OpAssignmentCreate, OpAssignmentDelete,
	}
}
