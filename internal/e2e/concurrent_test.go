package e2e_test

import (
	"sync"
	"testing"
	"time"
)

// patience is how long a small request may take while others write to the same rows.
const patience = 5 * time.Second

// Items come in with requirements that nobody asked for before, somebody changes printers, and the devices report: all
// lock the same rows, and nobody may have to wait for a deadlock to be broken.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, db database) {
		s := newServer(t, db, 2000)
		api := s.api(t)
		var at sync.WaitGroup
		for person := range 3 {
			at.Go(func() {
				for i := range 20 {
					s.quick(t, api, 201, "POST", "/v1/platform/queue", object{"name": "At once", "requirements": object{"material_type": "PLA", "filament_g": 1, "nozzle_c": 100 + 50*person + i}})
				}
			})
		}
		printers := api.get("/v1/printers?limit=200").column("data", "id")
		at.Go(func() {
			for _, options := range []object{{"fault": "offline"}, {}, {"fault": "error"}, {}} {
				for _, printer := range printers {
					s.quick(t, api, 200, "PATCH", "/v1/printers/"+printer, object{"connector": object{"options": options}})
				}
				time.Sleep(500 * time.Millisecond)
			}
		})
		at.Wait()
		for _, problem := range s.audit(t).problems() {
			t.Error(problem)
		}
	})
}

// quick sends a request that has to be answered with the status, soon.
func (s *server) quick(t *testing.T, c client, status int, method, path string, body object) {
	began := time.Now()
	a, err := c.try(method, path, body)
	if took := time.Since(began); err != nil || a.status != status || took > patience {
		t.Errorf("%s %s took %s: %v, %d %s", method, path, took.Round(time.Millisecond), err, a.status, a.body)
	}
}

// What was loaded a moment ago counts at once: nobody is told that the queue is empty because the stored verdicts are a
// second old.
func TestDispatchSeesWhatIsThere(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, db database) {
		api := newServer(t, db, 2000).api(t)
		material := api.newMaterial("PEEK")
		small, large := api.newSpool(material, 20), api.newSpool(material, 500)
		printer := api.newPrinter("Hot end", nil, small)
		item := api.create("/v1/platform/queue", object{"name": "Gear", "priority": "urgent", "requirements": object{"material_type": "PEEK", "filament_g": 50}}).text("id")
		for range 5 {
			api.load(large, printer)
			api.post(dispatchPath(printer), object{"dry_run": true}).is("queue_item.id", item)
			api.load(small, printer)
			api.refused(409, "filament_short", "POST", dispatchPath(printer), object{"dry_run": true})
		}
		api.patch("/v1/printers/"+printer, object{"supported_formats": []string{"bgcode"}, "nozzle_diameter_mm": 0.8})
		api.load(large, printer)
		api.post(dispatchPath(printer), object{"dry_run": true}).is("queue_item.id", item)
	})
}
