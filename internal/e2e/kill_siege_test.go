package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// siegeSpeed lets a print of 600 s take a third of a second.
const siegeSpeed = 2000

// siege is a server whose printers are driven by as many people while it is killed.
type siege struct {
	*server
	plan     siegePlan
	printers []string
	tag      string // of these printers: the siege's items go nowhere else
	file     string

	draining atomic.Bool // only finish what runs
	stop     chan struct{}
	people   sync.WaitGroup

	mu       sync.Mutex
	prints   map[string]bool   // that dispatch-next answered
	verdicts map[string]string // that clear-bed answered, by print
	odd      []string          // answers that nobody should get

	kills, asked int
	total        account
}

func newSiege(t *testing.T, db database, plan siegePlan) *siege {
	t.Helper()
	s := &siege{server: newServer(t, db, siegeSpeed), plan: plan, stop: make(chan struct{}), prints: map[string]bool{}, verdicts: map[string]string{}}
	t.Cleanup(s.retreat)
	api := s.api(t)
	s.tag = api.create("/v1/platform/printer-tags", object{"name": "besieged"}).text("id")
	s.file = api.upload("cube.gcode", cube(t)).text("id")
	white := api.material("Polymaker PLA White")
	for i := range plan.printers {
		printer := api.create("/v1/printers", object{"name": fmt.Sprintf("Besieged %d", i+1), "connector": object{"kind": "virtual"}, "bed_state": "clear", "tag_ids": []string{s.tag}})
		api.load(api.newSpool(white, 20_000), printer.text("id"))
		s.printers = append(s.printers, printer.text("id"))
	}
	for range plan.printers {
		if err := s.feed(api); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// drive puts one person beside each printer.
func (s *siege) drive(t *testing.T) {
	t.Helper()
	api := s.api(t)
	for _, printer := range s.printers {
		s.people.Go(func() {
			for {
				select {
				case <-s.stop:
					return
				case <-time.After(s.turn(api, printer)):
				}
			}
		})
	}
}

// retreat sends the people home.
func (s *siege) retreat() {
	select {
	case <-s.stop:
	default:
		close(s.stop)
	}
	s.people.Wait()
}

// turn does the next thing at a printer and says how long to wait before the one after.
func (s *siege) turn(api client, printer string) time.Duration {
	if s.draining.Load() {
		return s.clear(api, printer)
	}
	a, err := api.try("POST", dispatchPath(printer), object{})
	if err != nil {
		return 30 * time.Millisecond // the server is down
	}
	code, _ := a.find("error")
	switch {
	case a.status == 200:
		s.note(func() { id, _ := a.find("print.id"); s.prints[fmt.Sprint(id)] = true })
		return 150 * time.Millisecond
	case code == "bed_not_clear":
		return s.clear(api, printer)
	case code == "printer_not_ready", code == "queue_item_state_conflict": // it prints; somebody else took the item
		return 50 * time.Millisecond
	case a.status == 503: // it has too much to do and says so; the account tells what it did
		return time.Second
	case code == "no_eligible_queue_item":
		_ = s.feed(api)
		return 100 * time.Millisecond
	}
	s.note(func() { s.odd = append(s.odd, fmt.Sprintf("dispatch-next: %d %s", a.status, a.body)) })
	return time.Second
}

// clear takes the part off the bed and judges it; one of twenty is waste.
func (s *siege) clear(api client, printer string) time.Duration {
	verdict := "success"
	if rand.IntN(20) == 0 {
		verdict = "failure"
	}
	a, err := api.try("POST", clearPath(printer), object{"verdict": verdict})
	if err != nil {
		return 30 * time.Millisecond
	}
	code, _ := a.find("error")
	switch {
	case a.status == 200:
		if id, ok := a.find("print.id"); ok {
			s.note(func() { s.verdicts[fmt.Sprint(id)] = verdict })
		}
	case a.status == 503: // too much to do, see turn
		return time.Second
	case code != "printer_not_ready" && code != "print_state_conflict": // it prints again; the answer of an earlier verdict was lost
		s.note(func() { s.odd = append(s.odd, fmt.Sprintf("clear-bed: %d %s", a.status, a.body)) })
	}
	if s.draining.Load() {
		return 200 * time.Millisecond
	}
	return 0
}

// feed puts an item with many copies into the queue; one of four is a real file.
func (s *siege) feed(api client) error {
	body := object{"name": "Siege engine", "priority": "urgent", "copies_requested": 40, "estimated_seconds": 600, "requirements": object{"filament_g": 1, "tag_ids": []string{s.tag}}}
	if rand.IntN(4) == 0 {
		body = object{"name": "Siege cube", "priority": "urgent", "copies_requested": 20, "file_id": s.file, "requirements": object{"tag_ids": []string{s.tag}}}
	}
	a, err := api.try("POST", "/v1/platform/queue", body)
	if err == nil && a.status != 201 {
		err = fmt.Errorf("create queue item: %d %s", a.status, a.body)
		s.note(func() { s.odd = append(s.odd, err.Error()) })
	}
	return err
}

func (s *siege) note(what func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	what()
}

// dispatched is how many dispatches were answered.
func (s *siege) dispatched() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.prints)
}

// awaitDispatches waits until so many dispatches were answered.
func (s *siege) awaitDispatches(t *testing.T, n int) {
	t.Helper()
	last, since := s.dispatched(), time.Now()
	for s.dispatched() < n {
		if now := s.dispatched(); now != last {
			last, since = now, time.Now()
		}
		if time.Since(since) > 30*time.Second {
			s.mu.Lock()
			defer s.mu.Unlock()
			t.Fatalf("nothing was dispatched for 30 seconds; odd answers: %v", s.odd)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
