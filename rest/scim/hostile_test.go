package scim_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/clock"
	"github.com/soloprint/soloprint/internal/sso/directory"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
	"github.com/soloprint/soloprint/rest"
	"github.com/soloprint/soloprint/rest/scim"
)

// What is not understood is refused in SCIM's form, and changes nothing.
func TestHostile(t *testing.T) {
	core := `"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]`
	rows := []struct {
		name, method, path, body string
		status                   int
		keyword                  string
	}{
		{"no JSON", "POST", "/Users", `{`, 400, "invalidSyntax"},
		{"nothing", "POST", "/Users", ` `, 400, "invalidSyntax"},
		{"a list", "POST", "/Users", `[]`, 400, "invalidSyntax"},
		{"two documents", "POST", "/Users", `{} {}`, 400, "invalidSyntax"},
		{"a name twice", "POST", "/Users", `{` + core + `,"userName":"a@b.example","USERNAME":"b@b.example"}`, 400, "invalidSyntax"},
		{"a NUL", "POST", "/Users", `{` + core + `,"userName":"a\u0000@b.example"}`, 400, "invalidSyntax"},
		{"no UTF-8", "POST", "/Users", "{" + core + ",\"userName\":\"\xff@b.example\"}", 400, "invalidSyntax"},
		{"deep", "POST", "/Users", strings.Repeat(`{"a":`, 100000) + `1` + strings.Repeat(`}`, 100000), 400, "invalidSyntax"},
		{"deep lists", "POST", "/Users", strings.Repeat(`[`, 500000), 400, "invalidSyntax"},
		{"1 MB and a byte", "POST", "/Users", `{` + core + `,"userName":"` + strings.Repeat("a", 1<<20) + `"}`, 413, ""},
		{"just below 1 MB", "POST", "/Users", `{` + core + `,"userName":"` + strings.Repeat("a", 1<<20-200) + `"}`, 400, "invalidValue"},
		{"no schemas", "POST", "/Users", `{"userName":"a@b.example"}`, 400, "invalidSyntax"},
		{"schemas of another", "POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"userName":"a@b.example"}`, 400, "invalidSyntax"},
		{"an attribute that nobody knows", "POST", "/Users", `{` + core + `,"userName":"a@b.example","isAdmin":true}`, 400, "invalidSyntax"},
		{"a schema that nobody knows", "POST", "/Users", `{` + core + `,"userName":"a@b.example","urn:example:2.0:User":{"role":"owner"}}`, 400, "invalidSyntax"},
		{"no userName", "POST", "/Users", `{` + core + `}`, 400, "invalidValue"},
		{"an empty userName", "POST", "/Users", `{` + core + `,"userName":" ","emails":[{"value":"a@b.example"}]}`, 400, "invalidValue"},
		{"userName of another type", "POST", "/Users", `{` + core + `,"userName":7}`, 400, "invalidValue"},
		{"active of another type", "POST", "/Users", `{` + core + `,"userName":"a@b.example","active":"perhaps"}`, 400, "invalidValue"},
		{"emails of another type", "POST", "/Users", `{` + core + `,"userName":"a@b.example","emails":"a@b.example"}`, 400, "invalidSyntax"},
		{"an address that is none", "POST", "/Users", `{` + core + `,"userName":"a@b.example","emails":[{"value":"<a@b.example>"}]}`, 400, "invalidValue"},
		{"eleven addresses", "POST", "/Users", `{` + core + `,"userName":"a@b.example","emails":[` + mails(11) + `]}`, 400, "invalidValue"},
		{"a long name", "POST", "/Users", `{` + core + `,"userName":"a@b.example","displayName":"` + strings.Repeat("a", 201) + `"}`, 400, "invalidValue"},

		{"no Operations", "PATCH", "/Users/$user", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}`, 400, "invalidSyntax"},
		{"empty Operations", "PATCH", "/Users/$user", patch(), 400, "invalidSyntax"},
		{"1,001 operations", "PATCH", "/Users/$user", patch(strings.TrimSuffix(strings.Repeat(deactivate+",", 1001), ",")), 400, "invalidSyntax"},
		{"an unknown op", "PATCH", "/Users/$user", patch(`{"op":"move","path":"active","value":false}`), 400, "invalidSyntax"},
		{"an op of another type", "PATCH", "/Users/$user", patch(`{"op":1,"path":"active","value":false}`), 400, "invalidSyntax"},
		{"a member that operations lack", "PATCH", "/Users/$user", patch(`{"op":"add","path":"active","value":false,"from":"x"}`), 400, "invalidSyntax"},
		{"no schema of PATCH", "PATCH", "/Users/$user", `{"schemas":[],"Operations":[` + deactivate + `]}`, 400, "invalidValue"},
		{"an unknown path", "PATCH", "/Users/$user", patch(`{"op":"add","path":"isAdmin","value":true}`), 400, "invalidPath"},
		{"a path that is none", "PATCH", "/Users/$user", patch(`{"op":"add","path":"emails[","value":"x"}`), 400, "invalidPath"},
		{"a filter that is not understood", "PATCH", "/Users/$user", patch(`{"op":"replace","path":"emails[type co \"w\"].value","value":"a@b.example"}`), 400, "invalidPath"},
		{"an unknown attribute without a path", "PATCH", "/Users/$user", patch(`{"op":"add","value":{"isAdmin":true}}`), 400, "invalidValue"},
		{"remove without a path", "PATCH", "/Users/$user", patch(`{"op":"remove"}`), 400, "invalidValue"},
		{"active is nothing", "PATCH", "/Users/$user", patch(`{"op":"replace","path":"active","value":"maybe"}`), 400, "invalidValue"},
		{"active removed", "PATCH", "/Users/$user", patch(`{"op":"remove","path":"active"}`), 400, "mutability"},
		{"userName removed", "PATCH", "/Users/$user", patch(`{"op":"remove","path":"userName"}`), 400, "invalidValue"},
		{"the first is right, the second is not", "PATCH", "/Users/$user", patch(deactivate, `{"op":"replace","path":"emails","value":[{"value":"x"}]}`), 400, "invalidValue"},

		{"a group in a group", "PATCH", "/Groups/$group", patch(`{"op":"add","path":"members","value":[{"value":"$group","type":"Group"}]}`), 400, "invalidValue"},
		{"a member who is nobody", "PATCH", "/Groups/$group", patch(`{"op":"add","path":"members","value":[{"value":"' OR 1=1 --"}]}`), 400, "invalidValue"},
		{"a member without a value", "PATCH", "/Groups/$group", patch(`{"op":"add","path":"members","value":[{"display":"x"}]}`), 400, "invalidValue"},
		{"displayName removed", "PATCH", "/Groups/$group", patch(`{"op":"remove","path":"displayName"}`), 400, "invalidValue"},
		{"members by another filter", "PATCH", "/Groups/$group", patch(`{"op":"remove","path":"members[display eq \"x\"]"}`), 400, "invalidPath"},

		{"a filter that is none", "GET", `/Users?filter=userName eq`, "", 400, "invalidFilter"},
		{"a filter of an unknown attribute", "GET", `/Users?filter=isAdmin eq "x"`, "", 400, "invalidFilter"},
		{"a filter by what is not kept", "GET", `/Users?filter=title eq "x"`, "", 400, "invalidFilter"},
		{"a filter by greater", "GET", `/Users?filter=userName gt "x"`, "", 400, "invalidFilter"},
		{"a filter by a number", "GET", `/Users?filter=userName eq 7`, "", 400, "invalidFilter"},
		{"a filter without end", "GET", `/Users?filter=` + strings.Repeat(`userName eq "x" or `, 60) + `userName eq "x"`, "", 400, "invalidFilter"},
		{"a long filter", "GET", `/Users?filter=userName eq "` + strings.Repeat("x", 3000) + `"`, "", 400, "invalidFilter"},
		{"sorted", "GET", "/Users?sortBy=userName", "", 400, ""},
		{"an unknown parameter", "GET", "/Users?limit=5", "", 400, ""},
		{"count is no number", "GET", "/Users?count=many", "", 400, ""},
		{"bulk", "POST", "/Bulk", `{}`, 501, ""},
		{"search", "POST", "/Users/.search", `{}`, 501, ""},
		{"me", "GET", "/Me", "", 501, ""},
		{"another method", "DELETE", "/Users", "", 405, ""},
		{"another address", "GET", "/Devices", "", 404, ""},
		{"an identifier that is none", "GET", "/Users/%00", "", 400, "invalidValue"},
		{"an identifier of a group", "GET", "/Users/$group", "", 404, ""},
	}
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		user, _ := b.adds(t, "ada@school.example")
		g := b.calls(t, "POST", "/Groups", group("5a", user)).says(t, 201).id()
		events := len(b.us.Events(t))
		names := strings.NewReplacer("$user", user, "$group", g)
		for _, r := range rows {
			t.Run(r.name, func(t *testing.T) {
				a := b.calls(t, r.method, names.Replace(r.path), names.Replace(r.body))
				keyword, _ := a.body["scimType"].(string)
				if a.status != r.status || keyword != r.keyword || a.body["status"] != fmt.Sprint(r.status) || a.header.Get("Content-Type") != "application/scim+json" {
					t.Errorf("answered %d %.300s, want %d %s", a.status, a.text, r.status, r.keyword)
				}
			})
		}
		if got := b.us.Events(t)[events:]; len(got) > 0 || b.Raw.SCIMUser.Query().CountX(t.Context()) != 1 {
			t.Errorf("something was changed: %v", got)
		}
		if a := b.calls(t, "POST", "/Users", person("x@school.example"), "Content-Type", "text/plain"); a.status != 415 {
			t.Errorf("text is taken: %d", a.status)
		}
	})
}

func mails(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`{"value":"a%d@b.example"}`, i))
	}
	return strings.Join(list, ",")
}

// What filters find.
func TestFilters(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		ids := map[string]string{}
		for _, name := range []string{"ada", "Ben", "c_d", "cxd"} {
			ids[name] = b.calls(t, "POST", "/Users", person(name+"@school.example", `,"externalId":"X-`+name+`","displayName":"`+name+` Person"`)).says(t, 201).id()
		}
		b.calls(t, "PATCH", "/Users/"+ids["Ben"], patch(deactivate)).says(t, 200)
		b.calls(t, "POST", "/Groups", group("Staff")).says(t, 201)
		b.calls(t, "POST", "/Groups", group("Pupils")).says(t, 201)
		for filter, want := range map[string]string{
			`userName eq "ADA@school.example"`: "ada", `userName Eq "ben@school.example"`: "Ben", `externalId eq "X-ada"`: "ada", `externalId eq "x-ada"`: "",
			`displayName eq "ben person"`: "Ben", `id eq "` + ids["c_d"] + `"`: "c_d", `emails.value eq "Cxd@school.example"`: "cxd", `emails[value eq "ada@school.example"]`: "ada",
			`userName sw "c_"`: "c_d", `userName co "_"`: "c_d", `userName ew "en@school.example"`: "Ben", `userName co "%"`: "", `active eq false`: "Ben", `active ne false and userName sw "a"`: "ada",
			`userName eq "ada@school.example" or externalId eq "X-cxd"`: "ada cxd", `not (userName sw "c") and active eq true`: "ada", `userName pr`: "ada Ben c_d cxd",
			`urn:ietf:params:scim:schemas:core:2.0:User:userName eq "ada@school.example"`: "ada", `userName ne "ada@school.example" and displayName co "x"`: "cxd",
		} {
			a := b.calls(t, "GET", "/Users?filter="+filter, "").says(t, 200)
			var got []string
			for _, r := range a.body["Resources"].([]any) {
				name, _, _ := strings.Cut(r.(map[string]any)["userName"].(string), "@")
				got = append(got, name)
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%s finds %v, want %s", filter, got, want)
			}
		}
		if a := b.calls(t, "GET", `/Groups?filter=displayName eq "staff"&attributes=displayName`, "").says(t, 200); fmt.Sprint(a.body["totalResults"]) != "1" || strings.Contains(a.text, "members") {
			t.Errorf("groups: %s", a.text)
		}
	})
}

// A page costs the same however many people there are; pages follow each other without a gap.
func TestPages(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		ctx, counter := store.WithCounter(t.Context())
		g := b.Raw.SCIMGroup.Create().SetOrganizationID(b.us.ID).SetProviderID(b.ours.ID).SetDisplayName("All").SetDisplayKey("all").SaveX(t.Context())
		fill := func(from, to int) {
			for i := from; i < to; i++ {
				mail := fmt.Sprintf("p%04d@school.example", i)
				u := b.Raw.User.Create().SetEmail(mail).SaveX(t.Context())
				m := b.Raw.Membership.Create().SetOrganizationID(b.us.ID).SetUserID(u.ID).SetSource("scim").SaveX(t.Context())
				b.Raw.SCIMUser.Create().SetOrganizationID(b.us.ID).SetProviderID(b.ours.ID).SetMembershipID(m.ID).SetUserName(mail).SetUserNameKey(mail).AddGroups(g).ExecX(t.Context())
			}
		}
		service := &directory.Service{Ops: b.Ops}
		ctx = authz.With(ctx, authz.Directory(b.us.ID, b.ours.ID))
		cost := func(count int) int {
			counter.Reset()
			if _, err := service.ListUsers(ctx, directory.ListUsersInput{StartIndex: 1, Count: count}); err != nil {
				t.Fatal(err)
			}
			return counter.Count()
		}
		fill(0, 10)
		few := cost(10)
		fill(10, 1000)
		if many := cost(directory.MaxPage); many != few || many > 5 {
			t.Errorf("a page of 10 costs %d statements, one of 200 %d: %q", few, many, counter.Statements())
		}
		seen := map[string]bool{}
		for start := 1; start <= 1000; start += 200 {
			a := b.calls(t, "GET", fmt.Sprintf("/Users?startIndex=%d&count=500", start), "").says(t, 200)
			if fmt.Sprintf("%v %v %v", a.body["totalResults"], a.body["itemsPerPage"], a.body["startIndex"]) != fmt.Sprintf("1000 200 %d", start) {
				t.Errorf("page at %d: %v of %v from %v", start, a.body["itemsPerPage"], a.body["totalResults"], a.body["startIndex"])
			}
			for _, r := range a.body["Resources"].([]any) {
				seen[r.(map[string]any)["userName"].(string)] = true
			}
		}
		if len(seen) != 1000 {
			t.Errorf("%d of 1000 people were seen", len(seen))
		}
		if a := b.calls(t, "GET", "/Users?startIndex=2000", "").says(t, 200); len(a.body["Resources"].([]any)) != 0 {
			t.Errorf("beyond the end: %s", a.text)
		}
		if a := b.calls(t, "GET", "/Users?count=0", "").says(t, 200); fmt.Sprint(a.body["totalResults"]) != "1000" || len(a.body["Resources"].([]any)) != 0 {
			t.Errorf("count=0: %s", a.text)
		}
	})
}

// Requests are counted for the provider, and refused ones for where they come from.
func TestLimits(t *testing.T) {
	limits := rest.NewLimits(2, clock.NewFake(testkit.Start()))
	h := scim.Handler(scim.Config{Directory: &directory.Service{}, Limit: limits.Spend, Authenticate: func(*http.Request) (*authz.Actor, error) {
		return authz.Directory("org_1", "idp_1"), nil
	}})
	for i, want := range []int{200, 200, 429} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(context.Background(), "GET", "/scim/v2/ServiceProviderConfig", nil))
		if w.Code != want || want == 429 && (w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "urn:ietf:params:scim:api:messages:2.0:Error")) {
			t.Errorf("request %d: %d %v %s", i+1, w.Code, w.Header(), w.Body)
		}
	}
}
