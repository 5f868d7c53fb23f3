package report

import (
	"fmt"
	"strings"

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

// query is the statement that counts by interval and group. The intervals are a table of their own, and each is one range of
// the index on (organization_id, ended_at): CROSS JOIN keeps SQLite from turning the loops round.
func (r request) query(name string) (string, []any) {
	values := make([]string, len(r.buckets))
	var args []any
	for i, b := range r.buckets {
		values[i] = fmt.Sprintf("(%d, ?, ?)", i)
		if name == dialect.Postgres {
			values[i] = fmt.Sprintf("(%d, CAST(? AS timestamptz), CAST(? AS timestamptz))", i)
		}
		args = append(args, b.start.UTC(), b.end.UTC())
	}
	selected, joined, grouped := r.groups(name)
	query := "WITH b(i, lo, hi) AS (VALUES " + strings.Join(values, ", ") + ")" +
		" SELECT r.i, r.grp, " + sums + " FROM (" + selected + " FROM b CROSS JOIN prints p" + joined +
		" WHERE p.organization_id = ? AND p.ended_at >= b.lo AND p.ended_at < b.hi" + grouped + ") r" +
		" GROUP BY r.i, r.grp ORDER BY r.i, r.grp" + fmt.Sprintf(" LIMIT %d", maxPoints+1)
	return query, append(args, r.currency, r.organization)
}

// groups says what a print is grouped by: what is selected of it, what is joined for it, and how rows of one print and group
// become one.
func (r request) groups(name string) (selected, joined, grouped string) {
	switch r.by {
	case "printer":
		return plain("b.i", "p.printer_id"), "", ""
	case "class":
		return plain("b.i", "p.class_id"), "", ""
	case "user":
		return plain("b.i", "p.submitter_id"), "", ""
	case "result":
		return plain("b.i", "p.state"), "", ""
	case "printer_group":
		return plain("b.i", "g.printer_group_id"), " LEFT JOIN printer_group_printers g ON g.printer_id = p.printer_id", ""
	case "material":
		return byMaterial(name)
	}
	return plain("b.i", "NULL"), "", ""
}

// byMaterial divides a print by the materials of the spools it took from: grams as each spool gave, the cost in proportion.
func byMaterial(name string) (selected, joined, grouped string) {
	uses := " LEFT JOIN json_each(p.spool_uses) u ON 1 = 1"
	if name == dialect.Postgres {
		uses = " LEFT JOIN LATERAL jsonb_array_elements(CASE WHEN jsonb_typeof(p.spool_uses) = 'array' THEN p.spool_uses ELSE '[]' END) u(value) ON true"
	}
	grams := "COALESCE(SUM(CAST(u.value ->> 'actual_g' AS double precision)), p.actual_g)" // no spool: all of it is of no material
	selected = "SELECT b.i AS i, s.material_id AS grp, p.state AS state, p.actual_seconds AS seconds, " + grams + " AS grams," +
		" CASE WHEN p.cost_currency = ? AND p.actual_g > 0 THEN ROUND(p.cost_minor * " + grams + " / p.actual_g) ELSE 0 END AS cost"
	return selected, uses + " LEFT JOIN spools s ON s.id = u.value ->> 'spool_id'", " GROUP BY b.i, p.id, s.material_id"
}
