package org

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/soloprint/soloprint/ent"
	entevent "github.com/soloprint/soloprint/ent/event"
	"github.com/soloprint/soloprint/ent/predicate"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/page"
	"github.com/soloprint/soloprint/internal/pid"
)

// ListAuditLogInput says which entries of the audit log are listed.
type ListAuditLogInput struct {
	Limit         *int       `query:"limit" doc:"Rows of a page." minimum:"1" maximum:"200" default:"50"`
	Cursor        string     `query:"cursor" doc:"Where the page begins: next_cursor of the page before." maxLength:"2048"`
	Sort          string     `query:"sort" doc:"Order of the rows; a minus sign turns it round." enum:"-occurred_at,occurred_at" default:"-occurred_at"`
	Include       []string   `query:"include,comma" doc:"total_count adds the number of rows over all pages." enum:"total_count"`
	Type          []string   `query:"type" doc:"Only events of one of these types: queue_item.created, queue_item.* or *." maxItems:"100" maxLength:"100"`
	SubjectType   []string   `query:"subject_type" doc:"Only what happened to one of these resources: printer, user, class." maxItems:"100" maxLength:"100"`
	SubjectID     []pid.ID   `query:"subject_id" doc:"Only what happened to one of these." maxItems:"100"`
	ActorID       []pid.ID   `query:"actor_id" doc:"Only what one of these did: a key, a session or a membership." maxItems:"100"`
	OccurredAtGTE *time.Time `query:"occurred_at[gte]" doc:"Only what happened at this time or later."`
	OccurredAtLT  *time.Time `query:"occurred_at[lt]" doc:"Only what happened before this time."`
}

// Validate refuses types and resources that no event has: they would be taken for a log in which nothing happened.
func (in ListAuditLogInput) Validate() (fields []errs.Field) {
	for i, name := range in.Type {
		if len(event.Named(name)) == 0 {
			fields = append(fields, errs.Field{Path: fmt.Sprintf("type[%d]", i), Code: "not_allowed", Message: fmt.Sprintf("has %.100q, which is no type of event", name)})
		}
	}
	for i, resource := range in.SubjectType {
		if !event.Subject(resource) {
			fields = append(fields, errs.Field{Path: fmt.Sprintf("subject_type[%d]", i), Code: "not_allowed", Message: fmt.Sprintf("has %.100q, of which there are no events", resource)})
		}
	}
	return fields
}

// AuditEntry is one entry: who did what to what, and when. It never changes.
type AuditEntry struct {
	ID         pid.ID         `json:"id" doc:"Identifier of the event." example:"evt_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	Sequence   int64          `json:"sequence" doc:"Number in the organization, in the order of commits, without gaps."`
	Type       string         `json:"type" doc:"What happened." example:"user.role_changed"`
	OccurredAt time.Time      `json:"occurred_at" doc:"When it happened."`
	Actor      AuditActor     `json:"actor" doc:"Who did it."`
	Subject    AuditSubject   `json:"subject" doc:"What it happened to."`
	RequestID  string         `json:"request_id" doc:"X-Request-Id of the request; empty for background work."`
	Data       map[string]any `json:"data" doc:"object: the subject afterwards; previous: what was other before."`
}

// AuditActor is who did something.
type AuditActor struct {
	Type         authz.Kind `json:"type" enum:"api_key,session,system,scim" doc:"What the request was signed with; system for background work, scim for an identity provider."`
	ID           string     `json:"id" doc:"Identifier of the key or session; the job's name for background work."`
	MembershipID *pid.ID    `json:"membership_id" doc:"The person; for a key, its creator."`
	Name         *string    `json:"name" doc:"Name of the person, as the organization knows them now; also of who was removed."`
}

// AuditSubject is what something happened to.
type AuditSubject struct {
	Type string `json:"type" doc:"Resource." example:"user"`
	ID   string `json:"id" doc:"Identifier."`
}

// AuditLogPage is a page of the log as GraphQL shows it.
type AuditLogPage struct {
	Entries    []*AuditEntry
	HasMore    bool
	NextCursor *string
}

// AuditLogPageOf is a list as a page.
func AuditLogPageOf(l page.List[*AuditEntry]) *AuditLogPage {
	p := &AuditLogPage{Entries: l.Data, HasMore: l.HasMore()}
	if p.HasMore {
		p.NextCursor = &l.Next
	}
	return p
}

// ListAuditLog reads one page of what happened in the organization, the newest first.
func (s *Service) ListAuditLog(ctx context.Context, in ListAuditLogInput) (page.List[*AuditEntry], error) {
	return op.Read(ctx, s.Ops, OpAuditLogList, in, func(ctx context.Context, c *ent.Client) (l page.List[*AuditEntry], err error) {
		q := c.Event.Query().Where(in.predicates(authz.From(ctx).Organization)...)
		if len(in.Include) > 0 {
			n, err := q.Clone().Count(ctx)
			if err != nil {
				return l, fmt.Errorf("count events: %w", err)
			}
			l.Total = &n
		}
		rows, next, err := in.page(ctx, q)
		if err != nil {
			return l, err
		}
		l.Next = next
		l.Data, err = entries(ctx, c, rows)
		return l, err
	})
}

// predicates are the conditions of the filters. The organization is named for the index that gives the order.
func (in ListAuditLogInput) predicates(organization pid.ID) []predicate.Event {
	where := []predicate.Event{entevent.OrganizationID(organization)}
	if names := event.Names(in.Type); len(names) > 0 {
		where = append(where, entevent.TypeIn(names...))
	}
	if len(in.SubjectType) > 0 {
		where = append(where, entevent.SubjectTypeIn(in.SubjectType...))
	}
	if len(in.SubjectID) > 0 {
		where = append(where, entevent.SubjectIDIn(texts(in.SubjectID)...))
	}
	if len(in.ActorID) > 0 {
		where = append(where, entevent.Or(entevent.ActorIDIn(texts(in.ActorID)...), entevent.ActorMembershipIDIn(texts(in.ActorID)...)))
	}
	if in.OccurredAtGTE != nil {
		where = append(where, entevent.OccurredAtGTE(*in.OccurredAtGTE))
	}
	if in.OccurredAtLT != nil {
		where = append(where, entevent.OccurredAtLT(*in.OccurredAtLT))
	}
	return where
}

// page reads the rows of one page, in the order of their numbers, which is that of time.
func (in ListAuditLogInput) page(ctx context.Context, q *ent.EventQuery) (rows []*ent.Event, next string, err error) {
	limit, oldest, bound := page.Limit(in.Limit), in.Sort == "occurred_at", in
	bound.Limit, bound.Cursor, bound.Include = nil, "", nil
	key := page.Bind("AuditLog", bound)
	if in.Cursor != "" {
		var last int64
		if _, err := page.Decode(in.Cursor, key, &last); errors.Is(err, page.ErrCursor) {
			return nil, "", errs.New(errs.InvalidCursor, "The cursor is damaged or was made for another filter or order.")
		} else if err != nil {
			return nil, "", err
		}
		if oldest {
			q.Where(entevent.SequenceGT(last))
		} else {
			q.Where(entevent.SequenceLT(last))
		}
	}
	order := entevent.BySequence(sql.OrderDesc())
	if oldest {
		order = entevent.BySequence()
	}
	if rows, err = q.Order(order).Limit(limit + 1).All(ctx); err != nil {
		return nil, "", fmt.Errorf("read events: %w", err)
	}
	if len(rows) <= limit {
		return rows, "", nil
	}
	rows = rows[:limit]
	next, err = page.Encode(key, rows[limit-1].Sequence, string(rows[limit-1].ID))
	return rows, next, err
}

// entries are events as the log shows them.
func entries(ctx context.Context, c *ent.Client, rows []*ent.Event) ([]*AuditEntry, error) {
	names, err := namesOf(ctx, c, rows)
	if err != nil {
		return nil, err
	}
	out := make([]*AuditEntry, len(rows))
	for i, e := range rows {
		out[i] = &AuditEntry{ID: e.ID, Sequence: e.Sequence, Type: e.Type, OccurredAt: e.OccurredAt.UTC(), RequestID: e.RequestID,
			Actor: AuditActor{Type: authz.Kind(e.ActorType), ID: e.ActorID}, Subject: AuditSubject{e.SubjectType, e.SubjectID}}
		if e.ActorMembershipID != "" {
			member := pid.ID(e.ActorMembershipID)
			out[i].Actor.MembershipID, out[i].Actor.Name = &member, names[member]
		}
		if err := json.Unmarshal(e.Data, &out[i].Data); err != nil {
			return nil, fmt.Errorf("read event %s: %w", e.ID, err)
		}
	}
	return out, nil
}

// namesOf are the names of those who acted, of those who were removed since too.
func namesOf(ctx context.Context, c *ent.Client, rows []*ent.Event) (map[pid.ID]*string, error) {
	names, args := map[pid.ID]*string{}, []any{authz.From(ctx).Organization}
	for _, e := range rows {
		if id := pid.ID(e.ActorMembershipID); id != "" && names[id] == nil {
			names[id] = new(string)
			args = append(args, id)
		}
	}
	if len(names) == 0 {
		return names, nil
	}
	marks := strings.TrimSuffix(strings.Repeat("?,", len(names)), ",")
	found, err := c.QueryRows(ctx, "SELECT id, name FROM memberships WHERE organization_id = ? AND id IN ("+marks+")", args)
	if err != nil {
		return nil, fmt.Errorf("read names: %w", err)
	}
	defer func() { _ = found.Close() }()
	for found.Next() {
		var id pid.ID
		var name string
		if err := found.Scan(&id, &name); err != nil {
			return nil, fmt.Errorf("read names: %w", err)
		}
		names[id] = &name
	}
	return names, found.Err()
}

func texts(ids []pid.ID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return out
}
