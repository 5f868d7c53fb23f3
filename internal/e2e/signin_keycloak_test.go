package e2e_test

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// keycloakVersion is taken from Maven Central, as it is.
const keycloakVersion = "26.4.0"

//go:embed testdata/keycloak/school-realm.json
var keycloakRealm string

// keycloak is a Keycloak with a school's realm.
type keycloak struct {
	t          *testing.T
	home, url  string
	port       int
	http       *http.Client
	admin      string // token of its admin
	issuedTill time.Time
}

// newKeycloak installs it.
func newKeycloak(t *testing.T) *keycloak {
	t.Helper()
	dir := t.TempDir()
	const artifact = "org.keycloak:keycloak-quarkus-dist:" + keycloakVersion + ":zip"
	copied := exec.CommandContext(t.Context(), "mvn", "-q", "-B", "dependency:copy", "-Dartifact="+artifact, "-DoutputDirectory="+dir)
	copied.Dir = dir
	if out, err := copied.CombinedOutput(); err != nil {
		t.Fatalf("install Keycloak from Maven Central: %v\n%.800s", err, out)
	}
	unpacked := exec.CommandContext(t.Context(), "jar", "xf", "keycloak-quarkus-dist-"+keycloakVersion+".zip")
	unpacked.Dir = dir
	if out, err := unpacked.CombinedOutput(); err != nil {
		t.Fatalf("unpack: %v\n%.800s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	return &keycloak{t: t, home: filepath.Join(dir, "keycloak-"+keycloakVersion), port: port, url: fmt.Sprintf("http://127.0.0.1:%d", port), http: &http.Client{Timeout: 30 * time.Second}}
}

// run starts it with the realm, for a server that knows it by an identifier.
func (k *keycloak) run(base, provider string) {
	k.t.Helper()
	realm := strings.NewReplacer("BASE", base, "PROVIDER", provider).Replace(keycloakRealm)
	imports := filepath.Join(k.home, "data", "import")
	err := os.MkdirAll(imports, 0o700)
	if err == nil {
		err = os.WriteFile(filepath.Join(imports, "school-realm.json"), []byte(realm), 0o600)
	}
	if err != nil {
		k.t.Fatal(err)
	}
	run := exec.CommandContext(k.t.Context(), "bash", filepath.Join(k.home, "bin", "kc.sh"), "start-dev", "--import-realm", "--http-host=127.0.0.1", fmt.Sprint("--http-port=", k.port))
	run.Env = append(os.Environ(), "KC_BOOTSTRAP_ADMIN_USERNAME=admin", "KC_BOOTSTRAP_ADMIN_PASSWORD=admin", "JAVA_OPTS_APPEND=-Xmx768m")
	run.Cancel = func() error { return run.Process.Signal(os.Interrupt) }
	run.WaitDelay = 20 * time.Second
	var said bytes.Buffer
	run.Stdout, run.Stderr = &said, &said
	if err := run.Start(); err != nil {
		k.t.Fatal(err)
	}
	k.t.Cleanup(func() {
		_ = run.Process.Kill()
		_ = run.Wait()
		if k.t.Failed() {
			k.t.Logf("Keycloak: %.3000s", said.String())
		}
	})
	eventually(k.t, 4*time.Minute, func() string {
		res, err := k.http.Get(k.url + "/realms/school/.well-known/openid-configuration")
		if err != nil {
			return err.Error()
		}
		defer func() { _ = res.Body.Close() }()
		if res.StatusCode != http.StatusOK {
			return res.Status
		}
		return ""
	})
}

// do asks its admin API.
func (k *keycloak) do(method, path string, body any) []byte {
	k.t.Helper()
	if time.Now().After(k.issuedTill) {
		res, err := k.http.PostForm(k.url+"/realms/master/protocol/openid-connect/token", url.Values{"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {"admin"}, "password": {"admin"}})
		if err != nil {
			k.t.Fatal(err)
		}
		var token struct {
			Access string `json:"access_token"`
		}
		err = json.NewDecoder(res.Body).Decode(&token)
		_ = res.Body.Close()
		if err != nil || token.Access == "" {
			k.t.Fatalf("admin's token: %d %v", res.StatusCode, err)
		}
		k.admin, k.issuedTill = token.Access, time.Now().Add(30*time.Second)
	}
	text, err := json.Marshal(body)
	if err != nil {
		k.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(k.t.Context(), method, k.url+"/admin/realms/school"+path, bytes.NewReader(text))
	if err != nil {
		k.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+k.admin)
	r.Header.Set("Content-Type", "application/json")
	res, err := k.http.Do(r)
	if err != nil {
		k.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	out, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= 300 {
		k.t.Fatalf("%s %s: %d %.500s %v", method, path, res.StatusCode, out, err)
	}
	return out
}

// idOf is the identifier of the first thing that a search finds.
func (k *keycloak) idOf(path string) string {
	k.t.Helper()
	var found []struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(k.do("GET", path, nil), &found); err != nil || len(found) == 0 {
		k.t.Fatalf("%s: nothing found, %v", path, err)
	}
	return found[0].ID
}

// signsIn fills Keycloak's form in, where it is shown.
func (b *browser) signsIn() *browser {
	b.t.Helper()
	if strings.Contains(b.page, `name="password"`) && strings.Contains(b.page, "login-actions/authenticate") {
		b.submit("login-actions/authenticate", url.Values{"username": {"ada"}, "password": {"a password of this test"}})
	}
	return b
}

// TestKeycloakPeer signs somebody in through Keycloak with groups, moves them, rotates its keys, and signs them out there.
func TestKeycloakPeer(t *testing.T) {
	if os.Getenv("SOLOPRINT_PEERS") == "" {
		t.Skip("installs Keycloak from Maven Central: make peers")
	}
	t.Parallel()
	s := newServerIn(t, database{path: sqliteInData}, 1, dataDir(t), "SOLOPRINT_EGRESS_ALLOW_CIDRS=127.0.0.0/8")
	k, api, school, base := newKeycloak(t), s.api(t), s.keys.OrganizationSlug, "http://"+s.addr
	id := api.create("/v1/platform/sso/providers", object{"name": "Keycloak", "profile": "keycloak", "issuer": k.url + "/realms/school", "client_id": "soloprint",
		"client_secret": "a secret of this test, which is long enough", "domains": []string{"keycloak.example"}, "auto_create": "active"}).text("id")
	s.command(t, "sso", "prove-domain", "--organization", school, "--provider", "keycloak", "--domain", "keycloak.example")
	k.run(base, id)
	tested := api.want(http.StatusOK, "POST", "/v1/platform/sso/providers/"+id+"/test", object{})
	if !strings.Contains(string(tested.body), `"ok":true`) {
		t.Errorf("its test: %s", tested.body)
	}
	api.patch("/v1/platform/sso/providers/"+id, object{"state": "enabled"})
	class := api.create("/v1/platform/classes", object{"name": "Robotics by Keycloak"}).text("id")
	group := api.create("/v1/platform/user-groups", object{"name": "Makers by Keycloak"}).text("id")
	for name, grants := range map[string]object{"Teachers": {"role": "teacher", "class_id": class, "is_teacher": true}, "Makers": {"user_group_id": group}, "Operators": {"role": "operator"}} {
		grants["provider_id"], grants["match"] = id, object{"claim": "groups", "operator": "equals", "value": name}
		api.create("/v1/platform/sso/group-mappings", grants)
	}

	b := newBrowser(t)
	b.open(base+"/sign-in").submit("/sign-in", url.Values{"email": {"ada@keycloak.example"}}).signsIn()
	if me := b.me(base); me.text("memberships.0.role") != "teacher" {
		t.Fatalf("at %s: %s", b.at, me.body)
	}
	member := api.get("/v1/org/users?q=ada@keycloak.example").text("data.0.id")
	s.isIn(t, member, "teacher", class, group, true)

	user := k.idOf("/users?username=ada")
	for _, left := range []string{"Teachers", "Makers"} {
		k.do("DELETE", "/users/"+user+"/groups/"+k.idOf("/groups?exact=true&search="+left), nil)
	}
	k.do("PUT", "/users/"+user+"/groups/"+k.idOf("/groups?exact=true&search=Operators"), object{})
	k.do("POST", "/components", object{"name": "rotated", "providerId": "rsa-generated", "providerType": "org.keycloak.keys.KeyProvider",
		"config": object{"priority": []string{"500"}, "enabled": []string{"true"}, "active": []string{"true"}, "algorithm": []string{"RS256"}, "keySize": []string{"2048"}}})
	time.Sleep(61 * time.Second) // keys are asked for once a minute
	b.open(base+"/o/"+school+"?again").submit("/auth/start", nil).signsIn()
	s.isIn(t, member, "operator", class, group, false)

	k.do("POST", "/users/"+user+"/logout", object{})
	eventually(t, 15*time.Second, func() string {
		if a := b.me(base); a.status != http.StatusUnauthorized {
			return fmt.Sprintf("the back channel did not end the session: %d", a.status)
		}
		return ""
	})
}
