package sso

import (
	"testing"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// Where a provider keeps its groups by SCIM, they count at a sign-in, and the token's do not; for people whom it does not have,
// and where it has no group, the token's do.
func TestDirectoryAtSignIn(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		s := b.school(t, b.provider(t))
		s.maps(t, "10 staff: groups equals Staff -> role:teacher")
		s.maps(t, "0 pupil: groups equals 5a -> class:5a group:club")
		known, stranger := b.us.Member(t, authz.RoleStudent), b.us.Member(t, authz.RoleStudent)
		u := b.Raw.SCIMUser.Create().SetOrganizationID(b.us.ID).SetProviderID(s.provider.ID).SetMembershipID(known.ID).SetUserName("x").SetUserNameKey("x").SaveX(t.Context())
		group := func(name, externalID string, members ...pid.ID) {
			b.Raw.SCIMGroup.Create().SetOrganizationID(b.us.ID).SetProviderID(s.provider.ID).SetDisplayName(name).SetDisplayKey(name).SetExternalID(externalID).AddMemberIDs(members...).ExecX(t.Context())
		}
		in := func(step string, m *ent.Membership, token, want string) {
			t.Helper()
			s.signIn(t, s.provider, m, claims(t, token))
			if got := s.is(t, m); got != want {
				t.Errorf("%s: %q, want %q", step, got, want)
			}
		}

		in("no groups by SCIM: the token counts", known, `{"groups":["Staff"]}`, "teacher")
		group("Others", "1")
		in("SCIM says: in no group", known, `{"groups":["Staff"]}`, "student")
		in("a person whom SCIM does not have", stranger, `{"groups":["Staff"]}`, "teacher")
		group("5a", "2", u.ID)
		in("SCIM's group, by name", known, `{"groups":["Staff"]}`, "student class:5a group:club")
		group("by number", "Staff", u.ID)
		in("SCIM's group, by identifier", known, `{}`, "teacher class:5a group:club")
		in("an overage changes nothing of it", known, `{"hasgroups":true,"_claim_names":{"groups":"src1"}}`, "teacher class:5a group:club")
		b.Raw.SCIMGroup.Delete().ExecX(t.Context())
		in("no group any more: the token counts", known, `{"groups":[]}`, "student")
	})
}
