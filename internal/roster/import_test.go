package roster_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/class"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/roster"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

func TestImportOneRoster(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		n := b.north
		before, south := b.inventory(n), b.inventory(b.south)
		file := b.oneRoster("1.1", nil)
		b.events(n)
		preview, err := b.imports().Preview(b.as(n.admin), roster.ImportInput{Content: file})
		if !b.check("preview", err, "", "") {
			return
		}
		want := schematype.ImportSummary{New: 5, Skipped: 1, ClassesNew: 3, EnrollmentsNew: 6}
		b.equal("preview", want, preview.Summary)
		b.equal("preview changes nothing", []string(nil), added(before, b.inventory(n)))
		b.equal("preview tells nothing", []string{}, b.events(n))
		rows := preview.Rows()
		if len(rows) != 5 || rows[0].File != "users.csv" || rows[0].Row != 2 || rows[0].Email != "grace.hopper@lakeside.example" || !slices.Contains(preview.Lines(rows[0]), `classes: [] -> ["Robotics 9A" "Robotics 9B"]`) {
			t.Errorf("rows of the preview: %+v", rows)
		}

		applied, err := b.imports().Apply(b.as(n.admin), roster.ApplyImportInput{ImportInput: roster.ImportInput{Name: "sis.zip", Content: file}, Expect: &preview.Summary})
		if !b.check("apply", err, "", "") {
			return
		}
		b.equal("apply", want, applied.Summary)
		b.equal("what it made", []string{
			"class cls-home-7|Homeroom 7 2026-01-12..2026-06-12 active",
			"class cls-rob-9a|Robotics 9A 2026-01-12..2026-06-12 active",
			"class cls-rob-9b|Robotics 9B 2026-01-12..2026-07-31 active",
			"person ada.lovelace@lakeside.example|Ada Lovelace|student|active|u-200|09",
			"person grace.hopper@lakeside.example|Grace Hopper|teacher|active|u-100|",
			"person jose.munoz@lakeside.example|José Muñoz, Jr.|student|active|u-201|09",
			"person katherine.johnson@lakeside.example|Katherine Johnson|student|suspended|u-202|07",
			"person mary.jackson@lakeside.example|Mary Jackson|teacher|active|u-400|",
			"seat Homeroom 7 katherine.johnson@lakeside.example student csv",
			"seat Robotics 9A ada.lovelace@lakeside.example student csv",
			"seat Robotics 9A grace.hopper@lakeside.example teacher csv",
			"seat Robotics 9B ada.lovelace@lakeside.example assistant csv",
			"seat Robotics 9B grace.hopper@lakeside.example teacher csv",
			"seat Robotics 9B jose.munoz@lakeside.example student csv",
		}, added(before, b.inventory(n)))
		b.equal("the other school", south, b.inventory(b.south))

		b.events(n)
		again := b.apply(b.as(n.admin), file)
		b.equal("the same file again", schematype.ImportSummary{Unchanged: 5, Skipped: 1}, again.Summary)
		b.equal("the same file again tells nothing", []string{}, b.events(n))

		all, err := b.imports().List(b.as(n.admin), roster.ListImportsInput{})
		if b.check("list", err, "", "") && (len(all) != 2 || all[1].ID != applied.Import.ID || all[1].Name != "sis.zip" || all[1].Summary != want || all[1].Changes != nil) {
			t.Errorf("list: %+v", all)
		}
		undone, err := b.imports().Undo(b.as(n.admin), roster.UndoImportInput{ImportID: applied.Import.ID})
		if b.check("undo", err, "", "") && (undone.Removed != 5 || undone.Classes != 3 || len(undone.Left) != 0) {
			t.Errorf("undo: %+v", undone)
		}
		b.equal("after the undo", []string(nil), added(before, b.inventory(n)))
		_, err = b.imports().Undo(b.as(n.admin), roster.UndoImportInput{ImportID: applied.Import.ID})
		b.check("undone twice", err, errs.RosterImportNotUndoable, "taken back already")
		third := b.apply(b.as(n.admin), file)
		b.equal("applied after the undo: who was removed is back", want, third.Summary)
	})
}

// A school that has people already: by hand, by another file, by sign-in.
func TestImportBringsUpToDate(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		n := b.north
		b.apply(b.as(n.admin), b.oneRoster("1.1", nil))
		ctx := b.system
		seat := func(c *ent.Class, m *ent.Membership) {
			b.client.Enrollment.Create().SetOrganization(n.org).SetClass(c).SetMembership(m).ExecX(ctx)
		}
		rob9a := b.client.Class.Query().Where(class.Code("cls-rob-9a")).OnlyX(ctx)
		lovelace := b.client.Membership.Query().Where(membership.ExternalID("u-200")).OnlyX(ctx)
		jose := b.client.Membership.Query().Where(membership.ExternalID("u-201")).OnlyX(ctx)
		seat(n.chess, lovelace)
		seat(rob9a, n.ada) // by hand
		b.client.Class.UpdateOne(n.robotics).SetName("Homeroom 8").ExecX(ctx)
		b.client.UserGroup.UpdateOne(n.helpers).AddMembers(jose).ExecX(ctx)
		before := b.inventory(n)

		const users = "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password\n"
		next := b.oneRoster("1.1", map[string]string{
			"classes.csv": "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods\n" +
				"cls-rob-9a,,,Robotics 9A (new),09,,,scheduled,,sch-1,t-1,,,\ncls-home-8,,,Homeroom 8,,,,homeroom,,sch-1,,,,\ncls-rob-9b,tobedeleted,,Robotics 9B,,,,scheduled,,sch-1,,,,\ncls-old,,,Old,,,,scheduled,,sch-1,,,,\n",
			"users.csv": users + "u-100,,,true,sch-1,teacher,g,,Grace,Hopper,,,grace.hopper@lakeside.example,,,,,\n" + // no class any more
				"u-200,,,true,sch-1,student,a,,Ada,King,,,another@lakeside.example,,,,10,\n" + // another name and address
				"u-202,,,true,sch-1,student,k,,Katherine,Johnson,,,katherine.johnson@lakeside.example,,,,07,\n" + // enabled again
				"u-900,,,true,sch-1,student,x,,ada,,,,ada@north.example,,,,,\n" + // a member by hand gets an identifier
				"u-901,,,true,sch-1,student,x,,owner,,,,owner@north.example,,,,,\n" + // no student here
				"u-400,,,true,sch-1,administrator,p,,Mary,Jackson,,,mary.jackson@lakeside.example,,,,,\n",
			"enrollments.csv": "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate\n" +
				"e-1,,,cls-rob-9a,sch-1,u-200,teacher,,,\ne-2,,,cls-home-8,sch-1,u-202,student,,,\ne-3,,,cls-rob-9a,sch-1,u-900,student,,,\n",
		})
		preview, err := b.imports().Preview(b.as(n.admin), roster.ImportInput{Content: next})
		if !b.check("preview", err, "", "") {
			return
		}
		var notes []string
		for _, f := range preview.Notes {
			notes = append(notes, fmt.Sprintf("%d %s", f.Row, f.Message))
		}
		b.equal("what is kept", []string{"3 the member with this identifier has another address, and keeps it", "4 Katherine Johnson is suspended here and stays so", "6 owner is above you here (owner) and stays as they are"}, notes)
		b.equal("preview", schematype.ImportSummary{New: 0, Changed: 4, Leaving: 1, Unchanged: 2, ClassesNew: 1, ClassesChanged: 2, ClassesEnded: 1, EnrollmentsNew: 1, EnrollmentsEnded: 5, EnrollmentsChanged: 1}, preview.Summary)
		applied := b.apply(b.as(n.admin), next)
		b.equal("what it changed", []string{
			"class cls-home-8|Homeroom 8 .. active",
			"class cls-old|Old .. active",
			"class cls-rob-9a|Robotics 9A (new) 2026-01-12..2026-06-12 active",
			"class cls-rob-9b|Robotics 9B 2026-01-12..2026-07-31 ended",
			"person ada.lovelace@lakeside.example|Ada King|student|active|u-200|10",
			"person ada@north.example|ada|student|active|u-900|",
			"seat Homeroom 8 katherine.johnson@lakeside.example student csv",
			"seat Robotics 9A (new) ada.lovelace@lakeside.example teacher csv",
			"seat Robotics 9A (new) ada@north.example student manual",
			"- class cls-rob-9a|Robotics 9A 2026-01-12..2026-06-12 active",
			"- class cls-rob-9b|Robotics 9B 2026-01-12..2026-07-31 active",
			"- class |Homeroom 8 .. active",
			"- person ada.lovelace@lakeside.example|Ada Lovelace|student|active|u-200|09",
			"- person ada@north.example|ada|student|active||",
			"- person jose.munoz@lakeside.example|José Muñoz, Jr.|student|active|u-201|09 Helpers",
			"- seat Homeroom 7 katherine.johnson@lakeside.example student csv",
			"- seat Robotics 9A ada.lovelace@lakeside.example student csv",
			"- seat Robotics 9A ada@north.example student manual",
			"- seat Robotics 9A grace.hopper@lakeside.example teacher csv",
			"- seat Robotics 9B ada.lovelace@lakeside.example assistant csv",
			"- seat Robotics 9B grace.hopper@lakeside.example teacher csv",
			"- seat Robotics 9B jose.munoz@lakeside.example student csv",
		}, added(before, b.inventory(n)))

		undone, err := b.imports().Undo(b.as(n.admin), roster.UndoImportInput{ImportID: applied.Import.ID})
		if b.check("undo", err, "", "") && (undone.Restored != 1 || len(undone.Left) != 0) {
			t.Errorf("undo: %+v", undone)
		}
		b.equal("after the undo", []string(nil), added(before, b.inventory(n)))
	})
}

// What somebody has changed since is theirs.
func TestImportUndoLeavesWhatWasChangedSince(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		n := b.north
		b.apply(b.as(n.admin), csv("id,email,name,role,grade,class", "1,one@north.example,One,student,7,", "2,two@north.example,Two,student,7,", "3,three@north.example,Three,student,7,Chess", "4,four@north.example,Four,student,7,", "5,five@north.example,Five,student,7,"))
		applied := b.apply(b.as(n.admin), csv("id,email,name,role,status,grade,class", "1,one@north.example,Uno,student,,8,Robotics", "2,two@north.example,,,baja,,", "3,three@north.example,Tres,teacher,,8,",
			"6,six@north.example,Six,student,,,Robotics", "7,seven@north.example,Seven,student,,,Physics", "8,eight@north.example,Eight,student,,,Art"))
		b.equal("summary", schematype.ImportSummary{New: 3, Changed: 2, Leaving: 1, ClassesNew: 2, EnrollmentsNew: 4}, applied.Summary)
		who := func(key string) *ent.Membership {
			return b.client.Membership.Query().Where(membership.ExternalID(key)).OnlyX(b.system)
		}
		b.clock.Advance(time.Hour)
		change := func(m *ent.Membership, c roster.UserChange) {
			t.Helper()
			if _, err := b.roster.UpdateUser(b.as(n.admin), roster.UpdateUserInput{MembershipID: m.ID, UserChange: c}); err != nil {
				t.Fatal(err)
			}
		}
		change(who("1"), roster.UserChange{Name: text("First")})
		change(who("6"), roster.UserChange{GradeLevel: text("9")})
		change(who("7"), roster.UserChange{ClassIDsAdd: ids(n.chess)})
		if _, err := b.roster.AddMembers(b.as(n.admin), roster.AddMembersInput{Members: []roster.NewMember{{Email: "two@north.example"}}}); err != nil {
			t.Fatal(err)
		}
		before := b.inventory(n)
		b.clock.Advance(29 * 24 * time.Hour)
		undone, err := b.imports().Undo(b.as(n.admin), roster.UndoImportInput{ImportID: applied.Import.ID})
		if !b.check("undo", err, "", "") {
			return
		}
		var left []string
		for _, l := range undone.Left {
			left = append(left, l.Name+": "+l.Why)
		}
		b.equal("left alone", []string{"First: changed since: name", ": left by the file, and was added or removed by somebody since", "Six: joined by the file, and stays: changed since: grade_level",
			"Seven: joined by the file, and stays: somebody put them into a class or a user group since",
			"Physics: the class was made by the file, and stays: it has people or queue items, or was changed since"}, left)
		b.equal("what the undo changed", []string{
			"person one@north.example|First|student|active|1|7",
			"person three@north.example|Three|student|active|3|7",
			"- class |Art .. active",
			"- person eight@north.example|Eight|student|active|8|",
			"- person one@north.example|First|student|active|1|8",
			"- person three@north.example|Tres|teacher|active|3|8",
			"- seat Art eight@north.example student csv",
			"- seat Robotics one@north.example student csv",
		}, added(before, b.inventory(n)))

		late := b.apply(b.as(n.admin), csv("email,name", "nine@north.example,Nine"))
		b.clock.Advance(30*24*time.Hour + time.Second)
		_, err = b.imports().Undo(b.as(n.admin), roster.UndoImportInput{ImportID: late.Import.ID})
		b.check("after 30 days", err, errs.RosterImportNotUndoable, "more than 30 days ago")
	})
}

// The hostile rows of list L4, each beside a good one: nothing is changed, or the rest without it.
func TestImportRefuses(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		n := b.north
		b.apply(b.as(n.admin), csv("id,email,name", "1,one@north.example,One", "2,two@north.example,Two"))
		b.client.Class.Create().SetOrganization(n.org).SetName("Chess").ExecX(b.system)
		b.client.Class.Create().SetOrganization(b.south.org).SetName("Latin").SetCode("south-latin").ExecX(b.system)
		before := b.inventory(n)
		b.events(n)
		for _, tt := range []struct {
			name  string
			as    *ent.Membership
			row   string // id,email,name,role,status,class
			fault string
		}{
			{"a role above the caller's", n.admin, "3,three@north.example,Three,owner,,", "row 3 role insufficient_permissions"},
			{"an owner demoted by an admin", n.admin, ",owner@north.example,,student,,", "insufficient_permissions"},
			{"the last owner's own role", n.owner, ",owner@north.example,,student,,", "row 3 role last_owner"},
			{"own suspension", n.admin, ",admin@north.example,,,suspended,", "row 3 status insufficient_permissions"},
			{"somebody new without an address", n.admin, "9,,Nine,,,", "row 3 email required"},
			{"an address that is none", n.admin, "9,nine@,Nine,,,", "row 3 email invalid_format"},
			{"a dot behind the address", n.admin, "9,nine@north.example.,Nine,,,", "row 3 email invalid_format"},
			{"the address of somebody with another identifier", n.admin, "9,one@north.example,Nine,,,", "row 3 id not_allowed"},
			{"the identifier of one and the address of another", n.admin, "1,two@north.example,Nine,,,", "row 3 email not_allowed"},
			{"a name that turns the line round", n.admin, "3,three@north.example,a\u202eb,,,", "row 3 name invalid_characters"},
			{"a name of 900 letters", n.admin, "3,three@north.example," + strings.Repeat("x", 900) + ",,,", "row 3 name too_long"},
			{"a class by a name that two have", n.admin, "3,three@north.example,Three,,,Chess", "row 3 class not_allowed"},
			{"a class with a name of 900 letters", n.admin, "3,three@north.example,Three,,," + strings.Repeat("x", 900), "row 3 class too_long"},
			{"51 classes", n.admin, "3,three@north.example,Three,,," + many(51), "row 3 class too_many"},
			{"a helper who lacks what a teacher has", n.helper, "3,three@north.example,Three,teacher,,", "row 3 role insufficient_permissions"},
		} {
			in := roster.ImportInput{Content: csv("id,email,name,role,status,class", "8,good@north.example,Good,,,", tt.row)}
			dry, err := b.imports().Preview(b.as(tt.as), in)
			if !b.check(tt.name+": preview", err, "", "") {
				continue
			}
			var faults []string
			for _, f := range dry.Faults {
				faults = append(faults, fmt.Sprintf("row %d %s %s", f.Row, f.Column, f.Code))
			}
			if !strings.Contains(strings.Join(faults, ", "), tt.fault) || dry.Wrong != 1 {
				t.Errorf("%s: %q, want %q", tt.name, faults, tt.fault)
			}
			_, err = b.imports().Apply(b.as(tt.as), roster.ApplyImportInput{ImportInput: in})
			b.check(tt.name, err, errs.ValidationFailed, "file[3]")
			b.equal(tt.name+": changes nothing", []string(nil), added(before, b.inventory(n)))
			b.equal(tt.name+": tells nothing", []string{}, b.events(n))
		}
		for name, as := range map[string]*ent.Membership{"a teacher": n.teacher, "a student": n.ada} {
			_, err := b.imports().Preview(b.as(as), roster.ImportInput{Content: csv("email", "x@north.example")})
			b.check(name, err, errs.InsufficientPermissions, "org.manage_users")
		}

		skip := roster.ApplyImportInput{ImportInput: roster.ImportInput{Content: csv("id,email,name,class", "1,one@north.example,Uno,", "2,bad@,Due,", "5,five@north.example,Five,south-latin"), SkipErrors: true}}
		applied, err := b.imports().Apply(b.as(n.admin), skip)
		if b.check("without the rows that are refused", err, "", "") {
			b.equal("without the rows that are refused", schematype.ImportSummary{New: 1, Changed: 1, Refused: 1, ClassesNew: 1, EnrollmentsNew: 1}, applied.Summary)
			b.equal("a class of another school is made anew here", []string{"class |south-latin .. active", "person five@north.example|Five|student|active|5|", "person one@north.example|Uno|student|active|1|",
				"seat south-latin five@north.example student csv", "- person one@north.example|One|student|active|1|"}, added(before, b.inventory(n)))
		}
	})
}

func many(n int) string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprint("Class ", i))
	}
	return strings.Join(names, ";")
}

// A file that says to be complete lets others go, but not more than a fifth, and nobody who runs the place.
func TestImportStopsWhereManyWouldLeave(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		n, yes := b.north, true
		file := func(people ...int) roster.ImportInput {
			lines := []string{"id,email,name,role,status"}
			for _, i := range people {
				lines = append(lines, fmt.Sprintf("%d,p%d@north.example,P%d,student,", i, i, i))
			}
			return roster.ImportInput{Content: csv(lines...), Complete: &yes}
		}
		b.apply(b.as(n.admin), file(1, 2, 3, 4, 5, 6, 7, 8, 9, 10).Content)
		b.client.Membership.Update().Where(membership.ExternalID("10")).SetRole(membership.RoleOperator).ExecX(b.system) // runs the place now
		for _, tt := range []struct {
			name          string
			in            roster.ImportInput
			leaving, susp int
			stops         bool
		}{
			{"nobody leaves", file(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), 0, 0, false},
			{"an operator who is not in it stays", file(1, 2, 3, 4, 5, 6, 7, 8, 9), 0, 0, false},
			{"one of nine", file(1, 2, 3, 4, 5, 6, 7, 8), 1, 0, false},
			{"two of nine", file(1, 2, 3, 4, 5, 6, 7), 2, 0, true},
			{"all but one", file(1), 8, 0, true},
			{"the same file, which is not complete", roster.ImportInput{Content: file(1).Content}, 0, 0, false},
			{"half suspended", roster.ImportInput{Content: csv("id,status", "1,inactive", "2,inactive", "3,inactive")}, 0, 3, true},
			{"half gone by a word", roster.ImportInput{Content: csv("id,status", "1,deleted", "2,deleted", "3,deleted")}, 3, 0, true},
		} {
			r, err := b.imports().Preview(b.as(n.admin), tt.in)
			if b.check(tt.name, err, "", "") && (r.Summary.Leaving != tt.leaving || r.Summary.Suspended != tt.susp || r.Stops != tt.stops || r.Managed != 9) {
				t.Errorf("%s: %d leave, %d are suspended of %d, stops: %t", tt.name, r.Summary.Leaving, r.Summary.Suspended, r.Managed, r.Stops)
			}
			if tt.stops {
				_, err = b.imports().Apply(b.as(n.admin), roster.ApplyImportInput{ImportInput: tt.in})
				b.check(tt.name+": apply", err, errs.RosterLeaveLimit, "more than 20 %")
			}
		}
		b.client.Membership.UpdateOne(n.helper).SetExternalID("helper").ExecX(b.system)
		for name, in := range map[string]roster.ImportInput{"by absence": file(1, 2, 3, 4, 5, 6, 7, 8, 9), "by a word": {Content: csv("id,status", "helper,deleted")}} {
			if r, err := b.imports().Preview(b.as(n.helper), in); b.check("nobody sends themselves away "+name, err, "", "") && r.Summary.Leaving != 0 {
				t.Errorf("who applies a file leaves by it, %s", name)
			}
		}
		b.client.Membership.UpdateOne(n.helper).ClearExternalID().ExecX(b.system)
		unknown := file(1)
		unknown.Content = append(unknown.Content, "\n,broken@,Broken,student,"...)
		unknown.SkipErrors = true
		r, err := b.imports().Preview(b.as(n.admin), unknown)
		if b.check("a row of nobody knows whom", err, "", "") && (r.Summary.Leaving != 0 || r.Noted != 1) {
			t.Errorf("somebody leaves although a row is left out: %+v", r.Summary)
		}
		before := b.inventory(n)
		applied, err := b.imports().Apply(b.as(n.admin), roster.ApplyImportInput{ImportInput: file(1), ConfirmLeaving: true})
		if b.check("confirmed", err, "", "") && (applied.Summary.Leaving != 8 || len(added(before, b.inventory(n))) != 8) {
			t.Errorf("confirmed: %+v", applied.Summary)
		}
		if _, err := b.imports().Undo(b.as(n.admin), roster.UndoImportInput{ImportID: applied.Import.ID}); b.check("undo", err, "", "") {
			b.equal("all are back", []string(nil), added(before, b.inventory(n)))
		}
	})
}

// A file costs statements by the hundred rows, not by the row.
func TestImportRunsFewStatements(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		big := func(name string) []byte {
			lines := []string{"id,email,name,role,class"}
			for i := range 400 {
				lines = append(lines, fmt.Sprintf("%d,s%d@north.example,%s%d,student,Robotics", i, i, name, i))
			}
			return csv(lines...)
		}
		for _, step := range []struct {
			name, as string
			most     int
		}{{"create", "a", 50}, {"change", "b", 45}, {"nothing", "b", 35}} {
			ctx, counter := store.WithCounter(b.as(b.north.owner))
			r := b.apply(ctx, big(step.as))
			if counter.Count() > step.most {
				t.Errorf("%s: %d statements, at most %d: %+v", step.name, counter.Count(), step.most, r.Summary)
			}
			if step.name == "nothing" {
				continue
			}
			ctx, counter = store.WithCounter(b.as(b.north.owner))
			if _, err := b.imports().Undo(ctx, roster.UndoImportInput{ImportID: r.Import.ID}); err != nil || counter.Count() > step.most {
				t.Errorf("undo of %s: %d statements, at most %d: %v", step.name, counter.Count(), step.most, err)
			}
			b.apply(b.as(b.north.owner), big(step.as))
		}
	})
}
