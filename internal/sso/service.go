package sso

import (
	"context"
	"fmt"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/egress"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/secret"
)

// Service has the operations on identity providers and group mappings that are more than reading.
type Service struct {
	Ops       *op.Runner
	Secrets   *secret.Box
	Egress    *egress.Client
	Names     Names
	PublicURL string // of this installation, to which providers send people back
	Tokens    Tokens // may be nil where no SCIM token is made
}

// Tokens makes a provider's SCIM token: the whole token, and the keyed hash that is stored.
type Tokens interface {
	NewSCIM(provider pid.ID) (token string, hash []byte)
}

// Names looks up TXT records; *net.Resolver is one.
type Names interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
}

// The operations; list and get are generated.
var (
	OpProviderCreate       = authz.Op{Resource: "sso_provider", Verb: "create", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Create an identity provider, as a draft."}
	OpProviderUpdate       = authz.Op{Resource: "sso_provider", Verb: "update", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Change an identity provider, or enable and disable it."}
	OpProviderDelete       = authz.Op{Resource: "sso_provider", Verb: "delete", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Delete an identity provider with its mappings, and end the sessions that it opened."}
	OpProviderTest         = authz.Op{Resource: "sso_provider", Verb: "test", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Test an identity provider: discovery, endpoints, keys and redirect address."}
	OpProviderVerifyDomain = authz.Op{Resource: "sso_provider", Verb: "verify-domain", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Look for the TXT record that proves a mail domain of an identity provider."}
	OpProviderProfiles     = authz.Op{Resource: "sso_provider", Verb: "profiles", Needs: authz.Any(authz.OrgManageUsers), Summary: "List the products that are known as identity providers, each with its defaults and how to set it up."}
	OpProviderMarkDomain   = authz.Op{Resource: "sso_provider", Verb: "mark_domain", System: true, Write: true}

	OpTokenCreate = authz.Op{Resource: "sso_provider", Verb: "create-scim-token", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Make the SCIM token of an identity provider; the answer shows it this once."}
	OpTokenRotate = authz.Op{Resource: "sso_provider", Verb: "rotate-scim-token", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Give an identity provider a new SCIM token; the old one stays valid for an overlap."}
	OpTokenRevoke = authz.Op{Resource: "sso_provider", Verb: "revoke-scim-token", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Revoke the SCIM token of an identity provider, at once."}

	OpMappingCreate   = authz.Op{Resource: "sso_group_mapping", Verb: "create", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Create a group mapping."}
	OpMappingUpdate   = authz.Op{Resource: "sso_group_mapping", Verb: "update", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Change a group mapping."}
	OpMappingDelete   = authz.Op{Resource: "sso_group_mapping", Verb: "delete", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Delete a group mapping."}
	OpMappingEvaluate = authz.Op{Resource: "sso_group_mapping", Verb: "evaluate", Needs: authz.Any(authz.OrgManageUsers), Summary: "Say what claims of an identity provider would grant, and why."}
)

// Ops lists the operations for docs and tests that walk them.
func Ops() []authz.Op {
	return []authz.Op{OpProviderCreate, OpProviderUpdate, OpProviderDelete, OpProviderTest, OpProviderVerifyDomain, OpProviderProfiles, OpProviderMarkDomain, OpTokenCreate, OpTokenRotate, OpTokenRevoke,
		OpMappingCreate, OpMappingUpdate, OpMappingDelete, OpMappingEvaluate}
}

// place is where the client secret of a provider is sealed.
func place(id pid.ID) secret.Place {
	return secret.Place{Table: "sso_providers", Row: string(id), Column: "client_secret"}
}

// or is a value, or what holds where there is none.
func or[T any](v *T, otherwise T) T {
	if v == nil {
		return otherwise
	}
	return *v
}

// listed is a list that is never null.
func listed[T any](v []T) []T {
	if v == nil {
		return []T{}
	}
	return v
}

// ClientSecret is a provider's client secret, "" for a public client.
func ClientSecret(b *secret.Box, p *ent.SSOProvider) (string, error) {
	if len(p.ClientSecret) == 0 {
		return "", nil
	}
	plain, err := b.Open(place(p.ID), p.ClientSecret)
	if err != nil {
		return "", fmt.Errorf("open client secret: %w", err)
	}
	return string(plain), nil
}
