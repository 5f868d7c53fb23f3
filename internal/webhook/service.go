package webhook

import (
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/egress"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/secret"
)

// Service has the operations on endpoints and deliveries.
type Service struct {
	Ops        *op.Runner
	Secrets    *secret.Box
	Egress     *egress.Client
	APIVersion string      // the contract's, which every event names
	Types      []EventType // the catalogue, with schema and sample
}

// The operations; list, get and delete are generated.
var (
	OpCreate       = authz.Op{Resource: "webhook", Verb: "create", Needs: authz.Any(authz.IntegrationsManage), Write: true, Summary: "Create a webhook endpoint; the answer shows its secret this once."}
	OpUpdate       = authz.Op{Resource: "webhook", Verb: "update", Needs: authz.Any(authz.IntegrationsManage), Write: true, Summary: "Change a webhook endpoint, or enable and disable it."}
	OpRotateSecret = authz.Op{Resource: "webhook", Verb: "rotate-secret", Needs: authz.Any(authz.IntegrationsManage), Write: true, Summary: "Give a webhook endpoint a new secret; for 24 hours deliveries are signed with both."}
	OpTest         = authz.Op{Resource: "webhook", Verb: "test", Needs: authz.Any(authz.IntegrationsManage), Write: true, Summary: "Send test.ping to a webhook endpoint, whatever it subscribed to."}
	OpRecover      = authz.Op{Resource: "webhook", Verb: "recover", Needs: authz.Any(authz.IntegrationsManage), Write: true, Summary: "Send again what a webhook endpoint did not get since a time."}
	OpReplay       = authz.Op{Resource: "webhook_delivery", Verb: "replay", Needs: authz.Any(authz.IntegrationsManage), Write: true, Summary: "Send a delivery that has ended once more."}
	OpEventTypes   = authz.Op{Resource: "webhook", Verb: "event-types", Needs: authz.Any(authz.IntegrationsManage), Summary: "List the types of events, each with its JSON Schema and a sample."}
)

// What the Courier does.
var (
	OpFanOut = authz.Op{Resource: "webhook", Verb: "fan_out", System: true, Write: true}
	OpFetch  = authz.Op{Resource: "webhook_delivery", Verb: "fetch", System: true}
	OpJudge  = authz.Op{Resource: "webhook", Verb: "judge", System: true, Write: true}
)

// Ops lists the operations for docs and tests that walk them.
func Ops() []authz.Op {
	return []authz.Op{OpCreate, OpUpdate, OpRotateSecret, OpTest, OpRecover, OpReplay, OpEventTypes, OpFanOut, OpFetch, OpJudge}
}

// place is where a secret of an endpoint is sealed.
func place(id pid.ID, column string) secret.Place {
	return secret.Place{Table: "webhooks", Row: string(id), Column: column}
}
