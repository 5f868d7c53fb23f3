package org

import (
	"context"
	"slices"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/organization"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// ContextInput asks for where the caller is: there is nothing to say.
type ContextInput struct{}

// ContextOutput is the organization, the caller in it, and what the caller may do there.
type ContextOutput struct {
	Organization      ContextOrganization           `json:"organization" doc:"The organization that the token is for."`
	Membership        ContextMembership             `json:"membership" doc:"The caller's membership; for a key, its creator's."`
	Capabilities      []authz.Capability            `json:"capabilities" enum:"operations.read,queue.manage,printer.manage,spool.manage,integrations.manage,org.manage_users" doc:"What the caller may do, everything considered."`
	CapabilitySources map[authz.Capability][]string `json:"capability_sources" doc:"For each capability, why: role:teacher, user_group:Lab helpers, api_key_scope."`
	Settings          schematype.Settings           `json:"settings" doc:"Approval, low stock, matching and queue."`
	Version           int                           `json:"-"` // of the organization, which is what a PATCH of it changes
}

// RowVersion is the organization's, for the ETag: the rest of the context counts in its hash only.
func (c *ContextOutput) RowVersion() int { return c.Version }

// ContextOrganization is the organization without its settings, which stand beside it.
type ContextOrganization struct {
	ID       pid.ID            `json:"id" doc:"Identifier." example:"org_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	Slug     string            `json:"slug" doc:"Short name in addresses."`
	Name     string            `json:"name" doc:"Name people know it by."`
	Kind     organization.Kind `json:"kind" enum:"school,print_farm,makerspace" doc:"What it is."`
	TimeZone string            `json:"time_zone" doc:"IANA time zone."`
	Locale   string            `json:"locale" doc:"BCP 47 language tag."`
	Currency string            `json:"currency" doc:"ISO 4217 code."`
}

// ContextMembership is the caller in the organization.
type ContextMembership struct {
	ID         pid.ID            `json:"id" doc:"Identifier of the membership." example:"mem_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	UserID     pid.ID            `json:"user_id" doc:"The person." example:"usr_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	Role       membership.Role   `json:"role" enum:"owner,admin,operator,teacher,student" doc:"What the person is in the organization."`
	Status     membership.Status `json:"status" enum:"pending,active,suspended" doc:"Only active members may act."`
	ExternalID string            `json:"external_id" doc:"Identifier in the school's own system."`
	GradeLevel string            `json:"grade_level" doc:"Grade or year."`
	Source     membership.Source `json:"source" enum:"manual,invite,csv,sso,scim" doc:"How the person came in."`
}

// Context says where the caller is and what they may do there.
func (s *Service) Context(ctx context.Context, in ContextInput) (*ContextOutput, error) {
	return op.Read(ctx, s.Ops, OpContext, in, func(ctx context.Context, c *ent.Client) (*ContextOutput, error) {
		a := authz.From(ctx)
		o, err := c.Organization.Get(ctx, a.Organization)
		if err != nil {
			return nil, err
		}
		m, err := c.Membership.Get(ctx, a.Membership)
		if err != nil {
			return nil, err
		}
		out := &ContextOutput{Organization: organizationOf(o), Membership: membershipOf(m), Settings: o.Settings, Version: o.Version}
		out.Capabilities, out.CapabilitySources = capabilities(a)
		return out, nil
	})
}

func organizationOf(o *ent.Organization) ContextOrganization {
	return ContextOrganization{ID: o.ID, Slug: o.Slug, Name: o.Name, Kind: o.Kind, TimeZone: o.TimeZone, Locale: o.Locale, Currency: o.Currency}
}

func membershipOf(m *ent.Membership) ContextMembership {
	return ContextMembership{ID: m.ID, UserID: m.UserID, Role: m.Role, Status: m.Status, ExternalID: m.ExternalID, GradeLevel: m.GradeLevel, Source: m.Source}
}

// capabilities are what the actor may do, in the contract's order, and why. The lists are copies: the actor is never changed.
func capabilities(a *authz.Actor) ([]authz.Capability, map[authz.Capability][]string) {
	held, why := []authz.Capability{}, map[authz.Capability][]string{}
	for _, c := range authz.Capabilities() {
		if a.Has(c) {
			held = append(held, c)
			why[c] = list(slices.Clone(a.Sources[c]))
		}
	}
	return held, why
}
