package report

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// The time asked for is one range of the index on when prints ended, whatever they are grouped by.
func TestPointsReadTheIndexOfEnds(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		to := k.Clock.Now()
		buckets, _ := cut(to.AddDate(0, 0, -30), to, day, time.UTC, maxIntervals)
		for _, by := range []string{"", "printer", "printer_group", "class", "user", "material", "result"} {
			query, args := request{organization: "org_x", by: by, buckets: buckets}.query(k.Raw.Driver().Dialect())
			explain := "EXPLAIN QUERY PLAN "
			if k.Raw.Driver().Dialect() == dialect.Postgres {
				explain = "EXPLAIN "
			}
			rows, err := k.Raw.QueryRows(t.Context(), explain+query, args)
			if err != nil {
				t.Fatalf("by %q: %v", by, err)
			}
			var plan []string
			for rows.Next() {
				columns, err := rows.Columns()
				if err != nil {
					t.Fatal(err)
				}
				values := make([]any, len(columns))
				for i := range values {
					values[i] = new(any)
				}
				if err := rows.Scan(values...); err != nil {
					t.Fatal(err)
				}
				plan = append(plan, fmt.Sprint(*values[len(values)-1].(*any)))
			}
			if err := rows.Err(); err != nil {
				t.Fatal(err)
			}
			if text := strings.Join(plan, "\n"); !strings.Contains(text, "printrun_organization_id_ended_at") {
				t.Errorf("by %q:\n%s", by, text)
			}
		}
	})
}
