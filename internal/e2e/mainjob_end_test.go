package e2e_test

import (
	"os"
	"testing"
	"time"
)

// waitForStart is how long a start may take until it reaches the printer.
const waitForStart = 20 * time.Second

// finish looks from the other side: everything adds up, and a signal ends the server without a word of complaint.
func (j *mainJob) finish(t *testing.T) {
	for _, problem := range j.audit(t).problems() {
		t.Error(problem)
	}
	if err := j.stop(t); err != nil {
		t.Errorf("the server was asked to end: %v", err)
	}
}

// With the real deadline: a printer has a minute to be seen printing, then a person is asked.
func TestSoakStartDeadline(t *testing.T) {
	if os.Getenv("SOLOPRINT_SOAK") != "1" {
		t.Skip("a long run: make soak")
	}
	t.Parallel()
	eachDatabase(t, func(t *testing.T, db database) {
		j := &mainJob{server: newServer(t, db, mainJobSpeed)}
		api := j.api(t)
		printer, spool, item := j.faulty(t, object{"fault": "accepts-but-does-not-start"})
		print := api.dispatch(printer, item)
		began := time.Now()
		eventually(t, 90*time.Second, func() string {
			p := api.get("/v1/history/" + print)
			if p.text("state") == "needs_confirmation" {
				return ""
			}
			return "the print is " + p.text("state")
		})
		if took := time.Since(began); took < 55*time.Second {
			t.Errorf("a person was asked after %s already", took)
		}
		api.post("/v1/history/"+print+"/confirm", object{"started": false}).is("state", "cancelled")
		api.spool(spool).is("reserved_g", 0, "remaining_g", 1000)
		for _, problem := range j.audit(t).problems() {
			t.Error(problem)
		}
	})
}
