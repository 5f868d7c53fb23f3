package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"
)

// siegePlan is how long and how hard a server is killed.
type siegePlan struct {
	kills, dispatches int // at least
	printers          int
	wait              bool // for the real deadlines of starts, instead of moving them while the server is down
}

// A server that is killed at any moment of a dispatch starts nothing twice, loses nothing, and its ledgers add up.
func TestKill(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, db database) {
		besiege(t, db, siegePlan{kills: 20, printers: 12})
	})
}

// The same for long: 200 kills over 10,000 dispatches.
func TestSoakKill(t *testing.T) {
	if os.Getenv("SOLOPRINT_SOAK") != "1" {
		t.Skip("a long run: make soak")
	}
	t.Parallel()
	eachDatabase(t, func(t *testing.T, db database) {
		besiege(t, db, siegePlan{kills: 200, dispatches: 10_000, printers: 24, wait: true})
	})
}

// besiege kills a server again and again while its printers are driven, and keeps the account.
func besiege(t *testing.T, db database, plan siegePlan) {
	t.Helper()
	s := newSiege(t, db, plan)
	s.drive(t)
	perKill := max(8, plan.dispatches/max(plan.kills, 1))
	for kills := 0; kills < plan.kills; kills++ {
		s.awaitDispatches(t, s.dispatched()+rand.IntN(perKill)+perKill/2)
		time.Sleep(time.Duration(rand.IntN(40)) * time.Millisecond) // between two of the steps that follow a claim
		s.restart(t, func() {
			s.kills++
			s.judge(t, fmt.Sprintf("after kill %d", s.kills))
			if !plan.wait {
				s.db.overdue(t)
			}
		})
		s.confirm(t)
	}
	s.awaitDispatches(t, plan.dispatches)
	s.settle(t)
	s.judge(t, "at the end")
	s.judgeAnswers(t)
	t.Log(s.summary())
}

// judge keeps the account of this moment; it holds at every moment.
func (s *siege) judge(t *testing.T, when string) {
	t.Helper()
	a := s.audit(t)
	s.total.started = a.started
	s.total.doubleStarts = append(s.total.doubleStarts, a.doubleStarts...)
	s.total.lost = append(s.total.lost, a.lost...)
	s.total.ledgersOff = append(s.total.ledgersOff, a.ledgersOff...)
	s.total.gaps = append(s.total.gaps, a.gaps...)
	for _, problem := range a.problems() {
		t.Errorf("%s: %s", when, problem)
	}
	if len(a.problems()) > 0 {
		t.Log(s.summary())
		t.FailNow()
	}
}

// judgeAnswers compares what the server said with what it kept: what was acknowledged is there.
func (s *siege) judgeAnswers(t *testing.T) {
	t.Helper()
	states := map[string]string{}
	s.db.read(t, func(v *view) {
		for _, r := range v.rows("SELECT id, state FROM prints") {
			states[text(r[0])] = text(r[1])
		}
	})
	for id := range s.prints {
		if states[id] == "" {
			t.Errorf("dispatch-next answered print %s, which is not there", id)
		}
	}
	for id, verdict := range s.verdicts {
		if want := map[string]string{"success": "succeeded", "failure": "failed"}[verdict]; states[id] != want {
			t.Errorf("clear-bed judged print %s a %s; it is %s", id, verdict, states[id])
		}
	}
	for _, odd := range s.odd {
		t.Error(odd)
	}
}

// summary is the result in one line.
func (s *siege) summary() string {
	return fmt.Sprintf("kills %d, dispatches %d, starts on printers %d, needed a person %d, double starts %d, lost %d, ledgers off %d, gaps in events %d",
		s.kills, s.dispatched(), s.total.started, s.asked, len(s.total.doubleStarts), len(s.total.lost), len(s.total.ledgersOff), len(s.total.gaps))
}

// settle lets what runs come to its end: no dispatch stays open, every bed is cleared, nothing is reserved.
func (s *siege) settle(t *testing.T) {
	t.Helper()
	s.draining.Store(true)
	limit := time.Minute
	if s.plan.wait {
		limit = 3 * time.Minute
	}
	eventually(t, limit, func() string {
		s.confirm(t)
		var open [][]any
		s.db.read(t, func(v *view) {
			open = v.rows("SELECT id, state, phase FROM prints WHERE state IN ('dispatching', 'needs_confirmation', 'printing', 'paused', 'finished')")
		})
		if len(open) == 0 {
			return ""
		}
		return fmt.Sprintf("%d prints are open, the first is %s, %s, %s", len(open), text(open[0][0]), text(open[0][1]), text(open[0][2]))
	})
	s.retreat()
	s.db.read(t, func(v *view) {
		if n := v.count("SELECT COUNT(*) FROM spools WHERE reserved_g <> 0"); n != 0 {
			t.Errorf("nothing runs and no item is assigned, and filament of %d spools is reserved", n)
		}
	})
}

// confirm is the person who goes to the printers of which nobody knows whether they started, and says what there is to see.
func (s *siege) confirm(t *testing.T) {
	t.Helper()
	var open [][]any
	s.db.read(t, func(v *view) { open = v.rows("SELECT id, job_token FROM prints WHERE state = 'needs_confirmation'") })
	if len(open) == 0 {
		return
	}
	started := map[string]bool{}
	for _, start := range s.starts(t) {
		if start.Accepted {
			started[start.JobToken] = true
		}
	}
	for _, r := range open {
		s.asked++
		a := s.api(t).do("POST", "/v1/history/"+text(r[0])+"/confirm", object{"started": started[text(r[1])]})
		if a.status != 200 && a.status != 409 { // 409: the worker saw it meanwhile
			t.Errorf("confirm: %d %s", a.status, a.body)
		}
	}
}
