package fleet

import (
	"context"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/connector"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/secret"
)

// Service has the operations on printers that are more than fields.
type Service struct {
	Ops        *op.Runner
	Secrets    *secret.Box
	Connectors connector.Registry

	// Unload is the step that takes all spools out of a printer that is deleted: material.UnloadPrinter.
	Unload func(ctx context.Context, tx *ent.Tx, printer pid.ID) error
}

// The operations.
var (
	OpPrinterCreate         = authz.Op{Resource: "printer", Verb: "create", Needs: authz.Any(authz.PrinterManage), Write: true, Summary: "Add a printer."}
	OpPrinterUpdate         = authz.Op{Resource: "printer", Verb: "update", Needs: authz.Any(authz.PrinterManage), Write: true, Summary: "Change a printer, its slots, tags and groups."}
	OpPrinterDelete         = authz.Op{Resource: "printer", Verb: "delete", Needs: authz.Any(authz.PrinterManage), Write: true, Summary: "Delete a printer that has no print and no assigned items."}
	OpPrinterTestConnection = authz.Op{Resource: "printer", Verb: "test-connection", Needs: authz.Any(authz.PrinterManage), Summary: "Ask the device whether it answers, and what it is."}
	OpPrinterGroupDelete    = authz.Op{Resource: "printer_group", Verb: "delete", Needs: authz.Any(authz.PrinterManage), Write: true, Summary: "Delete a printer group that no class and no user group is bound to."}
	OpPrinterReportState    = authz.Op{Resource: "printer", Verb: "report-state", Write: true, System: true, Summary: "Keep what a device said it does."}
)

// Ops lists the operations for docs and tests that walk them.
func Ops() []authz.Op {
	return []authz.Op{OpPrinterCreate, OpPrinterUpdate, OpPrinterDelete, OpPrinterTestConnection, OpPrinterGroupDelete, OpPrinterReportState}
}
