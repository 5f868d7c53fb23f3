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

// OpCreate makes a key.
var OpCreate = authz.Op{Resource: "api_key", Verb: "create", Needs: authz.Any(authz.IntegrationsManage), Write: true, Summary: "Create an API key; the answer shows it this once."}

// Ops lists the operations for docs and tests that walk them.
func Ops() []authz.Op { return []authz.Op{OpCreate} }
