package rest

import (
	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/roster"
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

// InviteLink is an invitation with its link.
type InviteLink struct {
	generated.Invite
	Token string `json:"token" doc:"What the link carries. It is shown this once: only a keyed hash of it is stored."`
	URL   string `json:"url" doc:"The link to hand out, also as a QR code; shown this once."`
}

func viewInviteLink(l roster.InviteLink) InviteLink {
	return InviteLink{Invite: generated.NewInvite(l.Invite), Token: l.Token, URL: l.URL}
}
