package sso

import (
	"context"
	"fmt"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/record"
	"github.com/soloprint/soloprint/internal/roster"
)

// tokenOverlap is how long the old SCIM token stays valid where the request does not say.
const tokenOverlap = 24 * time.Hour

// IssuedToken is a provider with its SCIM token, which nobody can read again.
type IssuedToken struct {
	Provider *ent.SSOProvider
	Token    string
}

// RowVersion is the provider's, for its ETag.
func (t IssuedToken) RowVersion() int { return t.Provider.Version }

// CreateTokenInput names an identity provider.
type CreateTokenInput struct {
	ProviderID pid.ID `path:"provider_id" json:"-" doc:"Identifier of the provider." example:"idp_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	IfMatch    string `header:"If-Match" json:"-" doc:"ETag of the version that is meant; 412 where it is another one." maxLength:"1000"`
}

// CreateToken makes the SCIM token of a provider that has none.
func (s *Service) CreateToken(ctx context.Context, in CreateTokenInput) (IssuedToken, error) {
	return op.Do(ctx, s.Ops, OpTokenCreate, in, func(ctx context.Context, tx *ent.Tx) (IssuedToken, error) {
		p, err := forToken(ctx, tx, in.ProviderID, in.IfMatch)
		if err != nil {
			return IssuedToken{}, err
		}
		if len(p.ScimHash) > 0 {
			return IssuedToken{}, errs.New(errs.AlreadyExists, "The provider has a SCIM token. Rotate it, or revoke it.")
		}
		return s.issue(ctx, tx, p, 0)
	})
}

// RotateTokenInput names an identity provider.
type RotateTokenInput struct {
	ProviderID     pid.ID `path:"provider_id" json:"-" doc:"Identifier of the provider." example:"idp_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	IfMatch        string `header:"If-Match" json:"-" doc:"ETag of the version that is meant; 412 where it is another one." maxLength:"1000"`
	OverlapSeconds *int   `json:"overlap_seconds,omitempty" minimum:"0" maximum:"2592000" doc:"Seconds for which the old token stays valid: at most 30 days; absent = 24 hours, 0 = it ends at once."`
}

// RotateToken gives a provider a new SCIM token. Of several old ones only the last stays valid for the overlap.
func (s *Service) RotateToken(ctx context.Context, in RotateTokenInput) (IssuedToken, error) {
	return op.Do(ctx, s.Ops, OpTokenRotate, in, func(ctx context.Context, tx *ent.Tx) (IssuedToken, error) {
		p, err := forToken(ctx, tx, in.ProviderID, in.IfMatch)
		if err != nil {
			return IssuedToken{}, err
		}
		if len(p.ScimHash) == 0 {
			return IssuedToken{}, errs.NotFound("scim_token")
		}
		overlap := tokenOverlap
		if in.OverlapSeconds != nil {
			overlap = time.Duration(*in.OverlapSeconds) * time.Second
		}
		return s.issue(ctx, tx, p, overlap)
	})
}

// forToken is a step that reads the provider, and refuses who could not do by hand what its token does: an admin's work.
func forToken(ctx context.Context, tx *ent.Tx, id pid.ID, ifMatch string) (*ent.SSOProvider, error) {
	p, err := op.Load(ctx, tx.SSOProvider, id)
	if err != nil {
		return nil, err
	}
	if err := op.Match(ifMatch, p.Version); err != nil {
		return nil, err
	}
	return p, roster.MayGive(authz.From(ctx), membership.RoleAdmin)
}

// issue is a step that gives the provider a new token.
func (s *Service) issue(ctx context.Context, tx *ent.Tx, old *ent.SSOProvider, overlap time.Duration) (IssuedToken, error) {
	token, hash := s.Tokens.NewSCIM(old.ID)
	u := tx.SSOProvider.UpdateOne(old).SetScimHash(hash).SetScimTokenCreatedAt(op.Now(ctx))
	if overlap > 0 {
		u.SetScimPreviousHash(old.ScimHash).SetScimPreviousUntil(op.Now(ctx).Add(overlap))
	} else {
		u.ClearScimPreviousHash().ClearScimPreviousUntil()
	}
	p, err := u.Save(ctx)
	if err != nil {
		return IssuedToken{}, fmt.Errorf("store scim token: %w", err)
	}
	tellToken(ctx, tx, old, p)
	return IssuedToken{p, token}, nil
}

// tellToken emits that the token is another one, or gone.
func tellToken(ctx context.Context, tx *ent.Tx, old, now *ent.SSOProvider) {
	object := shown(now)
	event.Emit(ctx, tx, event.Updated{Resource: "sso_provider", ID: now.ID, Object: object, Previous: record.Previous(shown(old), object)})
}

// RevokeTokenInput names an identity provider.
type RevokeTokenInput struct {
	ProviderID pid.ID `path:"provider_id" json:"-" doc:"Identifier of the provider." example:"idp_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	IfMatch    string `header:"If-Match" json:"-" doc:"ETag of the version that is meant; 412 where it is another one." maxLength:"1000"`
}

// RevokeToken ends a provider's SCIM token, and the one before it. The people and groups that came by it stay. A provider that
// has none stays as it is.
func (s *Service) RevokeToken(ctx context.Context, in RevokeTokenInput) (*ent.SSOProvider, error) {
	return op.Do(ctx, s.Ops, OpTokenRevoke, in, func(ctx context.Context, tx *ent.Tx) (*ent.SSOProvider, error) {
		old, err := op.Load(ctx, tx.SSOProvider, in.ProviderID)
		if err != nil || len(old.ScimHash) == 0 {
			return old, err
		}
		if err := op.Match(in.IfMatch, old.Version); err != nil {
			return nil, err
		}
		p, err := tx.SSOProvider.UpdateOne(old).ClearScimHash().ClearScimPreviousHash().ClearScimPreviousUntil().ClearScimTokenCreatedAt().Save(ctx)
		if err != nil {
			return nil, fmt.Errorf("revoke scim token: %w", err)
		}
		tellToken(ctx, tx, old, p)
		return p, nil
	})
}
