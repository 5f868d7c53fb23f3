package rest

import (
	"iter"
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

// BulkResult is what a roster changed, or would change.
type BulkResult struct {
	DryRun  bool               `json:"dry_run" doc:"Whether nothing was changed because the request asked for that."`
	Summary roster.BulkSummary `json:"summary" doc:"How many rows had which action."`
	Results []roster.BulkRow   `json:"results" doc:"One for each row of the request, in its order."`
	each    iter.Seq[roster.BulkRow]
}

func viewBulkResult(r *roster.BulkResult) BulkResult {
	return BulkResult{DryRun: r.DryRun, Summary: r.Summary, each: r.Each}
}

// items are the results: they are made while they are written.
func (b BulkResult) items(yield func(any) bool) {
	for r := range b.each {
		if !yield(&r) {
			return
		}
	}
}

func viewUser(m *roster.Member) User {
	u := User{Membership: generated.NewMembership(m.Membership), Enrollments: make([]UserEnrollment, len(m.Edges.Enrollments)), UserGroupIDs: m.UserGroupIDs}
	for i, e := range m.Edges.Enrollments {
		u.Enrollments[i] = UserEnrollment{ClassID: e.ClassID, Role: e.Role}
	}
	return u
}
