package jobrun

import (
	"context"
	"fmt"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/jobrun"
	"github.com/soloprint/soloprint/internal/pid"
)

// Retention of rows that have ended, and how many one statement removes.
const (
	keepFrequent = 24 * time.Hour
	keepOthers   = 90 * 24 * time.Hour
	sweepRows    = 1000
)

// Latest is the run of the job that was scheduled last, in whichever scope; nil where it never ran.
func (r *Runs) Latest(ctx context.Context, job string) (*ent.JobRun, error) {
	row, err := r.Client.JobRun.Query().Where(jobrun.Job(job)).Order(jobrun.ByScheduledAt(desc()), jobrun.ByID(desc())).First(ctx)
	if ent.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the last run of %s: %w", job, err)
	}
	return row, nil
}

// Find reads one run.
func (r *Runs) Find(ctx context.Context, id pid.ID) (*ent.JobRun, error) {
	row, err := r.Client.JobRun.Get(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read run: %w", err)
	}
	return row, nil
}

// Sweep removes rows that have ended long enough ago: those of frequent jobs after a day where they succeeded, all others
// after 90 days. The latest slot of a job stays whatever its age: without it the job would look as if it had never run.
func (r *Runs) Sweep(ctx context.Context, frequent []string) (removed int, err error) {
	now := r.Clock.Now()
	for {
		n, err := r.sweep(ctx, frequent, now)
		removed += n
		if err != nil || n < sweepRows {
			return removed, err
		}
	}
}

func (r *Runs) sweep(ctx context.Context, frequent []string, now time.Time) (int, error) {
	ids, err := r.Client.JobRun.Query().Where(
		jobrun.ScheduledAtLT(now.Add(-keepFrequent)),
		jobrun.Or(
			jobrun.ScheduledAtLT(now.Add(-keepOthers)), // a job that no server knows any more is running for ever
			jobrun.And(jobrun.StateEQ(jobrun.StateSucceeded), jobrun.JobIn(frequent...)),
		),
		superseded,
	).Order(jobrun.ByScheduledAt()).Limit(sweepRows).IDs(ctx)
	if err != nil {
		return 0, fmt.Errorf("find old runs: %w", err)
	}
	n, err := r.Client.JobRun.Delete().Where(jobrun.IDIn(ids...)).Exec(ctx)
	if err != nil {
		return 0, fmt.Errorf("remove old runs: %w", err)
	}
	return n, nil
}

// superseded holds for rows after which the same job of the same scope has another.
func superseded(s *sql.Selector) {
	later := sql.Dialect(s.Dialect()).Table(jobrun.Table).As("later")
	s.Where(sql.Exists(sql.Dialect(s.Dialect()).Select(later.C(jobrun.FieldID)).From(later).Where(sql.And(
		sql.ColumnsEQ(later.C(jobrun.FieldJob), s.C(jobrun.FieldJob)), sql.ColumnsEQ(later.C(jobrun.FieldScope), s.C(jobrun.FieldScope)),
		sql.ColumnsGT(later.C(jobrun.FieldScheduledAt), s.C(jobrun.FieldScheduledAt)),
	))))
}

// listed is a question mark for each.
func listed(values []string) string {
	return strings.TrimSuffix(strings.Repeat("?, ", len(values)), ", ")
}

func anys(values []string) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}
