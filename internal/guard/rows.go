package guard

import (
	"context"
	"maps"
	"slices"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
)

// Rows narrows a query to some rows.
type Rows = func(*sql.Selector)

// organizationRows are the rows of the actor's organization.
func organizationRows(e Entity, a *authz.Actor) Rows {
	switch e.Type {
	case "Organization":
		return sql.FieldEQ("id", a.Organization)
	case "User": // a person belongs to no organization: they are seen through their membership
		return func(s *sql.Selector) {
			m := sql.Dialect(s.Dialect()).Table("memberships").As("guard_memberships")
			member := sql.Dialect(s.Dialect()).Select().AppendSelectExpr(sql.Raw("1")).From(m) // IN would read the whole organization for each page
			s.Where(sql.Exists(member.Where(sql.And(sql.EQ(m.C("organization_id"), a.Organization), sql.ColumnsEQ(m.C("user_id"), s.C("id"))))))
		}
	}
	if e.Global { // the platform's own rows are nobody's: the packages that own them have a client without guard
		return func(s *sql.Selector) { s.Where(sql.False()) }
	}
	return sql.FieldEQ("organization_id", a.Organization)
}

// filtered is organizationRows for reads that find their rows by something else: identifiers, foreign keys, an index that the
// operation names. SQLite without statistics takes "organization_id = ?" for the more selective condition as soon as a list
// of identifiers is longer than ten, and reads the whole organization. PostgreSQL does so under ByKey.
func filtered(e Entity, a *authz.Actor, byKey bool) Rows {
	if e.Global {
		return organizationRows(e, a)
	}
	return func(s *sql.Selector) {
		if s.Dialect() != dialect.SQLite && !byKey {
			s.Where(sql.EQ(s.C("organization_id"), a.Organization))
			return
		}
		column := Unindexed(s.Dialect(), s.C("organization_id"))
		s.Where(sql.P(func(b *sql.Builder) { b.WriteString(column + " = ").Arg(a.Organization) }))
	}
}

// Unindexed is a column as an expression that no index serves: in SQLite with a plus sign
// (https://sqlite.org/optoverview.html#disqualifying_where_clause_terms_using_unary_).
func Unindexed(d, column string) string {
	if d == dialect.SQLite {
		return "+" + column
	}
	return "(" + column + " || '')"
}

type byKeyKey struct{}

// ByKey says that reads under the context find many rows by their keys. PostgreSQL, which does not know how many rows the
// transaction has written or the last one wrote, would rather read the whole organization, each time.
func ByKey(ctx context.Context) context.Context { return context.WithValue(ctx, byKeyKey{}, true) }

// readRule is what the actor sees of an entity: nothing (ok is false), everything in the organization (rows is nil), or rows.
func readRule(e Entity, a *authz.Actor) (rows Rows, ok bool) {
	if e.Type == "Event" && a.Kind != authz.KindSystem && len(a.Can) < len(authz.Capabilities()) { // who may do all reads all
		return subjectRows(a), a.HasAny(e.Read...)
	}
	if a.Kind == authz.KindSystem || len(e.Read) > 0 && a.HasAny(e.Read...) {
		return nil, true
	}
	if e.Type == "Organization" {
		return nil, true
	}
	if a.Kind != authz.KindSession && e.Type != "User" && e.Type != "Membership" && e.Type != "Notification" {
		return nil, false // what is everybody's own is for people, never for keys
	}
	return ownRows(e, a)
}

// onlySelf holds for who runs the queue but does not manage people: they see whose print or item it is where they read it,
// but people by themselves, as a list or by identifier, are not theirs to read.
func onlySelf(e Entity, a *authz.Actor) bool {
	return (e.Type == "User" || e.Type == "Membership") && !a.Has(authz.OrgManageUsers)
}

// selfRows are the actor's own person.
func selfRows(e Entity, a *authz.Actor) Rows {
	if e.Type == "User" {
		return sql.FieldEQ("id", a.User)
	}
	return sql.FieldEQ("id", a.Membership)
}

// ownRows are a person's own rows of an entity that has such.
func ownRows(e Entity, a *authz.Actor) (rows Rows, ok bool) {
	switch e.Type {
	case "User":
		if a.HasAny(authz.OrgManageUsers, authz.QueueManage) {
			return nil, true // whoever runs the queue has to see whose print it is
		}
		return selfRows(e, a), true
	case "Membership":
		if a.Has(authz.QueueManage) {
			return nil, true
		}
		return selfRows(e, a), true
	case "QueueItem", "PrintRun":
		return sql.FieldEQ("submitter_id", a.Membership), true
	case "File":
		return sql.FieldEQ("uploaded_by_id", a.Membership), true
	case "Notification":
		return toldRows(a), true
	case "Class":
		return idIn("id", a.Attends), true
	case "Enrollment":
		return sql.OrPredicates(sql.FieldEQ("membership_id", a.Membership), idIn("class_id", a.Leads)), true
	}
	return nil, false
}

// toldRows are what the actor was told; a key finds of what its creator was told that which it could read itself.
func toldRows(a *authz.Actor) Rows {
	own := sql.FieldEQ("membership_id", a.Membership)
	if a.Kind == authz.KindSession {
		return own
	}
	about := subjectRows(a)
	return func(s *sql.Selector) {
		own(s)
		about(s)
	}
}

// subjectRows are the events on subjects that the actor may read: all of a resource where they read all its rows, else those on
// the rows they find by themselves: that the queue shows whose print it is tells them nothing of people. What no entity is, such as
// the queue as a whole, is read with what it consists of. Who comes into a class and leaves it is told to who may list that.
func subjectRows(a *authz.Actor) Rows {
	all := entities()
	return func(s *sql.Selector) {
		whole := []any{}
		var some []*sql.Predicate
		for _, typ := range slices.Sorted(maps.Keys(all)) {
			e := all[typ]
			if e.Resource == "" || e.Type == "Event" || e.Type == "Notification" || e.Type == "User" { // a person is seen as a member
				continue
			}
			switch rows, ok := FoundRule(e, a); {
			case ok && rows == nil && e.Resource == "queue_item":
				whole = append(whole, e.Resource, "queue")
			case ok && rows == nil:
				whole = append(whole, e.Resource)
			case ok:
				t := sql.Dialect(s.Dialect()).Table(e.Table)
				seen := sql.Dialect(s.Dialect()).Select(t.C("id")).From(t).Where(sql.EQ(t.C("organization_id"), a.Organization))
				rows(seen)
				on := sql.And(sql.EQ(s.C("subject_type"), e.Resource), sql.In(s.C("subject_id"), seen))
				if e.Type == "Class" {
					on = sql.And(on, sql.Or(sql.NotIn(s.C("type"), comings...), inAny(s.C("subject_id"), a.Leads)))
				}
				some = append(some, on)
			}
		}
		s.Where(sql.Or(append(some, sql.In(s.C("subject_type"), whole...))...))
	}
}

// comings are the types of events on a class that name who is in it. The feed leaves them out for assistants and students, to
// whom a list of the class shows themselves.
var comings = []any{"class.enrolled", "class.unenrolled"}

// Sees reports whether the actor may read the events on all subjects of a resource, or on some of them: then subjectRows says on
// which. It is the same rule for readers that have the events already.
func (g *Guard) Sees(a *authz.Actor, resource string) (all, some bool) {
	if a.Kind == authz.KindSystem || len(a.Can) == len(authz.Capabilities()) {
		return true, true
	}
	if resource == "queue" {
		all, _ = g.Sees(a, "queue_item")
		return all, all
	}
	e, ok := g.Resource(resource)
	if !ok || e.Type == "Event" {
		return false, false
	}
	rows, ok := FoundRule(e, a)
	return ok && rows == nil, ok
}

// WriteRule is which rows of an entity the actor may name in an operation that changes them. It is asked after the
// operation's capability.
func WriteRule(e Entity, a *authz.Actor, o authz.Op) (rows Rows, ok bool) {
	switch {
	case a.Kind == authz.KindSystem:
		return nil, true
	case !a.HasAny(o.Needs...):
		return ownRows(e, a) // a person's session without the capability, or an operation that needs none: their own rows
	case e.Type == "QueueItem" && a.Role == authz.RoleTeacher:
		return sql.OrPredicates(sql.FieldEQ("submitter_id", a.Membership), idIn("class_id", a.Teaches)), true
	case e.Type == "File" && a.Role == authz.RoleTeacher:
		return taughtFiles(a), true
	case e.Type == "Printer" && a.Role != authz.RoleOwner && a.Role != authz.RoleAdmin && len(a.Printers) > 0:
		return printersIn(a.Printers), true
	}
	return nil, true
}

// taughtFiles are the files that a teacher changes: their own, those of people in the classes they teach, and those of the
// classes' items, whoever handed them in.
func taughtFiles(a *authz.Actor) Rows {
	return func(s *sql.Selector) {
		own := sql.EQ(s.C("uploaded_by_id"), a.Membership)
		if len(a.Teaches) == 0 {
			s.Where(own)
			return
		}
		in := func(table, column string) *sql.Selector {
			t := sql.Dialect(s.Dialect()).Table(table)
			q := sql.Dialect(s.Dialect()).Select(t.C(column)).From(t)
			idIn("class_id", a.Teaches)(q)
			return q.Where(sql.NotNull(t.C(column)))
		}
		s.Where(sql.Or(own, sql.In(s.C("uploaded_by_id"), in("enrollments", "membership_id")), sql.In(s.C("id"), in("queue_items", "file_id"))))
	}
}

// ReadRule is readRule for op.Load.
func ReadRule(e Entity, a *authz.Actor) (rows Rows, ok bool) { return readRule(e, a) }

// FoundRule is which rows of an entity the actor finds who reads it by itself, as a list or by identifier.
func FoundRule(e Entity, a *authz.Actor) (rows Rows, ok bool) {
	if onlySelf(e, a) {
		return selfRows(e, a), true
	}
	return readRule(e, a)
}

// idIn is column = any of the identifiers; nothing for none.
func idIn(column string, ids []pid.ID) Rows {
	if len(ids) == 0 {
		return func(s *sql.Selector) { s.Where(sql.False()) }
	}
	return sql.FieldIn(column, ids...)
}

// inAny is the same as a condition of a larger one.
func inAny(column string, ids []pid.ID) *sql.Predicate {
	values := make([]any, len(ids))
	for i, id := range ids {
		values[i] = id
	}
	return sql.In(column, values...) // FALSE for none
}

// printersIn are the printers of any of the groups.
func printersIn(groups []pid.ID) Rows {
	return func(s *sql.Selector) {
		t := sql.Dialect(s.Dialect()).Table("printer_group_printers")
		s.Where(sql.In(s.C("id"), sql.Dialect(s.Dialect()).Select(t.C("printer_id")).From(t).Where(inAny(t.C("printer_group_id"), groups))))
	}
}

// NotFound is the answer for a row that the actor cannot name.
func (e Entity) NotFound() *errs.Error { return errs.NotFound(e.Resource) }
