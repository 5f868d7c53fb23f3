package app

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/soloprint/soloprint/jobs"
)

// probeVariable, set to 1, gives a server a job that tests watch: it writes what it does into the table job_probe, which the
// test has made. It stands in no list of settings.
const probeVariable = "SOLOPRINT_TEST_PROBE"

// probeWork is how long a run of the probe takes, so that kills hit it.
const probeWork = 300 * time.Millisecond

// probe is the job, nil where no test asks for it.
func (a *App) probe() func(context.Context) (string, error) {
	if os.Getenv(probeVariable) != "1" {
		return nil
	}
	return a.probed
}

// probed works for a moment and then has its effect: one row, written only as long as the lease is this run's, as every
// operation of a job would be that must not be late.
func (a *App) probed(ctx context.Context) (string, error) {
	run := jobs.RunOf(ctx)
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case <-time.After(probeWork):
	}
	rows, err := a.Runs.Client.QueryRows(ctx, "INSERT INTO job_probe (slot, attempt, server) SELECT scheduled_at, attempts, server FROM job_runs"+
		" WHERE id = ? AND lease_token = ? AND state = 'running' RETURNING attempt", []any{run.ID, run.Token})
	if err != nil {
		return "", err
	}
	wrote := rows.Next()
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return "", err
	}
	if !wrote {
		return "", errors.New("another server has taken the probe over")
	}
	return "one row", nil
}
