package roster

import (
	"slices"

	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
)

// roles are the roles, highest first.
var roles = []membership.Role{membership.RoleOwner, membership.RoleAdmin, membership.RoleOperator, membership.RoleTeacher, membership.RoleStudent}

// mayGive refuses a role above the actor's own, and one that brings capabilities that the actor lacks: a key with few
// scopes would make itself a member with more.
func mayGive(a *authz.Actor, r membership.Role) error {
	if a.Kind == authz.KindSystem {
		return nil
	}
	if slices.Index(roles, r) < slices.Index(roles, membership.Role(a.Role)) {
		return errs.New(errs.InsufficientPermissions, "The role %s is above your own, %s.", r, a.Role)
	}
	return mayGrant(a, authz.Role(r).Capabilities())
}

// mayGrant refuses capabilities that the actor lacks.
func mayGrant[C ~string](a *authz.Actor, words []C) error {
	for _, w := range words {
		if !a.Has(authz.Capability(w)) {
			return errs.New(errs.InsufficientPermissions, "You cannot grant the capability %s, which you lack yourself.", w)
		}
	}
	return nil
}

// without are the values that are not among the others.
func without[T comparable](values, others []T) []T {
	return slices.DeleteFunc(slices.Clone(values), func(v T) bool { return slices.Contains(others, v) })
}

// distinct are the values, sorted and each once.
func distinct[T ~string](values []T) []T {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}

// MayGive is mayGive for those who let others give roles.
func MayGive(a *authz.Actor, r membership.Role) error { return mayGive(a, r) }

// MayGrant is mayGrant for those who let others put people into user groups.
func MayGrant(a *authz.Actor, grants []string) error { return mayGrant(a, grants) }

// MayTouch refuses to change somebody whose role is above the actor's own, for those who change people by steps.
func MayTouch(a *authz.Actor, r membership.Role) error { return mayTouch(a, r) }
