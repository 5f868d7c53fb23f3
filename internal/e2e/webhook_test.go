package e2e_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// A server that is killed in the middle of its deliveries loses none, writes none twice, and repeats one with the same
// webhook-id.
func TestKillDuringDeliveries(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, db database) { harass(t, db, 5, 20, 100) })
}

// The same for long: 50 kills.
func TestSoakKillDuringDeliveries(t *testing.T) {
	if os.Getenv("SOLOPRINT_SOAK") != "1" {
		t.Skip("a long run: make soak")
	}
	t.Parallel()
	eachDatabase(t, func(t *testing.T, db database) { harass(t, db, 50, 20, 1000) })
}

// mailbox is a receiver that counts what it got, by webhook-id.
type mailbox struct {
	*httptest.Server
	mu     sync.Mutex
	secret string
	times  map[string]int
	forged int // with a signature that is wrong
}

func newMailbox(t *testing.T) *mailbox {
	t.Helper()
	m := &mailbox{times: map[string]int{}}
	m.Server = httptest.NewServer(http.HandlerFunc(m.take))
	t.Cleanup(m.CloseClientConnections)
	return m
}

// take keeps a message; it takes its time, so that kills find deliveries on their way.
func (m *mailbox) take(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the server was killed while it spoke
	}
	time.Sleep(time.Duration(rand.IntN(30)) * time.Millisecond)
	m.mu.Lock()
	defer m.mu.Unlock()
	if hook, err := standardwebhooks.NewWebhook(m.secret); err != nil || hook.Verify(body, r.Header) != nil {
		m.forged++
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	m.times[r.Header.Get("webhook-id")]++
	w.WriteHeader(http.StatusNoContent)
}

// got is how many messages the mailboxes have taken, repeats included.
func got(boxes []*mailbox) (n int) {
	for _, m := range boxes {
		m.mu.Lock()
		for _, times := range m.times {
			n += times
		}
		m.mu.Unlock()
	}
	return n
}

// harass kills a server again and again while it sends events to receivers, and then keeps the account.
func harass(t *testing.T, db database, kills, receivers, events int) {
	t.Helper()
	s := newServer(t, db, 60)
	s.settings = []string{"SOLOPRINT_EGRESS_ALLOW_CIDRS=127.0.0.0/8"}
	s.restart(t, func() {})
	boxes := make([]*mailbox, receivers)
	for i := range boxes {
		boxes[i] = newMailbox(t)
		made := s.api(t).create("/v1/platform/webhooks", object{"name": fmt.Sprint("Mailbox ", i), "endpoint_url": boxes[i].URL, "subscriptions": []string{"printer_tag.*"}, "retry_backoff_seconds": 1, "max_attempts": 20})
		boxes[i].mu.Lock()
		boxes[i].secret = made.text("secret")
		boxes[i].mu.Unlock()
	}

	each := events / (kills + 1)
	for kill := range kills {
		before := got(boxes)
		for n := range each {
			s.api(t).create("/v1/platform/printer-tags", object{"name": fmt.Sprintf("tag %d.%d", kill, n)})
		}
		wanted := before + rand.IntN(each*receivers/2)
		eventually(t, time.Minute, func() string {
			if n := got(boxes); n < wanted {
				return fmt.Sprintf("%d of %d messages", n, wanted)
			}
			return ""
		})
		s.restart(t, func() {})
	}
	for n := range events - kills*each {
		s.api(t).create("/v1/platform/printer-tags", object{"name": fmt.Sprintf("tag %d.%d", kills, n)})
	}
	s.accounted(t, boxes, events)
}

// accounted waits until everything is delivered, and compares rows with messages.
func (s *server) accounted(t *testing.T, boxes []*mailbox, events int) {
	t.Helper()
	all := events * len(boxes)
	eventually(t, 2*time.Minute, func() (problem string) { // on PostgreSQL the leases of a killed server end first
		s.db.read(t, func(v *view) {
			if n := v.count("SELECT COUNT(*) FROM webhook_deliveries WHERE status = 'delivered'"); n != all {
				problem = fmt.Sprintf("%d of %d are delivered", n, all)
			}
		})
		return problem
	})
	ids := map[string]bool{}
	s.db.read(t, func(v *view) {
		if n := v.count("SELECT COUNT(*) FROM (SELECT DISTINCT event_id, webhook_id FROM webhook_deliveries) d"); n != all {
			t.Errorf("%d pairs of event and endpoint have a delivery, want %d", n, all)
		}
		if n := v.count("SELECT COUNT(*) FROM webhook_deliveries"); n != all {
			t.Errorf("%d deliveries, want %d", n, all)
		}
		for _, r := range v.rows("SELECT id FROM events WHERE type = 'printer_tag.created' AND sequence > (SELECT MAX(since_sequence) FROM webhooks)") {
			ids[text(r[0])] = true
		}
	})
	repeats := 0
	for i, m := range boxes {
		m.mu.Lock()
		for id, times := range m.times {
			repeats += times - 1
			if !ids[id] {
				t.Errorf("mailbox %d got %s, which is no event", i, id)
			}
		}
		if len(m.times) != events || m.forged != 0 {
			t.Errorf("mailbox %d got %d of %d events, %d with a wrong signature", i, len(m.times), events, m.forged)
		}
		m.mu.Unlock()
	}
	t.Logf("%d deliveries, %d of them more than once", all, repeats)
}
