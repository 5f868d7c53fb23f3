package trigger

import "fmt"

// sqlite writes triggers for SQLite, which has none for two events: a rule is two triggers with one body.
type sqlite struct{}

// foreignKeyPrefix is the text by which Ent tells a violated foreign key on SQLite.
const foreignKeyPrefix = "FOREIGN KEY constraint failed: "

func (s sqlite) match(r reference) []Trigger {
	when := fmt.Sprintf("NEW.`%s` IS NOT NULL", r.column)
	if r.itself() {
		when += fmt.Sprintf(" AND NEW.`%s` <> NEW.`%s`", r.column, r.key)
	}
	when += fmt.Sprintf(" AND NOT EXISTS (SELECT 1 FROM `%s` WHERE `%s` = NEW.`%s` AND `%s` = NEW.`%s`)",
		r.target, r.key, r.column, Column, Column)
	columns := fmt.Sprintf("`%s`, `%s`", r.column, Column)
	return s.onWrite(r.table, r.column+"_match", columns, when, foreignKeyPrefix+matchMessage(r))
}

func (s sqlite) join(a, b reference) []Trigger {
	when := fmt.Sprintf("NEW.`%s` IS NOT NULL AND NEW.`%s` IS NOT NULL", a.column, b.column) +
		fmt.Sprintf(" AND NOT EXISTS (SELECT 1 FROM `%s` AS a JOIN `%s` AS b ON a.`%s` = b.`%s`", a.target, b.target, Column, Column) +
		fmt.Sprintf(" WHERE a.`%s` = NEW.`%s` AND b.`%s` = NEW.`%s`)", a.key, a.column, b.key, b.column)
	columns := fmt.Sprintf("`%s`, `%s`", a.column, b.column)
	return s.onWrite(a.table, b.column+"_match", columns, when, foreignKeyPrefix+joinMessage(a, b))
}

func (s sqlite) fixed(table string) []Trigger {
	when := fmt.Sprintf("NEW.`%s` IS NOT OLD.`%s`", Column, Column)
	event := fmt.Sprintf("UPDATE OF `%s`", Column)
	return []Trigger{s.trigger(table, triggerName(table, "organization_fixed"), event, when, fixedMessage(table))}
}

func (s sqlite) appendOnly(table string) []Trigger {
	return []Trigger{
		s.trigger(table, triggerName(table, "no_update"), "UPDATE", "", appendOnlyMessage(table)),
		s.trigger(table, triggerName(table, "no_delete"), "DELETE", "", appendOnlyMessage(table)),
	}
}

// onWrite refuses inserts and updates of the columns.
func (s sqlite) onWrite(table, what, columns, when, message string) []Trigger {
	return []Trigger{
		s.trigger(table, triggerName(table, what+"_insert"), "INSERT", when, message),
		s.trigger(table, triggerName(table, what+"_update"), "UPDATE OF "+columns, when, message),
	}
}

func (sqlite) trigger(table, name, event, when, message string) Trigger {
	if when != "" {
		when = "\n  WHEN " + when
	}
	return Trigger{
		Name: name, Table: table,
		Create: fmt.Sprintf("CREATE TRIGGER `%s` BEFORE %s ON `%s`%s\nBEGIN SELECT RAISE(ABORT, '%s'); END;\n", name, event, table, when, message),
	}
}
