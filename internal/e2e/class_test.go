package e2e_test

import (
	"slices"
	"testing"
)

// lesson is a class with a teacher, an assistant and a student, and a teacher who has nothing to do with it.
type lesson struct {
	class                               string
	teacher, assistant, stranger, pupil client
	teacherID, assistantID, pupilID     string
}

func newLesson(t *testing.T, s *server) lesson {
	t.Helper()
	api := s.api(t)
	l := lesson{class: api.create("/v1/platform/classes", object{"name": "Lesson"}).text("id")}
	for _, who := range []struct {
		name, role, seat string
		as               *client
		id               *string
	}{
		{"lead", "teacher", "teacher", &l.teacher, &l.teacherID}, {"helper", "teacher", "assistant", &l.assistant, &l.assistantID},
		{"pupil", "student", "student", &l.pupil, &l.pupilID}, {"stranger", "teacher", "", &l.stranger, new(string)},
	} {
		email := who.name + "@riverside.example"
		made := api.post("/v1/org/users/bulk", object{"updates": []object{{"email": email, "name": who.name, "role": who.role, "status": "active"}}})
		*who.id = made.text("results.0.membership_id")
		if who.seat != "" {
			api.post("/v1/platform/classes/"+l.class+"/enrollments", object{"membership_ids": []string{*who.id}, "role": who.seat})
		}
		*who.as = newClient(t, s, s.command(t, "user", "token", "--email", email, "--organization", s.keys.OrganizationSlug))
	}
	return l
}

// A file is changed by who uploaded it, by who teaches them, and by who manages the queue; other teachers only read it.
func TestFilesAreChangedByThoseWhoTeach(t *testing.T) {
	t.Parallel()
	s := newServer(t, database{path: sqliteInData}, 60)
	l := newLesson(t, s)
	for _, tt := range []struct {
		name   string
		as     client
		read   int
		change int
		remove int
	}{
		{"a teacher of another class", l.stranger, 200, 403, 403},
		{"somebody else's student", s.student(t), 404, 404, 404},
		{"a key that only reads", s.reader(t), 200, 403, 403},
		{"another organization", s.other(t), 404, 404, 404},
		{"who uploaded it", l.pupil, 200, 200, 204},
		{"the class's teacher", l.teacher, 200, 200, 204},
		{"its assistant", l.assistant, 200, 200, 204},
		{"who runs the queue", s.api(t), 200, 200, 204},
	} {
		path := "/v1/files/" + l.pupil.upload("lesson.gcode", cube(t)).text("id")
		tt.as.t = t
		read, change := tt.as.do("GET", path, nil), tt.as.do("PATCH", path, object{"name": "changed.gcode"})
		remove := tt.as.do("DELETE", path, nil)
		if read.status != tt.read || change.status != tt.change || remove.status != tt.remove {
			t.Errorf("%s: reads %d, changes %d, deletes %d; want %d, %d, %d\n%s", tt.name, read.status, change.status, remove.status, tt.read, tt.change, tt.remove, change.body)
		}
		if code, _ := change.find("error"); tt.change == 404 && code != "file_not_found" || tt.change == 403 && code != "insufficient_permissions" {
			t.Errorf("%s: %s", tt.name, change.body)
		}
	}
}

// Who teaches a class is shown everybody in it, in its list and by its events; an assistant and a student themselves.
func TestAssistantsSeeThemselves(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, db database) {
		s := newServer(t, db, 60)
		l := newLesson(t, s)
		everybody := []string{l.teacherID, l.assistantID, l.pupilID}
		for _, tt := range []struct {
			name   string
			as     client
			sees   []string
			events bool
		}{
			{"who manages people", s.api(t), everybody, true},
			{"the teacher", l.teacher, everybody, true},
			{"the assistant", l.assistant, []string{l.assistantID}, false},
			{"the student", l.pupil, []string{l.pupilID}, false},
		} {
			tt.as.t = t
			seen := tt.as.get("/v1/platform/classes/"+l.class+"/enrollments").column("data", "membership_id")
			slices.Sort(seen)
			if want := slices.Sorted(slices.Values(tt.sees)); !slices.Equal(seen, want) {
				t.Errorf("%s sees %v, want %v", tt.name, seen, want)
			}
			told := false
			if a := tt.as.do("GET", "/v1/platform/events?types=class.enrolled&limit=200", nil); a.status == 200 {
				told = slices.Contains(a.column("data", "subject_id"), l.class)
			}
			if told != tt.events {
				t.Errorf("%s is told who came into the class: %t, want %t", tt.name, told, tt.events)
			}
		}
		l.stranger.t = t
		l.stranger.refused(404, "class_not_found", "GET", "/v1/platform/classes/"+l.class+"/enrollments", nil)
	})
}
