package trigger_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/schema"
	"entgo.io/ent/dialect/sql/sqlgraph"
	"entgo.io/ent/schema/field"

	"github.com/soloprint/soloprint/ent/migrate"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/store/trigger"
	"github.com/soloprint/soloprint/internal/testkit"
)

// appendOnly are the tables that nothing is changed in.
func appendOnly() []string { return []string{"events", "ledger_entries"} }

// The migrations have made each planned trigger, and no other.
func TestInstalled(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		plan, err := trigger.Plan(db.Dialect(), migrate.Tables, appendOnly()...)
		if err != nil {
			t.Fatal(err)
		}
		installed, err := trigger.Installed(t.Context(), db.Driver())
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, p := range plan {
			names = append(names, p.Name)
		}
		if have := slices.Sorted(maps.Keys(installed)); !slices.Equal(have, names) {
			t.Errorf("have %q\nwant %q", have, names)
		}
	})
}

// No foreign key between two rows with an organization, and no join of two, can lead from one organization into another:
// tried by raw SQL on each of them, by insert and by update. Within an organization each of them holds.
func TestCrossOrganizationRowsAreRefused(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		ours, theirs := fill(t, db), fill(t, db)
		tried := 0
		for _, table := range migrate.Tables {
			for _, fk := range crossing(table) {
				tried++
				column := fk.Columns[0].Name
				foreign := theirs.rows[fk.RefTable.Name]["id"]
				row := maps.Clone(ours.rows[table.Name])
				row[column] = foreign
				if _, hasID := row["id"]; hasID {
					row["id"] = rand.Text()
				}
				refused(t, table.Name+"."+column+" by insert", ours.insert(table, row))
				if !slices.Contains(appendOnly(), table.Name) {
					refused(t, table.Name+"."+column+" by update", ours.update(table, column, foreign))
				}
			}
		}
		if tried < 30 {
			t.Errorf("only %d foreign keys were tried", tried)
		}
	})
}

// A row stays in its organization.
func TestOrganizationIsFixed(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		ours, theirs := fill(t, db), fill(t, db)
		for _, table := range migrate.Tables {
			if !table.HasColumn(trigger.Column) {
				continue
			}
			err := ours.update(table, trigger.Column, theirs.rows["organizations"]["id"])
			// Which of the table's triggers is asked first is the database's choice; each that refuses says why.
			if err == nil || !strings.Contains(err.Error(), "organization") && !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v", table.Name, err)
			}
		}
	})
}

// What is in an append-only table stays as it is, whatever statement is tried.
func TestAppendOnly(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		fill(t, db)
		for _, table := range appendOnly() {
			statements := []string{"UPDATE %s SET version = 2", "DELETE FROM %s", "UPDATE %s SET id = id"}
			if db.Dialect() == dialect.Postgres {
				statements = append(statements, "TRUNCATE %s CASCADE")
			} else {
				statements = append(statements, "REPLACE INTO %[1]s SELECT * FROM %[1]s", "UPDATE OR REPLACE %s SET version = 2")
			}
			for _, s := range statements {
				statement := fmt.Sprintf(s, table)
				err := db.Driver().Exec(t.Context(), statement, []any{}, nil)
				if err == nil || !strings.Contains(err.Error(), table+" is append-only") {
					t.Errorf("%s: %v", statement, err)
				}
			}
			// An organization with history goes nowhere either.
			if err := db.Driver().Exec(t.Context(), "DELETE FROM organizations", []any{}, nil); err == nil {
				t.Error("an organization takes its history along")
			}
		}
	})
}

func TestPlanRefusesUnknownTables(t *testing.T) {
	t.Parallel()
	if _, err := trigger.Plan(dialect.SQLite, migrate.Tables, "no_such_table"); err == nil {
		t.Error("a table that does not exist is append-only")
	}
}

// Names that PostgreSQL would cut stay apart.
func TestLongNames(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("long_", 12)
	target := schema.NewTable("target").AddColumn(&schema.Column{Name: "id"}).AddColumn(&schema.Column{Name: trigger.Column})
	table := schema.NewTable(long + "name").AddColumn(&schema.Column{Name: trigger.Column})
	for _, name := range []string{"one_id", "two_id"} {
		table.AddForeignKey(&schema.ForeignKey{
			Columns: []*schema.Column{{Name: name}}, RefTable: target, RefColumns: target.Columns[:1],
		})
	}
	for _, name := range []string{dialect.SQLite, dialect.Postgres} {
		plan, err := trigger.Plan(name, []*schema.Table{target, table})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range plan {
			if len(p.Name) > 63 {
				t.Errorf("%s is %d bytes long", p.Name, len(p.Name))
			}
		}
	}
}

// crossing lists the foreign keys that could lead into another organization, by a rule of its own and not the plan's: those
// to a table with an organization, from one with an organization or from a join table.
func crossing(table *schema.Table) []*schema.ForeignKey {
	var all []*schema.ForeignKey
	for _, fk := range table.ForeignKeys {
		if hasOrganization(fk.RefTable) {
			all = append(all, fk)
		}
	}
	if !hasOrganization(table) && len(all) < 2 {
		return nil
	}
	return all
}

func hasOrganization(table *schema.Table) bool {
	return slices.ContainsFunc(table.Columns, func(c *schema.Column) bool { return c.Name == "organization_id" })
}

// refused wants a refusal that Ent takes for a violated foreign key.
func refused(t *testing.T, what string, err error) {
	t.Helper()
	if !sqlgraph.IsForeignKeyConstraintError(err) || !strings.Contains(err.Error(), "organization") {
		t.Errorf("%s: %v", what, err)
	}
}

// organization is one row in each table, all of one organization.
type organization struct {
	ctx  context.Context
	db   *store.DB
	rows map[string]map[string]any
}

// fill makes an organization in the order in which the tables need each other, with every foreign key set.
func fill(t *testing.T, db *store.DB) organization {
	t.Helper()
	o := organization{ctx: t.Context(), db: db, rows: map[string]map[string]any{}}
	for len(o.rows) < len(migrate.Tables) {
		before := len(o.rows)
		for _, table := range migrate.Tables {
			if o.rows[table.Name] == nil && o.ready(table) {
				o.add(t, table)
			}
		}
		if len(o.rows) == before {
			t.Fatal("the tables need each other in a ring")
		}
	}
	o.close(t)
	return o
}

// ready reports whether the rows that a row must point at are there. Append-only rows wait for those that they may point
// at too: they are complete from the start.
func (o organization) ready(table *schema.Table) bool {
	for _, fk := range table.ForeignKeys {
		optional := fk.Columns[0].Nullable && !slices.Contains(appendOnly(), table.Name)
		if o.rows[fk.RefTable.Name] == nil && !optional && fk.RefTable != table {
			return false
		}
	}
	return true
}

func (o organization) add(t *testing.T, table *schema.Table) {
	t.Helper()
	row := map[string]any{}
	for _, c := range table.Columns {
		row[c.Name] = value(c)
	}
	for _, fk := range table.ForeignKeys {
		row[fk.Columns[0].Name] = nil
		if target := o.rows[fk.RefTable.Name]; target != nil {
			row[fk.Columns[0].Name] = target[fk.RefColumns[0].Name]
		}
	}
	if err := o.insert(table, row); err != nil {
		t.Fatalf("insert into %s: %v", table.Name, err)
	}
	o.rows[table.Name] = row
}

// close sets the foreign keys that had nothing to point at yet, those to the row itself among them.
func (o organization) close(t *testing.T) {
	t.Helper()
	for _, table := range migrate.Tables {
		for _, fk := range table.ForeignKeys {
			column := fk.Columns[0].Name
			if o.rows[table.Name][column] != nil || slices.Contains(appendOnly(), table.Name) {
				continue
			}
			target := o.rows[fk.RefTable.Name][fk.RefColumns[0].Name]
			if err := o.update(table, column, target); err != nil {
				t.Fatalf("set %s of %s: %v", column, table.Name, err)
			}
			o.rows[table.Name][column] = target
		}
	}
}

func (o organization) insert(table *schema.Table, row map[string]any) error {
	insert := sql.Dialect(o.db.Dialect()).Insert(table.Name)
	for _, name := range slices.Sorted(maps.Keys(row)) {
		insert.Set(name, row[name])
	}
	query, args := insert.Query()
	return o.db.Driver().Exec(o.ctx, query, args, nil)
}

// update changes a column of the organization's own row.
func (o organization) update(table *schema.Table, column string, to any) error {
	update := sql.Dialect(o.db.Dialect()).Update(table.Name).Set(column, to)
	for _, key := range table.PrimaryKey {
		update.Where(sql.EQ(key.Name, o.rows[table.Name][key.Name]))
	}
	query, args := update.Query()
	return o.db.Driver().Exec(o.ctx, query, args, nil)
}

// value is something that fits a column and is unique where it can be.
func value(c *schema.Column) any {
	switch {
	case c.Type == field.TypeBool:
		return false
	case c.Type == field.TypeTime:
		return time.Now()
	case c.Type == field.TypeJSON:
		return "{}"
	case c.Type == field.TypeBytes:
		return []byte(rand.Text())
	case c.Type == field.TypeEnum:
		return c.Enums[0]
	case c.Type.Numeric():
		return 1
	default:
		return rand.Text()
	}
}
