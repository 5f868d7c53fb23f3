package sso

import (
	"context"
	"fmt"
	"regexp"
	"regexp/syntax"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/ent/ssogroupmapping"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/record"
)

// maxMappings is how many mappings a provider has at most: every sign-in is held against all of them.
const maxMappings = 500

// The operators of a match.
const (
	equals = "equals"
	prefix = "prefix"
	regex  = "regex"
	in     = "in"
)

// maxPattern is the longest regular expression, in characters. RE2 needs time in proportion to its length and that of the text.
const maxPattern = 200

// CreateMappingInput is a new group mapping.
type CreateMappingInput struct {
	ProviderID  pid.ID                  `json:"provider_id" required:"true" doc:"The provider." example:"idp_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	Match       schematype.Match        `json:"match" required:"true" doc:"What is looked for."`
	Priority    *int                    `json:"priority,omitempty" minimum:"-1000" maximum:"1000" doc:"Order of the mappings: of those that match, the one with the highest priority gives the role, of equals the newest; absent = 0." example:"10"`
	Role        *ssogroupmapping.Role   `json:"role,omitempty" enum:"owner,admin,operator,teacher,student" doc:"Role granted, not above your own." example:"teacher"`
	ClassID     *pid.ID                 `json:"class_id,omitempty" doc:"Class joined." example:"cls_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	IsTeacher   *bool                   `json:"is_teacher,omitempty" doc:"Whether the class is joined as its teacher; absent = as a student."`
	UserGroupID *pid.ID                 `json:"user_group_id,omitempty" doc:"User group joined; you hold what it grants yourself." example:"ugr_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	OnLoss      *ssogroupmapping.OnLoss `json:"on_loss,omitempty" enum:"keep,revoke" doc:"What becomes of what it granted when it matches no longer; absent = revoke." example:"revoke"`
}

// Validate implements op.Validator.
func (in CreateMappingInput) Validate() []errs.Field {
	return append(checkMatch(in.Match), checkGrants(in.mapping())...)
}

// mapping is the row that a request asks for.
func (in CreateMappingInput) mapping() *ent.SSOGroupMapping {
	return &ent.SSOGroupMapping{ProviderID: in.ProviderID, Match: in.Match, Priority: or(in.Priority, 0), Role: in.Role, ClassID: in.ClassID,
		IsTeacher: or(in.IsTeacher, false), UserGroupID: in.UserGroupID, OnLoss: or(in.OnLoss, ssogroupmapping.OnLossRevoke)}
}

// checkMatch refuses a match that could never be judged, or not in the time of a sign-in.
func checkMatch(m schematype.Match) []errs.Field {
	refuse := func(path, code, message string) []errs.Field {
		return []errs.Field{{Path: "match." + path, Code: code, Message: message}}
	}
	switch {
	case m.Operator == in && len(m.Values) == 0:
		return refuse("values", "required", "is required by in")
	case m.Operator == in && m.Value != "":
		return refuse("value", "not_allowed", "is for equals, prefix and regex; in takes values")
	case m.Operator == in:
		return nil
	case len(m.Values) > 0:
		return refuse("values", "not_allowed", "are for in")
	case m.Value == "":
		return refuse("value", "required", "is required")
	case m.Operator != regex:
		return nil
	case len(m.Value) > maxPattern:
		return refuse("value", "too_long", fmt.Sprintf("must have at most %d characters as a regular expression", maxPattern))
	}
	if _, err := pattern(m.Value); err != nil {
		return refuse("value", "invalid_format", "is no regular expression of RE2"+because(err))
	}
	return nil
}

// pattern compiles a regular expression that matches whole values: one that only had to be found would let not-admins in as
// admins.
func pattern(text string) (*regexp.Regexp, error) {
	if _, err := syntax.Parse(text, syntax.Perl); err != nil { // by itself: a bracket too many must not close ours
		return nil, err
	}
	return regexp.Compile(`\A(?:` + text + `)\z`)
}

// because is what is wrong with an expression, in the library's words for it, which quote nothing but the expression.
func because(err error) string {
	if e, ok := err.(*syntax.Error); ok { //nolint:errorlint // the parser's own error, never wrapped
		return ": " + string(e.Code)
	}
	return ""
}

// checkGrants refuses a mapping that grants nothing, and a teacher of no class.
func checkGrants(m *ent.SSOGroupMapping) []errs.Field {
	switch {
	case m.Role == nil && m.ClassID == nil && m.UserGroupID == nil:
		return []errs.Field{{Path: "role", Code: "required", Message: "grants nothing: say a role, a class or a user group"}}
	case m.IsTeacher && m.ClassID == nil:
		return []errs.Field{{Path: "is_teacher", Code: "not_allowed", Message: "is about a class, and there is none"}}
	}
	return nil
}

// CreateMapping makes a group mapping. It is evaluated at every sign-in from now on.
func (s *Service) CreateMapping(ctx context.Context, in CreateMappingInput) (*ent.SSOGroupMapping, error) {
	return op.Do(ctx, s.Ops, OpMappingCreate, in, func(ctx context.Context, tx *ent.Tx) (*ent.SSOGroupMapping, error) {
		p, err := op.Load(ctx, tx.SSOProvider, in.ProviderID)
		if err != nil {
			return nil, err
		}
		m := in.mapping()
		if err := grantable(ctx, tx, m); err != nil {
			return nil, err
		}
		if n, err := tx.SSOGroupMapping.Query().Where(ssogroupmapping.ProviderID(p.ID)).Count(ctx); err != nil || n >= maxMappings {
			return nil, tooMany(err)
		}

		made, err := tx.SSOGroupMapping.Create().SetProviderID(p.ID).SetMatch(m.Match).SetPriority(m.Priority).SetNillableRole(m.Role).SetNillableClassID(m.ClassID).
			SetIsTeacher(m.IsTeacher).SetNillableUserGroupID(m.UserGroupID).SetOnLoss(m.OnLoss).Save(ctx)
		if err != nil {
			return nil, fmt.Errorf("insert group mapping: %w", err)
		}

		event.Emit(ctx, tx, event.Created{Resource: "sso_group_mapping", ID: made.ID, Object: record.SSOGroupMapping(made)})
		return made, nil
	})
}

// tooMany is the refusal of one mapping more, or why they could not be counted.
func tooMany(err error) error {
	if err != nil {
		return fmt.Errorf("count group mappings: %w", err)
	}
	return errs.New(errs.SSOLimitReached, "A provider has at most %d group mappings.", maxMappings)
}

// grantable refuses classes and user groups that are not there, and what the actor may not grant.
func grantable(ctx context.Context, tx *ent.Tx, m *ent.SSOGroupMapping) error {
	if m.ClassID != nil {
		if _, err := op.Load(ctx, tx.Class, *m.ClassID); err != nil {
			return err
		}
	}
	group, err := groupOf(ctx, tx, m)
	if err != nil {
		return err
	}
	return mayMap(authz.From(ctx), m.Role, group)
}

// groupOf is the user group of a mapping, nil where it has none.
func groupOf(ctx context.Context, tx *ent.Tx, m *ent.SSOGroupMapping) (*ent.UserGroup, error) {
	if m.UserGroupID == nil {
		return nil, nil //nolint:nilnil // none is an answer
	}
	return op.Load(ctx, tx.UserGroup, *m.UserGroupID)
}

// UpdateMappingInput are the fields of a group mapping that change: absent means unchanged, null cleared.
type UpdateMappingInput struct {
	MappingID pid.ID `path:"mapping_id" json:"-" doc:"Identifier of the group mapping." example:"map_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	IfMatch   string `header:"If-Match" json:"-" doc:"ETag of the version that is meant; 412 where it is another one." maxLength:"1000"`

	Match       graphql.Omittable[*schematype.Match]       `json:"match,omitzero" nullable:"false" doc:"What is looked for, as a whole."`
	Priority    graphql.Omittable[*int]                    `json:"priority,omitzero" nullable:"false" minimum:"-1000" maximum:"1000" doc:"Order of the mappings: of those that match, the one with the highest priority gives the role." example:"10"`
	Role        graphql.Omittable[*ssogroupmapping.Role]   `json:"role,omitzero" enum:"owner,admin,operator,teacher,student" doc:"Role granted, not above your own; null = none." example:"teacher"`
	ClassID     graphql.Omittable[*pid.ID]                 `json:"class_id,omitzero" doc:"Class joined; null = none." example:"cls_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	IsTeacher   graphql.Omittable[*bool]                   `json:"is_teacher,omitzero" nullable:"false" doc:"Whether the class is joined as its teacher."`
	UserGroupID graphql.Omittable[*pid.ID]                 `json:"user_group_id,omitzero" doc:"User group joined; you hold what it grants yourself; null = none." example:"ugr_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	OnLoss      graphql.Omittable[*ssogroupmapping.OnLoss] `json:"on_loss,omitzero" nullable:"false" enum:"keep,revoke" doc:"What becomes of what it granted when it matches no longer." example:"revoke"`
}

// Validate implements op.Validator.
func (in UpdateMappingInput) Validate() []errs.Field {
	if m := in.Match.Value(); m != nil {
		return checkMatch(*m)
	}
	return nil
}

// onto is the mapping as the request wants it.
func (in UpdateMappingInput) onto(old *ent.SSOGroupMapping) *ent.SSOGroupMapping {
	m := *old
	m.Match, m.Priority = or(in.Match.Value(), m.Match), or(in.Priority.Value(), m.Priority)
	m.IsTeacher, m.OnLoss = or(in.IsTeacher.Value(), m.IsTeacher), or(in.OnLoss.Value(), m.OnLoss)
	if v, ok := in.Role.ValueOK(); ok {
		m.Role = v
	}
	if v, ok := in.ClassID.ValueOK(); ok {
		m.ClassID = v
	}
	if v, ok := in.UserGroupID.ValueOK(); ok {
		m.UserGroupID = v
	}
	return &m
}

// UpdateMapping changes a group mapping. What it granted follows at each person's next sign-in.
func (s *Service) UpdateMapping(ctx context.Context, in UpdateMappingInput) (*ent.SSOGroupMapping, error) {
	return op.Do(ctx, s.Ops, OpMappingUpdate, in, func(ctx context.Context, tx *ent.Tx) (*ent.SSOGroupMapping, error) {
		old, err := ours(ctx, tx, in.MappingID, in.IfMatch)
		if err != nil {
			return nil, err
		}
		now := in.onto(old)
		if fields := checkGrants(now); len(fields) > 0 {
			return nil, errs.Invalid(fields...)
		}
		if err := in.grantable(ctx, tx, now); err != nil {
			return nil, err
		}

		u := tx.SSOGroupMapping.UpdateOne(old)
		if writeMapping(u, old, now); len(u.Mutation().Fields())+len(u.Mutation().ClearedFields()) == 0 {
			return old, nil
		}
		m, err := u.Save(ctx)
		if err != nil {
			return nil, fmt.Errorf("update group mapping: %w", err)
		}

		object := record.SSOGroupMapping(m)
		event.Emit(ctx, tx, event.Updated{Resource: "sso_group_mapping", ID: m.ID, Object: object, Previous: record.Previous(record.SSOGroupMapping(old), object)})
		return m, nil
	})
}

// ours loads a mapping for a change: who may not give what it gives, does not say either to whom.
func ours(ctx context.Context, tx *ent.Tx, id pid.ID, ifMatch string) (*ent.SSOGroupMapping, error) {
	m, err := op.Load(ctx, tx.SSOGroupMapping, id)
	if err != nil {
		return nil, err
	}
	if err := op.Match(ifMatch, m.Version); err != nil {
		return nil, err
	}
	group, err := groupOf(ctx, tx, m)
	if err != nil {
		return nil, err
	}
	return m, mayMap(authz.From(ctx), m.Role, group)
}

// grantable is the same question of what the mapping will grant. A class that was deleted meanwhile is no reason to refuse
// what does not name it.
func (in UpdateMappingInput) grantable(ctx context.Context, tx *ent.Tx, now *ent.SSOGroupMapping) error {
	m := *now
	if !in.ClassID.IsSet() {
		m.ClassID = nil
	}
	return grantable(ctx, tx, &m)
}

// writeMapping sets what is new.
func writeMapping(u *ent.SSOGroupMappingUpdateOne, old, now *ent.SSOGroupMapping) {
	if !sameMatch(old.Match, now.Match) {
		u.SetMatch(now.Match)
	}
	if old.Priority != now.Priority {
		u.SetPriority(now.Priority)
	}
	if old.IsTeacher != now.IsTeacher {
		u.SetIsTeacher(now.IsTeacher)
	}
	if old.OnLoss != now.OnLoss {
		u.SetOnLoss(now.OnLoss)
	}
	put(old.Role, now.Role, u.SetRole, u.ClearRole)
	put(old.ClassID, now.ClassID, u.SetClassID, u.ClearClassID)
	put(old.UserGroupID, now.UserGroupID, u.SetUserGroupID, u.ClearUserGroupID)
}

// put sets or clears a value that is another one.
func put[T comparable, U any](old, now *T, set func(T) U, clear func() U) {
	switch {
	case now == nil && old != nil:
		clear()
	case now != nil && (old == nil || *old != *now):
		set(*now)
	}
}

// DeleteMappingInput names a group mapping.
type DeleteMappingInput struct {
	MappingID pid.ID `path:"mapping_id" json:"-" doc:"Identifier of the group mapping." example:"map_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	IfMatch   string `header:"If-Match" json:"-" doc:"ETag of the version that is meant; 412 where it is another one." maxLength:"1000"`
}

// DeleteMapping deletes a group mapping. What it granted is lost at each person's next sign-in, as its on_loss said.
func (s *Service) DeleteMapping(ctx context.Context, in DeleteMappingInput) (*ent.SSOGroupMapping, error) {
	return op.Do(ctx, s.Ops, OpMappingDelete, in, func(ctx context.Context, tx *ent.Tx) (*ent.SSOGroupMapping, error) {
		m, err := ours(ctx, tx, in.MappingID, in.IfMatch)
		if err != nil {
			return nil, err
		}
		if err := tx.SSOGroupMapping.DeleteOne(m).Exec(ctx); err != nil {
			return nil, fmt.Errorf("delete group mapping: %w", err)
		}

		event.Emit(ctx, tx, event.Deleted{Resource: "sso_group_mapping", ID: m.ID, Object: record.SSOGroupMapping(m)})
		return m, nil
	})
}
