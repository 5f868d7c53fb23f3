package roster_test

import (
	"fmt"
	"testing"

	"github.com/soloprint/soloprint/ent/class"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/roster"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// A delta says what changed, by identifiers of people and classes that only the organization knows.
func TestImportDelta(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		n := b.north
		b.apply(b.as(n.admin), b.oneRoster("1.1", nil))
		b.apply(b.as(b.south.owner), b.oneRoster("1.1", nil)) // with the same identifiers
		rob9a := b.client.Class.Query().Where(class.Code("cls-rob-9a"), class.OrganizationID(n.org.ID)).OnlyX(b.system)
		jose := b.client.Membership.Query().Where(membership.ExternalID("u-201"), membership.OrganizationID(n.org.ID)).OnlyX(b.system)
		b.client.Enrollment.Create().SetOrganization(n.org).SetClass(rob9a).SetMembership(jose).ExecX(b.system) // by hand
		before, south := b.inventory(n), b.inventory(b.south)
		const (
			manifest = "propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\nfile.users,delta\nfile.enrollments,delta\nfile.demographics,absent\nfile.courses,absent\n"
			users    = "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password\n"
			enrolls  = "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate\n"
		)
		delta := func(u, e string) []byte {
			return b.oneRoster("1.1", map[string]string{"manifest.csv": manifest, "users.csv": users + u, "enrollments.csv": enrolls + e, "orgs.csv": "", "academicSessions.csv": "", "classes.csv": "", "courses.csv": "", "demographics.csv": ""})
		}
		applied := b.apply(b.as(n.admin), delta(
			"u-400,tobedeleted,2026-04-01T00:00:00Z,true,sch-1,administrator,p,,Mary,Jackson,,,,,,,,\n"+
				"u-999,tobedeleted,2026-04-01T00:00:00Z,true,sch-1,student,x,,Was,Never,,,,,,,,\n"+
				"u-500,active,2026-04-01T00:00:00Z,true,sch-1,student,n,,New,Kid,,,new.kid@lakeside.example,,,,,\n",
			"e-2,tobedeleted,2026-04-01T00:00:00Z,cls-rob-9a,sch-1,u-200,student,,,\n"+
				"e-x,tobedeleted,2026-04-01T00:00:00Z,cls-rob-9a,sch-1,u-201,student,,,\n"+
				"e-y,active,2026-04-01T00:00:00Z,cls-home-7,sch-1,u-500,student,,,\n"))
		b.equal("summary", schematype.ImportSummary{New: 1, Changed: 1, Leaving: 1, Unchanged: 2, EnrollmentsNew: 1, EnrollmentsEnded: 1}, applied.Summary)
		b.equal("what it changed", []string{
			"person new.kid@lakeside.example|New Kid|student|active|u-500|",
			"seat Homeroom 7 new.kid@lakeside.example student csv",
			"- person mary.jackson@lakeside.example|Mary Jackson|teacher|active|u-400|",
			"- seat Robotics 9A ada.lovelace@lakeside.example student csv",
		}, added(before, b.inventory(n)))
		b.equal("the other school", south, b.inventory(b.south))

		for name, e := range map[string]string{"a class of nobody": "e-z,active,,cls-none,sch-1,u-200,student,,,\n", "a person of nobody": "e-z,active,,cls-home-7,sch-1,u-none,student,,,\n"} {
			r, err := b.imports().Preview(b.as(n.admin), roster.ImportInput{Content: delta("", e)})
			if b.check(name, err, "", "") && (r.Wrong != 1 || r.Faults[0].File != "enrollments.csv" || r.Faults[0].Row != 2) {
				t.Errorf("%s: %+v", name, r.Faults)
			}
		}
		if _, err := b.imports().Undo(b.as(n.admin), roster.UndoImportInput{ImportID: applied.Import.ID}); b.check("undo", err, "", "") {
			b.equal("after the undo", []string(nil), added(before, b.inventory(n)))
		}
	})
}

// A key makes nobody more than its scopes allow, by a file neither.
func TestImportByKey(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		key := b.key(b.north.owner, authz.OrgManageUsers)
		for role, wrong := range map[string]int{"student": 0, "teacher": 1, "admin": 1} {
			r, err := b.imports().Preview(key, roster.ImportInput{Content: csv("email,role", "new@north.example,"+role)})
			if b.check(role, err, "", "") && r.Wrong != wrong {
				t.Errorf("%s: %+v", role, r.Faults)
			}
		}
		_, err := b.imports().Apply(b.key(b.north.owner, authz.OperationsRead), roster.ApplyImportInput{ImportInput: roster.ImportInput{Content: csv("email", "new@north.example")}})
		b.check("a key without the scope", err, errs.InsufficientPermissions, "org.manage_users")
		_, err = b.imports().Preview(key, roster.ImportInput{Content: csv("email,role", "x@north.example,wizard"), Roles: map[string]string{"wizard": "platform_admin"}})
		b.check("a role that is none", err, errs.ValidationFailed, "roles.wizard")
		_, err = b.imports().Preview(key, roster.ImportInput{Content: []byte("%PDF-1.7\n%\x00")})
		b.check("a file that is none", err, errs.ValidationFailed, "file invalid_format")
		lines := []string{"id,email"}
		for i := range 50_001 {
			lines = append(lines, fmt.Sprintf("%d,p%d@north.example", i, i))
		}
		_, err = b.imports().Preview(key, roster.ImportInput{Content: csv(lines...)})
		b.check("50,001 people", err, errs.ValidationFailed, "file too_many")
	})
}
