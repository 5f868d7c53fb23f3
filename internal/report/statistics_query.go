package report

import (
	"fmt"
	"slices"
	"time"

	"entgo.io/ent/dialect"
)

// sums adds up rows of the shape that plain makes, in the order of Counts.fields.
const sums = "COUNT(*), COALESCE(SUM(CASE WHEN r.state = 'succeeded' THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN r.state = 'failed' THEN 1 ELSE 0 END), 0)," +
	" COALESCE(SUM(CASE WHEN r.state = 'cancelled' THEN 1 ELSE 0 END), 0), CAST(COALESCE(SUM(r.seconds), 0) AS bigint), COALESCE(SUM(r.grams), 0), CAST(COALESCE(SUM(r.cost), 0) AS bigint)"

// plain selects prints as rows to add up: the bucket, the group, and what is counted. Its one parameter is the currency.
func plain(bucket, group string) string {
	return "SELECT " + bucket + " AS i, " + group + " AS grp, p.state AS state, p.actual_seconds AS seconds, p.actual_g AS grams," +
		" CASE WHEN p.cost_currency = ? THEN p.cost_minor ELSE 0 END AS cost"
}

// query is the statement that counts by tick and group: one range of the index on (organization_id, ended_at), read once however
// many intervals there are. A join with the intervals would be read once for each by a database that guesses their number wrong.
func (r request) query(name string) (string, []any) {
	selected, joined, grouped := r.groups(name)
	return "SELECT r.i, r.grp, " + sums + " FROM (" + selected + " FROM prints p" + joined +
		" WHERE p.organization_id = ? AND p.ended_at >= ? AND p.ended_at < ?" + grouped + ") r GROUP BY r.i, r.grp", []any{r.currency, r.organization, r.from, r.to}
}

// tick is the longest time in seconds such that every interval begins at a multiple of it since 1970: an hour in most zones, a
// day in UTC. Where the time asked for begins does not matter: nothing before it is read.
func (r request) tick() int64 {
	var t int64
	for _, b := range r.buckets[1:] {
		t = gcd(b.start.Unix(), t)
	}
	if t == 0 {
		return 3600 // one interval: any will do
	}
	return t
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// tickOf is the expression of the tick in which a print ended.
func (r request) tickOf(name string) string {
	if name == dialect.Postgres {
		return fmt.Sprintf("CAST(FLOOR(EXTRACT(EPOCH FROM p.ended_at) / %d) AS bigint)", r.tick())
	}
	return fmt.Sprintf("p.ended_at / %d", r.tick()*1_000_000) // SQLite keeps microseconds
}

// bucketOf is the interval of the tick that begins at a time.
func (r request) bucketOf(at time.Time) int {
	i, _ := slices.BinarySearchFunc(r.buckets, at, func(b bucket, at time.Time) int {
		if b.end.After(at) {
			return 1
		}
		return -1
	})
	return min(i, len(r.buckets)-1)
}

// groups says what a print is grouped by: what is selected of it, what is joined for it, and how rows of one print and group
// become one.
func (r request) groups(name string) (selected, joined, grouped string) {
	tick := r.tickOf(name)
	switch r.by {
	case "printer":
		return plain(tick, "p.printer_id"), "", ""
	case "class":
		return plain(tick, "p.class_id"), "", ""
	case "user":
		return plain(tick, "p.submitter_id"), "", ""
	case "result":
		return plain(tick, "p.state"), "", ""
	case "printer_group":
		return plain(tick, "g.printer_group_id"), " LEFT JOIN printer_group_printers g ON g.printer_id = p.printer_id", ""
	case "material":
		return byMaterial(name, tick)
	}
	return plain(tick, "NULL"), "", ""
}

// byMaterial divides a print by the materials of the spools it took from: grams as each spool gave, the cost in proportion.
func byMaterial(name, tick string) (selected, joined, grouped string) {
	uses := " LEFT JOIN json_each(p.spool_uses) u ON 1 = 1"
	if name == dialect.Postgres {
		uses = " LEFT JOIN LATERAL jsonb_array_elements(CASE WHEN jsonb_typeof(p.spool_uses) = 'array' THEN p.spool_uses ELSE '[]' END) u(value) ON true"
	}
	grams := "COALESCE(SUM(CAST(u.value ->> 'actual_g' AS double precision)), p.actual_g)" // no spool: all of it is of no material
	selected = "SELECT " + tick + " AS i, s.material_id AS grp, p.state AS state, p.actual_seconds AS seconds, " + grams + " AS grams," +
		" CASE WHEN p.cost_currency = ? AND p.actual_g > 0 THEN ROUND(p.cost_minor * " + grams + " / p.actual_g) ELSE 0 END AS cost"
	return selected, uses + " LEFT JOIN spools s ON s.id = u.value ->> 'spool_id'", " GROUP BY p.id, s.material_id"
}
