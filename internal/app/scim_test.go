package app_test

import (
	"net/http"
	"testing"
)

// The operator's token opens the server's /scim/v2 and nothing else; a second one is refused, a new one works, and none does
// after it was revoked.
func TestSCIMTokenOfTheOperator(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.Raw.SSOProvider.Create().SetOrganizationID(w.us.ID).SetName("Okta").SetSlug("okta").SetIssuer("https://id.example").SetClientID("x").ExecX(t.Context())
		token := func(verb string) (string, error) { return w.app.SCIMToken(t.Context(), w.us.Slug, "okta", verb) }
		says := func(token, path string, want int) {
			t.Helper()
			r, err := http.NewRequestWithContext(t.Context(), "GET", w.url+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+token)
			res, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			if _ = res.Body.Close(); res.StatusCode != want {
				t.Errorf("%s answers %d, want %d", path, res.StatusCode, want)
			}
		}

		first, err := token("create")
		if err != nil {
			t.Fatal(err)
		}
		says(first, "/scim/v2/Users", 200)
		says(first, "/v1/me", 401)
		says(w.us.key, "/scim/v2/Users", 401)
		if _, err := token("create"); err == nil {
			t.Error("a second token was made")
		}
		if _, err := w.app.SCIMToken(t.Context(), w.them.Slug, "okta", "create"); err == nil {
			t.Error("another school's provider was found")
		}
		second, err := token("rotate")
		if err != nil {
			t.Fatal(err)
		}
		says(second, "/scim/v2/ServiceProviderConfig", 200)
		if _, err := token("revoke"); err != nil {
			t.Fatal(err)
		}
		says(first, "/scim/v2/Users", 401)
		says(second, "/scim/v2/Users", 401)
	})
}
