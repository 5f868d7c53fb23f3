package sheet_test

import (
	"strings"
	"testing"

	"github.com/soloprint/soloprint/internal/roster/sheet"
)

const today = "2026-04-02"

func TestOneRoster11(t *testing.T) {
	t.Parallel()
	r, err := sheet.Read(folder(t, "oneroster-1.1", nil), sheet.Options{Today: today})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "what the files say", []string{
		"oneroster 1.1 people:true seats:true skipped:1",
		"class 2 cls-rob-9a|Robotics 9A 2026-01-12..2026-06-12",
		"class 3 cls-rob-9b|Robotics 9B 2026-01-12..2026-07-31",
		"class 4 cls-home-7|Homeroom 7 2026-01-12..2026-06-12",
		"2 u-100|grace.hopper@lakeside.example|Grace Hopper|teacher|active| [cls-rob-9aRobotics 9A teacher] [cls-rob-9bRobotics 9B teacher]",
		"3 u-200|ada.lovelace@lakeside.example|Ada Lovelace|student|active|09 [cls-rob-9aRobotics 9A student] [cls-rob-9bRobotics 9B assistant]",
		"4 u-201|jose.munoz@lakeside.example|José Muñoz, Jr.|student|active|09 [cls-rob-9bRobotics 9B student]",
		"5 u-202|katherine.johnson@lakeside.example|Katherine Johnson|student|suspended|07 [cls-home-7Homeroom 7 student]",
		"7 u-400|mary.jackson@lakeside.example|Mary Jackson|teacher|active|",
	}, told(r))
	equal(t, "files", []sheet.File{{"orgs.csv", "bulk", true}, {"academicSessions.csv", "bulk", true}, {"classes.csv", "bulk", true}, {"users.csv", "bulk", true},
		{"roles.csv", "absent", false}, {"enrollments.csv", "bulk", true}, {"courses.csv", "", false}, {"demographics.csv", "", false}}, r.Files)
}

func TestOneRoster12(t *testing.T) {
	t.Parallel()
	r, err := sheet.Read(folder(t, "oneroster-1.2", nil), sheet.Options{Today: today})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "what the files say", []string{
		"oneroster 1.2 people:true seats:true skipped:1",
		"class 2 cls-rob-9a|Robotics 9A 2025-08-18..2026-06-12",
		"2 u-100|grace.hopper@lakeside.example|Grace Hopper|teacher|active| [cls-rob-9aRobotics 9A teacher]",
		"3 u-200|alovelace@lakeside.example|Ada Lovelace|student|active|09 [cls-rob-9aRobotics 9A student leaves]",
		"5 u-400|charles@lakeside.example|Charles Babbage||active|",
		"fault users.csv 5 sourcedId required: has no role today",
	}, told(r))
}

// Each row changes the sample in one place.
func TestOneRosterAsItComes(t *testing.T) {
	t.Parallel()
	const (
		users   = "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password\n"
		enrolls = "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate\n"
		delta   = "propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\nfile.users,delta\nfile.enrollments,delta\n"
		none    = "propertyName,value\noneroster.version,1.1\nfile.users,bulk\n"
	)
	yes, no := true, false
	only := func(users string) map[string]string {
		return map[string]string{"manifest.csv": none, "users.csv": users, "classes.csv": "", "enrollments.csv": "", "orgs.csv": "", "academicSessions.csv": ""}
	}
	for _, tt := range []struct {
		name    string
		files   map[string]string
		options sheet.Options
		want    string // a line that is told, or the error
	}{
		{"delta: somebody to be deleted", map[string]string{"manifest.csv": delta, "classes.csv": "", "orgs.csv": "", "academicSessions.csv": "", "users.csv": users + "u-201,tobedeleted,2026-04-01T00:00:00Z,true,sch-1,student,j,,José,Muñoz,,,j@x.example,,,,,\n", "enrollments.csv": ""},
			sheet.Options{}, "manifest.csv says delta for enrollments.csv, which is missing"},
		{"delta: somebody leaves, and nobody else", map[string]string{"manifest.csv": delta, "classes.csv": "", "orgs.csv": "", "academicSessions.csv": "", "users.csv": users + "u-201,tobedeleted,2026-04-01T00:00:00Z,true,sch-1,student,j,,José,Muñoz,,,j@x.example,,,,,\n", "enrollments.csv": enrolls},
			sheet.Options{}, "oneroster 1.1 people:false seats:false skipped:0\n2 u-201||||| leaves"},
		{"delta: an enrollment of a class and a person that only the organization knows", map[string]string{"manifest.csv": delta, "classes.csv": "", "orgs.csv": "", "academicSessions.csv": "", "users.csv": users, "enrollments.csv": enrolls + "e-9,tobedeleted,2026-04-01T00:00:00Z,cls-x,sch-1,u-9,student,,,\n"},
			sheet.Options{}, "class 2 cls-x| .. bare\n2 u-9||||| bare [cls-x student leaves]"},
		{"a school of the district", nil, sheet.Options{Schools: []string{"sch-2"}}, "5 u-202|katherine.johnson@lakeside.example|Katherine Johnson|student|suspended|07 [cls-home-7Homeroom 7 student]"},
		{"the district is all below it", nil, sheet.Options{Schools: []string{"dist-1"}}, "oneroster 1.1 people:true seats:true skipped:1"},
		{"a school that is none", nil, sheet.Options{Schools: []string{"sch-9"}}, `orgs.csv has no school "sch-9"`},
		{"no manifest", map[string]string{"manifest.csv": ""}, sheet.Options{}, "manifest.csv is missing"},
		{"no manifest, and somebody says that it is complete", map[string]string{"manifest.csv": ""}, sheet.Options{Complete: &yes}, "people:true seats:true"},
		{"the manifest says bulk, and somebody says that it is not complete", nil, sheet.Options{Complete: &no}, "people:false seats:false"},
		{"a version that is none", map[string]string{"manifest.csv": "propertyName,value\noneroster.version,2.0\n"}, sheet.Options{}, "is of OneRoster 2.0; 1.1 and 1.2 are understood"},
		{"a mode that is none", map[string]string{"manifest.csv": "propertyName,value\noneroster.version,1.1\nfile.orgs,some\n"}, sheet.Options{}, `"some" for orgs.csv is none of bulk, delta, absent`},
		{"columns in another order and case", only("EMAIL,SourcedID,role,enabledUser,givenName\nx@y.example,u-1,student,TRUE,X\n"), sheet.Options{}, "2 u-1|x@y.example|X|student|active|"},
		{"no sourcedId", only("email,role\nx@y.example,student\n"), sheet.Options{}, "users.csv has no column sourcedId"},
		{"a column twice", only("sourcedId,email,Email\nu-1,x@y.example,\n"), sheet.Options{}, "users.csv has the column email twice"},
		{"a person twice", only(users + "u-1,,,true,s,student,x,,X,Y,,,x@y.example,,,,,\nu-1,,,true,s,student,x,,X,Y,,,x@y.example,,,,,\n"), sheet.Options{}, "fault users.csv 3 sourcedId duplicate: is in another row too"},
		{"a role of nobody's", only(users + "u-1,,,true,s,wizard,x,,X,Y,,,x@y.example,,,,,\n"), sheet.Options{}, `fault users.csv 2 role not_allowed: "wizard" is no role of OneRoster`},
		{"a role that the options know", only(users + "u-1,,,true,s,wizard,x,,X,Y,,,x@y.example,,,,,\n"), sheet.Options{Roles: map[string]string{"Wizard": "operator"}}, "2 u-1|x@y.example|X Y|operator|active|"},
		{"a role that the options want nobody of", only(users + "u-1,,,true,s,administrator,x,,X,Y,,,x@y.example,,,,,\n"), sheet.Options{Roles: map[string]string{"administrator": "-"}}, "skipped:1"},
		{"enabled is a word", only(users + "u-1,,,maybe,s,student,x,,X,Y,,,x@y.example,,,,,\n"), sheet.Options{}, `fault users.csv 2 enabledUser not_allowed: "maybe" is neither true nor false`},
		{"an enrollment in a class that is not there", map[string]string{"enrollments.csv": enrolls + "e-1,,,cls-x,sch-1,u-100,teacher,,,\n"}, sheet.Options{}, "fault enrollments.csv 2 classSourcedId not_allowed: is no class of classes.csv"},
		{"an enrollment of nobody", map[string]string{"enrollments.csv": enrolls + "e-1,,,cls-rob-9a,sch-1,u-x,student,,,\n"}, sheet.Options{}, "fault enrollments.csv 2 userSourcedId not_allowed: is nobody of users.csv"},
		{"an enrollment that has ended", map[string]string{"enrollments.csv": enrolls + "e-1,,,cls-rob-9a,sch-1,u-200,student,,2025-09-01,2026-01-01\n"}, sheet.Options{Today: today}, "[cls-rob-9aRobotics 9A student leaves]"},
		{"a byte order mark", only("\ufeffsourcedId,role,email\nu-1,student,x@y.example\n"), sheet.Options{}, "2 u-1|x@y.example||student||"},
		{"Latin-1 in OneRoster, which is UTF-8", only("sourcedId,role,givenName\nu-1,student,Jos\xe9\n"), sheet.Options{}, "users.csv, row 2: is not UTF-8"},
		{"a sourcedId of 1,001 letters", only("sourcedId,role,email\n" + strings.Repeat("x", 1001) + ",student,x@y.example\n"), sheet.Options{}, "fault users.csv 2 sourcedId too_long: has more than 1000 characters"},
		{"nobody", only(users), sheet.Options{}, "names nobody"},
		{"only guardians", only(users + "u-1,,,true,s,guardian,x,,X,Y,,,x@y.example,,,,,\n"), sheet.Options{}, "skipped:1"},
		{"in a folder", map[string]string{"export/users.csv": "sourcedId\n"}, sheet.Options{}, "has users.csv twice"},
	} {
		r, err := sheet.Read(folder(t, "oneroster-1.1", tt.files), tt.options)
		got := broken(err)
		if err == nil {
			got = strings.Join(told(r), "\n")
		}
		if !strings.Contains(got, tt.want) {
			t.Errorf("%s: %s\nwant %s", tt.name, got, tt.want)
		}
	}
}
