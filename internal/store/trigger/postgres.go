package trigger

import "fmt"

// postgres writes triggers for PostgreSQL. Each has a function of its own and of its name: in a function with plain SQL the
// server keeps the plan, in a shared one that is told the tables it would plan anew for each row.
type postgres struct{}

// The conditions that refusals are raised as.
const (
	foreignKeyViolation = "foreign_key_violation" // Ent and the console read it like a missing row
	integrityViolation  = "integrity_constraint_violation"
)

func (p postgres) match(r reference) []Trigger {
	when := fmt.Sprintf(`NEW.%q IS NOT NULL`, r.column)
	if r.itself() {
		when += fmt.Sprintf(` AND NEW.%q <> NEW.%q`, r.column, r.key)
	}
	check := fmt.Sprintf(`NOT EXISTS (SELECT FROM %q WHERE %q = NEW.%q AND %q = NEW.%q)`, r.target, r.key, r.column, Column, Column)
	event := fmt.Sprintf(`INSERT OR UPDATE OF %q, %q`, r.column, Column)
	return []Trigger{p.check(r.table, r.column+"_match", event, when, check, "violates foreign key constraint: "+matchMessage(r))}
}

func (p postgres) join(a, b reference) []Trigger {
	when := fmt.Sprintf(`NEW.%q IS NOT NULL AND NEW.%q IS NOT NULL`, a.column, b.column)
	check := fmt.Sprintf(`NOT EXISTS (SELECT FROM %q AS a JOIN %q AS b ON a.%q = b.%q WHERE a.%q = NEW.%q AND b.%q = NEW.%q)`,
		a.target, b.target, Column, Column, a.key, a.column, b.key, b.column)
	event := fmt.Sprintf(`INSERT OR UPDATE OF %q, %q`, a.column, b.column)
	return []Trigger{p.check(a.table, b.column+"_match", event, when, check, "violates foreign key constraint: "+joinMessage(a, b))}
}

func (p postgres) fixed(table string) []Trigger {
	name := triggerName(table, "organization_fixed")
	return []Trigger{p.refuse(table, name, fmt.Sprintf(`UPDATE OF %q`, Column),
		fmt.Sprintf(`FOR EACH ROW WHEN (NEW.%q IS DISTINCT FROM OLD.%q)`, Column, Column), fixedMessage(table))}
}

// appendOnly refuses TRUNCATE too, which no row trigger sees.
func (p postgres) appendOnly(table string) []Trigger {
	return []Trigger{
		p.refuse(table, triggerName(table, "append_only"), "UPDATE OR DELETE", "FOR EACH ROW", appendOnlyMessage(table)),
		p.refuse(table, triggerName(table, "no_truncate"), "TRUNCATE", "FOR EACH STATEMENT", appendOnlyMessage(table)),
	}
}

// check is a trigger that raises the message when a row meets the condition.
func (p postgres) check(table, what, event, when, condition, message string) Trigger {
	name := triggerName(table, what)
	body := fmt.Sprintf("  IF %s THEN\n    RAISE EXCEPTION USING ERRCODE = '%s', MESSAGE = '%s', TABLE = '%s';\n  END IF;\n  RETURN NEW;\n",
		condition, foreignKeyViolation, message, table)
	return p.trigger(table, name, event, fmt.Sprintf("FOR EACH ROW WHEN (%s)", when), body)
}

// refuse is a trigger that always raises the message.
func (p postgres) refuse(table, name, event, scope, message string) Trigger {
	body := fmt.Sprintf("  RAISE EXCEPTION USING ERRCODE = '%s', MESSAGE = '%s', TABLE = '%s';\n", integrityViolation, message, table)
	return p.trigger(table, name, event, scope, body)
}

func (postgres) trigger(table, name, event, scope, body string) Trigger {
	return Trigger{
		Name: name, Table: table,
		Create: fmt.Sprintf("CREATE FUNCTION %q() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n%sEND $$;\n", name, body) +
			fmt.Sprintf("CREATE TRIGGER %q BEFORE %s ON %q\n  %s EXECUTE FUNCTION %q();\n", name, event, table, scope, name),
	}
}
