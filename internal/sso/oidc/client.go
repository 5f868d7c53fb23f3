package oidc

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/soloprint/soloprint/internal/clock"
	"github.com/soloprint/soloprint/internal/egress"
)

// WellKnown is where a provider describes itself, below its issuer (OpenID Connect Discovery 1.0, 4).
const WellKnown = "/.well-known/openid-configuration"

// Limits of what a provider may cost.
const (
	requestTimeout = 8 * time.Second
	MaxDocument    = 256 << 10 // bytes of any answer
	metadataLife   = 10 * time.Minute
	maxRemembered  = 1000 // providers whose metadata is kept
)

// Client talks to providers. It remembers how they describe themselves and their keys, and is safe for concurrent use.
type Client struct {
	Egress *egress.Client
	Clock  clock.Clock

	mu    sync.Mutex
	known map[string]*party // by issuer
}

// Config is what a provider knows of us, and we of it.
type Config struct {
	Issuer       string
	ClientID     string
	ClientSecret string
	RedirectURI  string
	Scopes       []string
	Wanted       []string // claims that are worth a look at userinfo where the ID token lacks them
}

// Metadata is what of a provider's description counts here.
type Metadata struct {
	Issuer        string   `json:"issuer"`
	Authorization string   `json:"authorization_endpoint"`
	Token         string   `json:"token_endpoint"`
	Keys          string   `json:"jwks_uri"`
	UserInfo      string   `json:"userinfo_endpoint"`
	EndSession    string   `json:"end_session_endpoint"`
	Algorithms    []string `json:"id_token_signing_alg_values_supported"`
	Challenges    []string `json:"code_challenge_methods_supported"`
	Scopes        []string `json:"scopes_supported"`
	TokenAuth     []string `json:"token_endpoint_auth_methods_supported"`
	NamesIssuer   bool     `json:"authorization_response_iss_parameter_supported"` // RFC 9207
}

// party is a provider as it described itself at a time.
type party struct {
	Metadata
	provider *oidc.Provider
	keys     *keySet
	read     time.Time
}

// Discover is how a provider describes itself, ten minutes old at most. Errors: a *Refusal.
func (c *Client) Discover(ctx context.Context, issuer string) (Metadata, error) {
	p, err := c.party(ctx, issuer)
	if err != nil {
		return Metadata{}, err
	}
	return p.Metadata, nil
}

func (c *Client) party(ctx context.Context, issuer string) (*party, error) {
	c.mu.Lock()
	p := c.known[issuer]
	c.mu.Unlock()
	if p != nil && c.Clock.Now().Sub(p.read) < metadataLife {
		return p, nil
	}
	fresh, err := c.discover(ctx, issuer)
	if err != nil {
		return nil, err
	}
	if p != nil && p.keys.url == fresh.keys.url {
		fresh.keys = p.keys // with when they were asked for last
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil || len(c.known) >= maxRemembered {
		c.known = map[string]*party{}
	}
	c.known[issuer] = fresh
	return fresh, nil
}

// discover asks a provider who it is. go-oidc compares the issuer byte by byte.
func (c *Client) discover(ctx context.Context, issuer string) (*party, error) {
	provider, err := oidc.NewProvider(c.with(ctx), issuer)
	if _, ok := errors.AsType[*oidc.IssuerMismatchError](err); ok {
		return nil, refuse(WrongMetadata, "discover: %w", err)
	}
	if err != nil {
		return nil, refuse(Unreachable, "discover: %w", err)
	}
	p := &party{provider: provider, read: c.Clock.Now()}
	if err := provider.Claims(&p.Metadata); err != nil {
		return nil, refuse(WrongMetadata, "read metadata: %w", err)
	}
	if p.Authorization == "" || p.Token == "" || p.Keys == "" {
		return nil, refuse(WrongMetadata, "an endpoint is missing")
	}
	if err := c.Egress.Check(ctx, egress.Request{URL: p.Authorization, HTTPS: true, Timeout: requestTimeout}); err != nil {
		return nil, refuse(WrongMetadata, "authorization endpoint: %w", err)
	}
	p.keys = &keySet{client: c, url: p.Keys}
	return p, nil
}

// Ask is what a sign-in that begins takes along.
type Ask struct {
	State, Nonce, Verifier string
	LoginHint              string
	Prompt                 string        // of OpenID Connect Core 1.0, 3.1.2.1; empty = the provider's way
	MaxAge                 time.Duration // how long ago the person may have signed in there; 0 = any time
}

// AuthorizationURL is where the browser goes.
func (c *Client) AuthorizationURL(ctx context.Context, conf Config, ask Ask) (string, error) {
	p, err := c.party(ctx, conf.Issuer)
	if err != nil {
		return "", err
	}
	options := []oauth2.AuthCodeOption{oidc.Nonce(ask.Nonce), oauth2.S256ChallengeOption(ask.Verifier)}
	for name, value := range map[string]string{"login_hint": ask.LoginHint, "prompt": ask.Prompt} {
		if value != "" {
			options = append(options, oauth2.SetAuthURLParam(name, value))
		}
	}
	if ask.MaxAge > 0 {
		options = append(options, oauth2.SetAuthURLParam("max_age", fmt.Sprint(int(ask.MaxAge.Seconds()))))
	}
	return p.oauth(conf).AuthCodeURL(ask.State, options...), nil
}

// oauth is the client of RFC 6749. How it says its secret is the provider's choice: trying one after the other would use the code up.
func (p *party) oauth(conf Config) *oauth2.Config {
	endpoint := oauth2.Endpoint{AuthURL: p.Authorization, TokenURL: p.Token, AuthStyle: oauth2.AuthStyleInHeader}
	if len(p.TokenAuth) > 0 && !slices.Contains(p.TokenAuth, "client_secret_basic") && slices.Contains(p.TokenAuth, "client_secret_post") || conf.ClientSecret == "" {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{ClientID: conf.ClientID, ClientSecret: conf.ClientSecret, RedirectURL: conf.RedirectURI, Scopes: conf.Scopes, Endpoint: endpoint}
}

// EndSessionURL is where the browser goes to sign out at the provider too, "" where it has no such place.
func (c *Client) EndSessionURL(ctx context.Context, conf Config, idToken, back string) string {
	p, err := c.party(ctx, conf.Issuer)
	if err != nil || p.EndSession == "" {
		return ""
	}
	u, err := egress.ParseURL(p.EndSession)
	if err != nil {
		return ""
	}
	if err := c.Egress.Check(ctx, egress.Request{URL: p.EndSession, HTTPS: true, Timeout: requestTimeout}); err != nil {
		return ""
	}
	q := u.Query()
	q.Set("client_id", conf.ClientID)
	q.Set("post_logout_redirect_uri", back)
	if idToken != "" {
		q.Set("id_token_hint", idToken)
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// with lets the libraries use egress.
func (c *Client) with(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, c.Egress.HTTP(MaxDocument, requestTimeout))
}

// unique reads one JSON object whose members stand once each, at any depth: of two with a name, two readers may take two.
func unique(document []byte) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(document))
	if err := walk(d, 0); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("something stands behind the object")
	}
	var object map[string]any
	if err := json.Unmarshal(document, &object); err != nil {
		return nil, err
	}
	if object == nil {
		return nil, fmt.Errorf("no object")
	}
	return object, nil
}

// maxDepth is how deep the claims of a token may be nested.
const maxDepth = 16

// walk reads one value.
func walk(d *json.Decoder, depth int) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	open, ok := t.(json.Delim)
	if !ok {
		return nil
	}
	if depth == maxDepth {
		return fmt.Errorf("nested too deeply")
	}
	seen := map[string]bool{}
	for d.More() {
		if open == '{' {
			name, err := d.Token()
			if err != nil {
				return err
			}
			key, _ := name.(string)
			if seen[key] {
				return fmt.Errorf("%q stands twice", key)
			}
			seen[key] = true
		}
		if err := walk(d, depth+1); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}

// text is a claim that is a text, "" where it is none.
func text(claims map[string]any, name string) string {
	s, _ := claims[name].(string)
	return strings.ToValidUTF8(s, "")
}
