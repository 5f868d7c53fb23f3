package e2e_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"
)

// leasesOver ends the leases of keys whose request died with the server, as if half a minute had gone by while it was down.
func (d database) leasesOver(t testing.TB) {
	t.Helper()
	past := strconv.FormatInt(time.Now().Add(-time.Second).UnixMicro(), 10)
	if d.url != "" {
		past = "now() - interval '1 second'"
	}
	d.exec(t, "UPDATE idempotency_keys SET lease_until = "+past+" WHERE state = 'running'")
}

// A server is killed while grams are deducted. Whoever got no answer sends the same again under the same key, and in the
// end each gram is taken once.
func TestKillUnderIdempotencyKeys(t *testing.T) {
	t.Parallel()
	const kills, senders, grams = 6, 4, 0.01
	eachDatabase(t, func(t *testing.T, db database) {
		s := newServer(t, db, 2000)
		spool := s.api(t).newSpool(s.api(t).newMaterial("PLA"), 1000)
		path := "/v1/spools/" + spool + "/deduct"
		sent, again := 0, 0
		for kill := range kills {
			api, open := s.api(t), make(chan string, senders) // what nobody answered
			var sending sync.WaitGroup
			counts := make([]int, senders)
			for who := range senders {
				sending.Go(func() {
					for ; ; counts[who]++ {
						key := fmt.Sprintf("%d-%d-%d", kill, who, counts[who])
						a, err := api.try("POST", path, object{"grams": grams}, "Idempotency-Key", key)
						if err != nil {
							open <- key
							counts[who]++
							return
						}
						if a.status != 200 {
							t.Errorf("%s: %d %s", key, a.status, a.body)
							return
						}
					}
				})
			}
			time.Sleep(time.Duration(20+rand.IntN(80)) * time.Millisecond) // somewhere between begin and answer
			s.restart(t, func() {
				sending.Wait()
				close(open)
				s.db.leasesOver(t)
			})
			for key := range open {
				first := s.api(t).want(200, "POST", path, object{"grams": grams}, "Idempotency-Key", key)
				second := s.api(t).want(200, "POST", path, object{"grams": grams}, "Idempotency-Key", key)
				if second.header.Get("Idempotent-Replayed") != "true" || string(second.body) != string(first.body) {
					t.Errorf("%s: %q, then %s %q", key, first.body, second.header.Get("Idempotent-Replayed"), second.body)
				}
				again++
			}
			for _, n := range counts {
				sent += n
			}
		}
		if left := s.api(t).get("/v1/spools/" + spool).num("remaining_g"); math.Round((1000-left)/grams) != float64(sent) {
			t.Errorf("%v g are left of 1000 after %d requests for %v g", left, sent, grams)
		}
		for _, problem := range s.audit(t).problems() {
			t.Error(problem)
		}
		t.Logf("%d requests, %d of them sent again after %d kills", sent, again, kills)
	})
}
