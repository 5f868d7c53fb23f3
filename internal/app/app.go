package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/soloprint/soloprint"
	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/graph"
	"github.com/soloprint/soloprint/internal/apikey"
	"github.com/soloprint/soloprint/internal/authn"
	"github.com/soloprint/soloprint/internal/blob"
	"github.com/soloprint/soloprint/internal/connector"
	"github.com/soloprint/soloprint/internal/connector/virtual"
	"github.com/soloprint/soloprint/internal/crud"
	"github.com/soloprint/soloprint/internal/egress"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/file"
	"github.com/soloprint/soloprint/internal/fleet"
	"github.com/soloprint/soloprint/internal/guard"
	"github.com/soloprint/soloprint/internal/idem"
	"github.com/soloprint/soloprint/internal/jobrun"
	"github.com/soloprint/soloprint/internal/live"
	"github.com/soloprint/soloprint/internal/material"
	"github.com/soloprint/soloprint/internal/metrics"
	"github.com/soloprint/soloprint/internal/notify"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/org"
	"github.com/soloprint/soloprint/internal/outbox"
	"github.com/soloprint/soloprint/internal/password"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue"
	"github.com/soloprint/soloprint/internal/report"
	"github.com/soloprint/soloprint/internal/roster"
	"github.com/soloprint/soloprint/internal/secret"
	"github.com/soloprint/soloprint/internal/sso"
	"github.com/soloprint/soloprint/internal/sso/directory"
	"github.com/soloprint/soloprint/internal/sso/signin"
	"github.com/soloprint/soloprint/internal/status"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/throttle"
	"github.com/soloprint/soloprint/internal/webhook"
	"github.com/soloprint/soloprint/jobs"
	"github.com/soloprint/soloprint/rest"
	"github.com/soloprint/soloprint/rest/scim"
	"github.com/soloprint/soloprint/web"
	"github.com/soloprint/soloprint/web/words"
)

// blobPath is where signed URLs of the disk store point.
const blobPath = "/blobs/"

// App is a server's parts.
type App struct {
	Config    Config
	DB        *store.DB
	Client    *ent.Client
	Secrets   *secret.Box
	Authn     *authn.Service
	Keys      *idem.Keys
	Tries     *throttle.Limiter
	Passwords *password.Service
	Runs      *jobrun.Runs
	Status    *status.Service
	links     links // one-time links of this process
	Ops       *op.Runner
	Blobs     *blob.Disk
	Virtual   *virtual.Printers
	Egress    *egress.Client

	API      *rest.API
	APIKeys  *apikey.Service
	Imports  *roster.Imports
	Resolver *graph.Resolver
	Worker   *queue.Worker
	Refresh  *queue.Refresher
	Fetcher  *file.Fetcher
	Courier  *webhook.Courier
	Planner  *notify.Planner
	Sender   *notify.Sender
	Jobs     *jobs.Scheduler
	Metrics  *metrics.Set
	Live     *live.Hub
	Bus      *live.Bus

	guard *guard.Guard
	lock  *store.FileLock
}

// Open opens the database and what operations need: for commands that the operator gives beside a running server.
func Open(ctx context.Context, c Config) (*App, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	a := &App{Config: c.withDefaults()}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	keyFile := filepath.Join(c.Data, "master.key")
	isNew := noKeyYet(c, keyFile)
	secrets, err := secret.Load(c.MasterKey, keyFile)
	if err != nil {
		return nil, err
	}
	a.Secrets = secrets
	database := store.Config{URL: c.DatabaseURL, Log: a.Config.Log, Volatile: c.Volatile}
	if c.DatabaseURL == "" {
		database.Path = c.DatabaseFile()
	}
	if a.DB, err = store.Open(ctx, database); err != nil {
		return nil, err
	}
	if err := store.Migrate(ctx, a.DB); err != nil {
		return nil, errors.Join(err, a.DB.Close())
	}
	a.Client = ent.NewClient(ent.Driver(a.DB.Driver()))
	a.guard = guard.Install(a.Client)
	a.Ops = &op.Runner{Client: a.Client, Guard: a.guard, Clock: a.Config.Clock, Log: a.Config.Log}
	a.Authn = &authn.Service{Client: a.Client, Secrets: a.Secrets, Clock: a.Config.Clock, Used: &authn.UseLog{}, Cookie: signin.SessionCookie(a.Config.PublicURL)}
	a.links.clock = a.Config.Clock
	bare := ent.NewClient(ent.Driver(a.DB.Driver())) // without guard, for the packages that have the infrastructure's tables
	if err := checkKey(ctx, bare, a.Secrets); err != nil {
		if isNew { // the key that belongs here may still be put in its place
			err = errors.Join(err, os.Remove(keyFile))
		}
		return nil, errors.Join(err, a.DB.Close())
	}
	a.Keys = &idem.Keys{Client: bare, Secrets: a.Secrets, Clock: a.Config.Clock, Log: a.Config.Log}
	a.Tries = &throttle.Limiter{Client: bare, Clock: a.Config.Clock, Secrets: a.Secrets}
	a.Passwords = a.passwords()
	a.Runs = &jobrun.Runs{Client: bare, Clock: a.Config.Clock, Log: a.Config.Log, Server: serverName()}
	a.Status = &status.Service{Client: bare, Clock: a.Config.Clock, Log: a.Config.Log, Ping: a.DB.Ping, Storage: a.storage}
	a.APIKeys = &apikey.Service{Ops: a.Ops, Tokens: tokens{a.Authn}}
	a.Imports = &roster.Imports{Roster: &roster.Service{Ops: a.Ops, Join: join}}
	return a, nil
}

// tokens makes the tokens of API keys and invitations for the services that store them.
type tokens struct{ authn *authn.Service }

func (t tokens) NewKey(id pid.ID) (token, display string, hash []byte) {
	made, hash := t.authn.NewKeyToken(id)
	return made.String(), made.Display(), hash
}

func (t tokens) NewSCIM(provider pid.ID) (token string, hash []byte) {
	made, hash := t.authn.NewSCIMToken(provider)
	return made.String(), hash
}

func (t tokens) NewInvite(id pid.ID) (token string, hash []byte) {
	made, hash := t.authn.NewInviteToken(id)
	return made.String(), hash
}

func (t tokens) ReadInvite(token string) (id pid.ID, hash []byte, ok bool) {
	return t.authn.ReadInviteToken(token)
}

// New opens everything and builds every service.
func New(ctx context.Context, c Config) (*App, error) {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	var lock *store.FileLock
	if c.DatabaseURL == "" { // a SQLite file has one server; PostgreSQL any number
		var err error
		if lock, err = store.Lock(c.Data); err != nil {
			return nil, err
		}
	}
	a, err := Open(ctx, c)
	if err != nil {
		if lock != nil {
			err = errors.Join(err, lock.Unlock())
		}
		return nil, err
	}
	a.lock = lock
	if err := a.build(); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// build makes the services. Every one is named once, here.
func (a *App) build() error {
	c := a.Config
	var err error
	if err := os.MkdirAll(filepath.Dir(c.VirtualFile()), 0o700); err != nil {
		return fmt.Errorf("make folder of virtual printers: %w", err)
	}
	if a.Virtual, err = virtual.Open(virtual.Config{Path: c.VirtualFile(), Speed: c.Speed, Now: time.Now}); err != nil {
		return err
	}
	a.Blobs, err = blob.OpenDisk(blob.DiskConfig{Dir: filepath.Join(c.Data, "files"), PublicURL: c.PublicURL, Path: blobPath,
		Key: a.Secrets.SigningKey(), Now: c.Clock.Now, Check: a.blobCheck, Log: c.Log})
	if err != nil {
		return err
	}
	allow, err := egress.ParseAllow(c.EgressAllow)
	if err != nil {
		return err
	}
	a.Egress = &egress.Client{Allow: allow}
	connectors := connector.Registry{virtual.Kind: a.Virtual}
	a.Live = &live.Hub{Ops: a.Ops, Sees: a.guard.Sees, Log: c.Log}
	worker, refresh, fetch := make(chan struct{}, 1), make(chan struct{}, 1), make(chan struct{}, 1)
	plan, send := make(chan struct{}, 1), make(chan struct{}, 1)
	bell := outbox.NewBell()
	a.Bus = &live.Bus{Log: c.Log, Told: func(organization pid.ID) {
		a.Live.Wake(organization)
		nudge(plan)
		if organization != "" { // what was not told of one, the courier finds by looking
			bell.Ring(organization)
		}
	}}
	if c.DatabaseURL != "" {
		a.Bus.Notify, a.Bus.Listen = a.DB.Notify, a.DB.Listen
	}
	a.Metrics = metrics.New(c.Version, a.depths)
	a.Ops.Committed = func(organization pid.ID, types []event.Type) {
		a.Bus.Committed(organization)
		nudge(worker)
		nudge(refresh)
		if slices.Contains(types, event.FileRegistered) {
			nudge(fetch)
		}
	}

	types, err := rest.EventTypes(eventSamples())
	if err != nil {
		return fmt.Errorf("describe events: %w", err)
	}
	a.API = &rest.API{
		Crud:     &crud.Service{Ops: a.Ops},
		Org:      &org.Service{Ops: a.Ops},
		Roster:   a.Imports.Roster,
		Invites:  &roster.Invites{Ops: a.Ops, Tokens: tokens{a.Authn}, PublicURL: c.PublicURL, Join: join, Standing: authn.Standing},
		Keys:     a.APIKeys,
		Hooks:    &webhook.Service{Ops: a.Ops, Secrets: a.Secrets, Egress: a.Egress, APIVersion: rest.APIVersion, Types: types},
		Reports:  &report.Service{Ops: a.Ops},
		Fleet:    &fleet.Service{Ops: a.Ops, Secrets: a.Secrets, Connectors: connectors, Unload: material.UnloadPrinter},
		Material: &material.Service{Ops: a.Ops},
		Files:    &file.Service{Ops: a.Ops, Blobs: a.Blobs, Egress: a.Egress, Secrets: a.Secrets},
		Items:    &queue.Items{Ops: a.Ops},
		Matching: &queue.Matching{Ops: a.Ops},
		Dispatch: &queue.Dispatch{Ops: a.Ops},
		Live:     a.Live,
		SSO:      &sso.Service{Ops: a.Ops, Secrets: a.Secrets, Egress: a.Egress, Names: net.DefaultResolver, PublicURL: c.PublicURL, Tokens: tokens{a.Authn}},
	}
	a.API.SignIn = a.signIn()
	if a.API.Notify, err = a.notify(); err != nil {
		return err
	}
	a.Resolver = &graph.Resolver{Client: a.Client, Crud: a.API.Crud, Org: a.API.Org, Roster: a.API.Roster, Invites: a.API.Invites, Keys: a.API.Keys, Hooks: a.API.Hooks, Reports: a.API.Reports, Fleet: a.API.Fleet, Material: a.API.Material,
		Files: a.API.Files, Items: a.API.Items, Matching: a.API.Matching, Dispatch: a.API.Dispatch, Notify: a.API.Notify, Live: a.Live, SSO: a.API.SSO}
	a.Worker = &queue.Worker{Dispatch: a.API.Dispatch, Fleet: a.API.Fleet, Connectors: connectors, Blobs: a.Blobs, Log: c.Log, Wake: worker}
	a.Refresh = &queue.Refresher{Matching: a.API.Matching, Log: c.Log, Wake: refresh}
	a.Fetcher = &file.Fetcher{Files: a.API.Files, Log: c.Log, Wake: fetch}
	a.Courier = &webhook.Courier{Webhooks: a.API.Hooks, Bell: bell, Log: c.Log}
	a.Planner = &notify.Planner{Service: a.API.Notify, Log: c.Log, Wake: plan, Planned: func() { nudge(send) }}
	a.Sender = &notify.Sender{Service: a.API.Notify, Log: c.Log, Wake: send}
	a.Jobs = &jobs.Scheduler{Runs: a.Runs, Places: a.places, Alone: c.DatabaseURL == "", Clock: c.Clock, Log: c.Log, Ended: a.Metrics.JobEnded,
		Items: a.API.Items, Dispatch: a.API.Dispatch, Refresh: a.Refresh, Material: a.API.Material, Files: a.API.Files, Roster: a.API.Roster, Invites: a.API.Invites, Keys: a.API.Keys, Notify: a.API.Notify,
		ExpireKeys: func(ctx context.Context) error { return errors.Join(a.Keys.Expire(ctx), a.Tries.Expire(ctx)) }, FlushUses: func(ctx context.Context) error { return a.Authn.Used.Flush(ctx, a.Client) },
		Observe: a.Status.Observe, Backup: a.backup, Sweep: func(ctx context.Context, o pid.ID) (int, error) { return op.Sweep(ctx, a.Ops, o) }, Probe: a.probe()}
	return nil
}

// notify makes the service that tells people.
func (a *App) notify() (*notify.Service, error) {
	texts, err := notify.NewTexts()
	if err != nil {
		return nil, err
	}
	s := &notify.Service{Ops: a.Ops, Secrets: a.Secrets, Egress: a.Egress, Texts: texts, PublicURL: a.Config.PublicURL, Standing: authn.Standing}
	if a.Config.SMTPURL != "" {
		server, err := notify.ParseSMTP(a.Config.SMTPURL, a.Egress)
		if err != nil {
			return nil, fmt.Errorf("--smtp-url %w", err)
		}
		s.Mail = server
	}
	return s, nil
}

// places are the organizations, with their clocks.
func (a *App) places(ctx context.Context) ([]jobs.Place, error) {
	all, err := op.Places(ctx, a.Ops)
	out := make([]jobs.Place, len(all))
	for i, p := range all {
		out[i] = jobs.Place{Organization: p.Organization, Zone: p.Zone}
	}
	return out, err
}

// storage reports whether the file store answers.
func (a *App) storage(ctx context.Context) error {
	if a.Blobs == nil {
		return nil // a command that opened no files
	}
	_, err := a.Blobs.Stat(ctx, "status/probe")
	if errors.Is(err, blob.ErrNotFound) {
		return nil
	}
	return err
}

// serverName names this process in the runs of jobs.
func serverName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "server"
	}
	return fmt.Sprintf("%s/%d", host, os.Getpid())
}

// join lets people who have no membership here yet be linked: the guard would not find them.
func join(ctx context.Context, tx *ent.Tx, people ...roster.Person) ([]roster.Joined, error) {
	return roster.Join(everybody(ctx), tx, people...)
}

// everybody is the context in which people are found whatever organization they are in: accounts without a membership here, and
// members whom the operator names.
func everybody(ctx context.Context) context.Context { return guard.AsSystem(ctx) }

// nudge wakes a worker that waits, and never waits for one that works.
func nudge(wake chan struct{}) {
	select {
	case wake <- struct{}{}:
	default:
	}
}

// Handler serves everything.
func (a *App) Handler() http.Handler {
	limits := rest.NewLimits(a.Config.RateLimit, a.Config.Clock)
	api := &rest.Server{Routes: a.API.Routes(), Authenticate: a.Authn.Authenticate, PublicURL: a.Config.PublicURL, ServerVersion: a.Config.Version,
		Log: a.Config.Log, Clock: a.Config.Clock, Limits: limits, Ready: a.DB.Ping, Keep: rest.KeepIn(a.Keys), Events: eventSamples()}
	v1, mux := api.Handler(), http.NewServeMux()
	mux.Handle("/", v1)
	mux.Handle("/graphql", graph.Handler(graph.Config{Resolver: a.Resolver, Authenticate: a.Authn.Authenticate, Readable: a.guard.Readable, Log: a.Config.Log, Limit: limits.Spend,
		Origins: a.origins()}))
	mux.Handle(scim.Base+"/", scim.Handler(scim.Config{Directory: &directory.Service{Ops: a.Ops, Join: join}, Authenticate: a.Authn.Directory, Limit: limits.Spend, PublicURL: a.Config.PublicURL, Log: a.Config.Log}))
	mux.Handle(blobPath, a.Blobs.Handler())
	sentences, err := words.NewCatalogue()
	if err != nil {
		panic(err) // they are part of the program, and tests read them
	}
	console := &web.Console{PublicURL: a.Config.PublicURL, AnyHost: a.Config.anyHost, Version: a.Config.Version, KeysFile: a.keysFile(), Changelog: soloprint.Changelog, Notify: a.API.Notify, Document: api.OpenAPI, Status: a.Status.Report,
		Passwords: a.Passwords, SignIn: a.API.SignIn, Authenticate: a.Authn.Authenticate, Log: a.Config.Log, OpenSession: a.openSession, Limit: limits.Spend,
		Words: sentences, Clock: a.Config.Clock, Client: a.Client, Crud: a.API.Crud, Org: a.API.Org, Roster: a.API.Roster, Imports: a.Imports, Invites: a.API.Invites, Keys: a.API.Keys, Hooks: a.API.Hooks, Reports: a.API.Reports,
		Fleet: a.API.Fleet, Material: a.API.Material, Files: a.API.Files, Items: a.API.Items, Matching: a.API.Matching, Dispatch: a.API.Dispatch, Live: a.Live, SSO: a.API.SSO, ByLink: a.byLink}
	for pattern, h := range console.Routes() {
		mux.Handle(pattern, h)
	}
	if a.Config.MetricsAddr == "" {
		mux.Handle("GET /metrics", metrics.LocalOnly(a.Metrics.Handler()))
	}
	return a.Config.proxies.Handler(rest.Identified(a.Metrics.Counted(straight(mux, v1))))
}

// origins are the hosts whose pages are this server's own: behind a proxy the Host header may differ from the public URL's.
func (a *App) origins() []string {
	u, err := url.Parse(a.Config.PublicURL)
	if err != nil || u.Host == "" {
		return nil
	}
	return []string{u.Host}
}

// straight answers only paths that lead where they stand. What ServeMux would redirect, because it is not clean or lacks
// its last slash, is left to the API, which has no such route and says so in the contract's form: a redirect is HTML and
// loses the body, and nothing here is to be found under two names.
func straight(mux *http.ServeMux, v1 http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, pattern := mux.Handler(r)
		if path.Clean(r.URL.Path) != r.URL.Path || strings.HasSuffix(pattern, r.URL.Path+"/") {
			v1.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// keysFile is the demo's file of keys, where there is one.
func (a *App) keysFile() string {
	file := filepath.Join(a.Config.Data, "demo.json")
	if _, err := os.Stat(file); err != nil {
		return ""
	}
	return file
}

// Run does the background work until the context ends, and waits for it.
func (a *App) Run(ctx context.Context) {
	var all sync.WaitGroup
	all.Go(func() { a.Worker.Run(ctx) })
	all.Go(func() { a.Refresh.Run(ctx) })
	all.Go(func() { a.Fetcher.Run(ctx) })
	all.Go(func() { a.Courier.Run(ctx) })
	all.Go(func() { a.Planner.Run(ctx) })
	all.Go(func() { a.Sender.Run(ctx) })
	all.Go(func() { a.Jobs.Run(ctx) })
	all.Go(func() { a.Bus.Run(ctx) })
	all.Go(func() { a.Live.Run(ctx) })
	all.Wait()
}

// Close gives everything back. It is safe on a server that was built half.
func (a *App) Close() error {
	var err error
	if a.Virtual != nil {
		err = errors.Join(err, a.Virtual.Close())
	}
	if a.Blobs != nil {
		err = errors.Join(err, a.Blobs.Close())
	}
	if a.DB != nil {
		err = errors.Join(err, a.DB.Close())
	}
	if a.lock != nil {
		err = errors.Join(err, a.lock.Unlock())
	}
	return err
}
