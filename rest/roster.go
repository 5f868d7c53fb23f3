package rest

import (
	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/rest/generated"
)

// Enrollments are the people that a request enrolled, in its order.
type Enrollments struct {
	Data []generated.Enrollment `json:"data" doc:"One for each membership that the request names."`
}

func viewEnrollments(rows []*ent.Enrollment) Enrollments {
	v := Enrollments{Data: make([]generated.Enrollment, len(rows))}
	for i, e := range rows {
		v.Data[i] = generated.NewEnrollment(e)
	}
	return v
}
