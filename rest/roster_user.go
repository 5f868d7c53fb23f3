package rest

import (
	"time"

	"github.com/soloprint/soloprint/ent/enrollment"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/roster"
	"github.com/soloprint/soloprint/rest/generated"
)

// What a roster of 50,000 rows may weigh, in bytes, and take.
const (
	rosterBody = 16 << 20
	rosterTime = 90 * time.Second
)

// User is a person of the organization, with the classes and user groups they are in.
type User struct {
	generated.Membership
	Enrollments  []UserEnrollment `json:"enrollments" doc:"The classes that the person is in."`
	UserGroupIDs []pid.ID         `json:"user_group_ids" doc:"Identifiers of the user groups that the person is in."`
}

// UserEnrollment is a class that a person is in, and as what.
type UserEnrollment struct {
	ClassID pid.ID          `json:"class_id" doc:"The class." example:"cls_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	Role    enrollment.Role `json:"role" enum:"student,assistant,teacher" doc:"What the person is in the class."`
}

func viewUser(m *roster.Member) User {
	u := User{Membership: generated.NewMembership(m.Membership), Enrollments: make([]UserEnrollment, len(m.Edges.Enrollments)), UserGroupIDs: m.UserGroupIDs}
	for i, e := range m.Edges.Enrollments {
		u.Enrollments[i] = UserEnrollment{ClassID: e.ClassID, Role: e.Role}
	}
	return u
}
