package e2e_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// twins are two servers on one PostgreSQL database, behind a proxy that is trusted, with an organization whose owner has a password.
type twins struct {
	t       *testing.T
	servers [2]*server
}

const (
	twinOwner    = "dana@riverside.example"
	twinPassword = "four small grey horses"
)

func newTwins(t *testing.T) *twins {
	t.Helper()
	w := &twins{t: t}
	db, key := database{url: postgresDatabase(t)}, base64.StdEncoding.EncodeToString(make([]byte, 32))
	for i := range w.servers {
		s := &server{db: db, dir: dataDir(t), addr: freeAddress(t), serve: []string{"serve", "--master-key", key, "--rate-limit", "0", "--trusted-proxies", "127.0.0.1"}}
		t.Cleanup(func() { s.kill(t) })
		s.start(t)
		w.servers[i] = s
	}
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(path, "user", "create-owner", "--organization", "riverside", "--email", twinOwner, "--data", w.servers[0].dir, "--master-key", key, "--database-url", db.url)
	c.Env, c.Stdin = environment(), strings.NewReader(twinPassword)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	return w
}

// try signs in at one of the servers, from an address, and answers what happened and how long it took.
func (w *twins) try(at int, address, email, password string) (status int, retry int, took time.Duration) {
	w.t.Helper()
	form := url.Values{"organization": {"riverside"}, "email": {email}, "password": {password}}
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, "http://"+w.servers[at].addr+"/auth/password", strings.NewReader(form.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Forwarded-For", address)
	began := time.Now()
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	_ = a.Body.Close()
	took = time.Since(began)
	retry, _ = strconv.Atoi(a.Header.Get("Retry-After"))
	return a.StatusCode, retry, took
}

// Tries count wherever they are made, and outlive a server; whoever is at another address is not held back by them.
func TestGuessingPasswords(t *testing.T) {
	t.Parallel()
	w := newTwins(t)
	const thief, home = "198.51.100.7", "203.0.113.5"
	for n := range 5 {
		if status, _, _ := w.try(n%2, thief, twinOwner, "wrong "+strconv.Itoa(n)); status != 401 {
			t.Errorf("guess %d: %d", n, status)
		}
	}
	refused := func(when string, at int) {
		t.Helper()
		for _, password := range []string{"wrong again", twinPassword} { // the right one does not help, nor is it told
			if status, retry, _ := w.try(at, thief, twinOwner, password); status != 429 || retry < 100 || retry > 180 {
				t.Errorf("%s, at server %d: %d, Retry-After %d", when, at, status, retry)
			}
		}
	}
	refused("a guess too many", 0)
	refused("a guess too many", 1)
	if status, _, _ := w.try(1, "1.2.3.4, "+thief, twinOwner, twinPassword); status != 429 {
		t.Errorf("behind a forged address: %d", status)
	}
	w.servers[0].restart(t, func() {})
	refused("after a restart", 0)
	for at := range w.servers {
		if status, _, _ := w.try(at, home, twinOwner, twinPassword); status != 200 {
			t.Errorf("the owner at home, at server %d: %d", at, status)
		}
	}
	for n := range 300 { // a swarm spends the budget of the account
		if status, _, _ := w.try(n%2, "10.0."+strconv.Itoa(n/250)+"."+strconv.Itoa(n%250), twinOwner, "wrong"); status == 429 {
			if n < 50 {
				t.Errorf("the account was closed to strangers after %d guesses", n)
			}
			break
		} else if n == 299 {
			t.Error("a swarm guesses for ever")
		}
	}
	for at := range w.servers {
		if status, _, _ := w.try(at, home, twinOwner, twinPassword); status != 200 {
			t.Errorf("the owner at home during a swarm, at server %d: %d", at, status)
		}
	}
}

// From outside no refusal says by its time whether there is such an account. The medians of many, in turn, are compared.
func TestRefusalsTakeTheSameTime(t *testing.T) {
	t.Parallel()
	w := newTwins(t)
	const rounds = 15
	who := []string{twinOwner, "nobody@riverside.example", "not an address"}
	took := make([][]time.Duration, len(who))
	for round := range rounds {
		for i, email := range who {
			status, _, d := w.try(0, "10."+strconv.Itoa(i)+".0."+strconv.Itoa(round), email, "wrong")
			if status != 401 {
				t.Fatalf("%s: %d", email, status)
			}
			took[i] = append(took[i], d)
		}
	}
	var medians []time.Duration
	for i, all := range took {
		slices.Sort(all)
		medians = append(medians, all[rounds/2])
		t.Logf("%-26s %s, the fastest %s", who[i], all[rounds/2], all[0])
		if all[0] < 300*time.Millisecond {
			t.Errorf("%s is refused after %s: before the time at which refusals leave", who[i], all[0])
		}
	}
	if fastest, slowest := slices.Min(medians), slices.Max(medians); slowest > fastest+fastest/10 {
		t.Errorf("refusals take from %s to %s", fastest, slowest)
	}
}
