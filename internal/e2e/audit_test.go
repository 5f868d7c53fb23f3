package e2e_test

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"github.com/soloprint/soloprint/internal/connector/virtual"
)

// account is what the printers and the database say together. Every problem is a sentence.
type account struct {
	started      int      // starts that a printer carried out
	doubleStarts []string // the same print twice, or a copy while another of the same copy ran or was good
	lost         []string // items and prints that do not add up
	ledgersOff   []string // spools whose ledger, reservations or deductions do not add up
	gaps         []string // events whose numbers have a gap
}

func (a *account) problems() []string {
	var all []string
	for _, some := range [][]string{a.doubleStarts, a.lost, a.ledgersOff, a.gaps} {
		all = append(all, some...)
	}
	return all
}

// audit compares the printers' own log of starts with the database. The log is read first: what it has is committed.
func (s *server) audit(t testing.TB) *account {
	t.Helper()
	a, starts := &account{}, s.starts(t)
	s.db.read(t, func(v *view) {
		prints := readPrints(v)
		a.compareStarts(starts, prints)
		a.compareItems(v, prints)
		a.compareLedgers(v, prints)
		a.compareEvents(v)
	})
	return a
}

// printRow is what the audit needs of a print.
type printRow struct {
	id, token, item, state string
	copy                   int
	ended, judged          int64 // microseconds; 0 = not yet
	settled                bool
	uses                   []spoolUse
}

type spoolUse struct {
	SpoolID    string  `json:"spool_id"`
	EstimatedG float64 `json:"estimated_g"`
	ActualG    float64 `json:"actual_g"`
}

func (p *printRow) open() bool { return p.active() || p.state == "finished" }

func (p *printRow) active() bool {
	switch p.state {
	case "dispatching", "needs_confirmation", "printing", "paused":
		return true
	}
	return false
}

func readPrints(v *view) map[string]*printRow {
	v.t.Helper()
	prints := map[string]*printRow{}
	for _, r := range v.rows("SELECT id, job_token, queue_item_id, state, copy, " + v.micros("ended_at") + ", " + v.micros("verdict_at") + ", settled, CAST(spool_uses AS TEXT) FROM prints") {
		p := &printRow{id: text(r[0]), token: text(r[1]), item: text(r[2]), state: text(r[3]), copy: int(number(r[4])), ended: int64(number(r[5])), judged: int64(number(r[6])), settled: number(r[7]) != 0}
		if err := json.Unmarshal([]byte(text(r[8])), &p.uses); err != nil {
			v.t.Fatal(err)
		}
		prints[p.token] = p
	}
	return prints
}

// compareStarts looks for a second start: of a print, and of a copy that was running or good already.
func (a *account) compareStarts(starts []virtual.Start, prints map[string]*printRow) {
	type copyKey struct {
		item string
		copy int
	}
	sent, before := map[string]bool{}, map[copyKey]*printRow{}
	for _, s := range starts {
		if sent[s.JobToken] { // whether or not the printer was clever enough to see it
			a.doubleStarts = append(a.doubleStarts, fmt.Sprintf("the start of %s was sent twice, the second time at %s", s.JobToken, s.Time))
		}
		sent[s.JobToken] = true
		if !s.Accepted || s.Reason == virtual.ReasonDoesNotStart {
			continue // the printer printed nothing
		}
		a.started++
		p := prints[s.JobToken]
		if p == nil {
			a.lost = append(a.lost, fmt.Sprintf("a printer printed %s, of which nobody knows", s.JobToken))
			continue
		}
		key := copyKey{p.item, p.copy}
		if old := before[key]; old != nil && !old.over(s.Time.UnixMicro()) {
			a.doubleStarts = append(a.doubleStarts, fmt.Sprintf("copy %d of %s was started by print %s while print %s (%s) held it", p.copy, p.item, p.id, old.id, old.state))
		}
		before[key] = p
	}
}

// over reports whether a print had given its copy back at a time.
func (p *printRow) over(at int64) bool {
	switch p.state {
	case "cancelled":
		return p.ended != 0 && p.ended <= at
	case "failed": // by the device, or by a person's verdict
		return max(p.ended, p.judged) <= at
	}
	return false
}

// compareItems counts each item's copies anew.
func (a *account) compareItems(v *view, prints map[string]*printRow) {
	type count struct{ done, running, gone int }
	counts := map[string]*count{}
	for _, p := range prints {
		c := counts[p.item]
		if c == nil {
			c = &count{}
			counts[p.item] = c
		}
		switch {
		case p.state == "succeeded":
			c.done++
		case p.open():
			c.running++
		default:
			c.gone++
		}
	}
	query := "SELECT id, state, copies_requested, copies_done, copies_running, copies_failed, attempts, max_attempts, dispatchable, approval_state, hold, COALESCE(assigned_printer_id, '') FROM queue_items"
	for _, r := range v.rows(query) {
		c := counts[text(r[0])]
		if c == nil {
			c = &count{}
		}
		a.compareItem(r, c.done, c.running, c.gone)
	}
}

func (a *account) compareItem(r []any, done, running, gone int) {
	id, state := text(r[0]), text(r[1])
	requested, attempts, most := int(number(r[2])), int(number(r[6])), int(number(r[7]))
	off := func(format string, args ...any) {
		a.lost = append(a.lost, fmt.Sprintf("item %s (%s): ", id, state)+fmt.Sprintf(format, args...))
	}
	if int(number(r[3])) != done || int(number(r[4])) != running {
		off("copies %v done and %v running, its prints say %d and %d", r[3], r[4], done, running)
	}
	if int(number(r[5])) > gone || attempts != gone {
		off("%v copies failed in %d attempts, its prints say %d", r[5], attempts, gone)
	}
	if done > requested || done+running > max(requested, done) {
		off("%d copies done and %d running of %d", done, running, requested)
	}
	want := ""
	switch {
	case running > 0:
		return // the worker has it
	case state == "draft" || state == "cancelled" || state == "expired":
		return // a person decided
	case done >= requested:
		want = "completed"
	case attempts >= most:
		want = "failed"
	case text(r[11]) != "":
		want = "assigned"
	default:
		want = "queued"
	}
	if state != want {
		off("nothing runs, %d of %d are done in %d attempts: it should be %s", done, requested, attempts, want)
	}
	free := want == "queued" && text(r[10]) == "none" && (text(r[9]) == "not_required" || text(r[9]) == "approved")
	if free != (number(r[8]) != 0) {
		off("whether it can be dispatched is %v", r[8])
	}
}

// compareLedgers adds every spool's ledger up, and compares reservations and deductions with prints and lines.
func (a *account) compareLedgers(v *view, prints map[string]*printRow) {
	reserved := reservations(v, prints)
	rows := v.rows("SELECT s.id, s.remaining_g, s.reserved_g, (SELECT SUM(l.delta_g) FROM ledger_entries l WHERE l.spool_id = s.id)," +
		" (SELECT SUM(l.delta_reserved_g) FROM ledger_entries l WHERE l.spool_id = s.id) FROM spools s")
	for _, r := range rows {
		id, remaining, held := text(r[0]), number(r[1]), number(r[2])
		if differ(remaining, number(r[3])) || differ(held, number(r[4])) {
			a.ledgersOff = append(a.ledgersOff, fmt.Sprintf("spool %s has %g g, %g g reserved; its ledger says %g and %g", id, remaining, held, number(r[3]), number(r[4])))
		}
		if differ(held, reserved[id]) {
			a.ledgersOff = append(a.ledgersOff, fmt.Sprintf("spool %s has %g g reserved, prints and lines need %g", id, held, reserved[id]))
		}
	}
	a.compareDeductions(v, prints)
}

// reservations are the grams that open dispatches and printers' lines need of each spool.
func reservations(v *view, prints map[string]*printRow) map[string]float64 {
	need := map[string]float64{}
	for _, p := range prints {
		if p.settled {
			continue
		}
		for _, u := range p.uses {
			need[u.SpoolID] += u.EstimatedG
		}
	}
	for _, r := range v.rows("SELECT CAST(reservations AS TEXT) FROM queue_items") {
		var uses []spoolUse
		if err := json.Unmarshal([]byte(text(r[0])), &uses); err != nil {
			v.t.Fatal(err)
		}
		for _, u := range uses {
			need[u.SpoolID] += u.EstimatedG
		}
	}
	return need
}

// compareDeductions wants one deduction for each print that has ended and each spool that it took from, and no other.
func (a *account) compareDeductions(v *view, prints map[string]*printRow) {
	type key struct{ print, spool string }
	want, times := map[key]float64{}, map[key]int{}
	for _, p := range prints {
		for _, u := range p.uses {
			if p.settled && u.ActualG > 0 {
				want[key{p.id, u.SpoolID}] += u.ActualG
			}
		}
		if p.settled == p.active() {
			a.ledgersOff = append(a.ledgersOff, fmt.Sprintf("print %s is %s, settled: %t", p.id, p.state, p.settled))
		}
	}
	for _, r := range v.rows("SELECT print_id, spool_id, delta_g FROM ledger_entries WHERE kind = 'deduct' AND print_id IS NOT NULL") {
		k := key{text(r[0]), text(r[1])}
		times[k]++
		if differ(-number(r[2]), want[k]) {
			a.ledgersOff = append(a.ledgersOff, fmt.Sprintf("print %s took %g g of %s, the ledger says %g", k.print, want[k], k.spool, -number(r[2])))
		}
	}
	for k := range want {
		if times[k] != 1 {
			a.ledgersOff = append(a.ledgersOff, fmt.Sprintf("print %s was deducted %d times from %s", k.print, times[k], k.spool))
		}
	}
}

// compareEvents wants each organization's events numbered from 1 without a gap.
func (a *account) compareEvents(v *view) {
	for _, r := range v.rows("SELECT o.id, o.event_seq, COUNT(e.id), COUNT(DISTINCT e.sequence), MIN(e.sequence), MAX(e.sequence) FROM organizations o" +
		" LEFT JOIN events e ON e.organization_id = o.id GROUP BY o.id, o.event_seq") {
		last, rows, distinct, first, most := number(r[1]), number(r[2]), number(r[3]), number(r[4]), number(r[5])
		if rows != last || distinct != last || last > 0 && (first != 1 || most != last) {
			a.gaps = append(a.gaps, fmt.Sprintf("organization %s: %g events, %g numbers from %g to %g, counted to %g", text(r[0]), rows, distinct, first, most, last))
		}
	}
}

func differ(a, b float64) bool { return math.Abs(a-b) > 0.005 }
