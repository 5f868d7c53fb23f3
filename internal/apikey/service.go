package apikey

import (
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// Tokens makes the token of a key: the whole token, the beginning by which people recognize it, and the keyed hash that is
// stored.
type Tokens interface {
	NewKey(id pid.ID) (token, display string, hash []byte)
}

// Service has the operations on API keys.
type Service struct {
	Ops    *op.Runner
	Tokens Tokens
}

// The operations.
var (
	OpList   = authz.Op{Resource: "api_key", Verb: "list", Needs: authz.Any(authz.IntegrationsManage), Summary: "List API keys and their scopes: the active ones, or those with the statuses asked for."}
	OpCreate = authz.Op{Resource: "api_key", Verb: "create", Needs: authz.Any(authz.IntegrationsManage), Write: true, Summary: "Create an API key; the answer shows it this once."}
	OpRotate = authz.Op{Resource: "api_key", Verb: "rotate", Needs: authz.Any(authz.IntegrationsManage), Write: true, Summary: "Give an API key a new secret; the old one stays valid for an overlap."}
	OpRevoke = authz.Op{Resource: "api_key", Verb: "revoke", Needs: authz.Any(authz.IntegrationsManage), Write: true, Summary: "Revoke an API key, at once and for good."}
	OpExpire = authz.Op{Resource: "api_key", Verb: "expire", System: true, Write: true}
)

// Ops lists the operations for docs and tests that walk them.
func Ops() []authz.Op { return []authz.Op{OpList, OpCreate, OpRotate, OpRevoke, OpExpire} }
