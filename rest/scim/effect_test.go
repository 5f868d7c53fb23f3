package scim_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/enrollment"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/session"
	"github.com/soloprint/soloprint/ent/ssogroupmapping"
	"github.com/soloprint/soloprint/ent/ssoprovider"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/roster"
	"github.com/soloprint/soloprint/internal/sso"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// each runs a test on both databases.
func each(t *testing.T, test func(t *testing.T, b *bundle)) {
	t.Helper()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) { test(t, setup(t, db)) })
}

const (
	deactivate = `{"op":"Replace","path":"active","value":"False"}`
	activate   = `{"op":"Replace","path":"active","value":"True"}`
)

// Deactivation suspends the member and ends their sessions in one transaction, told with the provider as the actor; who comes
// back has to sign in again.
func TestDeactivate(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		id, m := b.adds(t, "ada@school.example")
		token, _, err := b.authn.OpenSession(t.Context(), m, session.OpenedByOperator)
		must(t, err)
		signedIn := func() error {
			r, err := http.NewRequestWithContext(t.Context(), "GET", "/", nil)
			must(t, err)
			r.Header.Set("Authorization", "Bearer "+token.String())
			_, err = b.authn.Authenticate(r)
			return err
		}
		must(t, signedIn())

		b.calls(t, "PATCH", "/Users/"+id, patch(deactivate)).says(t, 200)
		if err := signedIn(); !errs.Is(err, errs.TokenRevoked) {
			t.Errorf("the session says %v", err)
		}
		last := b.us.EventRows(t)
		if e := last[len(last)-1]; e.Type != "user.suspended" || e.ActorType != "scim" || e.ActorID != string(b.ours.ID) || e.SubjectID != string(m.ID) || e.RequestID == "" {
			t.Errorf("the last event is %v", e)
		}
		b.calls(t, "PATCH", "/Users/"+id, patch(activate)).says(t, 200)
		if err := signedIn(); !errs.Is(err, errs.TokenRevoked) {
			t.Errorf("the session is back: %v", err)
		}
		if m := b.member(t, id); m.Status != membership.StatusActive || m.Source != membership.SourceScim || m.SuspendedBy != "" {
			t.Errorf("the member is %v", m)
		}
		want := []string{"sso_provider.updated", "user.joined", "user.suspended", "user.updated"}
		if got := b.us.Events(t); !slices.Equal(got, want) {
			t.Errorf("events %v, want %v", got, want)
		}
	})
}

// Whom a person suspended, a provider does not wake: a PUT leaves it, a PATCH that insists is told so.
func TestSuspendedByHand(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		id, m := b.adds(t, "ada@school.example")
		b.Raw.Membership.UpdateOneID(m.ID).SetStatus(membership.StatusSuspended).ExecX(t.Context())
		if a := b.calls(t, "PUT", "/Users/"+id, person("ada@school.example")).says(t, 200); a.body["active"] != false {
			t.Errorf("answered %s", a.text)
		}
		b.calls(t, "PATCH", "/Users/"+id, patch(activate)).says(t, 403)
		b.calls(t, "PATCH", "/Users/"+id, patch(deactivate)).says(t, 200)
		b.calls(t, "PATCH", "/Users/"+id, patch(activate)).says(t, 403)

		b.Raw.Membership.UpdateOneID(m.ID).SetStatus(membership.StatusPending).ExecX(t.Context())
		b.calls(t, "PATCH", "/Users/"+id, patch(activate)).says(t, 403)
	})
}

// Whom an admin woke and suspended again since, the provider that suspended them first does not wake.
func TestSuspendedAgainByHand(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		id, m := b.adds(t, "ada@school.example")
		people := &roster.Service{Ops: b.Ops}
		b.calls(t, "PATCH", "/Users/"+id, patch(deactivate)).says(t, 200)
		for _, status := range []membership.Status{membership.StatusActive, membership.StatusSuspended} {
			_, err := people.UpdateUser(b.us.Session(t, b.us.Owner), roster.UpdateUserInput{MembershipID: m.ID, UserChange: roster.UserChange{Status: graphql.OmittableOf(&status)}})
			must(t, err)
		}
		b.calls(t, "PATCH", "/Users/"+id, patch(activate)).says(t, 403)
		if m := b.member(t, id); m.Status != membership.StatusSuspended {
			t.Errorf("the member is %s", m.Status)
		}
		_, err := people.RemoveUser(b.us.Session(t, b.us.Owner), roster.RemoveUserInput{MembershipID: m.ID})
		must(t, err)
		b.calls(t, "GET", "/Users/"+id, "").says(t, 404)
	})
}

// Members whose mail domain the provider has proved are linked with the role that they have; others are not the provider's to take.
func TestLink(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		member := func(mail string, role authz.Role) *ent.Membership {
			m := b.us.Member(t, role)
			b.Raw.User.UpdateOneID(m.UserID).SetEmail(mail).ExecX(t.Context())
			return m
		}
		teacher, stranger := member("tess@school.example", authz.RoleTeacher), member("sam@elsewhere.example", authz.RoleStudent)
		id := b.calls(t, "POST", "/Users", person("Tess@School.example", `,"displayName":"Tess T"`)).says(t, 201).id()
		if m := b.member(t, id); m.ID != teacher.ID || m.Role != membership.RoleTeacher || m.Name != "Tess T" || m.Source != membership.SourceManual {
			t.Errorf("linked with %v", m)
		}
		b.calls(t, "POST", "/Users", person("sam@elsewhere.example")).says(t, 409, "uniqueness")
		if n := b.Raw.SCIMUser.Query().CountX(t.Context()); n != 1 || b.Raw.Membership.GetX(t.Context(), stranger.ID).Name != "student" {
			t.Errorf("%d linked", n)
		}
		b.calls(t, "POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"other","emails":[{"value":"tess@school.example"}]}`).says(t, 409, "uniqueness")
		b.calls(t, "POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"nobody"}`).says(t, 400, "invalidValue")
		b.calls(t, "POST", "/Users", person("new@elsewhere.example")).says(t, 201) // nobody's yet: an admin could add them too
	})
}

// Owners are seen, but not suspended, removed, renamed or mapped; nobody becomes one.
func TestOwners(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		b.Raw.User.UpdateOneID(b.us.Owner.UserID).SetEmail("head@school.example").ExecX(t.Context())
		id := b.calls(t, "POST", "/Users", person("head@school.example", `,"displayName":"Somebody"`)).says(t, 201).id()
		b.calls(t, "PATCH", "/Users/"+id, patch(deactivate)).says(t, 403)
		b.calls(t, "PUT", "/Users/"+id, person("head@school.example", `,"displayName":"Somebody else"`)).says(t, 200)
		b.calls(t, "DELETE", "/Users/"+id, "").says(t, 403)
		if m := b.member(t, id); m.Status != membership.StatusActive || m.Role != membership.RoleOwner || m.Name != "owner" {
			t.Errorf("the owner is %v", m)
		}
		boss, top := ssogroupmapping.RoleOwner, ssogroupmapping.RoleAdmin
		b.maps(t, "Heads", func(c *ent.SSOGroupMappingCreate) { c.SetRole(boss) })
		b.maps(t, "Deputies", func(c *ent.SSOGroupMappingCreate) { c.SetRole(top) })
		user, m := b.adds(t, "ada@school.example")
		b.calls(t, "POST", "/Groups", group("Heads", user, id)).says(t, 201)
		if m := b.Raw.Membership.GetX(t.Context(), m.ID); m.Role != membership.RoleStudent {
			t.Errorf("SCIM made somebody %s", m.Role)
		}
		b.calls(t, "POST", "/Groups", group("Deputies", user, id)).says(t, 201)
		if o := b.Raw.Membership.GetX(t.Context(), b.us.Owner.ID); o.Role != membership.RoleOwner {
			t.Errorf("the owner became %s", o.Role)
		}
		b.Raw.SSOProvider.UpdateOneID(b.ours.ID).SetDefaultRole(ssoprovider.DefaultRoleOwner).ExecX(t.Context())
		b.calls(t, "POST", "/Users", person("new@school.example")).says(t, 403)
	})
}

// Groups bring roles, classes and user groups, at once: by joining, leaving, renaming and deleting.
func TestMappings(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		class := b.Raw.Class.Create().SetOrganizationID(b.us.ID).SetName("5a").SaveX(ctx)
		club := b.Raw.UserGroup.Create().SetOrganizationID(b.us.ID).SetName("club").SaveX(ctx)
		b.maps(t, "Teachers", func(c *ent.SSOGroupMappingCreate) { c.SetRole(ssogroupmapping.RoleTeacher) })
		b.maps(t, "5a", func(c *ent.SSOGroupMappingCreate) { c.SetClassID(class.ID).SetUserGroupID(club.ID) })
		id, m := b.adds(t, "ada@school.example")
		other, _ := b.adds(t, "ben@school.example")
		is := func() string {
			words := []string{string(b.Raw.Membership.GetX(ctx, m.ID).Role)}
			for _, e := range b.Raw.Enrollment.Query().Where(enrollment.MembershipID(m.ID)).AllX(ctx) {
				words = append(words, string(e.ClassID))
			}
			for _, g := range m.QueryUserGroups().AllX(ctx) {
				words = append(words, g.Name)
			}
			return strings.ReplaceAll(strings.Join(words, " "), string(class.ID), "5a")
		}
		wants := func(step, want string) {
			t.Helper()
			if got := is(); got != want {
				t.Errorf("%s: %q, want %q", step, got, want)
			}
		}

		pupils := b.calls(t, "POST", "/Groups", group("5a", id, other)).says(t, 201).id()
		wants("in 5a", "student 5a club")
		staff := b.calls(t, "POST", "/Groups", group("Staff", id)).says(t, 201).id()
		wants("in a group that nothing maps", "student 5a club")
		b.calls(t, "PATCH", "/Groups/"+staff, patch(`{"op":"Replace","path":"displayName","value":"Teachers"}`)).says(t, 204)
		wants("the group is called otherwise", "teacher 5a club")
		b.calls(t, "PATCH", "/Groups/"+staff, patch(`{"op":"remove","path":"members[value eq \"`+id+`\"]"}`)).says(t, 204)
		wants("out of the staff", "student 5a club")
		b.calls(t, "PATCH", "/Groups/"+staff, patch(`{"op":"replace","path":"externalId","value":"5a"}`)).says(t, 204)
		b.calls(t, "PUT", "/Groups/"+pupils, group("Class of 5a", id)).says(t, 200)
		wants("nothing is called 5a that they are in", "student")
		b.calls(t, "PATCH", "/Groups/"+staff, patch(`{"op":"Add","path":"members","value":[{"value":"`+id+`"}]}`)).says(t, 204)
		wants("a group by its identifier, and by its name", "teacher 5a club")

		// What a token says of groups does not count for people whom the directory has.
		b.calls(t, "DELETE", "/Groups/"+pupils, "").says(t, 204)
		b.calls(t, "DELETE", "/Groups/"+staff, "").says(t, 204)
		wants("the last group is gone", "student")
		if !slices.Contains(b.us.Events(t), "sso.mapping_applied") {
			t.Error("mappings were applied without a word")
		}
	})
}

// Two providers see their own rows, whatever identifier they name; an organization's tokens open nothing of another's.
func TestIsolation(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		id, _ := b.adds(t, "ada@school.example")
		g := b.calls(t, "POST", "/Groups", group("5a", id)).says(t, 201).id()
		_, secondToken := b.provider(t, b.us, "second.example") // of the same organization
		for name, token := range map[string]string{"another organization": b.other, "another provider": secondToken} {
			for _, r := range [][3]string{
				{"GET", "/Users/" + id, ""}, {"PUT", "/Users/" + id, person("ada@school.example")}, {"PATCH", "/Users/" + id, patch(deactivate)}, {"DELETE", "/Users/" + id, ""},
				{"GET", "/Groups/" + g, ""}, {"PUT", "/Groups/" + g, group("x")}, {"PATCH", "/Groups/" + g, patch(`{"op":"remove","path":"members"}`)}, {"DELETE", "/Groups/" + g, ""},
			} {
				if a := b.callsAs(t, token, r[0], r[1], r[2]); a.status != 404 {
					t.Errorf("%s: %s %s: %d %s", name, r[0], r[1], a.status, a.text)
				}
			}
			for _, kind := range []string{"/Users", "/Groups"} {
				if a := b.callsAs(t, token, "GET", kind, ""); fmt.Sprint(a.body["totalResults"]) != "0" {
					t.Errorf("%s lists %s", name, a.text)
				}
				if a := b.callsAs(t, token, "GET", kind+`?filter=id eq "`+id+`" or id eq "`+g+`"`, ""); fmt.Sprint(a.body["totalResults"]) != "0" {
					t.Errorf("%s finds %s", name, a.text)
				}
			}
			b.callsAs(t, token, "POST", "/Groups", group("theirs", id)).says(t, 400, "invalidValue")
		}
		b.callsAs(t, secondToken, "POST", "/Users", person("ada@school.example")).says(t, 409, "uniqueness")
		b.callsAs(t, b.other, "POST", "/Users", person("ada@school.example")).says(t, 201) // a member of theirs, too
		if m := b.member(t, id); m.Status != membership.StatusActive || m.DeletedAt != nil {
			t.Errorf("our member is %v", m)
		}
	})
}

// A removed person is gone from the provider, whoever removed them, and may come back.
func TestRemove(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		id, m := b.adds(t, "ada@school.example")
		b.calls(t, "POST", "/Groups", group("5a", id)).says(t, 201)
		b.calls(t, "DELETE", "/Users/"+id, "").says(t, 204)
		b.calls(t, "DELETE", "/Users/"+id, "").says(t, 404)
		if m := b.Raw.Membership.GetX(t.Context(), m.ID); m.DeletedAt == nil {
			t.Error("the member is still there")
		}
		again, back := b.adds(t, "ada@school.example")
		if again == id || back.ID != m.ID {
			t.Errorf("came back as %s, %s", again, back.ID)
		}
	})
}

// Of two who add one userName at once, one does.
func TestConcurrentCreates(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		for round := range 5 {
			mail := fmt.Sprintf("ada%d@school.example", round)
			statuses := make([]int, 4)
			var all sync.WaitGroup
			for i := range statuses {
				all.Go(func() { statuses[i] = b.calls(t, "POST", "/Users", person(mail)).status })
			}
			all.Wait()
			slices.Sort(statuses)
			if !slices.Equal(statuses, []int{201, 409, 409, 409}) {
				t.Errorf("answered %v", statuses)
			}
		}
	})
}

// Of two who change one group at once, none undoes the other.
func TestConcurrentMembers(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		g := b.calls(t, "POST", "/Groups", group("5a")).says(t, 201).id()
		ids := make([]string, 6)
		for i := range ids {
			ids[i], _ = b.adds(t, fmt.Sprintf("p%d@school.example", i))
		}
		var all sync.WaitGroup
		for _, id := range ids {
			all.Go(func() {
				if a := b.calls(t, "PATCH", "/Groups/"+g, patch(`{"op":"Add","path":"members","value":[{"value":"`+id+`"}]}`)); a.status != 204 {
					t.Errorf("answered %d %s", a.status, a.text)
				}
			})
		}
		all.Wait()
		if n := b.Raw.SCIMGroup.GetX(t.Context(), pid.ID(g)).QueryMembers().CountX(t.Context()); n != len(ids) {
			t.Errorf("%d of %d members", n, len(ids))
		}
	})
}

// A token is one provider's, opens SCIM alone, has an overlap when it is rotated, and ends when it is revoked or the provider
// is disabled.
func TestToken(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		owner := b.us.Session(t, b.us.Owner)
		if !strings.HasPrefix(b.token, "slp_scim_"+strings.TrimPrefix(string(b.ours.ID), "idp_")+"_") {
			t.Errorf("the token begins with %.40s", b.token)
		}
		_, err := b.sso.CreateToken(owner, sso.CreateTokenInput{ProviderID: b.ours.ID})
		refused(t, err, errs.AlreadyExists)
		r, err := http.NewRequestWithContext(t.Context(), "GET", "/", nil)
		must(t, err)
		r.Header.Set("Authorization", "Bearer "+b.token)
		_, err = b.authn.Authenticate(r)
		refused(t, err, errs.InvalidToken)
		key, _, err := b.authn.OpenSession(t.Context(), b.us.Owner, session.OpenedByOperator)
		must(t, err)
		for name, token := range map[string]string{"a session": key.String(), "nothing": "x", "a changed one": b.token[:len(b.token)-10] + "0000000000"} {
			if a := b.callsAs(t, token, "GET", "/Users", ""); a.status != 401 || a.header.Get("WWW-Authenticate") == "" || a.body["status"] != "401" {
				t.Errorf("%s: %d %s", name, a.status, a.text)
			}
		}

		rotated, err := b.sso.RotateToken(owner, sso.RotateTokenInput{ProviderID: b.ours.ID})
		must(t, err)
		b.calls(t, "GET", "/Users", "").says(t, 200)
		b.callsAs(t, rotated.Token, "GET", "/Users", "").says(t, 200)
		b.Clock.Advance(25 * time.Hour)
		b.calls(t, "GET", "/Users", "").says(t, 401)
		must(t, b.authn.Used.Flush(t.Context(), b.Ops.Client))
		if p := b.Raw.SSOProvider.GetX(t.Context(), b.ours.ID); p.ScimLastUsedAt == nil || p.ScimTokenCreatedAt == nil {
			t.Errorf("used at %v, made at %v", p.ScimLastUsedAt, p.ScimTokenCreatedAt)
		}
		b.Raw.SSOProvider.UpdateOneID(b.ours.ID).SetState(ssoprovider.StateDisabled).ExecX(t.Context())
		b.callsAs(t, rotated.Token, "GET", "/Users", "").says(t, 401)
		b.Raw.SSOProvider.UpdateOneID(b.ours.ID).SetState(ssoprovider.StateEnabled).ExecX(t.Context())
		_, err = b.sso.RevokeToken(owner, sso.RevokeTokenInput{ProviderID: b.ours.ID})
		must(t, err)
		b.callsAs(t, rotated.Token, "GET", "/Users", "").says(t, 401)
		_, err = b.sso.RotateToken(owner, sso.RotateTokenInput{ProviderID: b.ours.ID})
		refused(t, err, errs.NotFound("scim_token").Code)
		_, err = b.sso.CreateToken(owner, sso.CreateTokenInput{ProviderID: b.theirs.ID})
		refused(t, err, errs.NotFound("sso_provider").Code)
		_, err = b.sso.CreateToken(b.us.Key(t, authz.OrgManageUsers), sso.CreateTokenInput{ProviderID: b.ours.ID}) // could not do by hand what the token does
		refused(t, err, errs.InsufficientPermissions)
		for _, e := range b.us.EventRows(t) {
			if strings.Contains(string(e.Data), b.token) || strings.Contains(string(e.Data), "hash") {
				t.Errorf("an event shows %s", e.Data)
			}
		}
	})
}

func refused(t testing.TB, err error, code errs.Code) {
	t.Helper()
	if !errs.Is(err, code) {
		t.Errorf("got %v, want %s", err, code)
	}
}

// ETags: what was read is not sent again, and who changes what somebody else has changed meanwhile is told so.
func TestETags(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		id, m := b.adds(t, "ada@school.example")
		g := b.calls(t, "POST", "/Groups", group("5a")).says(t, 201)
		if at := g.header.Get("Location"); at != "https://print.school.example/scim/v2/Groups/"+g.id() {
			t.Errorf("Location %q", at)
		}
		for path, change := range map[string]string{"/Users/" + id: patch(`{"op":"replace","path":"displayName","value":"Ada"}`), "/Groups/" + g.id(): patch(`{"op":"add","path":"members","value":[{"value":"` + id + `"}]}`)} {
			tag := b.calls(t, "GET", path, "").says(t, 200).header.Get("ETag")
			b.calls(t, "GET", path, "", "If-None-Match", tag).says(t, 304)
			b.calls(t, "PATCH", path, change, "If-Match", tag)
			b.calls(t, "GET", path, "", "If-None-Match", tag).says(t, 200)
			b.calls(t, "PATCH", path, change, "If-Match", tag).says(t, 412)
			b.calls(t, "DELETE", path, "", "If-Match", tag).says(t, 412)
		}
		tag := b.calls(t, "GET", "/Users/"+id, "").header.Get("ETag")
		b.Raw.Membership.UpdateOneID(m.ID).SetStatus(membership.StatusSuspended).AddVersion(1).ExecX(t.Context())
		b.calls(t, "PATCH", "/Users/"+id, patch(activate), "If-Match", tag).says(t, 412)
	})
}
