package crud_test

import (
	"context"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"

	"github.com/soloprint/soloprint/ent/class"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/crud"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

func TestCreate(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := setup(t, db)
		k.tag(t, k.school, "taken")
		k.tag(t, k.away, "brass")
		for _, tc := range []struct {
			name string
			ctx  context.Context
			in   crud.CreatePrinterTagInput
			want errs.Code
		}{
			{"a name is enough", k.admin, crud.CreatePrinterTagInput{Name: "hardened"}, ""},
			{"another organization may have the name", k.admin, crud.CreatePrinterTagInput{Name: "brass", ColorHex: new("#112233")}, ""},
			{"the name is taken", k.admin, crud.CreatePrinterTagInput{Name: "taken"}, errs.AlreadyExists},
			{"the name is missing", k.admin, crud.CreatePrinterTagInput{}, errs.ValidationFailed},
			{"the colour is a word", k.admin, crud.CreatePrinterTagInput{Name: "red", ColorHex: new("red")}, errs.ValidationFailed},
			{"who may only look", k.as(t, authz.OperationsRead), crud.CreatePrinterTagInput{Name: "other"}, errs.InsufficientPermissions},
			{"nobody", t.Context(), crud.CreatePrinterTagInput{Name: "other"}, errs.MissingBearerToken},
		} {
			before := len(k.events(t))
			row, err := k.CreatePrinterTag(tc.ctx, tc.in)
			if code(err) != tc.want {
				t.Fatalf("%s: %v, want %q", tc.name, err, tc.want)
			}
			events := k.events(t)[before:]
			if tc.want != "" {
				if len(events) > 0 {
					t.Errorf("%s: refused, but emitted %v", tc.name, events)
				}
				continue
			}
			if row.Name != tc.in.Name || row.OrganizationID != k.school.ID || !row.CreatedAt.Equal(k.clock.Now()) || !row.ID.Valid("tag") {
				t.Errorf("%s: got %v", tc.name, row)
			}
			if len(events) != 1 || events[0].Type != "printer_tag.created" || events[0].Object["id"] != string(row.ID) || events[0].Object["created_at"] != "2026-04-02T08:00:00Z" {
				t.Errorf("%s: events %v", tc.name, events)
			}
		}
	})
}

func TestUpdate(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := setup(t, db)
		foreign := k.tag(t, k.away, "foreign")
		for _, tc := range []struct {
			name     string
			in       crud.UpdatePrinterTagInput // of the tag "old" unless it names another
			want     errs.Code
			version  int
			previous map[string]any // nil: no event
		}{
			{"another name", crud.UpdatePrinterTagInput{Name: set("new")}, "", 2, map[string]any{"name": "old"}},
			{"another name for the version it has", crud.UpdatePrinterTagInput{Name: set("new"), IfMatch: `"1-abc"`}, "", 2, map[string]any{"name": "old"}},
			{"another name for another version", crud.UpdatePrinterTagInput{Name: set("new"), IfMatch: `"2-abc"`}, errs.PreconditionFailed, 1, nil},
			{"the same name", crud.UpdatePrinterTagInput{Name: set("old")}, "", 1, nil},
			{"nothing", crud.UpdatePrinterTagInput{}, "", 1, nil},
			{"no name", crud.UpdatePrinterTagInput{Name: null[string]()}, errs.ValidationFailed, 1, nil},
			{"an empty name", crud.UpdatePrinterTagInput{Name: set("")}, errs.ValidationFailed, 1, nil},
			{"a colour that is not empty by default", crud.UpdatePrinterTagInput{ColorHex: null[string]()}, errs.ValidationFailed, 1, nil},
			{"another organization's", crud.UpdatePrinterTagInput{ID: foreign.ID, Name: set("mine")}, "printer_tag_not_found", 1, nil},
			{"what does not exist", crud.UpdatePrinterTagInput{ID: pid.New("tag")}, "printer_tag_not_found", 1, nil},
			{"what cannot exist", crud.UpdatePrinterTagInput{ID: "tag_1"}, "printer_tag_not_found", 1, nil},
		} {
			tag := k.tag(t, k.school, "old")
			if tc.in.ID == "" {
				tc.in.ID = tag.ID
			}
			before := len(k.events(t))
			if _, err := k.UpdatePrinterTag(k.admin, tc.in); code(err) != tc.want {
				t.Errorf("%s: %v, want %q", tc.name, err, tc.want)
			}

			now := k.seed.PrinterTag.GetX(t.Context(), tag.ID)
			if now.Version != tc.version || now.Search != now.Name {
				t.Errorf("%s: version %d with search %q, want %d", tc.name, now.Version, now.Search, tc.version)
			}
			var previous map[string]any
			for _, e := range k.events(t)[before:] {
				previous = e.Previous
			}
			if diff := cmp.Diff(tc.previous, previous); diff != "" {
				t.Errorf("%s: previous (-want +got)\n%s", tc.name, diff)
			}
			k.seed.PrinterTag.DeleteOne(tag).ExecX(t.Context())
		}
	})
}

func TestUpdateOfEveryKindOfField(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := setup(t, db)
		lab, hall, foreign := k.group(t, k.school, "Lab"), k.group(t, k.school, "Hall"), k.group(t, k.away, "Lab")
		row, err := k.CreateClass(k.admin, crud.CreateClassInput{Name: "Robotics", Code: new("R1"), PrinterGroupIDs: []pid.ID{lab.ID}})
		if err != nil || len(row.Edges.PrinterGroups) != 1 {
			t.Fatalf("create: %v, %v", row, err)
		}
		if _, err := k.CreateClass(k.admin, crud.CreateClassInput{Name: "Backwards", StartsOn: new("2026-09-02"), EndsOn: new("2026-09-01")}); code(err) != errs.ValidationFailed {
			t.Errorf("a new class that ends before it starts: %v", err)
		}
		next := k.seed.Class.Create().SetOrganization(k.school).SetName("Next").SaveX(t.Context())

		for _, tc := range []struct {
			name     string
			in       crud.UpdateClassInput
			want     errs.Code
			previous map[string]any
		}{
			{"a text is cleared", crud.UpdateClassInput{Code: null[string]()}, "", map[string]any{"code": "R1"}},
			{"a text is set", crud.UpdateClassInput{Code: set("R2")}, "", map[string]any{"code": ""}},
			{"a word of a list", crud.UpdateClassInput{State: set(class.StateEnded)}, "", map[string]any{"state": "active"}},
			{"a word outside the list", crud.UpdateClassInput{State: set(class.State("gone"))}, errs.ValidationFailed, nil},
			{"a reference is set", crud.UpdateClassInput{NextClassID: set(next.ID)}, "", map[string]any{"next_class_id": nil}},
			{"a reference is cleared", crud.UpdateClassInput{NextClassID: null[pid.ID]()}, "", map[string]any{"next_class_id": string(next.ID)}},
			{"other edges", crud.UpdateClassInput{PrinterGroupIDs: graphql.OmittableOf([]pid.ID{hall.ID})}, "", map[string]any{"printer_group_ids": []any{string(lab.ID)}}},
			{"the same edges", crud.UpdateClassInput{PrinterGroupIDs: graphql.OmittableOf([]pid.ID{hall.ID})}, "", nil},
			{"an edge to another organization", crud.UpdateClassInput{PrinterGroupIDs: graphql.OmittableOf([]pid.ID{foreign.ID})}, "printer_group_not_found", nil},
			{"no edges", crud.UpdateClassInput{PrinterGroupIDs: graphql.OmittableOf[[]pid.ID](nil)}, "", map[string]any{"printer_group_ids": []any{string(hall.ID)}}},
			{"a day that does not exist", crud.UpdateClassInput{StartsOn: set("2026-02-30")}, errs.ValidationFailed, nil},
			{"an end before the start, both new", crud.UpdateClassInput{StartsOn: set("2026-09-02"), EndsOn: set("2026-09-01")}, errs.ValidationFailed, nil},
			{"a first day", crud.UpdateClassInput{StartsOn: set("2026-09-02")}, "", map[string]any{"starts_on": nil}},
			{"an end before the stored start", crud.UpdateClassInput{EndsOn: set("2026-09-01")}, errs.ValidationFailed, nil},
			{"a class of one day", crud.UpdateClassInput{EndsOn: set("2026-09-02")}, "", map[string]any{"ends_on": nil}},
			{"a start after the stored end", crud.UpdateClassInput{StartsOn: set("2026-09-03")}, errs.ValidationFailed, nil},
			{"a roll-over into itself", crud.UpdateClassInput{NextClassID: set(row.ID)}, errs.ValidationFailed, nil},
		} {
			before := len(k.events(t))
			tc.in.ID = row.ID
			if _, err := k.UpdateClass(k.admin, tc.in); code(err) != tc.want {
				t.Errorf("%s: %v, want %q", tc.name, err, tc.want)
			}
			var previous map[string]any
			for _, e := range k.events(t)[before:] {
				previous = e.Previous
			}
			if diff := cmp.Diff(tc.previous, previous); diff != "" {
				t.Errorf("%s: previous (-want +got)\n%s", tc.name, diff)
			}
		}
	})
}

func TestDelete(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := setup(t, db)
		tag, foreign := k.tag(t, k.school, "old"), k.tag(t, k.away, "old")
		for _, tc := range []struct {
			name string
			ctx  context.Context
			in   crud.DeletePrinterTagInput
			want errs.Code
		}{
			{"another organization's", k.admin, crud.DeletePrinterTagInput{ID: foreign.ID}, "printer_tag_not_found"},
			{"who may only look", k.as(t, authz.OperationsRead), crud.DeletePrinterTagInput{ID: tag.ID}, errs.InsufficientPermissions},
			{"another version", k.admin, crud.DeletePrinterTagInput{ID: tag.ID, IfMatch: `"7-a"`}, errs.PreconditionFailed},
			{"one's own", k.admin, crud.DeletePrinterTagInput{ID: tag.ID, IfMatch: "*"}, ""},
			{"it again", k.admin, crud.DeletePrinterTagInput{ID: tag.ID}, "printer_tag_not_found"},
		} {
			if _, err := k.DeletePrinterTag(tc.ctx, tc.in); code(err) != tc.want {
				t.Errorf("%s: %v, want %q", tc.name, err, tc.want)
			}
		}
		if events := k.events(t); len(events) != 1 || events[0].Type != "printer_tag.deleted" || events[0].Object["name"] != "old" {
			t.Errorf("events %v", events)
		}
	})
}

func TestGet(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := setup(t, db)
		mine, foreign := k.group(t, k.school, "Lab"), k.group(t, k.away, "Lab")
		attended := k.seed.Class.Create().SetOrganization(k.school).SetName("A").AddPrinterGroups(mine).SaveX(t.Context())
		other := k.seed.Class.Create().SetOrganization(k.school).SetName("B").SaveX(t.Context())
		gone := k.seed.Class.Create().SetOrganization(k.school).SetName("C").SetDeletedAt(time.Now()).SaveX(t.Context())
		student := k.as(t)
		authz.From(student).Attends = []pid.ID{attended.ID}

		group := func(ctx context.Context, id pid.ID) error {
			_, err := k.GetPrinterGroup(ctx, crud.GetPrinterGroupInput{ID: id})
			return err
		}
		class := func(ctx context.Context, id pid.ID) error {
			_, err := k.GetClass(ctx, crud.GetClassInput{ID: id})
			return err
		}
		for _, tc := range []struct {
			name string
			get  func(context.Context, pid.ID) error
			ctx  context.Context
			id   pid.ID
			want errs.Code
		}{
			{"one's own", group, k.admin, mine.ID, ""},
			{"another organization's", group, k.admin, foreign.ID, "printer_group_not_found"},
			{"one of another kind", group, k.admin, attended.ID, "printer_group_not_found"},
			{"no identifier", group, k.admin, "", "printer_group_not_found"},
			{"a student asks for a group", group, student, mine.ID, errs.InsufficientPermissions},
			{"a student's class", class, student, attended.ID, ""},
			{"another class, for a student", class, student, other.ID, "class_not_found"},
			{"another class, for an admin", class, k.admin, other.ID, ""},
			{"a deleted class", class, k.admin, gone.ID, "class_not_found"},
		} {
			if err := tc.get(tc.ctx, tc.id); code(err) != tc.want {
				t.Errorf("%s: %v, want %q", tc.name, err, tc.want)
			}
		}
	})
}

// TestOpsAreDescribed walks the list that documents and tests walk.
func TestOpsAreDescribed(t *testing.T) {
	seen := map[string]bool{}
	for _, o := range crud.Ops() {
		if o.Resource == "" || o.Verb == "" || o.Summary == "" || len(o.Needs) == 0 || seen[o.Name()] {
			t.Errorf("%+v is incomplete or stands twice", o)
		}
		if reads := o.Verb == "list" || o.Verb == "get"; o.Write == reads || o.Rows && !reads {
			t.Errorf("%s: Write %v, Rows %v", o.Name(), o.Write, o.Rows)
		}
		seen[o.Name()] = true
	}
}
