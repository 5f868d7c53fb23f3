package e2e_test

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// toldLimit is how long a person waits for a notification of what happened.
const toldLimit = 10 * time.Second

// titles are those of the newest notifications.
func (c client) titles(query string) []string {
	c.t.Helper()
	return c.get("/v1/platform/notifications"+query).column("data", "title")
}

// A student hands in, their teacher is told and approves, the student is told; nobody else is.
func TestNotifications(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, db database) {
		s := newServer(t, db, 60)
		student, teacher, owner, other := s.student(t), s.teacher(t), s.api(t), s.other(t)
		class := student.get("/v1/platform/classes").text("data.0.id")
		name := "Gear of the tour"
		item := student.create("/v1/platform/queue", object{"name": name, "class_id": class}).text("id")
		told := func(c client, title string) {
			t.Helper()
			eventually(t, toldLimit, func() string {
				if got := c.titles("?unread=true"); !slices.Contains(got, title) {
					return fmt.Sprintf("told %q, not %q", got, title)
				}
				return ""
			})
		}
		told(teacher, name+" waits for approval")
		teacher.post("/v1/platform/queue/"+item+"/approve", object{})
		told(student, name+" was approved")

		first := student.get("/v1/platform/notifications?unread=true&include=total_count&limit=1")
		unread := int(first.num("total_count"))
		id := first.text("data.0.id")
		other.refused(404, "notification_not_found", "POST", "/v1/platform/notifications/"+id+"/read", object{})
		teacher.refused(404, "notification_not_found", "POST", "/v1/platform/notifications/"+id+"/read", object{})
		student.post("/v1/platform/notifications/"+id+"/read", object{})
		if now := int(student.get("/v1/platform/notifications?unread=true&include=total_count&limit=1").num("total_count")); now != unread-1 {
			t.Errorf("%d unread, then %d", unread, now)
		}
		student.post("/v1/platform/notifications/read-all", object{})
		if left := student.titles("?unread=true"); len(left) != 0 {
			t.Errorf("unread after all was read: %q", left)
		}
		for who, c := range map[string]client{"the owner": owner, "another school": other} {
			if slices.Contains(c.titles(""), name+" was approved") {
				t.Errorf("%s was told, too", who)
			}
		}
		rules := owner.get("/v1/platform/notification-rules")
		if n := len(rules.list("data")); n != 7 {
			t.Errorf("%d rules to begin with", n)
		}
		student.refused(403, "insufficient_permissions", "GET", "/v1/platform/notification-rules", nil)
		if n := student.field(`{ notifications(first: 5, where: {unread: false}) { totalCount edges { node { title readAt eventType } } } }`, nil, "notifications").num("totalCount"); int(n) < unread {
			t.Errorf("%v of %d are read by GraphQL", n, unread)
		}
	})
}
