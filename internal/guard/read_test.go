package guard_test

import (
	"context"
	"strings"
	"testing"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/organization"
	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/ent/printergroup"
	"github.com/soloprint/soloprint/ent/printerslot"
	"github.com/soloprint/soloprint/ent/printertag"
	"github.com/soloprint/soloprint/ent/spool"
	"github.com/soloprint/soloprint/ent/user"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/guard"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// readPaths are all ways to read a printer, or what hangs on it, by the printer's id: each answers how many rows it found.
var readPaths = map[string]func(ctx context.Context, c *ent.Client, id pid.ID) (int, error){
	"all": func(ctx context.Context, c *ent.Client, id pid.ID) (int, error) {
		all, err := c.Printer.Query().Where(printer.ID(id)).All(ctx)
		return len(all), err
	},
	"all, beside a condition that is always true": func(ctx context.Context, c *ent.Client, id pid.ID) (int, error) {
		all, err := c.Printer.Query().Where(printer.Or(printer.ID(id), printer.IDNEQ(""))).All(ctx)
		n := 0
		for _, p := range all {
			if p.ID == id {
				n++
			}
		}
		return n, err
	},
	"only": func(ctx context.Context, c *ent.Client, id pid.ID) (int, error) {
		_, err := c.Printer.Query().Where(printer.ID(id)).Only(ctx)
		return gone(err)
	},
	"only id": func(ctx context.Context, c *ent.Client, id pid.ID) (int, error) {
		_, err := c.Printer.Query().Where(printer.ID(id)).OnlyID(ctx)
		return gone(err)
	},
	"first": func(ctx context.Context, c *ent.Client, id pid.ID) (int, error) {
		_, err := c.Printer.Query().Where(printer.ID(id)).Order(ent.Asc(printer.FieldName)).First(ctx)
		return gone(err)
	},
	"first id": func(ctx context.Context, c *ent.Client, id pid.ID) (int, error) {
		_, err := c.Printer.Query().Where(printer.ID(id)).FirstID(ctx)
		return gone(err)
	},
	"get": func(ctx context.Context, c *ent.Client, id pid.ID) (int, error) {
		_, err := c.Printer.Get(ctx, id)
		return gone(err)
	},
	"node": func(ctx context.Context, c *ent.Client, id pid.ID) (int, error) {
		_, err := c.Noder(ctx, "Printer", id)
		return gone(err)
	},
	"load and lock": func(ctx context.Context, c *ent.Client, id pid.ID) (int, error) {
		_, err := c.Printer.LoadRow(ctx, id)
		return gone(err)
	},
	"count": func(ctx context.Context, c *ent.Client, id pid.ID) (int, error) {
		return c.Printer.Query().Where(printer.ID(id)).Count(ctx)
	},
	"count of identifiers": func(ctx context.Context, c *ent.Client, id pid.ID) (int, error) {
		return c.Printer.CountRows(ctx, []pid.ID{id, id})
	},
	"ids": func(ctx context.Context, c *ent.Client, id pid.ID) (int, error) {
		ids, err := c.Printer.Query().Where(printer.ID(id)).Limit(5).IDs(ctx)
		return len(ids), err
	},
	"exist": func(ctx context.Context, c *ent.Client, id pid.ID) (int, error) {
		found, err := c.Printer.Query().Where(printer.ID(id)).Exist(ctx)
		return map[bool]int{true: 1}[found], err
	},
	"group by": func(ctx context.Context, c *ent.Client, id pid.ID) (int, error) {
		var rows []struct {
			State string `json:"state"`
			N     int    `json:"n"`
		}
		err := c.Printer.Query().Where(printer.ID(id)).GroupBy(printer.FieldState).Aggregate(ent.As(ent.Count(), "n")).Scan(ctx, &rows)
		return len(rows), err
	},
	"aggregate": func(ctx context.Context, c *ent.Client, id pid.ID) (int, error) {
		return c.Printer.Query().Where(printer.ID(id)).Aggregate(ent.Count()).Int(ctx)
	},
	"select": func(ctx context.Context, c *ent.Client, id pid.ID) (int, error) {
		names, err := c.Printer.Query().Where(printer.ID(id)).Select(printer.FieldName).Strings(ctx)
		return len(names), err
	},
	"select into a struct": func(ctx context.Context, c *ent.Client, id pid.ID) (int, error) {
		var rows []struct{ Name string }
		err := c.Printer.Query().Where(printer.ID(id)).Unique(true).Select(printer.FieldName).Scan(ctx, &rows)
		return len(rows), err
	},
	"clone": func(ctx context.Context, c *ent.Client, id pid.ID) (int, error) {
		return c.Printer.Query().Where(printer.ID(id)).Clone().Count(ctx)
	},
	"traversal to many": func(ctx context.Context, c *ent.Client, id pid.ID) (int, error) {
		return c.Printer.Query().Where(printer.ID(id)).QueryTags().Count(ctx)
	},
	"traversal to one": func(ctx context.Context, c *ent.Client, id pid.ID) (int, error) {
		return c.PrinterSlot.Query().Where(printerslot.PrinterID(id)).QueryPrinter().Count(ctx)
	},
	"traversal there and back": func(ctx context.Context, c *ent.Client, id pid.ID) (int, error) {
		return c.Printer.Query().Where(printer.ID(id)).QueryGroups().QueryPrinters().Where(printer.ID(id)).Count(ctx)
	},
	"traversal over three tables": func(ctx context.Context, c *ent.Client, id pid.ID) (int, error) {
		return c.Printer.Query().Where(printer.ID(id)).QuerySlots().QuerySpool().QueryMaterial().Count(ctx)
	},
	"eager load": func(ctx context.Context, c *ent.Client, id pid.ID) (int, error) {
		all, err := c.Printer.Query().Where(printer.ID(id)).WithTags().WithGroups().All(ctx)
		if err != nil || len(all) == 0 {
			return 0, err
		}
		return len(all[0].Edges.Tags) * len(all[0].Edges.Groups), nil
	},
	"eager load of an eager load": func(ctx context.Context, c *ent.Client, id pid.ID) (int, error) {
		all, err := c.Printer.Query().Where(printer.ID(id)).WithSlots(func(q *ent.PrinterSlotQuery) { q.WithSpool() }).All(ctx)
		if err != nil || len(all) == 0 || len(all[0].Edges.Slots) == 0 || all[0].Edges.Slots[0].Edges.Spool == nil {
			return 0, err
		}
		return 1, nil
	},
}

// situation is who reads, with which client, and what they find of their own and of another organization's printer.
type situation struct {
	name     string
	ctx      context.Context
	client   *ent.Client
	own, not int
	err      error
}

func (w *world) checkReads(t *testing.T, s situation) {
	t.Helper()
	for path, read := range readPaths {
		for id, want := range map[pid.ID]int{w.us.printer.ID: s.own, w.them.printer.ID: s.not, "prn_nonsense": 0} {
			n, err := read(s.ctx, s.client, id)
			if s.err != nil && !like(err, s.err) || s.err == nil && (err != nil || n != want) {
				t.Errorf("%s, %s of %q: %d rows, %v, want %d, %v", s.name, path, w.labels[id], n, err, want, s.err)
			}
		}
	}
}

func TestEveryWayToRead(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		c := w.client
		wide, end := guard.EnterWide(w.us.as(t, w.us.student))
		for _, s := range []situation{
			{name: "nobody", ctx: t.Context(), client: c, err: guard.ErrNobody},
			{name: "an owner", ctx: w.us.owner(t), client: c, own: 1},
			{name: "a teacher", ctx: w.us.as(t, w.us.teacher), client: c, own: 1},
			{name: "a student", ctx: w.us.as(t, w.us.student), client: c, err: refused},
			{name: "a key that may read", ctx: w.us.Key(t, authz.OperationsRead), client: c, own: 1},
			{name: "a key that may not", ctx: w.us.Key(t, authz.SpoolManage), client: c, err: refused},
			{name: "a key that may nothing", ctx: w.us.Key(t), client: c, err: refused},
			{name: "background work", ctx: w.us.System(t), client: c, own: 1},
			{name: "a student in a wide read", ctx: wide, client: c, own: 1},
			{name: "the system itself", ctx: guard.AsSystem(t.Context()), client: c, own: 1, not: 1},
		} {
			w.checkReads(t, s)
		}
		end()
		w.checkReads(t, situation{name: "a student after a wide read", ctx: wide, client: c, err: refused})
	})
}

// Inside an operation only the organization holds, and only the transaction's own client works.
func TestEveryWayToReadInsideAnOperation(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		for name, actor := range map[string]context.Context{"an owner": w.us.owner(t), "a student": w.us.as(t, w.us.student), "background work": w.us.System(t)} {
			o := anything
			o.System = true
			var after context.Context
			var client *ent.Client
			_, err := op.Do(actor, w.Ops, o, struct{}{}, func(ctx context.Context, tx *ent.Tx) (struct{}, error) {
				after, client = context.WithoutCancel(ctx), tx.Client()
				w.checkReads(t, situation{name: name + " inside", ctx: ctx, client: client, own: 1})
				w.checkReads(t, situation{name: name + " inside, from the pool", ctx: ctx, client: w.client, err: guard.ErrPool})
				return struct{}{}, nil
			})
			must(t, err)
			if authz.From(actor).Role == authz.RoleStudent {
				w.checkReads(t, situation{name: name + " afterwards", ctx: after, client: client, err: refused})
			} else {
				w.checkReads(t, situation{name: name + " afterwards", ctx: after, client: client, own: 1})
			}
		}
	})
}

func TestDeletedRowsAreNotThere(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		for _, s := range []*side{w.us, w.them} {
			s.printer.Update().SetDeletedAt(w.Clock.Now()).ExecX(t.Context())
		}
		owner := w.us.owner(t)
		history := guard.IncludeDeleted(owner)
		w.checkReads(t, situation{name: "an owner", ctx: owner, client: w.client})
		w.checkReads(t, situation{name: "an owner who reads history", ctx: history, client: w.client, own: 1})
		if guard.WithDeleted(owner) || !guard.WithDeleted(history) {
			t.Error("the context does not say so")
		}
		must(t, w.inside(owner, func(ctx context.Context, tx *ent.Tx) error {
			w.checkReads(t, situation{name: "an owner inside an operation", ctx: ctx, client: tx.Client()})
			return nil
		}))

		slots, err := w.client.PrinterSlot.Query().WithPrinter().All(owner)
		if err != nil || len(slots) != 1 || slots[0].Edges.Printer != nil {
			t.Errorf("eager load of a deleted row: %v, %v", slots, err)
		}
		if slots, err = w.client.PrinterSlot.Query().WithPrinter().All(history); err != nil || slots[0].Edges.Printer == nil {
			t.Errorf("eager load for history: %v, %v", slots, err)
		}
	})
}

// A row that came from elsewhere is no way around: what hangs on it is narrowed again.
func TestEdgesOfAForeignRow(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		theirs := w.client.Printer.GetX(guard.AsSystem(t.Context()), w.them.printer.ID)
		ours := w.client.Printer.GetX(w.us.owner(t), w.us.printer.ID)
		for _, c := range []struct {
			name string
			ctx  context.Context
			p    *ent.Printer
			n    int
			err  error
		}{
			{"an owner on their own", w.us.owner(t), ours, 1, nil},
			{"an owner on a foreign row", w.us.owner(t), theirs, 0, nil},
			{"the other owner on it", w.them.owner(t), theirs, 1, nil},
			{"nobody", t.Context(), ours, 0, guard.ErrNobody},
			{"a student", w.us.as(t, w.us.student), ours, 0, refused},
		} {
			for edge, count := range map[string]func(context.Context) (int, error){
				"tags": c.p.QueryTags().Count, "groups": c.p.QueryGroups().Count, "slots": c.p.QuerySlots().Count,
				"organization": func(ctx context.Context) (int, error) {
					n, err := c.p.QueryOrganization().Count(ctx)
					if c.err != nil && like(c.err, refused) && err == nil { // everybody may read their organization
						return n, refused
					}
					return n, err
				},
			} {
				if n, err := count(c.ctx); n != c.n && c.err == nil || !like(err, c.err) {
					t.Errorf("%s, %s: %d, %v", c.name, edge, n, err)
				}
			}
		}
	})
}

// Each statement of an eager load names the organization, not only the first: triggers keep foreign children from being
// planted, so the statements are looked at.
func TestEagerLoadsNameTheOrganization(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ctx, counter := store.WithCounter(w.us.owner(t))
		all, err := w.client.Printer.Query().WithTags().WithGroups(func(q *ent.PrinterGroupQuery) { q.WithClasses() }).
			WithSlots(func(q *ent.PrinterSlotQuery) { q.WithSpool(func(q *ent.SpoolQuery) { q.WithMaterial() }) }).WithPrints().All(ctx)
		if err != nil || len(all) != 1 || counter.Count() != 8 {
			t.Fatalf("%d printers by %q, %v", len(all), counter.Statements(), err)
		}
		for _, statement := range counter.Statements() {
			if _, where, _ := strings.Cut(statement, " WHERE "); !strings.Contains(where, "organization_id") {
				t.Errorf("not narrowed: %s", statement)
			}
		}
	})
}

// A condition over an edge finds rows of the own organization by its own rows only.
func TestConditionsOverEdges(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		c, owner := w.client, w.us.owner(t)
		for name, count := range map[string]struct {
			q interface {
				Count(context.Context) (int, error)
			}
			want int
		}{
			"printers with our tag":                  {c.Printer.Query().Where(printer.HasTagsWith(printertag.ID(w.us.tag.ID))), 1},
			"printers with their tag":                {c.Printer.Query().Where(printer.HasTagsWith(printertag.ID(w.them.tag.ID))), 0},
			"printers with any tag":                  {c.Printer.Query().Where(printer.HasTags()), 1},
			"printers of their organization":         {c.Printer.Query().Where(printer.HasOrganizationWith(organization.Slug("hillside"))), 0},
			"printers of no organization we know":    {c.Printer.Query().Where(printer.Not(printer.HasOrganizationWith(organization.Slug("riverside")))), 0},
			"tags of their printers":                 {c.PrinterTag.Query().Where(printertag.HasPrintersWith(printer.ID(w.them.printer.ID))), 0},
			"groups of printers of that name":        {c.PrinterGroup.Query().Where(printergroup.HasPrintersWith(printer.Name("Ada"))), 1},
			"spools in slots of their printers":      {c.Spool.Query().Where(spool.HasSlotWith(printerslot.PrinterID(w.them.printer.ID))), 0},
			"members who are the person of both":     {c.Membership.Query().Where(membership.HasUserWith(user.ID(w.them.teacher.UserID))), 1},
			"members who are their student":          {c.Membership.Query().Where(membership.HasUserWith(user.ID(w.them.student.UserID))), 0},
			"people behind our memberships":          {c.Membership.Query().QueryUser(), 5},
			"their organization through our members": {c.Membership.Query().QueryOrganization().Where(organization.Slug("hillside")), 0},
		} {
			if n, err := count.q.Count(owner); n != count.want || err != nil {
				t.Errorf("%s: %d, %v, want %d", name, n, err, count.want)
			}
		}
	})
}

// Whoever is a member of two organizations is one person, who is seen with one membership.
func TestAPersonOfTwoOrganizations(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		all, err := w.client.Membership.Query().WithUser().WithEnrollments().WithUserGroups().All(w.us.owner(t))
		if err != nil || len(all) != 5 {
			t.Fatalf("%d members, %v", len(all), err)
		}
		for _, m := range all {
			if m.OrganizationID != w.us.ID || m.Edges.User == nil {
				t.Errorf("found %+v", m)
			}
			if m.UserID == w.them.teacher.UserID && len(m.Edges.Enrollments) != 0 {
				t.Errorf("the classes of another organization show: %v", m.Edges.Enrollments)
			}
		}
		ids, err := w.client.User.Query().IDs(w.us.owner(t))
		if got := w.named(ids); got != "both, owner, stranger, student, teacher" || err != nil {
			t.Errorf("people: %s, %v", got, err)
		}
		if n, err := w.client.User.Query().Where(user.ID(w.them.student.UserID)).Count(w.us.owner(t)); n != 0 || err != nil {
			t.Errorf("a foreign person: %d, %v", n, err)
		}
	})
}
