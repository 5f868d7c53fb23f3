package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/soloprint/soloprint"
	"github.com/soloprint/soloprint/internal/app"
)

// cli is every command and flag. Flags have environment variables of the same names.
type cli struct {
	Serve   serveCmd   `cmd:"" help:"Run the server."`
	Demo    demoCmd    `cmd:"" help:"Run the server with an invented school and simulated printers."`
	Migrate migrateCmd `cmd:"" help:"Bring the database up to date and stop."`
	Apikey  apikeyCmd  `cmd:"" help:"API keys."`
	User    userCmd    `cmd:"" help:"People."`
	Roster  rosterCmd  `cmd:"" help:"Roster files: OneRoster, CSV and spreadsheets of people and classes."`
	SSO     ssoCmd     `cmd:"" name:"sso" help:"Identity providers."`
	Jobs    jobsCmd    `cmd:"" help:"Recurring work."`
	Status  statusCmd  `cmd:"" help:"Notes on the public status page."`
	API     apiCmd     `cmd:"" name:"api" help:"Call a server's REST API: soloprint api GET /v1/printers -q state=idle."`
	Openapi openapiCmd `cmd:"" help:"Print the OpenAPI document."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

// place is where data and database are.
type place struct {
	Data        string `default:"./data" env:"SOLOPRINT_DATA" placeholder:"DIR" help:"Folder of database, files and keys."`
	DatabaseURL string `env:"SOLOPRINT_DATABASE_URL" placeholder:"URL" help:"PostgreSQL (postgres://...); SQLite in the data folder where absent."`
	MasterKey   string `env:"SOLOPRINT_MASTER_KEY" placeholder:"BASE64" help:"Key that secrets are encrypted with, 32 bytes in base64; a file in the data folder where absent."`
}

// listen is how a server is reached.
type listen struct {
	Addr      string  `default:"127.0.0.1:8080" env:"SOLOPRINT_ADDR" placeholder:"HOST:PORT" help:"Where to listen."`
	PublicURL string  `env:"SOLOPRINT_PUBLIC_URL" placeholder:"URL" help:"How clients reach the server; http://ADDR where absent."`
	RateLimit int     `default:"${rate}" env:"SOLOPRINT_RATE_LIMIT" placeholder:"N" help:"Requests a minute for a key; 0 = no limit."`
	Speed     float64 `default:"60" env:"SOLOPRINT_SPEED" placeholder:"N" help:"Simulated seconds a second of virtual printers, more than 0."`
	Metrics   string  `name:"metrics-addr" env:"SOLOPRINT_METRICS_ADDR" placeholder:"HOST:PORT" help:"Where to serve /metrics; without it on ADDR, to this machine only."`
	SMTP      string  `name:"smtp-url" env:"SOLOPRINT_SMTP_URL" placeholder:"URL" help:"Mail server: smtp://user:password@host:587?from=address; no mail is sent where absent."`
	Egress    string  `name:"egress-allow-cidrs" env:"SOLOPRINT_EGRESS_ALLOW_CIDRS" placeholder:"CIDR,..." help:"Addresses that requests to hosts named by users may reach although they are not public."`
	Proxies   string  `name:"trusted-proxies" env:"SOLOPRINT_TRUSTED_PROXIES" placeholder:"CIDR,..." help:"Reverse proxies in front of the server, whose X-Forwarded-For counts."`
	TOTP      bool    `name:"require-totp" env:"SOLOPRINT_REQUIRE_TOTP" help:"Let nobody sign in with a password alone: an authenticator app is set up at the first time."`
}

// Validate refuses numbers that no server takes. To the configuration of a server 0 is a speed that nobody named.
func (l listen) Validate() error {
	if !(l.Speed > 0 && l.Speed <= app.MaxSpeed) {
		return fmt.Errorf("--speed %g is not a number above 0, up to %d", l.Speed, app.MaxSpeed)
	}
	return nil
}

func (p place) config() app.Config {
	return app.Config{Addr: "127.0.0.1:0", Data: p.Data, DatabaseURL: p.DatabaseURL, MasterKey: p.MasterKey, Version: soloprint.Version, Log: logger(os.Stderr, slog.LevelWarn)}
}

func (p place) serving(l listen) app.Config {
	c := p.config()
	c.Addr, c.PublicURL, c.RateLimit, c.Speed, c.EgressAllow, c.MetricsAddr, c.SMTPURL, c.Proxies, c.RequireTOTP, c.Log = l.Addr, l.PublicURL, l.RateLimit, l.Speed, l.Egress, l.Metrics, l.SMTP, l.Proxies, l.TOTP, logger(os.Stderr, slog.LevelInfo)
	return c
}

func logger(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))
}

type serveCmd struct {
	place
	listen `set:"rate=600"`
}

// Run serves until it is told to stop.
func (c *serveCmd) Run(ctx context.Context, out io.Writer) error {
	config := c.serving(c.listen)
	listener, err := app.Listen(config)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }() // the server has closed it already where there was one
	a, err := app.New(ctx, config)
	if err != nil {
		return err
	}
	err = a.Serve(ctx, listener, func(addr string) { _, _ = fmt.Fprintf(out, "SoLoPrint listens on http://%s\n", addr) })
	return errors.Join(err, a.Close())
}

type migrateCmd struct{ place }

// Run brings the database up to date.
func (c *migrateCmd) Run(ctx context.Context, out io.Writer) error {
	a, err := app.Open(ctx, c.config())
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintln(out, "The database is up to date.")
	return a.Close()
}

type apikeyCmd struct {
	Create apikeyCreateCmd `cmd:"" help:"Make an API key and print it, this once."`
}

type apikeyCreateCmd struct {
	place
	Organization string   `required:"" placeholder:"SLUG" help:"The organization, by slug or id."`
	Email        string   `placeholder:"EMAIL" help:"Whose key it is; the first owner where absent."`
	Name         string   `required:"" help:"What it is for."`
	Scopes       []string `default:"operations.read" help:"Capabilities, separated by commas, or all."`
	ExpiresIn    string   `default:"8760h" placeholder:"DURATION" help:"How long it is valid; 0 = for ever."`
}

// Run makes a key in the name of a member.
func (c *apikeyCreateCmd) Run(ctx context.Context, out io.Writer) error {
	life, err := time.ParseDuration(c.ExpiresIn)
	if err != nil || life < 0 {
		return fmt.Errorf("--expires-in %q is not a duration such as 720h", c.ExpiresIn)
	}
	a, err := app.Open(ctx, c.config())
	if err != nil {
		return err
	}
	defer func() { _ = a.Close() }()
	token, err := a.CreateKey(ctx, app.NewKey{Organization: c.Organization, Email: c.Email, Name: c.Name, Scopes: c.Scopes, Life: life})
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintln(out, token)
	return nil
}

type ssoCmd struct {
	ProveDomain ssoProveDomainCmd `cmd:"" help:"Vouch for a mail domain of an identity provider, where nobody can publish its TXT record."`
	SCIMToken   ssoSCIMTokenCmd   `cmd:"" name:"scim-token" help:"Make, rotate or revoke the token with which an identity provider keeps its people and groups up to date here."`
}

type ssoSCIMTokenCmd struct {
	place
	Organization string `required:"" placeholder:"SLUG" help:"The organization, by slug or id."`
	Provider     string `required:"" placeholder:"SLUG" help:"The identity provider, by slug."`
	Rotate       bool   `xor:"verb" help:"Make another one; the old one stays valid for a day."`
	Revoke       bool   `xor:"verb" help:"End it at once."`
}

// Run prints the token, this once.
func (c *ssoSCIMTokenCmd) Run(ctx context.Context, out io.Writer) error {
	a, err := app.Open(ctx, c.config())
	if err != nil {
		return err
	}
	defer func() { _ = a.Close() }()
	verb := map[bool]string{c.Rotate: "rotate", c.Revoke: "revoke"}[true]
	token, err := a.SCIMToken(ctx, c.Organization, c.Provider, verb)
	if err != nil {
		return err
	}
	if token == "" {
		token = "The SCIM token of " + c.Provider + " is revoked."
	}
	_, _ = fmt.Fprintln(out, token)
	return nil
}

type ssoProveDomainCmd struct {
	place
	Organization string `required:"" placeholder:"SLUG" help:"The organization, by slug or id."`
	Provider     string `required:"" placeholder:"SLUG" help:"The identity provider, by slug."`
	Domain       string `required:"" placeholder:"DOMAIN" help:"One of its domains."`
}

// Run marks the domain as proved.
func (c *ssoProveDomainCmd) Run(ctx context.Context, out io.Writer) error {
	a, err := app.Open(ctx, c.config())
	if err != nil {
		return err
	}
	defer func() { _ = a.Close() }()
	if err := a.ProveDomain(ctx, c.Organization, c.Provider, c.Domain); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "The domain %s of %s is proved.\n", c.Domain, c.Provider)
	return nil
}

type openapiCmd struct {
	PublicURL string `default:"https://print.example.org" env:"SOLOPRINT_PUBLIC_URL" placeholder:"URL" help:"Server address in the document."`
}

// Run prints the document.
func (c *openapiCmd) Run(out io.Writer) error {
	text, err := app.OpenAPI(c.PublicURL, soloprint.Version)
	if err != nil {
		return err
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, text, "", "  "); err != nil {
		return err
	}
	_, err = pretty.WriteTo(out)
	return err
}

type versionCmd struct{}

// Run prints the version.
func (*versionCmd) Run(out io.Writer) error {
	_, err := fmt.Fprintln(out, soloprint.Version)
	return err
}
