package report

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

const (
	defaultDays  = 30
	maxIntervals = 1_000  // of the time asked for
	maxPoints    = 10_000 // of one answer
)

// StatisticsInput says which prints are counted, and how.
type StatisticsInput struct {
	From     *time.Time `query:"from" doc:"Prints that ended at this time or later; absent = 30 days, by the calendar, up to to."`
	To       *time.Time `query:"to" doc:"Prints that ended before this time; absent = now."`
	Interval string     `query:"interval" enum:"hour,day,week,month" default:"day" doc:"Length of the intervals, by the clocks and calendar of the organization's time zone; weeks begin on Monday. At most 1,000 of them."`
	GroupBy  string     `query:"group_by" enum:"printer,printer_group,class,user,material,result" doc:"Divide each interval further, into at most 10,000 points; absent = not. A print of two materials, or of a printer in two groups, counts in both."`
}

// Statistics is what was printed.
type Statistics struct {
	From     time.Time `json:"from" doc:"Where the time begins."`
	To       time.Time `json:"to" doc:"Where it ends, this moment not included."`
	Interval string    `json:"interval" enum:"hour,day,week,month" doc:"Length of the intervals."`
	GroupBy  *string   `json:"group_by" enum:"printer,printer_group,class,user,material,result" doc:"What each interval is divided by; null = nothing."`
	TimeZone string    `json:"time_zone" doc:"IANA time zone by which the intervals are cut."`
	Currency string    `json:"currency" doc:"ISO 4217 code of cost_minor: the organization's. Costs that prints carry in another one are left out."`
	Totals   Counts    `json:"totals" doc:"Every print once."`
	Points   []Point   `json:"points" doc:"In the order of time, then group. Without group_by every interval has one, with it those with prints."`
}

// Counts are sums over prints, each counted where it ended.
type Counts struct {
	Prints       int     `json:"prints" doc:"All that ended, those without a verdict too."`
	Succeeded    int     `json:"succeeded"`
	Failed       int     `json:"failed"`
	Cancelled    int     `json:"cancelled"`
	PrintSeconds int     `json:"print_seconds" doc:"Seconds that printers printed."`
	FilamentG    float64 `json:"filament_g" doc:"Grams that were used; of the material, where points are by material."`
	CostMinor    int64   `json:"cost_minor" doc:"Cost of that filament in minor units of currency."`
}

// Point is one interval, or a part of one.
type Point struct {
	Time  time.Time `json:"time" doc:"When the interval begins."`
	Group *string   `json:"group" doc:"Identifier of what the point is about, or the result: succeeded, failed, cancelled, finished (no verdict yet). Null: the prints have none."`
	Counts
}

// Statistics counts prints.
func (s *Service) Statistics(ctx context.Context, in StatisticsInput) (*Statistics, error) {
	return op.Read(ctx, s.Ops, OpStatistics, in, func(ctx context.Context, c *ent.Client) (*Statistics, error) {
		org, err := c.Organization.Get(ctx, authz.From(ctx).Organization)
		if err != nil {
			return nil, fmt.Errorf("read organization: %w", err)
		}
		zone, err := time.LoadLocation(org.TimeZone)
		if err != nil {
			return nil, fmt.Errorf("load time zone: %w", err)
		}
		r, err := in.request(org, zone, op.Now(ctx))
		if err != nil {
			return nil, err
		}

		out := &Statistics{From: r.from.UTC(), To: r.to.UTC(), Interval: string(r.every), TimeZone: org.TimeZone, Currency: org.Currency}
		if in.GroupBy != "" {
			out.GroupBy = &in.GroupBy
		}
		if out.Totals, err = r.totals(ctx, c); err != nil {
			return nil, fmt.Errorf("count prints: %w", err)
		}
		out.Points, err = r.points(ctx, c)
		return out, err
	})
}

// request is an Input with nothing left open.
type request struct {
	organization pid.ID
	currency     string
	from, to     time.Time
	every        interval
	by           string
	buckets      []bucket
}

func (in StatisticsInput) request(org *ent.Organization, zone *time.Location, now time.Time) (request, error) {
	r := request{organization: org.ID, currency: org.Currency, to: now, every: day, by: in.GroupBy}
	if in.Interval != "" {
		r.every = interval(in.Interval)
	}
	if in.To != nil {
		r.to = in.To.Truncate(time.Microsecond)
	}
	year, mon, d := r.to.In(zone).Date()
	r.from = dayStart(year, mon, d-defaultDays+1, zone)
	if in.From != nil {
		r.from = in.From.Truncate(time.Microsecond)
	}
	if !r.from.Before(r.to) {
		return r, errs.Invalid(errs.Field{Path: "from", Code: "out_of_range", Message: "must be before to"})
	}
	var ok bool
	if r.buckets, ok = cut(r.from, r.to, r.every, zone, maxIntervals); !ok {
		return r, errs.New(errs.ReportTooLarge, "There would be more than %d intervals of one %s. Choose a longer interval or less time.", maxIntervals, r.every)
	}
	return r, nil
}

// totals counts every print once.
func (r request) totals(ctx context.Context, c *ent.Client) (n Counts, err error) {
	rows, err := c.QueryRows(ctx, "SELECT "+sums+" FROM ("+plain("0", "NULL")+" FROM prints p WHERE p.organization_id = ? AND p.ended_at >= ? AND p.ended_at < ?) r",
		[]any{r.currency, r.organization, r.from, r.to})
	if err != nil {
		return n, err
	}
	defer func() { _ = rows.Close() }()
	if rows.Next() {
		err = rows.Scan(n.fields()...)
	}
	n.round()
	return n, first(err, rows.Err())
}

// points counts by interval and group.
func (r request) points(ctx context.Context, c *ent.Client) ([]Point, error) {
	query, args := r.query(c.Driver().Dialect())
	rows, err := c.QueryRows(ctx, query, args)
	if err != nil {
		return nil, fmt.Errorf("count prints: %w", err)
	}
	defer func() { _ = rows.Close() }()
	points, seconds := r.empty(), r.tick()
	for rows.Next() {
		var tick int64
		var group sql.NullString
		var n Counts
		if err := rows.Scan(append([]any{&tick, &group}, n.fields()...)...); err != nil {
			return nil, fmt.Errorf("read counts: %w", err)
		}
		k := key{r.bucketOf(time.Unix(tick*seconds, 0)), group}
		if points[k] == nil {
			points[k] = &Counts{}
		}
		points[k].add(n)
		if len(points) > maxPoints {
			return nil, errs.New(errs.ReportTooLarge, "There would be more than %d points. Choose a longer interval, less time or another group.", maxPoints)
		}
	}
	return r.listed(points), rows.Err()
}

// key is what a point is of.
type key struct {
	bucket int
	group  sql.NullString
}

// empty are the points of intervals in which nothing was printed; none where points are by group.
func (r request) empty() map[key]*Counts {
	points := map[key]*Counts{}
	if r.by == "" {
		for i := range r.buckets {
			points[key{bucket: i}] = &Counts{}
		}
	}
	return points
}

// listed are the points in the order of time, then group, what has none last.
func (r request) listed(points map[key]*Counts) []Point {
	order := slices.SortedFunc(maps.Keys(points), func(a, b key) int {
		return cmp.Or(cmp.Compare(a.bucket, b.bucket), -cmp.Compare(rank(a), rank(b)), cmp.Compare(a.group.String, b.group.String))
	})
	list := make([]Point, len(order))
	for i, k := range order {
		list[i] = Point{Time: r.buckets[k.bucket].name.UTC(), Counts: *points[k]}
		list[i].round()
		if k.group.Valid {
			list[i].Group = &k.group.String
		}
	}
	return list
}

func rank(k key) int {
	if k.group.Valid {
		return 1
	}
	return 0
}

// add adds the counts of some prints to those of others.
func (n *Counts) add(m Counts) {
	n.Prints += m.Prints
	n.Succeeded += m.Succeeded
	n.Failed += m.Failed
	n.Cancelled += m.Cancelled
	n.PrintSeconds += m.PrintSeconds
	n.FilamentG += m.FilamentG
	n.CostMinor += m.CostMinor
}

// fields are where a row of sums is read to.
func (n *Counts) fields() []any {
	return []any{&n.Prints, &n.Succeeded, &n.Failed, &n.Cancelled, &n.PrintSeconds, &n.FilamentG, &n.CostMinor}
}

// round cuts what adding many weights leaves behind the second decimal.
func (n *Counts) round() { n.FilamentG = math.Round(n.FilamentG*100) / 100 }

func first(errors ...error) error {
	for _, err := range errors {
		if err != nil {
			return err
		}
	}
	return nil
}
