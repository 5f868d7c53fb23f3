package sso

import (
	"fmt"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/ssogroupmapping"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/roster"
)

// mayGive refuses a role that the actor may not give: nobody makes a provider give more than they could by hand.
func mayGive(a *authz.Actor, role string) error { return roster.MayGive(a, membership.Role(role)) }

// mayMap refuses what a mapping grants and the actor may not.
func mayMap(a *authz.Actor, role *ssogroupmapping.Role, group *ent.UserGroup) error {
	if role != nil {
		if err := mayGive(a, string(*role)); err != nil {
			return err
		}
	}
	if group != nil {
		return roster.MayGrant(a, group.Grants)
	}
	return nil
}

// item is the path of an entry of a list.
func item(list string, i int) string { return fmt.Sprintf("%s[%d]", list, i) }
