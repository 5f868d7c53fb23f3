package sso

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/egress"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// Limits of a test: of its whole, of one request, and of what a provider says.
const (
	testTimeout  = 30 * time.Second
	checkTimeout = 8 * time.Second
	maxDocument  = 256 << 10
	maxKeys      = 100
	minRSA       = 2048 // bits
)

// algorithms are those that ID tokens may be signed with.
var algorithms = []string{"RS256", "ES256", "EdDSA"}

// Words of a check.
const (
	checkOK      = "ok"
	checkWarning = "warning"
	checkFailed  = "failed"
	checkSkipped = "skipped"
)

// TestProviderInput names an identity provider.
type TestProviderInput struct {
	ProviderID pid.ID `path:"provider_id" json:"-" doc:"Identifier of the provider." example:"idp_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	IfMatch    string `header:"If-Match" json:"-" doc:"ETag of the version that is meant; 412 where it is another one." maxLength:"1000"`
}

// probe is the Input with who asks the provider, before the transaction begins, and what it found.
type probe struct {
	TestProviderInput
	service *Service
	tested  *ent.SSOProvider
	result  *schematype.SSOTest
}

// Timeout implements op.Patient.
func (in probe) Timeout() time.Duration { return testTimeout + op.Timeout }

// Prepare implements op.Preparer: it asks the provider as it is now.
func (in probe) Prepare(ctx context.Context) error {
	p, err := op.Read(ctx, in.service.Ops, OpProviderTest, in.TestProviderInput, func(ctx context.Context, c *ent.Client) (*ent.SSOProvider, error) {
		return op.Load(ctx, c.SSOProvider, in.ProviderID)
	})
	if err != nil {
		return err
	}
	if err := op.Match(in.IfMatch, p.Version); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, testTimeout)
	defer cancel()
	*in.tested, in.result.Checks = *p, in.service.check(ctx, p)
	in.result.OK = !slices.ContainsFunc(in.result.Checks, func(c schematype.SSOCheck) bool { return c.Status == checkFailed })
	return nil
}

// TestProvider asks a provider for its description, its keys and whether it would send people back here, and keeps what
// it found. A provider that does not answer is a result, not an error.
func (s *Service) TestProvider(ctx context.Context, in TestProviderInput) (*ent.SSOProvider, error) {
	t := probe{in, s, &ent.SSOProvider{}, &schematype.SSOTest{}}
	return op.Do(ctx, s.Ops, OpProviderTest, t, func(ctx context.Context, tx *ent.Tx) (*ent.SSOProvider, error) {
		p, err := op.Load(ctx, tx.SSOProvider, in.ProviderID)
		if err != nil {
			return nil, err
		}
		if err := op.Match(fmt.Sprint(t.tested.Version), p.Version); err != nil { // another one than was tested
			return nil, err
		}
		t.result.At = op.Now(ctx)
		return tx.SSOProvider.UpdateOne(p).SetLastTest(t.result).Save(ctx)
	})
}

// metadata is what of a discovery document counts here.
type metadata struct {
	Issuer        string   `json:"issuer"`
	Authorization string   `json:"authorization_endpoint"`
	Token         string   `json:"token_endpoint"`
	Keys          string   `json:"jwks_uri"`
	Algorithms    []string `json:"id_token_signing_alg_values_supported"`
	Challenges    []string `json:"code_challenge_methods_supported"`
	Scopes        []string `json:"scopes_supported"`
}

// check asks a provider everything, and stops where an answer is needed that did not come. What the other side says in its own
// words is not shown.
func (s *Service) check(ctx context.Context, p *ent.SSOProvider) []schematype.SSOCheck {
	var m metadata
	steps := []struct {
		name string
		run  func() (status, details string)
	}{
		{"discovery", func() (string, string) { return s.checkDiscovery(ctx, p, &m) }},
		{"endpoints", func() (string, string) { return s.checkEndpoints(ctx, m) }},
		{"keys", func() (string, string) { return s.checkKeys(ctx, m.Keys) }},
		{"redirect_uri", func() (string, string) { return s.checkRedirect(ctx, p, m.Authorization) }},
	}
	checks, broken := make([]schematype.SSOCheck, len(steps)), false
	for i, step := range steps {
		checks[i] = schematype.SSOCheck{Name: step.name, Status: checkSkipped, Details: "Not looked at, because a check before it failed."}
		if broken {
			continue
		}
		checks[i].Status, checks[i].Details = step.run()
		broken = checks[i].Status == checkFailed && i < 2
	}
	return checks
}

// checkDiscovery reads how the provider describes itself.
func (s *Service) checkDiscovery(ctx context.Context, p *ent.SSOProvider, m *metadata) (status, details string) {
	body, err := s.document(ctx, strings.TrimSuffix(p.Issuer, "/")+wellKnown)
	if err != nil {
		return checkFailed, "The discovery document was not read. " + sentence(err)
	}
	if err := json.Unmarshal(body, m); err != nil {
		return checkFailed, "The discovery document is not the JSON that OpenID Connect describes."
	}
	switch {
	case m.Issuer != p.Issuer && strings.TrimSuffix(m.Issuer, "/") == strings.TrimSuffix(p.Issuer, "/"):
		return checkFailed, "The provider writes its issuer otherwise: one has a slash at its end, the other has none. They are compared byte by byte."
	case m.Issuer != p.Issuer:
		return checkFailed, "The discovery document is of another issuer than the one that is entered. They are compared byte by byte."
	case len(m.Algorithms) > 0 && !slices.ContainsFunc(m.Algorithms, func(a string) bool { return slices.Contains(algorithms, a) }):
		return checkFailed, "The provider signs ID tokens with none of " + strings.Join(algorithms, ", ") + ". Give it a signing key."
	case len(m.Scopes) > 0 && slices.ContainsFunc(p.Scopes, func(s string) bool { return !slices.Contains(m.Scopes, s) }):
		return checkWarning, "The provider does not list all of the scopes that are asked for."
	case len(m.Challenges) > 0 && !slices.Contains(m.Challenges, "S256"):
		return checkWarning, "The provider does not list PKCE with S256, which is always sent."
	}
	return checkOK, "The provider describes itself as the issuer that is entered."
}

// checkEndpoints judges where the provider leads, without going there: what describes it must not lead into a network.
func (s *Service) checkEndpoints(ctx context.Context, m metadata) (status, details string) {
	for _, e := range []struct{ name, url string }{{"authorization_endpoint", m.Authorization}, {"token_endpoint", m.Token}, {"jwks_uri", m.Keys}} {
		if e.url == "" {
			return checkFailed, "The discovery document has no " + e.name + "."
		}
		if err := s.Egress.Check(ctx, egress.Request{URL: e.url, HTTPS: true, Timeout: checkTimeout}); err != nil {
			return checkFailed, "Its " + e.name + " is not reached. " + sentence(err)
		}
	}
	return checkOK, "Its addresses are ones that requests go to."
}

// key is what of a published key counts here.
type key struct {
	Type string `json:"kty"`
	Use  string `json:"use"`
	Alg  string `json:"alg"`
	N    string `json:"n"`
	Crv  string `json:"crv"`
	D    string `json:"d"`
	K    string `json:"k"`
}

// checkKeys reads the keys that tokens are signed with.
func (s *Service) checkKeys(ctx context.Context, address string) (status, details string) {
	body, err := s.document(ctx, address)
	if err != nil {
		return checkFailed, "Its keys were not read. " + sentence(err)
	}
	var set struct {
		Keys []key `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return checkFailed, "Its keys are not the JSON that RFC 7517 describes."
	}
	usable := 0
	for _, k := range set.Keys {
		if k.D != "" || k.K != "" {
			return checkFailed, "It publishes a secret key. Whoever reads it signs in as anybody: replace it."
		}
		if k.usable() {
			usable++
		}
	}
	switch {
	case len(set.Keys) > maxKeys:
		return checkFailed, fmt.Sprintf("It publishes more than %d keys.", maxKeys)
	case usable == 0:
		return checkFailed, fmt.Sprintf("It publishes no key that is taken: RSA of %d bits or more, EC P-256 or Ed25519, for signatures.", minRSA)
	case usable == 1:
		return checkOK, "It publishes a key that tokens can be checked with."
	}
	return checkOK, fmt.Sprintf("It publishes %d keys that tokens can be checked with.", usable)
}

// usable reports whether a signature of the key would be taken.
func (k key) usable() bool {
	if k.Use != "" && k.Use != "sig" || k.Alg != "" && !slices.Contains(algorithms, k.Alg) {
		return false
	}
	switch k.Type {
	case "RSA":
		n, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(k.N, "="))
		return err == nil && new(big.Int).SetBytes(n).BitLen() >= minRSA
	case "EC":
		return k.Crv == "P-256"
	case "OKP":
		return k.Crv == "Ed25519"
	}
	return false
}

// refusals are the errors with which a provider says that it would send people back, but not now.
var refusals = []string{"login_required", "interaction_required", "consent_required", "account_selection_required", "temporarily_unavailable"}

// checkRedirect begins a sign-in that nobody is there for (prompt=none): a provider that knows client and redirect address
// sends us back with an error, one that does not shows a page of its own.
func (s *Service) checkRedirect(ctx context.Context, p *ent.SSOProvider, endpoint string) (status, details string) {
	u, err := egress.ParseURL(endpoint)
	if err != nil {
		return checkFailed, "Its authorization_endpoint is no address."
	}
	back, q, sum := s.PublicURL+CallbackPath, u.Query(), sha256.Sum256([]byte(rand.Text()))
	for name, value := range map[string]string{
		"response_type": "code", "client_id": p.ClientID, "redirect_uri": back, "scope": strings.Join(p.Scopes, " "), "state": rand.Text(), "nonce": rand.Text(),
		"prompt": "none", "code_challenge_method": "S256", "code_challenge": base64.RawURLEncoding.EncodeToString(sum[:]),
	} {
		q.Set(name, value)
	}
	u.RawQuery = q.Encode()
	res, err := s.Egress.Do(ctx, egress.Request{URL: u.String(), HTTPS: true, MaxBytes: 1, Cut: true, Timeout: checkTimeout})
	if err != nil {
		return checkFailed, "Its sign-in page was not reached. " + sentence(err)
	}
	_ = res.Body.Close()
	return judgeRedirect(res, u, back)
}

// judgeRedirect is what the answer to such a sign-in means.
func judgeRedirect(res *egress.Response, from *url.URL, back string) (status, details string) {
	to, err := from.Parse(res.Header.Get("Location"))
	switch {
	case res.Status >= http.StatusBadRequest && res.Status < http.StatusInternalServerError:
		return checkFailed, "The provider refuses the client id or the redirect address. Enter " + back + " there, exactly."
	case res.Status >= http.StatusInternalServerError:
		return checkFailed, "The provider's sign-in page has a fault of its own."
	case res.Status < http.StatusMultipleChoices || err != nil || !strings.HasPrefix(to.String(), back+"?"):
		return checkWarning, "The provider shows a page of its own, so that nobody knows whether it takes the redirect address. Try a sign-in: " + back + " has to be entered there, exactly."
	case slices.Contains(refusals, to.Query().Get("error")):
		return checkOK, "The provider knows the client, and sends people back to " + back + "."
	case to.Query().Get("error") == "invalid_scope":
		return checkFailed, "The provider refuses the scopes that are asked for."
	case to.Query().Get("error") == "unauthorized_client", to.Query().Get("error") == "unsupported_response_type":
		return checkFailed, "The provider does not let this client use the authorization code flow."
	}
	return checkWarning, "The provider sends people back to " + back + ", with an error that says nothing of the setup."
}

// errStatus is an answer that is no document.
var errStatus = errors.New("an answer without a document")

// document reads a document of the provider, whole. Redirects are not followed.
func (s *Service) document(ctx context.Context, address string) ([]byte, error) {
	res, err := s.Egress.Do(ctx, egress.Request{URL: address, HTTPS: true, MaxBytes: maxDocument, Timeout: checkTimeout, Header: http.Header{"Accept": {"application/json"}}})
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	if res.Status != http.StatusOK {
		return nil, fmt.Errorf("%w: status %d", errStatus, res.Status)
	}
	return io.ReadAll(res.Body)
}

// sentence is why a request failed, in words of ours.
func sentence(err error) string {
	if r, ok := egress.ReasonOf(err); ok {
		return r.Sentence()
	}
	if errors.Is(err, errStatus) {
		return "The host answered with another status than 200."
	}
	return "The request ended before there was an answer."
}
