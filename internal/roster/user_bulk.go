package roster

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/validate"
)

// BulkUpdateUsersInput is a roster: who changes, and who joins.
type BulkUpdateUsersInput struct {
	DryRun  bool         `json:"dry_run,omitempty" doc:"Answer what would change, and change nothing."`
	Updates []UserUpdate `json:"updates" required:"true" minItems:"1" maxItems:"50000" doc:"The people, each once."`
}

// UserUpdate is one row of a roster. It names a person by membership or by mail address; an address that is not a member's
// makes one, active and a student where the row says nothing else.
type UserUpdate struct {
	MembershipID pid.ID `json:"membership_id,omitempty" doc:"Identifier of the membership." example:"mem_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	Email        string `json:"email,omitempty" format:"email" doc:"Mail address, instead of membership_id; one that is not a member's joins."`
	UserChange
}

// Timeout is longer than that of other operations, because 50,000 rows are.
func (in BulkUpdateUsersInput) Timeout() time.Duration { return time.Minute }

// Validate refuses rows that name nobody, or a person twice over.
func (in BulkUpdateUsersInput) Validate() (fields []errs.Field) {
	for i, u := range in.Updates {
		if len(fields) == validate.MaxFields {
			break
		}
		if (u.MembershipID == "") == (u.Email == "") {
			fields = append(fields, errs.Field{Path: fmt.Sprintf("updates[%d]", i), Code: validate.Required, Message: "needs either membership_id or email"})
		}
	}
	return fields
}

// BulkResult is what a roster changed, or would change. It holds the rows as they were judged, not as answers show them:
// of 50,000 those would weigh as much again.
type BulkResult struct {
	DryRun  bool // whether nothing was changed because the request asked for that
	Summary BulkSummary
	rows    []row
}

// BulkSummary counts the rows by action.
type BulkSummary struct {
	Created   int `json:"created"`
	Changed   int `json:"changed"`
	Unchanged int `json:"unchanged"`
	Failed    int `json:"failed" doc:"Rows that are refused; only a dry run answers with some."`
}

// BulkAction is what became of a row.
type BulkAction string

// The actions.
const (
	BulkCreated   BulkAction = "created"
	BulkChanged   BulkAction = "changed"
	BulkUnchanged BulkAction = "unchanged"
	BulkFailed    BulkAction = "failed"
)

// BulkRow is what became of one row.
type BulkRow struct {
	Row          int          `json:"row" doc:"Number of the row in the request; the first is 1." example:"1"`
	MembershipID *pid.ID      `json:"membership_id" doc:"Identifier of the membership; null for somebody who is not a member yet."`
	Action       BulkAction   `json:"action" enum:"created,changed,unchanged,failed" doc:"What became of it."`
	Changes      *UserChanges `json:"changes" doc:"What is other than before: each member is a list of the old value and the new one; null for nothing."`
	Errors       []errs.Field `json:"errors" doc:"Why the row is refused; the paths are those inside the row."`
}

// BulkUpdateUsers brings people up to a roster: all rows or none. Each row is judged as a single change would be, and the
// owners of the organization as they would be after all of them.
func (s *Service) BulkUpdateUsers(ctx context.Context, in BulkUpdateUsersInput) (*BulkResult, error) {
	return op.Do(ctx, s.Ops, OpUserBulkUpdate, in, func(ctx context.Context, tx *ent.Tx) (*BulkResult, error) {
		r := s.roster(ctx, tx, in.Updates)
		if err := r.plan(ctx); err != nil {
			return nil, err
		}
		if in.DryRun {
			return r.result(true), nil
		}
		if err := r.refusal(); err != nil {
			return nil, err
		}

		if err := r.write(ctx); err != nil {
			return nil, err
		}
		return r.result(false), nil
	})
}

// refusal is the answer to a roster with rows that are refused: the first kind of refusal in the contract's order, with
// every row that has one in its fields.
func (r *roster) refusal() error {
	var worst *errs.Error
	var fields []errs.Field
	for i := range r.rows {
		for _, f := range r.rows[i].faults {
			if e := f.alone(); worst == nil || e.Kind < worst.Kind {
				worst = e
			}
			if len(fields) < validate.MaxFields {
				fields = append(fields, errs.Field{Path: fmt.Sprintf("updates[%d].%s", i, f.path), Code: string(f.code), Message: f.message})
			}
		}
	}
	if worst == nil {
		return nil
	}
	worst.Fields = fields
	first := cmp.Or(worst.Details, fields[0].Message)
	worst.Details = "Nothing was changed: fields lists the rows that are refused. The first: " + first
	return worst
}

// result is what the rows came to.
func (r *roster) result(dry bool) *BulkResult {
	out := &BulkResult{DryRun: dry, rows: r.rows}
	for i := range r.rows {
		switch r.rows[i].action() {
		case BulkFailed:
			out.Summary.Failed++
		case BulkCreated:
			out.Summary.Created++
		case BulkChanged:
			out.Summary.Changed++
		default:
			out.Summary.Unchanged++
		}
	}
	return out
}

// Each makes what became of each row of the request, in its order, one after the other.
func (b *BulkResult) Each(yield func(BulkRow) bool) {
	for i := range b.rows {
		w := &b.rows[i]
		shown := BulkRow{Row: i + 1, Action: w.action()}
		if w.id != "" {
			shown.MembershipID = &w.id
		}
		switch shown.Action {
		case BulkFailed:
			shown.Errors = w.errors()
		case BulkCreated, BulkChanged:
			shown.Changes = changesOf(w.was, w.now)
		}
		if !yield(shown) {
			return
		}
	}
}

// Results are all of them, for rosters of few rows.
func (b *BulkResult) Results() []BulkRow { return slices.Collect(b.Each) }

// UserChanges are the old and the new value of what is other than before; the old one is null for who joins.
type UserChanges struct {
	Name         []*string  `json:"name,omitempty"`
	Role         []*string  `json:"role,omitempty"`
	Status       []*string  `json:"status,omitempty"`
	ExternalID   []*string  `json:"external_id,omitempty"`
	GradeLevel   []*string  `json:"grade_level,omitempty"`
	ClassIDs     [][]pid.ID `json:"class_ids,omitempty"`
	UserGroupIDs [][]pid.ID `json:"user_group_ids,omitempty"`
}

// changesOf compares a person with what they were; was is nil for who joins.
func changesOf(was, now *person) *UserChanges {
	before, fresh := was, was == nil
	if fresh {
		before = &person{}
	}
	old := func(v *string) *string {
		if fresh {
			return nil
		}
		return v
	}
	pair := func(a, b *string) []*string {
		if *a == *b {
			return nil
		}
		return []*string{old(a), b}
	}
	return &UserChanges{
		Name:         pair(&before.name, &now.name),
		Role:         pair((*string)(&before.role), (*string)(&now.role)),
		Status:       pair((*string)(&before.status), (*string)(&now.status)),
		ExternalID:   pair(&before.externalID, &now.externalID),
		GradeLevel:   pair(&before.gradeLevel, &now.gradeLevel),
		ClassIDs:     lists(before.at().classes, now.at().classes),
		UserGroupIDs: lists(before.at().groups, now.at().groups),
	}
}
