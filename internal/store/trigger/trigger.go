package trigger

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql/schema"
)

// Column is the column that names a row's organization.
const Column = "organization_id"

// Trigger is one trigger on one table.
type Trigger struct {
	// Name is unique in the database.
	Name  string
	Table string
	// Create is a script; on PostgreSQL it makes the trigger's function too.
	Create string
}

// Plan lists the triggers that the tables need in a dialect, in the order of their names. AppendOnly names tables whose
// rows stay as they were written.
func Plan(name string, tables []*schema.Table, appendOnly ...string) ([]Trigger, error) {
	w := writer(sqlite{})
	if name == dialect.Postgres {
		w = postgres{}
	}
	var all []Trigger
	for _, t := range tables {
		all = append(all, tableTriggers(w, t)...)
	}
	for _, table := range appendOnly {
		if !slices.ContainsFunc(tables, func(t *schema.Table) bool { return t.Name == table }) {
			return nil, fmt.Errorf("append-only table %s does not exist", table)
		}
		all = append(all, w.appendOnly(table)...)
	}
	slices.SortFunc(all, func(a, b Trigger) int { return cmp.Compare(a.Name, b.Name) })
	for i := range all[:max(0, len(all)-1)] {
		if all[i].Name == all[i+1].Name {
			return nil, fmt.Errorf("two triggers are named %s", all[i].Name)
		}
	}
	return all, nil
}

// Drop is the script that removes a trigger by its name, if it is there.
func Drop(dialectName, name string) string {
	if dialectName == dialect.Postgres {
		// Dropping the function drops the trigger that calls it, whatever table it is on.
		return fmt.Sprintf("DROP FUNCTION IF EXISTS %q() CASCADE;\n", name)
	}
	return fmt.Sprintf("DROP TRIGGER IF EXISTS `%s`;\n", name)
}

// writer writes the triggers in one dialect.
type writer interface {
	// match refuses a row whose reference points into another organization.
	match(r reference) []Trigger
	// join refuses a row whose two references point into different organizations.
	join(a, b reference) []Trigger
	// fixed refuses to change a row's organization.
	fixed(table string) []Trigger
	// appendOnly refuses to change and to delete a row.
	appendOnly(table string) []Trigger
}

// reference is a foreign key of one column.
type reference struct{ table, column, target, key string }

// itself reports whether the reference may point at its own row.
func (r reference) itself() bool { return r.table == r.target }

// references lists the foreign keys of a table that point at tables with an organization.
func references(t *schema.Table) []reference {
	var all []reference
	for _, fk := range t.ForeignKeys {
		if len(fk.Columns) != 1 || fk.RefTable == nil || !fk.RefTable.HasColumn(Column) {
			continue
		}
		all = append(all, reference{
			table: t.Name, column: fk.Columns[0].Name, target: fk.RefTable.Name, key: fk.RefColumns[0].Name,
		})
	}
	return all
}

func tableTriggers(w writer, t *schema.Table) []Trigger {
	var (
		all  []Trigger
		refs = references(t)
	)
	if t.HasColumn(Column) {
		all = append(all, w.fixed(t.Name)...)
		for _, r := range refs {
			all = append(all, w.match(r)...)
		}
		return all
	}
	for i := 1; i < len(refs); i++ {
		all = append(all, w.join(refs[0], refs[i])...)
	}
	return all
}

// maxName is the length in bytes to which PostgreSQL would cut a name, without an error.
const maxName = 63

// triggerName is what a trigger is called; too long a name ends in a checksum instead.
func triggerName(table, what string) string {
	name := table + "_" + what
	if len(name) <= maxName {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return name[:maxName-9] + "_" + hex.EncodeToString(sum[:4])
}

// The messages of refusals.
func matchMessage(r reference) string {
	return fmt.Sprintf("%s of %s points at no row of %s in the same organization", r.column, r.table, r.target)
}

func joinMessage(a, b reference) string {
	return fmt.Sprintf("%s and %s of %s point at different organizations", a.column, b.column, a.table)
}

func fixedMessage(table string) string { return Column + " of " + table + " cannot change" }

func appendOnlyMessage(table string) string { return table + " is append-only" }
