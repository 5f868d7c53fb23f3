package e2e_test

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// probeEvery is how often the probe, a job that only tests switch on, is due.
const probeEvery = 2 * time.Second

// Three servers share a database; one of them is killed and another frozen, at random, longer than its leases too. Every slot
// of a job has one row that succeeded, and its effect.
func TestJobsOnThreeServers(t *testing.T) {
	t.Parallel()
	onThreeServers(t, time.Minute)
}

// The same for ten minutes.
func TestSoakJobsOnThreeServers(t *testing.T) {
	if os.Getenv("SOLOPRINT_SOAK") != "1" {
		t.Skip("a long run: make soak")
	}
	t.Parallel()
	onThreeServers(t, 10*time.Minute)
}

// trio is three servers, and what was done to them.
type trio struct {
	db      database
	servers [3]*server

	mu     sync.Mutex
	hurt   map[string]bool // processes that were killed or frozen, as the rows name them
	stalls []time.Time     // when the machine stood still for so long that a slot may have passed
	since  [3]time.Time    // since when each server answers; zero while it is down or frozen
	spans  []span          // during which one did, before
	kills  int
	stops  int
}

// span is a time during which a server was there.
type span struct{ from, to time.Time }

// leaves and returns note when a server is not there, and when it is again.
func (k *trio) leaves(i int) {
	if !k.since[i].IsZero() {
		k.spans = append(k.spans, span{k.since[i], time.Now()})
	}
	k.since[i] = time.Time{}
}

func (k *trio) returns(i int) { k.since[i] = time.Now() }

// manned reports whether one and the same server was there for a slot: since the one before it, until the one after it.
func (k *trio) manned(slot time.Time) bool {
	return slices.ContainsFunc(k.spans, func(s span) bool { return s.from.Before(slot.Add(-probeEvery)) && s.to.After(slot.Add(probeEvery)) })
}

func onThreeServers(t *testing.T, length time.Duration) {
	t.Helper()
	k := newTrio(t)
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() { k.watch(t, done) })
	from := time.Now().Add(probeEvery)
	k.torment(t, from.Add(length))
	to := time.Now()
	close(done)
	watching.Wait()
	eventually(t, 2*time.Minute, func() (open string) { // leases of the last that were hurt have to run out
		k.db.read(t, func(v *view) {
			if n := v.count("SELECT COUNT(*) FROM job_runs WHERE job = 'probe' AND state = 'running' AND scheduled_at < ?", to); n > 0 {
				open = fmt.Sprintf("%d runs are open", n)
			}
		})
		return open
	})
	k.judge(t, from, to)
}

func newTrio(t *testing.T) *trio {
	t.Helper()
	k := &trio{db: database{url: postgresDatabase(t)}, hurt: map[string]bool{}}
	args := []string{"serve", "--master-key", base64.StdEncoding.EncodeToString(make([]byte, 32))}
	first := &server{db: k.db, dir: dataDir(t), addr: freeAddress(t), serve: args}
	first.start(t) // it makes the tables
	if err := first.stop(t); err != nil {
		t.Fatal(err)
	}
	k.db.exec(t, "CREATE TABLE job_probe (slot timestamptz NOT NULL, attempt int NOT NULL, server text NOT NULL)")
	for i := range k.servers {
		s := &server{db: k.db, dir: dataDir(t), addr: freeAddress(t), serve: args, settings: []string{"SOLOPRINT_TEST_PROBE=1"}}
		t.Cleanup(func() {
			s.kill(t)
			if t.Failed() {
				t.Logf("the server's last words:\n%s", s.lastWords())
			}
		})
		s.start(t)
		k.servers[i] = s
		k.returns(i)
	}
	return k
}

// note remembers that a process was hurt.
func (k *trio) note(s *server) {
	host, _ := os.Hostname()
	k.hurt[fmt.Sprintf("%s/%d", host, s.child.Process.Pid)] = true
}

// torment kills one server after the other, while one of the two others is frozen: for a moment, or for longer than a lease.
func (k *trio) torment(t *testing.T, until time.Time) {
	t.Helper()
	for round := 0; time.Now().Before(until); round++ {
		ice := rand.IntN(3)
		frozen := k.servers[ice]
		k.note(frozen)
		k.leaves(ice)
		k.signal(t, frozen, syscall.SIGSTOP)
		k.stops++
		length := time.Duration(1+rand.IntN(5)) * time.Second
		if round%2 == 0 {
			length = 36 * time.Second
		}
		for thaw := time.Now().Add(length); time.Now().Before(thaw); {
			time.Sleep(time.Duration(500+rand.IntN(4000)) * time.Millisecond)
			i := rand.IntN(3)
			if i == ice {
				continue
			}
			s := k.servers[i]
			k.note(s)
			k.kills++
			k.leaves(i)
			s.restart(t, func() { time.Sleep(time.Duration(rand.IntN(1500)) * time.Millisecond) })
			k.returns(i)
		}
		k.signal(t, frozen, syscall.SIGCONT)
		k.returns(ice)
		time.Sleep(time.Duration(1+rand.IntN(3)) * time.Second)
	}
}

func (k *trio) signal(t *testing.T, s *server, sig syscall.Signal) {
	t.Helper()
	if err := s.child.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
}

// watch notes when the machine, or the database, stands still: what nobody could look at is not held against the servers.
func (k *trio) watch(t *testing.T, done chan struct{}) {
	pool := k.db.open(t, false)
	defer pool.Close()
	for last := time.Now(); ; last = time.Now() {
		select {
		case <-done:
			return
		case <-time.After(100 * time.Millisecond):
		}
		_, err := pool.ExecContext(t.Context(), "SELECT 1")
		if err != nil || time.Since(last) > probeEvery/2 {
			k.mu.Lock()
			for at := last; at.Before(time.Now()); at = at.Add(probeEvery / 2) {
				k.stalls = append(k.stalls, at)
			}
			k.mu.Unlock()
		}
	}
}

// stalled reports whether the machine stood still around a slot.
func (k *trio) stalled(slot time.Time) bool {
	for _, at := range k.stalls {
		if at.After(slot.Add(-probeEvery)) && at.Before(slot.Add(2*probeEvery)) {
			return true
		}
	}
	return false
}

// run is the row of a slot, and effect what a run of it wrote.
type probeRun struct {
	state    string
	attempts int
	failed   string
}

type probeEffect struct {
	slot    int64 // seconds since 1970
	attempt int
	server  string
}

// judge compares the rows and the effects with the slots that there were.
func (k *trio) judge(t *testing.T, from, to time.Time) {
	t.Helper()
	runs, effects := k.account(t)
	for i := range k.servers {
		k.leaves(i)
	}
	slots, missed, excused, again := 0, 0, 0, 0
	for slot := from.Truncate(probeEvery).Add(probeEvery); slot.Before(to.Add(-probeEvery)); slot = slot.Add(probeEvery) {
		slots++
		run, ok := runs[slot.Unix()]
		switch {
		case !ok && (k.stalled(slot) || !k.manned(slot)):
			excused++
		case !ok:
			missed++
			t.Errorf("the slot %s was missed", slot.UTC().Format(time.TimeOnly))
		case run.state != "succeeded":
			t.Errorf("the slot %s %s: %s", slot.UTC().Format(time.TimeOnly), run.state, run.failed)
		case len(effects[slot.Unix()]) == 0:
			t.Errorf("the slot %s succeeded without its effect", slot.UTC().Format(time.TimeOnly))
		}
		again += max(0, len(effects[slot.Unix()])-1)
		k.judgeEffects(t, slot, run, effects[slot.Unix()])
	}
	t.Logf("%d slots, %d kills, %d freezes; %d missed, %d while the machine stood still or all were down, %d effects repeated after a kill", slots, k.kills, k.stops, missed, excused, again)
	if excused > slots/4 {
		t.Errorf("the machine stood still, or all servers were down, during %d of %d slots: this run says nothing", excused, slots)
	}
}

// judgeEffects: an attempt has its effect once, and one that was followed by another only where its server was hurt.
func (k *trio) judgeEffects(t *testing.T, slot time.Time, run probeRun, effects []probeEffect) {
	t.Helper()
	seen := map[int]bool{}
	for _, e := range effects {
		switch {
		case seen[e.attempt]:
			t.Errorf("the slot %s has the effect of attempt %d twice", slot.UTC().Format(time.TimeOnly), e.attempt)
		case e.attempt > run.attempts:
			t.Errorf("the slot %s has the effect of attempt %d of %d", slot.UTC().Format(time.TimeOnly), e.attempt, run.attempts)
		case e.attempt < run.attempts && !k.hurt[e.server]:
			t.Errorf("the slot %s was run again although %s was well", slot.UTC().Format(time.TimeOnly), e.server)
		}
		seen[e.attempt] = true
	}
}

// account reads the rows of the probe and its effects, by slot.
func (k *trio) account(t *testing.T) (map[int64]probeRun, map[int64][]probeEffect) {
	t.Helper()
	runs, effects := map[int64]probeRun{}, map[int64][]probeEffect{}
	k.db.read(t, func(v *view) {
		for _, r := range v.rows("SELECT " + v.micros("scheduled_at") + ", state, attempts, error FROM job_runs WHERE job = 'probe'") {
			slot := time.UnixMicro(int64(number(r[0])))
			if slot.UnixMicro()%probeEvery.Microseconds() != 0 {
				t.Errorf("a run at %s, which is no slot", slot)
			}
			runs[slot.Unix()] = probeRun{text(r[1]), int(number(r[2])), text(r[3])}
		}
		for _, r := range v.rows("SELECT " + v.micros("slot") + ", attempt, server FROM job_probe") {
			e := probeEffect{time.UnixMicro(int64(number(r[0]))).Unix(), int(number(r[1])), text(r[2])}
			effects[e.slot] = append(effects[e.slot], e)
		}
	})
	return runs, effects
}

// The operator's commands beside a running server, its metrics and its public page.
func TestWhatAnOperatorSeesOfJobs(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, db database) {
		s := newServer(t, db, 60)
		for _, job := range []string{"retention", "class_dates", "backup"} {
			out := s.command(t, "jobs", "run", job)
			if !strings.Contains(out, job+" succeeded") {
				t.Errorf("jobs run %s says %q", job, out)
			}
		}
		list := s.command(t, "jobs", "list")
		for _, word := range []string{"NAME", "claim_reaper", "backup", "0 0 * * * local", "succeeded"} {
			if !strings.Contains(list, word) {
				t.Errorf("jobs list does not say %s:\n%s", word, list)
			}
		}
		backups, _ := os.ReadDir(s.dir + "/backups")
		if want := map[bool]int{true: 1, false: 0}[db.url == ""]; len(backups) != want {
			t.Errorf("%d backups, want %d", len(backups), want)
		}
		page := s.anonymous(t).do("GET", "/metrics", nil)
		for _, word := range []string{`soloprint_job_runs_total{job="backup",result="succeeded"}`, `soloprint_waiting{what="queue_items"}`, "soloprint_http_requests_total"} {
			if !strings.Contains(string(page.body), word) {
				t.Errorf("/metrics has no %s", word)
			}
		}
		id := s.command(t, "status", "post", "We move the server at noon")
		if !strings.HasPrefix(id, "inc_") || !strings.Contains(s.command(t, "status", "list"), "We move the server") {
			t.Errorf("status post says %q", id)
		}
		s.command(t, "status", "resolve", id, "--note", "Moved.")
		eventually(t, 15*time.Second, func() string {
			a := s.anonymous(t).do("GET", "/status.json", nil)
			if body := string(a.body); a.status != 200 || !strings.Contains(body, "Moved.") || !strings.Contains(body, `"name":"database"`) {
				return "/status.json: " + body
			}
			return ""
		})
		if a := s.anonymous(t).do("GET", "/status", nil); a.status != 200 || !strings.Contains(string(a.body), "We move the server at noon") || strings.Contains(string(a.body), "Riverside") {
			t.Errorf("/status: %d %s", a.status, a.body)
		}
	})
}
