package e2e_test

import (
	"bytes"
	"fmt"
	"html"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// console is somebody in the console: a browser without scripts, signed in by a one-time link.
type console struct {
	*browser
	s    *server
	base string
}

func (s *server) console(t *testing.T, link string) *console {
	t.Helper()
	c := &console{browser: newBrowser(t), s: s, base: "http://" + s.addr + "/o/" + s.keys.OrganizationSlug + "/"}
	if c.open(link); c.code != http.StatusOK {
		t.Fatalf("sign in by link: %d", c.code)
	}
	return c
}

// see opens a page.
func (c *console) see(path string) *console {
	c.t.Helper()
	c.open(c.base + path)
	return c
}

// act sends a form to a path and says what the page after it says.
func (c *console) act(path string, typed url.Values) string {
	c.t.Helper()
	if typed == nil {
		typed = url.Values{}
	}
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.base+path, strings.NewReader(typed.Encode()))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	c.send(r)
	return c.said()
}

var toast = regexp.MustCompile(`(?s)data-toast[^>]*>.*?<span>([^<]*)</span>`)

// said is what the toast of the page says, "" where there is none.
func (c *console) said() string {
	if m := toast.FindStringSubmatch(c.page); m != nil {
		return html.UnescapeString(m[1])
	}
	return ""
}

// first is the first match of a pattern in a page.
func (c *console) first(path, pattern string) string {
	c.t.Helper()
	c.see(path)
	m := regexp.MustCompile(pattern).FindStringSubmatch(c.page)
	if m == nil {
		c.t.Fatalf("%s: nothing matches %s (%d)", path, pattern, c.code)
	}
	return m[1]
}

// consolePages are the pages that an owner can open without naming a thing.
var consolePages = []string{"dashboard", "queue", "queue?view=approval", "queue?view=blocked", "queue?view=running", "queue?view=ended", "queue?as=board", "printers", "printers/new", "printers/groups", "wall", "scan", "files", "history", "submit",
	"spools", "spools/new", "spools/labels", "materials", "materials/new", "low-stock", "users", "invites", "invites/new", "classes", "classes/new", "user-groups", "user-groups/new", "api-keys", "api-keys/new", "webhooks", "webhooks/new",
	"audit", "settings", "notifications", "profile", "search", "search?q=gear", "help", "menu", "my-prints", "my-classes"}

// unsaid finds a key of a sentence that nobody has written.
var unsaid = regexp.MustCompile(`>\s*[a-z]+\.[a-z_]+(\.[a-z_]+)*\s*<`)

func TestConsolePages(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, db database) {
		s := newServer(t, db, 1)
		owner, student := s.console(t, s.keys.OwnerLoginURL), s.console(t, s.keys.StudentLoginURL)
		seen := map[string]bool{}
		links := regexp.MustCompile(`href="(/o/` + s.keys.OrganizationSlug + `/[^"#]*)`)
		var visit func(c *console, path string)
		visit = func(c *console, path string) {
			if seen[path] || len(seen) > 400 {
				return
			}
			seen[path] = true
			c.open("http://" + s.addr + path)
			if c.code != http.StatusOK {
				t.Errorf("%s: %d", path, c.code)
			}
			if key := unsaid.FindString(c.page); key != "" && !strings.Contains(path, "webhooks") && !strings.Contains(path, "audit") {
				t.Errorf("%s shows %q", path, key)
			}
			for _, m := range links.FindAllStringSubmatch(c.page, -1) {
				if to := html.UnescapeString(m[1]); !strings.Contains(to, "/live") {
					visit(c, to)
				}
			}
		}
		for _, p := range consolePages {
			visit(owner, "/o/"+s.keys.OrganizationSlug+"/"+p)
		}
		if len(seen) < len(consolePages)+30 {
			t.Errorf("the crawl saw %d pages", len(seen))
		}
		for _, p := range []string{"users", "queue", "printers", "settings", "api-keys", "audit", "spools", "dashboard", "wall", "search"} {
			if student.see(p); student.code != http.StatusNotFound {
				t.Errorf("a student opens %s: %d", p, student.code)
			}
		}
		stranger := newBrowser(t)
		if stranger.open(owner.base + "queue"); !strings.HasPrefix(stranger.at.Path, "/o/") || stranger.at.Query().Get("return_to") == "" {
			t.Errorf("a stranger is led to %s", stranger.at)
		}
		if owner.open("http://" + s.addr + "/o/harbor-makers/queue"); owner.at.Path != "/o/harbor-makers" {
			t.Errorf("somebody of another organization is led to %s", owner.at)
		}
		if again := newBrowser(t); again.open(s.keys.OwnerLoginURL).code != http.StatusUnauthorized {
			t.Errorf("a link that was used answers %d", again.code)
		}
	})
}

// TestConsoleFlows goes from click to database: what is done in pages is what the API says afterwards.
func TestConsoleFlows(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, db database) {
		s := newServer(t, db, 1)
		owner, student, api := s.console(t, s.keys.OwnerLoginURL), s.console(t, s.keys.StudentLoginURL), s.api(t)
		is := func(what, path, field string, want string) {
			t.Helper()
			if got := fmt.Sprint(api.do("GET", path, nil).at(field).v); got != want {
				t.Errorf("%s: %s of %s is %q, want %q", what, field, path, got, want)
			}
		}
		// The student first: later one of the students is suspended, and signed out with it.
		t.Run("submit", func(t *testing.T) { consoleSubmit(t, student, is) })
		t.Run("queue", func(t *testing.T) { consoleQueue(t, owner, is) })
		t.Run("printers and spools", func(t *testing.T) { consoleFleet(t, owner, is) })
		t.Run("people", func(t *testing.T) { consolePeople(t, owner, is) })
		t.Run("other site", func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, owner.base+"api-keys", strings.NewReader("name=x&scopes=operations.read"))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			res, err := owner.http.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if res.StatusCode != http.StatusForbidden {
				t.Errorf("another site's form: %d", res.StatusCode)
			}
		})
	})
}

type checked func(what, path, field string, want string)

func consoleQueue(t *testing.T, c *console, is checked) {
	c.t = t
	item := c.first("queue?view=approval", `/items/([a-z0-9_]+)/approve`)
	path := "/v1/platform/queue/" + item
	if said := c.act("items/"+item+"/approve", nil); !strings.Contains(said, "approved") {
		t.Errorf("approve says %q", said)
	}
	is("approve", path, "approval_state", "approved")
	if said := c.act("items/"+item+"/hold", nil); !strings.Contains(said, "on hold") {
		t.Errorf("hold says %q", said)
	}
	is("hold", path, "hold", "manual")
	if !strings.Contains(c.page, "/items/"+item+"/release") {
		t.Error("the toast offers no way back")
	}
	c.act("items/"+item+"/release", nil)
	is("release", path, "hold", "none")
	second := c.first("queue?view=approval", `/items/([a-z0-9_]+)/approve`)
	if said := c.act("items/"+second+"/deny", nil); !strings.Contains(said, "reason") {
		t.Errorf("deny without a reason says %q", said)
	}
	is("deny without a reason", "/v1/platform/queue/"+second, "approval_state", "pending")
	c.act("items/"+second+"/deny", url.Values{"reason": {"Too large"}})
	is("deny", "/v1/platform/queue/"+second, "approval_state", "denied")
	if c.act("queue/"+item+"/edit", url.Values{"name": {"Renamed"}, "copies_requested": {"none"}}); c.code != http.StatusUnprocessableEntity || !strings.Contains(c.page, `value="Renamed"`) {
		t.Errorf("a form that is wrong: %d, and what was typed is lost", c.code)
	}
	c.act("queue/"+item+"/edit", url.Values{"name": {"Renamed"}, "copies_requested": {"3"}, "priority": {"high"}})
	is("edit", path, "name", "Renamed")
	is("edit", path, "priority", "high")
	if said := c.act("items/"+item+"/hold", url.Values{"version": {"1"}}); !strings.Contains(said, "changed") {
		t.Errorf("an old version says %q", said)
	}
}

func consoleFleet(t *testing.T, c *console, is checked) {
	c.t = t
	c.act("printers", url.Values{"name": {"Wall E"}, "connector.kind": {"virtual"}, "nozzle_diameter_mm": {"0,6"}, "nozzle_type": {"brass"}, "max_nozzle_c": {"290"}, "max_bed_c": {"100"}, "supported_formats": {"", "gcode"}, "slot_count": {"2"}})
	printer := c.first("printers?q=Wall", `id="printer-([a-z0-9_]+)"`)
	is("add a printer", "/v1/printers/"+printer, "name", "Wall E")
	c.act("printers/"+printer+"/clear-bed", nil)
	is("clear the bed", "/v1/printers/"+printer, "bed_state", "clear")
	c.act("materials", url.Values{"name": {"Silk"}, "type": {"PLA"}, "color_hex": {"#112233"}, "spool_weight_g": {"200"}})
	material := c.first("spools/new", `<option value="(mat_[a-z0-9]+)">PLA ·[^<]*Silk`)
	c.act("spools", url.Values{"material_id": {material}, "code": {"ZZ9"}, "initial_g": {"750,5"}})
	spool := c.first("spools?q=ZZ9", `id="row-(spl_[a-z0-9]+)"`)
	c.act("spools/"+spool+"/deduct", url.Values{"grams": {"10.5"}})
	is("deduct", "/v1/spools/"+spool, "remaining_g", "740")
	c.act("spools/"+spool+"/ledger/"+c.first("spools/"+spool, `/ledger/([a-z0-9_]+)/undo`)+"/undo", nil)
	is("undo", "/v1/spools/"+spool, "remaining_g", "750.5")
	c.act("slots/load", url.Values{"spool_id": {spool}, "printer_id": {printer}, "slot_index": {"1"}})
	c.act("slots/unload/"+c.first("printers/"+printer, `/slots/unload/([a-z0-9_]+)`), nil)
	c.act("printers/"+printer+"/edit", url.Values{"out_of_order.reason": {"Belt"}})
	is("out of order", "/v1/printers/"+printer, "out_of_order.reason", "Belt")
}

func consolePeople(t *testing.T, c *console, is checked) {
	c.t = t
	member := c.first("users?role=student&sort=-created_at", `id="row-(mem_[a-z0-9]+)"`)
	c.act("users/"+member, url.Values{"role": {"teacher"}, "grade_level": {"9"}})
	is("change a person", "/v1/org/users/"+member, "role", "teacher")
	c.act("users/"+member+"/change", url.Values{"status": {"suspended"}})
	is("suspend", "/v1/org/users/"+member, "status", "suspended")
	if c.act("invites", url.Values{"role": {"student"}, "max_uses": {"5"}}); !strings.Contains(c.page, "/join/") || !strings.Contains(c.page, `class="qr"`) {
		t.Error("the invitation's link is not shown")
	}
	if c.act("api-keys", url.Values{"name": {"K"}, "scopes": {"", "operations.read"}}); !strings.Contains(c.page, "slp_live_") {
		t.Error("the key is not shown")
	}
	if c.see("api-keys"); regexp.MustCompile(`slp_live_[a-z0-9]{10}`).MatchString(c.page) {
		t.Error("a key is shown twice")
	}
	c.act("settings", url.Values{"settings.matching.color": {"soft"}, "settings.approval.roles": {"", "student"}})
	is("settings", "/v1/org/context", "settings.matching.color", "soft")
}

// consoleSubmit hands a file in as a form does that knows no scripts.
func consoleSubmit(t *testing.T, c *console, is checked) {
	c.t = t
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, value := range map[string]string{"name": "", "copies_requested": "2", "requirements.color_match": "any"} {
		_ = w.WriteField(name, value)
	}
	f, err := w.CreateFormFile("file", "../gear.gcode")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = f.Write([]byte("; generated by PrusaSlicer\nG1 X10 Y10\n; filament used [g] = 3.2\n; estimated printing time (normal mode) = 10m 0s\n"))
	_ = w.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.base+"submit", &body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	if c.send(r); !strings.Contains(c.said(), "gear") {
		t.Fatalf("submit: %d %q", c.code, c.said())
	}
	item := c.first("my-prints", `/items/([a-z0-9_]+)/cancel`)
	is("submit", "/v1/platform/queue/"+item, "name", "gear")
	is("submit", "/v1/platform/queue/"+item, "copies_requested", "2")
	c.act("items/"+item+"/approve", nil)
	is("a student approves", "/v1/platform/queue/"+item, "approval_state", "pending")
	c.act("items/"+item+"/cancel", nil)
	is("cancel", "/v1/platform/queue/"+item, "state", "cancelled")
}
