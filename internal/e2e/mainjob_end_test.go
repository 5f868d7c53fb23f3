package e2e_test

import (
	"testing"
	"time"
)

// waitForStart is how long a start may take until it reaches the printer.
const waitForStart = 20 * time.Second

// Steps 6 and 5, from the other side: everything adds up, and a signal ends the server without a word of complaint.
func (j *mainJob) finish(t *testing.T) {
	for _, problem := range j.audit(t).problems() {
		t.Error(problem)
	}
	if err := j.stop(t); err != nil {
		t.Errorf("the server was asked to end: %v", err)
	}
}
