package notify

import (
	"context"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/egress"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/secret"
)

// Service has the operations on rules, and on what people are told.
type Service struct {
	Ops       *op.Runner
	Secrets   *secret.Box
	Egress    *egress.Client
	Mail      Mailer // nil where no mail server is configured: mails are skipped
	Texts     *Texts
	PublicURL string // where links in mails lead

	// Standing is what a member may do as things stand in the transaction: authn.Standing.
	Standing func(ctx context.Context, tx *ent.Tx, member pid.ID) (*authz.Actor, error)
}

// The operations.
var (
	OpRuleCreate = authz.Op{Resource: "notification_rule", Verb: "create", Needs: authz.Any(authz.IntegrationsManage), Write: true, Summary: "Say who is told of what, and how."}
	OpRuleUpdate = authz.Op{Resource: "notification_rule", Verb: "update", Needs: authz.Any(authz.IntegrationsManage), Write: true, Summary: "Change a notification rule."}
	OpRuleTest   = authz.Op{Resource: "notification_rule", Verb: "test", Needs: authz.Any(authz.IntegrationsManage), Write: true, Summary: "Send a message of the rule to yourself, its webhook and its chat."}

	OpList    = authz.Op{Resource: "notification", Verb: "list", Summary: "List what you were told, the newest first."}
	OpRead    = authz.Op{Resource: "notification", Verb: "read", Write: true, Summary: "Say that you have read it."}
	OpReadAll = authz.Op{Resource: "notification", Verb: "read-all", Self: true, Write: true, Summary: "Say that you have read everything."}

	OpPreferenceList = authz.Op{Resource: "notification_preference", Verb: "list", Self: true, Summary: "List the rules that can mail you, and whether they may."}
	OpPreferenceSet  = authz.Op{Resource: "notification_preference", Verb: "set", Self: true, Write: true, Summary: "Say whether a rule may mail you."}

	OpPlan        = authz.Op{Resource: "notification", Verb: "plan", System: true, Write: true}
	OpWork        = authz.Op{Resource: "notification", Verb: "work", System: true}
	OpEnd         = authz.Op{Resource: "notification", Verb: "end", System: true, Write: true}
	OpLater       = authz.Op{Resource: "notification", Verb: "later", System: true, Write: true}
	OpDigest      = authz.Op{Resource: "notification", Verb: "digest", System: true, Write: true}
	OpForget      = authz.Op{Resource: "notification", Verb: "forget", System: true, Write: true}
	OpSubscribed  = authz.Op{Resource: "notification_preference", Verb: "subscribed", System: true}
	OpUnsubscribe = authz.Op{Resource: "notification_preference", Verb: "unsubscribe", System: true, Write: true}
)

// Ops lists the operations for docs and tests that walk them.
func Ops() []authz.Op {
	return []authz.Op{OpRuleCreate, OpRuleUpdate, OpRuleTest, OpList, OpRead, OpReadAll, OpPreferenceList, OpPreferenceSet,
		OpPlan, OpWork, OpEnd, OpLater, OpDigest, OpForget, OpSubscribed, OpUnsubscribe}
}
