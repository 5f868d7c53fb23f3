package e2e_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const rosterPath = "/v1/org/users/bulk"

// rosterWorld is who and what the rosters are about, in the caller's organization and in another one.
type rosterWorld struct {
	owner, student, former              string // memberships
	class, group, powers                string // powers grants what a few callers lack
	otherMember, otherClass, otherGroup string
	few                                 string // a key that manages people and nothing else
}

func newRosterWorld(s *server, t *testing.T) (w rosterWorld) {
	t.Helper()
	api, other := s.api(t), s.other(t)
	w.owner, w.student = api.get("/v1/org/context").text("membership.id"), s.keys.StudentMembershipID
	w.class = api.create("/v1/platform/classes", object{"name": "Roster"}).text("id")
	w.group = api.create("/v1/platform/user-groups", object{"name": "Roster"}).text("id")
	w.powers = api.create("/v1/platform/user-groups", object{"name": "Powers", "grants": []string{"printer.manage"}}).text("id")
	w.former = api.post(rosterPath, object{"updates": []object{{"email": "former@riverside.example"}}}).list("results")[0].text("membership_id")
	api.want(204, "DELETE", "/v1/org/users/"+w.former, nil)
	w.few = api.create("/v1/platform/api-keys", object{"name": "people", "scopes": []string{"org.manage_users"}}).text("key")
	w.otherMember = other.get("/v1/org/context").text("membership.id")
	w.otherClass = other.create("/v1/platform/classes", object{"name": "Roster"}).text("id")
	w.otherGroup = other.create("/v1/platform/user-groups", object{"name": "Roster"}).text("id")
	return w
}

// hostileRow is a row, or what follows updates in the body, that has to be refused; field is where, from the row on.
type hostileRow struct {
	name   string
	rows   string
	status int
	code   string
	field  string
}

func (w rosterWorld) hostileRows() []hostileRow {
	mail := func(address string) string { return `{"email":"` + address + `"}` }
	student := func(change string) string { return `{"membership_id":"` + w.student + `",` + change + `}` }
	no := func(name, row, code string, status int, field string) hostileRow {
		return hostileRow{name, row, status, code, field}
	}
	wrong := func(name, row, field string) hostileRow { return no(name, row, "validation_failed", 422, field) }
	garbled := func(name, row string) hostileRow { return no(name, row, "invalid_json", 400, "") }
	return []hostileRow{
		wrong("a case-changed name", `{"Email":"x@riverside.example"}`, "Email"),
		wrong("a name twice", `{"email":"x@riverside.example","email":"y@riverside.example"}`, "email"),
		wrong("an unknown name", `{"email":"x@riverside.example","date_of_birth":"0000-00-00"}`, "date_of_birth"),
		wrong("10,000 unknown names", `{"email":"x@riverside.example"`+manyNames(10_000)+`}`, "n0"),
		garbled("Latin-1 in a name", "{\"email\":\"x@riverside.example\",\"name\":\"Ren\xe9\"}"),
		garbled("invalid UTF-8 in a name", "{\"email\":\"x@riverside.example\",\"name\":\"\xc3\x28\"}"),
		garbled("a NUL in a name", "{\"email\":\"x@riverside.example\",\"name\":\"a\x00b\"}"),
		garbled("a line in a name that is not escaped", "{\"email\":\"x@riverside.example\",\"name\":\"a\nb\"}"),
		garbled("a quote that is not closed", `{"email":"x@riverside.example}`),
		garbled("a row that ends early", `{"email":"x@riverside.example"`),
		wrong("an escaped NUL in a name", student(`"name":"a\u0000b"`), "name"),
		wrong("an escaped line feed in a name", student(`"name":"a\nb"`), "name"),
		wrong("an escaped carriage return in a name", student(`"name":"a\rb"`), "name"),
		wrong("a name of 10,000 letters", student(`"name":"`+strings.Repeat("x", 10_000)+`"`), "name"),
		wrong("a name of 10 MB", student(`"name":"`+strings.Repeat("x", 10<<20)+`"`), "name"),
		wrong("a name that turns the line round", student(`"name":"a\u202eb"`), "name"),
		wrong("a name in an isolate", student(`"name":"a\u2066b"`), "name"),
		wrong("a row that is a list", `[]`, ""),
		wrong("a row that is null", `null`, ""),
		wrong("a row that names nobody", `{}`, ""),
		wrong("a row that names somebody twice over", `{"membership_id":"`+w.student+`","email":"x@riverside.example"}`, ""),
		wrong("the role platform_admin", student(`"role":"platform_admin"`), "role"),
		wrong("a role in capitals", student(`"role":"STUDENT"`), "role"),
		wrong("an unknown status", student(`"status":"banned"`), "status"),
		wrong("a capability", student(`"capabilities":["org.manage_users"]`), "capabilities"),
		wrong("a space behind the address", mail(`x@riverside.example `), "email"),
		wrong("a space before the address", mail(` x@riverside.example`), "email"),
		wrong("a dot behind the address", mail(`x@riverside.example.`), "email"),
		wrong("two addresses", mail(`x@riverside.example,y@riverside.example`), "email"),
		wrong("an address with a name", mail(`X <x@riverside.example>`), "email"),
		wrong("an address of 300 letters", mail(strings.Repeat("x", 300)+`@riverside.example`), "email"),
		wrong("an address with a line feed", mail(`x@riverside.example\nBcc: y`), "email"),
		wrong("the same person twice with different roles", student(`"role":"teacher"`)+`,`+student(`"role":"operator"`), ""),
		wrong("the same new address in another case", mail(`x@riverside.example`)+`,`+mail(`X@Riverside.EXAMPLE`), ""),
		wrong("a class twice", student(`"class_ids_add":["`+w.class+`","`+w.class+`"]`), "class_ids_add[1]"),
		wrong("a class to join and to leave", student(`"class_ids_add":["`+w.class+`"],"class_ids_remove":["`+w.class+`"]`), "class_ids_remove[0]"),
		wrong("50,001 rows", `{}`+strings.Repeat(`,{}`, 50_000), ""),
		wrong("a million rows", `0`+strings.Repeat(`,0`, 999_999), ""),
		no("more than 16 MiB", mail("x@riverside.example")+strings.Repeat(" ", 16<<20), "request_too_large", 413, ""),
		no("a person who was removed", `{"membership_id":"`+w.former+`","role":"student"}`, "user_not_found", 404, "membership_id"),
		no("a class by its name", student(`"class_ids_add":["Roster"]`), "class_not_found", 404, "class_ids_add[0]"),
		no("the last owner's role down", `{"membership_id":"`+w.owner+`","role":"admin"}`, "last_owner", 409, "role"),
		no("own suspension", `{"membership_id":"`+w.owner+`","status":"suspended"}`, "insufficient_permissions", 403, "status"),
	}
}

// manyNames are members of an object.
func manyNames(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"n%d":1`, i)
	}
	return b.String()
}

// The hostile list of bulk rosters (security.md, L4), as far as it is about JSON and about meaning. Files have encodings,
// separators, quotes, headers and ragged rows of their own: those wait for the console's importer. Formulas are neutralised
// where they leave (rest: TestFormulasAreNeutralised). Forms that every body shares are in TestStrictBodies. Rosters have no
// dates, and classes go by identifier only, so that no name is ambiguous and none collides.
func TestHostileRosters(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, db database) {
		s := newServer(t, db, 2000)
		w := newRosterWorld(s, t)
		before := s.settled(t)
		for _, row := range w.hostileRows() {
			t.Run(row.name, func(t *testing.T) { s.refuseRow(t, row) })
		}
		t.Run("no rows", func(t *testing.T) {
			for _, body := range []string{`{}`, `{"updates":[]}`, `{"updates":null}`, ``} {
				s.refuse(t, s.api(t), refusal{method: "POST", path: rosterPath, body: []byte(body), status: 422, code: "validation_failed", field: "updates"})
			}
		})
		t.Run("things of another organization are as unknown ones", func(t *testing.T) { s.foreignRows(t, w) })
		t.Run("nobody gives what they lack", func(t *testing.T) { s.lackingRows(t, w) })
		t.Run("rows that only look odd", func(t *testing.T) { s.oddRows(t) })
		s.unchanged(t, before)
	})
}

// refuseRow sends the row behind a good one: nothing of either happens.
func (s *server) refuseRow(t *testing.T, h hostileRow) {
	t.Helper()
	api := s.api(t)
	a := api.refused(h.status, h.code, "POST", rosterPath, `{"updates":[{"email":"good@riverside.example","name":"Good"},`+h.rows+`]}`)
	contractHeaders(t, a)
	if h.field == "" {
		return
	}
	fields := a.column("fields", "path")
	if field := "updates[1]." + h.field; !slices.Contains(fields, field) || len(fields) > 100 {
		t.Errorf("the answer tells of %.200v, not of %s", fields, field)
	}
}

// foreignRows: whatever names a thing of another organization is answered byte for byte as what names nothing.
func (s *server) foreignRows(t *testing.T, w rosterWorld) {
	t.Helper()
	api := s.api(t)
	for path, id := range map[string]string{`{"membership_id":"%s","role":"student"}`: w.otherMember,
		`{"membership_id":"` + w.student + `","class_ids_add":["%s"]}`:         w.otherClass,
		`{"membership_id":"` + w.student + `","class_ids_remove":["%s"]}`:      w.otherClass,
		`{"membership_id":"` + w.student + `","user_group_ids_add":["%s"]}`:    w.otherGroup,
		`{"membership_id":"` + w.student + `","user_group_ids_remove":["%s"]}`: w.otherGroup,
		`{"email":"x@riverside.example","class_ids_add":["%s"]}`:               w.otherClass,
	} {
		for _, dry := range []string{"false", "true"} {
			ask := func(id string) reply {
				return api.do("POST", rosterPath, `{"dry_run":`+dry+`,"updates":[`+fmt.Sprintf(path, id)+`]}`)
			}
			foreign := ask(id)
			sameAnswer(t, path, foreign, ask(strangerTo("/" + id)[1:]))
			sameAnswer(t, path+", no identifier at all", foreign, ask("nonsense"))
			if want := map[string]int{"false": 404, "true": 200}[dry]; foreign.status != want {
				t.Errorf("%s, dry run %s: %d %s", path, dry, foreign.status, foreign.body)
			}
		}
	}
}

// lackingRows: who manages people and nothing else gives no role and no group that brings more, whether to others, to new
// people or to themselves, and who does not manage people changes nobody.
func (s *server) lackingRows(t *testing.T, w rosterWorld) {
	t.Helper()
	few := newClient(t, s, w.few)
	for _, row := range []string{
		`{"membership_id":"` + w.student + `","role":"operator"}`,
		`{"membership_id":"` + w.student + `","role":"owner"}`,
		`{"email":"x@riverside.example","role":"admin"}`,
		`{"membership_id":"` + w.student + `","user_group_ids_add":["` + w.powers + `"]}`,
		`{"email":"x@riverside.example","user_group_ids_add":["` + w.powers + `"]}`,
	} {
		few.refused(403, "insufficient_permissions", "POST", rosterPath, `{"updates":[`+row+`]}`)
	}
	row := `{"updates":[{"membership_id":"` + w.student + `","class_ids_add":["` + w.class + `"]}]}`
	for _, c := range []client{s.teacher(t), s.student(t), s.reader(t)} {
		for _, body := range []string{row, `{`, `{"zzz":1}`} {
			c.refused(403, "insufficient_permissions", "POST", rosterPath, body)
		}
	}
	s.other(t).refused(404, "user_not_found", "POST", rosterPath, row)
}

// oddRows are people of their own, or names that are only text: none of them is somebody who is there already, and what is
// answered is what was sent. Nothing is written: it is a dry run.
func (s *server) oddRows(t *testing.T) {
	t.Helper()
	addresses := []string{"ada@riverside.example", "ada+prints@riverside.example", "a.da@riverside.example", "аda@riverside.example", "ada@riversíde.example", "ada@xn--riversde-i2a.example", "ada@riverside.example.org"}
	names := []string{"<script>alert(1)</script>", "{{ .Secret }}", `" hx-get="/v1/me`, "=HYPERLINK(\"https://evil.example\")", "Ada", "Ada", "שלום"}
	rows := make([]object, len(addresses))
	for i, address := range addresses {
		rows[i] = object{"email": address, "name": names[i]}
	}
	a := s.api(t).post(rosterPath, object{"dry_run": true, "updates": rows})
	a.is("summary.failed", 0.0)
	ids := map[string]bool{}
	for i, row := range a.list("results") {
		if got := row.list("changes.name"); len(got) == 2 && got[1].v != names[i] {
			t.Errorf("the name %q is answered as %v", names[i], got[1].v)
		}
		if id, ok := row.at("membership_id").v.(string); ok && ids[id] {
			t.Errorf("row %d is somebody who is named already", i+1)
		} else if ok {
			ids[id] = true
		}
	}
}

// A roster that was sent again changes nothing, and under an idempotency key answers the same bytes.
func TestTheSameRosterAgain(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, db database) {
		s := newServer(t, db, 2000)
		api := s.api(t)
		class := api.create("/v1/platform/classes", object{"name": "Again"}).text("id")
		body := object{"updates": people(300, "again", class)}
		key := []string{"Idempotency-Key", "roster"}
		first := api.want(200, "POST", rosterPath, body, key...)
		first.is("summary.created", 300.0)
		if kept := api.want(200, "POST", rosterPath, body, key...); kept.header.Get("Idempotent-Replayed") != "true" || !bytes.Equal(kept.body, first.body) {
			t.Errorf("%s: %.300s", kept.header.Get("Idempotent-Replayed"), kept.body)
		}
		before := s.settled(t)
		api.post(rosterPath, body).is("summary.unchanged", 300.0)
		s.unchanged(t, before)
	})
}

// people are rows of who joins a class.
func people(n int, who, class string) []object {
	rows := make([]object, n)
	for i := range rows {
		rows[i] = object{"email": fmt.Sprintf("%s.%04d@riverside.example", who, i), "name": fmt.Sprintf("%s %d", who, i), "grade_level": "9", "class_ids_add": []string{class}}
	}
	return rows
}

// Two administrators send rosters that name the same people, in another order and with other names: each request is one
// moment, and everybody is a member once.
func TestTwoRostersAtOnce(t *testing.T) {
	t.Parallel()
	const rows = 300
	eachDatabase(t, func(t *testing.T, db database) {
		s := newServer(t, db, 2000)
		api := s.api(t)
		class := api.create("/v1/platform/classes", object{"name": "At once"}).text("id")
		for round := range 3 {
			answers := make([]reply, 2)
			var sending sync.WaitGroup
			for who := range answers {
				mine := people(rows, fmt.Sprint("both", round), class)
				for i := range mine {
					mine[i]["name"] = fmt.Sprint("as ", who)
				}
				if who == 1 {
					slices.Reverse(mine)
				}
				sending.Go(func() { answers[who], _ = api.try("POST", rosterPath, object{"updates": mine}) })
			}
			sending.Wait()
			created := 0.0
			for _, a := range answers {
				if a.status != 200 {
					t.Fatalf("%d %s", a.status, a.body)
				}
				created += a.num("summary.created")
			}
			if created != rows {
				t.Errorf("%v people were made of %d addresses", created, rows)
			}
			s.wholeRoster(t, fmt.Sprint("both", round), class, rows)
		}
	})
}

// wholeRoster looks behind the answers: all members of a roster are there, each once, with one name, in their class and
// told of once; or nobody is. It answers how many are.
func (s *server) wholeRoster(t *testing.T, who, class string, rows int) (n int) {
	t.Helper()
	s.db.read(t, func(v *view) {
		const members = " FROM memberships m JOIN users u ON u.id = m.user_id WHERE u.email LIKE ?"
		like := who + ".%"
		n = v.count("SELECT COUNT(*)"+members, like)
		for what, query := range map[string]string{
			"accounts":         "SELECT COUNT(*) FROM users u WHERE u.email LIKE ?",
			"people in class":  "SELECT COUNT(*) FROM enrollments e WHERE e.membership_id IN (SELECT m.id" + members + ")",
			"events of coming": "SELECT COUNT(*) FROM events e WHERE e.type = 'user.joined' AND e.subject_id IN (SELECT m.id" + members + ")",
		} {
			if got := v.count(query, like); got != n {
				t.Errorf("%s: %d members, and %d %s", who, n, got, what)
			}
		}
		if names := v.count("SELECT COUNT(DISTINCT m.name)"+members, like); names > 1 && n > 0 && strings.HasPrefix(who, "both") {
			t.Errorf("%s: %d names are mixed", who, names)
		}
		if gaps := v.count("SELECT COUNT(*) FROM organizations o WHERE o.event_seq <> (SELECT COUNT(*) FROM events e WHERE e.organization_id = o.id)"); gaps != 0 {
			t.Errorf("%s: the events of %d organizations have gaps", who, gaps)
		}
	})
	if n != 0 && n != rows {
		t.Errorf("%s: %d of %d rows are there", who, n, rows)
	}
	return n
}

// A server that is killed in the middle of a roster has all of it or nothing, and takes the same again.
func TestKillDuringARoster(t *testing.T) {
	t.Parallel()
	const kills, rows = 6, 2000
	eachDatabase(t, func(t *testing.T, db database) {
		s := newServer(t, db, 2000)
		class := s.api(t).create("/v1/platform/classes", object{"name": "Killed"}).text("id")
		whole := 0
		for kill := range kills {
			api, who := s.api(t), fmt.Sprint("killed", kill)
			body, done := object{"updates": people(rows, who, class)}, make(chan error, 1)
			go func() {
				_, err := api.try("POST", rosterPath, body)
				done <- err
			}()
			time.Sleep(time.Duration(20+rand.IntN(400)) * time.Millisecond) // somewhere between the first row and the answer
			s.restart(t, func() {
				err := <-done
				if n := s.wholeRoster(t, who, class, rows); n == rows {
					whole++
				} else if err == nil {
					t.Errorf("kill %d: an answer came, and %d of %d rows are there", kill, n, rows)
				}
			})
			s.api(t).post(rosterPath, body).is("summary.failed", 0.0)
			if n := s.wholeRoster(t, who, class, rows); n != rows {
				t.Errorf("kill %d: sent again, %d of %d rows are there", kill, n, rows)
			}
		}
		t.Logf("%d of %d rosters were there at the kill", whole, kills)
	})
}
