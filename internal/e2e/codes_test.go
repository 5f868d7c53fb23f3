package e2e_test

import (
	"bytes"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/soloprint/soloprint/internal/app"
	"github.com/soloprint/soloprint/internal/blob"
	"github.com/soloprint/soloprint/internal/clock"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
)

// unserved are codes of operations that no route calls: accepting an invitation comes with signing in, roster files are for
// the console and the command line, passwords for a page. The tests of internal/roster and internal/password show them.
var unserved = []errs.Code{errs.InviteNotYours, errs.SignInFailed, errs.RosterLeaveLimit, errs.RosterImportNotUndoable}

// Every code of the registry is answered by the real program over HTTP. A code without a row here fails, and so does a row of
// a code that is not registered: what nobody can provoke is no code.
func TestEveryCodeIsAnswered(t *testing.T) {
	t.Parallel()
	p := provoke(t)
	rows := map[errs.Code]func() reply{}
	for _, some := range []map[errs.Code]func() reply{p.forms(), p.tokens(), p.conflicts(), p.queueConflicts(), p.files(), p.told(), p.signIns()} {
		maps.Copy(rows, some)
	}
	answered := p.all(t, rows)
	answered = append(answered, p.all(t, p.later())...) // an hour passes
	answered = append(answered, p.all(t, p.faults())...)
	answered = append(answered, errs.StorageFull) // TestAFullStoreSaysSo
	for _, d := range errs.Registry() {
		if slices.Contains(answered, d.Code) == slices.Contains(unserved, d.Code) {
			t.Errorf("%s is registered, and nothing here provokes it, or it was said that nothing can", d.Code)
		}
	}
}

// provoked is the program in this process, on a clock that the test holds. Its workers do not run.
type provoked struct {
	t     *testing.T
	app   *app.App
	keys  *app.DemoKeys
	db    database
	clock *clock.Fake
	base  string

	owner, other, reader client
}

func provoke(t *testing.T) *provoked {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &provoked{t: t, clock: clock.NewFake(time.Now()), base: "http://" + listener.Addr().String()}
	dir := dataDir(t)
	p.app, err = app.New(t.Context(), app.Config{Addr: listener.Addr().String(), PublicURL: p.base, Data: dir, Version: "test", EgressAllow: "127.0.0.0/8", Clock: p.clock, Volatile: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.app.Close() })
	if p.keys, err = p.app.SeedDemo(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.db = database{path: filepath.Join(dir, "soloprint.db")}
	p.serve(listener)
	p.owner, p.other, p.reader = p.as(p.keys.APIKey), p.as(p.keys.OtherAPIKey), p.as(p.keys.ReadOnlyAPIKey)
	return p
}

func (p *provoked) serve(l net.Listener) {
	s := &httptest.Server{Listener: l, Config: &http.Server{Handler: p.app.Handler()}}
	s.Start()
	p.t.Cleanup(s.Close)
}

func (p *provoked) as(token string) client {
	return client{t: p.t, base: p.base, token: token, http: &http.Client{Timeout: time.Minute}}
}

// all runs the rows, in the order of their codes, and answers the codes that were answered.
func (p *provoked) all(t *testing.T, rows map[errs.Code]func() reply) (answered []errs.Code) {
	for _, code := range slices.Sorted(maps.Keys(rows)) {
		a := rows[code]()
		got, ok := a.find("error")
		if !ok {
			got, _ = a.find("errors.0.extensions.code") // GraphQL's
		}
		if got != string(code) {
			t.Errorf("%s: %d %.300s", code, a.status, a.body)
			continue
		}
		answered = append(answered, code)
	}
	return answered
}

// send is a row of one request.
func send(c client, method, path string, body any, headers ...string) func() reply {
	return func() reply { return c.do(method, path, body, headers...) }
}

func (p *provoked) forms() map[errs.Code]func() reply {
	const printers, tags = "/v1/printers", "/v1/platform/printer-tags"
	c := p.owner
	return map[errs.Code]func() reply{
		errs.InvalidJSON:            send(c, "POST", printers, "{"),
		errs.UnknownParameter:       send(c, "GET", printers+"?bogus=1", nil),
		errs.InvalidCursor:          send(c, "GET", printers+"?cursor=zz", nil),
		errs.UnsupportedAPIVersion:  send(c, "GET", printers, nil, "X-SoLoPrint-API-Version", "2020-01-01"),
		errs.IdempotencyKeyInvalid:  send(c, "POST", tags, object{"name": "a"}, "Idempotency-Key", strings.Repeat("k", 256)),
		errs.RouteNotFound:          send(c, "GET", "/v1/nothing", nil),
		errs.MethodNotAllowed:       send(c, "DELETE", "/v1/platform/queue", nil),
		errs.RequestTooLarge:        send(c, "POST", tags, strings.Repeat(" ", 2<<20)+"{}"),
		errs.UnsupportedMediaType:   send(c, "POST", tags, "name=a", "Content-Type", "text/plain"),
		errs.ValidationFailed:       send(c, "POST", tags, object{}),
		errs.ReportTooLarge:         send(c, "GET", "/v1/statistics?from=2000-01-01T00:00:00Z&to=2026-01-01T00:00:00Z&interval=hour", nil),
		errs.QueryTooComplex:        send(c, "POST", "/graphql", object{"query": strings.Repeat("{printers{edges{node", 9) + strings.Repeat("}}}", 9)}),
		errs.EndpointAddressBlocked: send(c, "POST", "/v1/files/upload-from-url", object{"url": "https://10.0.0.1/a.gcode"}),
		errs.PreconditionFailed: func() reply {
			return c.do("PATCH", tags+"/"+c.create(tags, object{"name": "stale"}).text("id"), object{"name": "newer"}, "If-Match", `"9-x"`)
		},
		errs.IdempotencyKeyReused: func() reply {
			c.want(201, "POST", tags, object{"name": "once"}, "Idempotency-Key", "reused")
			return c.do("POST", tags, object{"name": "twice"}, "Idempotency-Key", "reused")
		},
		errs.IdempotencyKeyInUse: p.inUse,
	}
}

// inUse completes a large file, which has to be read first, twice at once: whichever comes second is told so.
func (p *provoked) inUse() (a reply) {
	content := bytes.Repeat([]byte("G1 X1 Y1 E1\n"), 2<<20)
	eventually(p.t, patience, func() string {
		made := p.owner.create("/v1/files/register", announcement("large.gcode", content))
		p.owner.put(made.at("upload"), content)
		answers := make(chan reply, 2)
		for range 2 {
			go func() {
				a, err := p.owner.try("POST", "/v1/files/"+made.text("file.id")+"/complete", object{}, "Idempotency-Key", made.text("file.id"))
				if err != nil {
					p.t.Error(err)
				}
				answers <- a
			}()
		}
		if a = <-answers; a.status == http.StatusConflict {
			<-answers
			return ""
		}
		if a = <-answers; a.status == http.StatusConflict {
			return ""
		}
		return "both were answered as one after the other"
	})
	return a
}

func (p *provoked) tokens() map[errs.Code]func() reply {
	const me = "/v1/me"
	made := func(c client) doc {
		return c.create("/v1/platform/api-keys", object{"name": "short", "scopes": []string{"operations.read"}}).doc
	}
	session := func(email string) client {
		token, err := p.app.OpenSession(p.t.Context(), p.keys.OrganizationSlug, email)
		if err != nil {
			p.t.Fatal(err)
		}
		return p.as(token)
	}
	return map[errs.Code]func() reply{
		errs.MissingBearerToken:      send(p.as(""), "GET", me, nil),
		errs.InvalidToken:            send(p.as("letmein"), "GET", me, nil),
		errs.InsufficientPermissions: send(p.reader, "POST", "/v1/printers", object{}),
		errs.OrganizationNotFound:    send(p.owner, "GET", me, nil, "X-SoLoPrint-Organization", "nobody-here"),
		errs.TokenRevoked: func() reply {
			key := made(p.owner)
			p.owner.want(204, "DELETE", "/v1/platform/api-keys/"+key.text("id"), nil)
			return p.as(key.text("key")).do("GET", me, nil)
		},
		errs.APIKeyNotActive: func() reply {
			path := "/v1/platform/api-keys/" + made(p.owner).text("id")
			p.owner.want(204, "DELETE", path, nil)
			return p.owner.do("POST", path+"/rotate", object{})
		},
		errs.MembershipNotActive: func() reply {
			const email = "former@riverside.example"
			id := p.member(p.owner, email, "admin")
			key := session(email).create("/v1/platform/api-keys", object{"name": "former", "scopes": []string{"operations.read"}}).text("key")
			p.owner.patch("/v1/org/users/"+id, object{"status": "suspended"})
			return p.as(key).do("GET", me, nil)
		},
		errs.SSORequired: func() reply {
			const email = "both@riverside.example"
			p.member(p.owner, email, "teacher")
			p.member(p.other, email, "teacher")
			there := p.other.get("/v1/org/context").text("organization.slug")
			return session(email).do("GET", me, nil, "X-SoLoPrint-Organization", there)
		},
		errs.LastOwner: func() reply {
			return p.other.do("PATCH", "/v1/org/users/"+p.other.get("/v1/org/users?role=owner").text("data.0.id"), object{"role": "admin"})
		},
	}
}

func (p *provoked) member(c client, email, role string) string {
	return c.post("/v1/org/users/bulk", object{"updates": []object{{"email": email, "name": "Somebody", "role": role, "status": "active"}}}).text("results.0.membership_id")
}

func (p *provoked) conflicts() map[errs.Code]func() reply {
	c := p.owner
	spool := func() string { return c.newSpool(c.newMaterial("PLA"), 100) }
	class := func(name string) string { return c.create("/v1/platform/classes", object{"name": name}).text("id") }
	return map[errs.Code]func() reply{
		errs.SpoolInsufficientMaterial: func() reply { return c.do("POST", "/v1/spools/"+spool()+"/deduct", object{"grams": 101}) },
		errs.MaterialInUse: func() reply {
			material := c.newMaterial("PLA")
			c.newSpool(material, 100)
			return c.do("DELETE", "/v1/materials/"+material, nil)
		},
		errs.SpoolInUse: func() reply {
			loaded := spool()
			c.load(loaded, p.printer(c, loaded+"'s", "clear"))
			return c.do("DELETE", "/v1/spools/"+loaded, nil)
		},
		errs.LedgerEntryNotUndoable: func() reply {
			path := "/v1/spools/" + spool() + "/ledger"
			return c.do("POST", path+"/"+c.get(path).text("data.0.id")+"/undo", object{})
		},
		errs.AlreadyExists: func() reply {
			const email = "twice@riverside.example"
			p.member(c, email, "student")
			return c.do("POST", "/v1/org/invites", object{"email": email, "role": "student"})
		},
		errs.ReferenceConflict: func() reply {
			group := c.create("/v1/platform/printer-groups", object{"name": "Bound"}).text("id")
			c.create("/v1/platform/classes", object{"name": "Binds", "printer_group_ids": []string{group}})
			return c.do("DELETE", "/v1/platform/printer-groups/"+group, nil)
		},
		errs.ClassInUse: func() reply {
			id := class("Prints")
			c.create("/v1/platform/queue", object{"name": "Of a class", "class_id": id})
			return c.do("DELETE", "/v1/platform/classes/"+id, nil)
		},
		errs.ClassStateConflict: func() reply {
			return c.do("POST", "/v1/platform/classes/"+class("Stays")+"/roll-over/undo", object{})
		},
		errs.InviteNotOpen: func() reply {
			invite := "/v1/org/invites/" + c.create("/v1/org/invites", object{"email": "revoked@riverside.example", "role": "student"}).text("id")
			c.want(204, "DELETE", invite, nil)
			return c.do("POST", invite+"/resend", object{})
		},
	}
}

// printer makes one and puts it into the state that its worker would have seen.
func (p *provoked) printer(c client, name, bed string) string {
	id := c.create("/v1/printers", object{"name": name, "connector": object{"kind": "virtual"}}).text("id")
	p.db.exec(p.t, "UPDATE printers SET state = 'idle', bed_state = '"+bed+"' WHERE id = '"+id+"'")
	return id
}

func (p *provoked) queueConflicts() map[errs.Code]func() reply {
	c := p.other // its queue is empty at first
	item := func(body object) string { return c.create("/v1/platform/queue", body).text("id") }
	dispatch := func(printer string) reply {
		if err := p.app.Refresh.Sweep(p.t.Context()); err != nil {
			p.t.Error(err)
		}
		return c.do("POST", dispatchPath(printer), object{})
	}
	nylon := func(grams float64) object {
		return object{"name": "Gear", "priority": "urgent", "requirements": object{"material_type": "NYLON", "filament_g": grams}}
	}
	return map[errs.Code]func() reply{
		errs.NoEligibleQueueItem: func() reply { return dispatch(p.printer(c, "Alone", "clear")) },
		errs.PrinterNotReady: func() reply {
			return dispatch(c.create("/v1/printers", object{"name": "Never seen", "connector": object{"kind": "virtual"}}).text("id"))
		},
		errs.BedNotClear: func() reply { return dispatch(p.printer(c, "Full", "occupied")) },
		errs.FilamentShort: func() reply {
			printer := p.printer(c, "Short", "clear")
			c.load(c.newSpool(c.newMaterial("NYLON"), 20), printer)
			item(nylon(50))
			return dispatch(printer)
		},
		errs.FileRequired: func() reply {
			printer := p.printer(c, "Real", "clear")
			it := c.newItem("Without a file", printer, object{"requirements": object{"printer_ids": []string{printer}}})
			p.db.exec(p.t, `UPDATE printers SET connector = '{"kind":"octoprint"}' WHERE id = '`+printer+"'") // as it will be with its connector
			defer c.post("/v1/platform/queue/"+it+"/cancel", object{})
			return dispatch(printer)
		},
		errs.PrinterInUse: func() reply {
			printer := p.printer(c, "Booked", "clear")
			c.post("/v1/platform/queue/"+c.newItem("In its line", printer, object{"requirements": object{"printer_ids": []string{printer}}})+"/assign", object{"printer_id": printer})
			return c.do("DELETE", "/v1/printers/"+printer, nil)
		},
		errs.PrintStateConflict: func() reply {
			return c.do("POST", "/v1/platform/printers/"+p.printer(c, "Idle", "clear")+"/pause", object{})
		},
		errs.QueueItemNotAssignable: func() reply {
			return c.do("POST", "/v1/platform/queue/"+item(nylon(5))+"/assign", object{"printer_id": p.printer(c, "Empty", "clear")})
		},
		errs.QueueItemStateConflict: func() reply {
			return c.do("POST", "/v1/platform/queue/"+item(object{"name": "Needs no word"})+"/approve", object{})
		},
		errs.QueueLimitReached: func() reply {
			group := p.owner.create("/v1/platform/user-groups", object{"name": "None", "limits": object{"max_queued_items": 0}}).text("id")
			p.owner.post("/v1/org/users/bulk", object{"updates": []object{{"membership_id": p.keys.StudentMembershipID, "user_group_ids_add": []string{group}}}})
			return p.as(p.keys.StudentToken).do("POST", "/v1/platform/queue", object{"name": "One too many"})
		},
	}
}

func (p *provoked) files() map[errs.Code]func() reply {
	c, nobody, content := p.owner, p.as(""), []byte("G28\n")
	register := func() doc { return c.create("/v1/files/register", announcement("a.gcode", content)).doc }
	put := func(made doc, url string, body []byte) reply {
		return nobody.do("PUT", url, body, "Content-Type", made.text("upload.headers.Content-Type"))
	}
	return map[errs.Code]func() reply{
		errs.UploadIncomplete: func() reply {
			return c.do("POST", "/v1/files/"+register().text("file.id")+"/complete", object{})
		},
		errs.FileNotReady: func() reply { return c.do("GET", "/v1/files/"+register().text("file.id")+"/download", nil) },
		errs.FileInUse: func() reply {
			id := c.upload("used.gcode", content).text("id")
			c.create("/v1/platform/queue", object{"name": "Uses it", "file_id": id})
			return c.do("DELETE", "/v1/files/"+id, nil)
		},
		errs.UploadURLInvalid:   func() reply { made := register(); return put(made, made.text("upload.url")+"0", content) },
		errs.UploadDoesNotMatch: func() reply { made := register(); return put(made, made.text("upload.url"), []byte("G29\n")) },
		errs.StoredObjectDiffers: func() reply {
			made := register()
			p.damage(made.text("file.id"))
			return put(made, made.text("upload.url"), content)
		},
		errs.DownloadURLInvalid: func() reply {
			id := c.upload("read.gcode", content).text("id")
			return nobody.do("GET", c.get("/v1/files/"+id+"/download").text("url")+"0", nil)
		},
	}
}

// told is what is refused about webhooks, notifications and identity providers.
func (p *provoked) told() map[errs.Code]func() reply {
	c, full := p.owner, p.other
	const hooks, rules, providers = "/v1/platform/webhooks", "/v1/platform/notification-rules", "/v1/platform/sso/providers"
	hook := object{"name": "Operations", "endpoint_url": "https://93.184.216.34/events", "subscriptions": []string{"*"}}
	rule := object{"name": "Printers", "event_types": []string{"printer.*"}, "audience": object{"roles": []string{"owner"}}}
	return map[errs.Code]func() reply{
		errs.WebhookDisabled: func() reply {
			path := hooks + "/" + c.create(hooks, hook).text("id")
			c.patch(path, object{"state": "disabled"})
			return c.do("POST", path+"/test", object{})
		},
		errs.DeliveryNotReplayable: func() reply {
			id := c.create(hooks, hook).text("id")
			return c.do("POST", "/v1/platform/webhook-deliveries/"+p.delivery(id, c.want(202, "POST", hooks+"/"+id+"/test", object{}).text("event_id"))+"/replay", object{})
		},
		errs.WebhookLimitReached: func() reply { return untilRefused(full, hooks, hook, 51) },
		errs.RuleLimitReached:    func() reply { return untilRefused(full, rules, rule, 101) },
		errs.SSOLimitReached: func() reply {
			return untilRefused(full, providers, object{"name": "School", "issuer": "https://93.184.216.34", "client_id": "soloprint"}, 21)
		},
		errs.DomainNotProved: func() reply {
			return c.do("POST", providers+"/"+c.provider("Provider")+"/verify-domain", object{"domain": "provider.example"})
		},
	}
}

// signIns are the refusals of signing in through a provider.
func (p *provoked) signIns() map[errs.Code]func() reply {
	idp, stranger, slug := newVouching(p.t), p.as(""), p.keys.OrganizationSlug
	off, active := idp.enabled(p.owner, object{}), idp.enabled(p.owner, object{"name": "Open", "auto_create": "active"})
	member := p.owner.get("/v1/org/users?limit=1").text("data.0.user.email")
	return map[errs.Code]func() reply{
		errs.SSOStateInvalid:    send(stranger, "POST", "/v1/org/sso/complete", object{"state": "nobody's", "code": "x", "binding": "y"}),
		errs.SSORefused:         func() reply { return idp.comes(p.t, stranger, slug, active, object{"sub": ""}) },
		errs.SSONotAMember:      func() reply { return idp.comes(p.t, stranger, slug, off, object{"sub": "1", "email": "new@school.example"}) },
		errs.SSOAccountConflict: func() reply { return idp.comes(p.t, stranger, slug, active, object{"sub": "2", "email": member, "email_verified": true}) },
		errs.SSOUnavailable: func() reply {
			gone := newVouching(p.t)
			id := gone.enabled(p.owner, object{"name": "Gone"})
			gone.Close()
			return stranger.do("GET", "/v1/org/sso/start?organization="+slug+"&provider_id="+id, nil)
		},
	}
}

// delivery is one that waits: nobody sends here.
func (p *provoked) delivery(hook, event string) string {
	id := string(pid.New("whd"))
	p.db.exec(p.t, "INSERT INTO webhook_deliveries (id, created_at, updated_at, version, organization_id, webhook_id, event_id, event_type, status, attempts, replay, lease_token)"+
		" SELECT '"+id+"', occurred_at, occurred_at, 1, organization_id, '"+hook+"', id, type, 'queued', '[]', 0, '' FROM events WHERE id = '"+event+"'")
	return id
}

// untilRefused makes the same thing again and again; most is the time at which it is refused at the latest.
func untilRefused(c client, path string, body object, most int) (a reply) {
	for range most {
		if a = c.do("POST", path, body); a.status != http.StatusCreated {
			break
		}
	}
	return a
}

// damage puts other bytes where those of a file belong, as a store does that was restored in part.
func (p *provoked) damage(file string) {
	key := strings.ReplaceAll(string(p.keys.OrganizationID), "_", "/") + "/" + strings.TrimPrefix(file, "fil_")
	if _, err := p.app.Blobs.Put(p.t.Context(), key, strings.NewReader("M84\n"), blob.Content{Size: -1}); err != nil {
		p.t.Fatal(err)
	}
}

// later is what answers when the time of something is over, or its number is reached.
func (p *provoked) later() map[errs.Code]func() reply {
	c, nobody, content := p.owner, p.as(""), []byte("G28\n")
	made := c.create("/v1/files/register", announcement("late.gcode", content))
	link := c.get("/v1/files/" + c.upload("read.gcode", content).text("id") + "/download").text("url")
	short := c.create("/v1/platform/api-keys", object{"name": "short", "scopes": []string{"operations.read"}, "expires_at": p.clock.Now().Add(time.Hour).Format(time.RFC3339)})
	p.clock.Advance(2 * time.Hour)
	return map[errs.Code]func() reply{
		errs.RateLimited:        p.limited,
		errs.TokenExpired:       send(p.as(short.text("key")), "GET", "/v1/me", nil),
		errs.UploadURLExpired:   send(nobody, "PUT", made.text("upload.url"), content, "Content-Type", made.text("upload.headers.Content-Type")),
		errs.DownloadURLExpired: send(nobody, "GET", link, nil),
	}
}

// limited asks twice where one request a minute is allowed.
func (p *provoked) limited() reply {
	p.app.Config.RateLimit = 1
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		p.t.Fatal(err)
	}
	p.serve(l)
	c := p.owner
	c.base, c.unchecked = "http://"+l.Addr().String(), true
	c.get("/v1/me")
	return c.do("GET", "/v1/me", nil)
}

// faults are those of a server whose database is gone.
func (p *provoked) faults() map[errs.Code]func() reply {
	if err := p.app.DB.Close(); err != nil {
		p.t.Error(err)
	}
	return map[errs.Code]func() reply{
		errs.InternalError: send(p.owner, "GET", "/v1/me", nil),
		errs.NotReady:      send(p.as(""), "GET", "/readyz", nil),
	}
}
