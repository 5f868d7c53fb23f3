package guard_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

var update = flag.Bool("update", false, "write the golden files anew")

// types lists the Ent types: the clients of the client.
func types(c *ent.Client) []string {
	var all []string
	v := reflect.ValueOf(c).Elem()
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.IsExported() && v.Field(i).MethodByName("Query").IsValid() {
			all = append(all, f.Name)
		}
	}
	return all
}

// count counts the rows of a type.
func count(ctx context.Context, c *ent.Client, typ string) (int, error) {
	q := reflect.ValueOf(c).Elem().FieldByName(typ).MethodByName("Query").Call(nil)[0]
	out := q.MethodByName("Count").Call([]reflect.Value{reflect.ValueOf(ctx)})
	err, _ := out[1].Interface().(error)
	return int(out[0].Int()), err
}

// Every Ent type is listed with a prefix and table of its own, and has an organization unless it is listed as global.
func TestEveryTypeIsListed(t *testing.T) {
	k := testkit.NewKit(t, testkit.SQLite(t))
	prefixes, global := map[string]string{}, []string{}
	for _, typ := range types(k.Raw) {
		e, ok := k.Ops.Guard.Entity(typ)
		if !ok || e.Type != typ || e.Table == "" || len(e.Prefix) != 3 {
			t.Errorf("%s is listed as %+v", typ, e)
		}
		if other := prefixes[e.Prefix]; other != "" {
			t.Errorf("%s and %s have the same prefix", typ, other)
		}
		prefixes[e.Prefix] = typ
		if scoped := slices.Contains(e.Fields, "organization_id"); scoped == e.Global {
			t.Errorf("%s: global %v, organization_id %v", typ, e.Global, scoped)
		}
		if e.Global {
			global = append(global, typ)
		}
		if soft := slices.Contains(e.Fields, "deleted_at"); soft != e.Soft {
			t.Errorf("%s: soft %v, deleted_at %v", typ, e.Soft, soft)
		}
		for _, field := range e.Telemetry {
			if !slices.Contains(e.Fields, field) {
				t.Errorf("%s has no field %s", typ, field)
			}
		}
		for _, edge := range e.Edges {
			if _, ok := k.Ops.Guard.Entity(edge.Type); !ok {
				t.Errorf("%s.%s leads to %s, which is not listed", typ, edge.Name, edge.Type)
			}
		}
	}
	if d := cmp.Diff([]string{"Installation", "JobRun", "Organization", "StatusIncident", "Throttle", "User"}, global); d != "" {
		t.Errorf("global types (-want +got):\n%s", d)
	}
}

// Of every type, background work of an organization sees that organization's rows and no others.
func TestEveryTypeIsNarrowed(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		for _, typ := range types(w.client) {
			e, _ := w.Ops.Guard.Entity(typ)
			want, all := w.ownRows(t, e.Type, e.Table)
			n, err := count(w.us.System(t), w.client, typ)
			platform := e.Global && typ != "Organization" && typ != "User" // the platform's own rows are nobody's
			if n != want || err != nil || want == 0 != platform || all <= want {
				t.Errorf("%s: sees %d rows, %v; %d of %d are of the organization", typ, n, err, want, all)
			}
			if n, err := count(t.Context(), w.client, typ); err == nil {
				t.Errorf("%s: nobody sees %d rows", typ, n)
			}
		}
	})
}

// ownRows are the numbers of our rows and of all rows in a table, past the guard.
func (w *world) ownRows(t *testing.T, typ, table string) (ours, all int) {
	t.Helper()
	for _, row := range w.rows(t, "SELECT * FROM "+table) {
		all++
		id, _, _ := strings.Cut(row[strings.Index(row, " id=")+1:], " ")
		switch {
		case typ == "Organization":
			ours += strings.Count(id, string(w.us.ID))
		case typ == "User":
			if m := w.rows(t, fmt.Sprintf("SELECT id FROM memberships WHERE organization_id = '%s' AND user_id = '%s'", w.us.ID, strings.Trim(id[3:], `"`))); len(m) > 0 {
				ours++
			}
		default:
			ours += strings.Count(row, fmt.Sprintf("organization_id=%q", w.us.ID))
		}
	}
	return ours, all
}

// Who reads what: everything of their organization, some rows, or nothing. A difference is a decision.
func TestReadable(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	actors := []struct {
		name string
		ctx  context.Context
	}{
		{"owner", w.us.owner(t)},
		{"operator", w.us.As(t, authz.RoleOperator)},
		{"teacher", w.us.as(t, w.us.teacher)},
		{"student", w.us.as(t, w.us.student)},
		{"key, no scope", w.us.Key(t)},
	}
	for _, c := range authz.Capabilities() {
		actors = append(actors, struct {
			name string
			ctx  context.Context
		}{"key, " + string(c), w.us.Key(t, c)})
	}
	var b strings.Builder
	for _, a := range actors {
		sees := map[string][]string{}
		for _, typ := range types(w.client) {
			how := w.reads(t, a.ctx, typ)
			sees[how] = append(sees[how], typ)
			if w.Ops.Guard.Readable(authz.From(a.ctx), typ) != (how != "nothing of") {
				t.Errorf("Readable says otherwise: %s, %s, %s", a.name, how, typ)
			}
		}
		fmt.Fprintf(&b, "%s\n", a.name)
		for _, how := range []string{"all of", "rows of", "nothing of"} {
			fmt.Fprintf(&b, "  %s: %s\n", how, strings.Join(sees[how], " "))
		}
	}
	golden(t, "readable.golden", b.String())
}

// reads says what of a type the context's actor sees, by the statement that runs: background work sees all.
func (w *world) reads(t *testing.T, ctx context.Context, typ string) string {
	t.Helper()
	counted, statements := store.WithCounter(ctx)
	_, err := count(counted, w.client, typ)
	if errs.Is(err, errs.InsufficientPermissions) {
		return "nothing of"
	}
	must(t, err)
	all, whole := store.WithCounter(w.us.System(t))
	_, err = count(all, w.client, typ)
	must(t, err)
	if slices.Equal(statements.Statements(), whole.Statements()) {
		return "all of"
	}
	return "rows of"
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		must(t, os.MkdirAll("testdata", 0o755))
		must(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got), -update writes it anew:\n%s", name, d)
	}
}

func TestReadableOfNobodyAndOfNothing(t *testing.T) {
	k := testkit.NewKit(t, testkit.SQLite(t))
	if k.Ops.Guard.Readable(nil, "Printer") || k.Ops.Guard.Readable(authz.System(pid.New("org"), "job"), "Nothing") {
		t.Error("readable")
	}
	if !k.Ops.Guard.Readable(authz.System(pid.New("org"), "job"), "Printer") {
		t.Error("background work reads no printers")
	}
}

// The builders of the client know no upsert: it would go around the guard's conditions.
func TestThereIsNoUpsert(t *testing.T) {
	k := testkit.NewKit(t, testkit.SQLite(t))
	for _, typ := range types(k.Raw) {
		client := reflect.ValueOf(k.Raw).Elem().FieldByName(typ)
		for _, builder := range []reflect.Value{client.MethodByName("Create").Call(nil)[0], client.MethodByName("CreateBulk").Call(nil)[0]} {
			for i := range builder.NumMethod() {
				if name := builder.Type().Method(i).Name; strings.Contains(name, "Conflict") || strings.Contains(name, "Upsert") {
					t.Errorf("%v has %s", builder.Type(), name)
				}
			}
		}
	}
	for _, name := range []string{"QueryContext", "ExecContext"} {
		if _, ok := reflect.TypeOf(k.Raw).MethodByName(name); ok {
			t.Errorf("the client has %s", name)
		}
	}
}
