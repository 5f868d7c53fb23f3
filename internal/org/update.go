package org

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // the names of time zones, wherever the program runs

	"github.com/99designs/gqlgen/graphql"
	"golang.org/x/text/currency"
	"golang.org/x/text/language"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/organization"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/record"
	"github.com/soloprint/soloprint/internal/validate"
)

// UpdateOrganizationInput is what of the organization changes: absent means unchanged.
type UpdateOrganizationInput struct {
	IfMatch string `header:"If-Match" json:"-" doc:"ETag of the version that is meant; 412 where it is another one." maxLength:"1000"`

	Name     graphql.Omittable[*string]            `json:"name,omitzero" nullable:"false" minLength:"1" maxLength:"200" doc:"Name people know it by." example:"Riverside High School"`
	Kind     graphql.Omittable[*organization.Kind] `json:"kind,omitzero" nullable:"false" enum:"school,print_farm,makerspace" doc:"What it is."`
	TimeZone graphql.Omittable[*string]            `json:"time_zone,omitzero" nullable:"false" minLength:"1" maxLength:"64" doc:"IANA time zone." example:"Europe/Berlin"`
	Locale   graphql.Omittable[*string]            `json:"locale,omitzero" nullable:"false" minLength:"2" maxLength:"35" doc:"BCP 47 language tag." example:"de-DE"`
	Currency graphql.Omittable[*string]            `json:"currency,omitzero" nullable:"false" pattern:"^[A-Z]{3}$" patternText:"three capital letters" doc:"ISO 4217 code." example:"EUR"`
	Settings graphql.Omittable[*SettingsPatch]     `json:"settings,omitzero" nullable:"false" doc:"What of the settings changes; what is not named stays."`
}

// SettingsPatch is what of the settings changes.
type SettingsPatch struct {
	Approval graphql.Omittable[*ApprovalPatch]    `json:"approval,omitzero" nullable:"false" doc:"Whose items wait for approval."`
	LowStock graphql.Omittable[*ThresholdPatch]   `json:"low_stock,omitzero" nullable:"false" doc:"When a spool counts as low; null clears a bound."`
	Matching graphql.Omittable[map[string]string] `json:"matching,omitzero" nullable:"false" maxProperties:"20" keyEnum:"access,target,model,nozzle,material,color,filament,tools,tags" valueEnum:"hard,soft,off" doc:"Axis to hard, soft or off: access, target, model, nozzle, material, color, filament, tools, tags. Axes not named stay as they are."`
	Queue    graphql.Omittable[*QueuePatch]       `json:"queue,omitzero" nullable:"false" doc:"The queue's order and expiry."`
}

// ApprovalPatch is what of the approval policy changes.
type ApprovalPatch struct {
	Roles graphql.Omittable[[]string]                 `json:"roles,omitzero" uniqueItems:"true" enum:"owner,admin,operator,teacher,student" doc:"All roles whose items wait for approval from now on."`
	Auto  graphql.Omittable[*schematype.AutoApproval] `json:"auto,omitzero" doc:"Items within all of these bounds are approved by themselves; null = none."`
}

// ThresholdPatch is what of a threshold changes.
type ThresholdPatch struct {
	Percent graphql.Omittable[*float64] `json:"percent,omitzero" minimum:"0" maximum:"100" doc:"Percent of a spool's initial weight."`
	G       graphql.Omittable[*float64] `json:"g,omitzero" minimum:"0" maximum:"100000" doc:"Grams."`
}

// QueuePatch is what of the queue's settings changes.
type QueuePatch struct {
	Fairness           graphql.Omittable[*string] `json:"fairness,omitzero" nullable:"false" enum:"none,class,user" doc:"Whose turn it is inside a priority: none = first come, first served; class or user = the one that waited longest."`
	ApprovalExpiryDays graphql.Omittable[*int]    `json:"approval_expiry_days,omitzero" nullable:"false" minimum:"0" maximum:"3650" doc:"Items waiting longer for approval expire; 0 = 30."`
}

// axes are those that an organization may soften: internal/queue/match has their meaning, and a test compares the lists.
var axes = []string{"access", "target", "model", "nozzle", "material", "color", "filament", "tools", "tags"}

// Validate refuses names of time zones, languages, currencies and axes that nothing has, and modes that are none.
func (in UpdateOrganizationInput) Validate() (fields []errs.Field) {
	refuse := func(path, message string) {
		fields = append(fields, errs.Field{Path: path, Code: validate.NotAllowed, Message: message})
	}
	if v := in.Name.Value(); v != nil && *v != "" && strings.TrimSpace(*v) == "" {
		fields = append(fields, errs.Field{Path: "name", Code: validate.TooShort, Message: "must not be blank"})
	}
	if v := in.TimeZone.Value(); v != nil && *v != "" && !knownZone(*v) {
		refuse("time_zone", "is not the name of an IANA time zone, for example Europe/Berlin")
	}
	if v := in.Locale.Value(); v != nil && *v != "" && !knownLanguage(*v) {
		refuse("locale", "is not a BCP 47 language tag, for example en-GB")
	}
	if v := in.Currency.Value(); v != nil && *v != "" && !knownCurrency(*v) {
		refuse("currency", "is not an ISO 4217 code, for example EUR")
	}
	settings := in.Settings.Value()
	if settings == nil {
		return fields
	}
	matching := settings.Matching.Value()
	for _, axis := range slices.Sorted(maps.Keys(matching)) {
		switch mode := matching[axis]; {
		case !slices.Contains(axes, axis):
			refuse("settings.matching."+clipped(axis), "is not an axis that can be changed; there are "+strings.Join(axes, ", "))
		case mode != "hard" && mode != "soft" && mode != "off":
			refuse("settings.matching."+axis, "must be one of hard, soft, off")
		}
	}
	return fields
}

// clipped is a name of the caller's, short enough to be answered.
func clipped(s string) string { return s[:min(len(s), 40)] }

// knownZone holds for the names of the IANA database; Local would be the server's own.
func knownZone(name string) bool {
	_, err := time.LoadLocation(name)
	return err == nil && name != "Local"
}

func knownLanguage(tag string) bool {
	_, err := language.Parse(tag)
	return err == nil && !strings.Contains(tag, "_")
}

func knownCurrency(code string) bool {
	_, err := currency.ParseISO(code)
	return err == nil
}

// UpdateOrganization changes the actor's organization. The queue follows by the event: it counts turns otherwise and matches
// anew within a second.
func (s *Service) UpdateOrganization(ctx context.Context, in UpdateOrganizationInput) (*ent.Organization, error) {
	return op.Do(ctx, s.Ops, OpUpdate, in, func(ctx context.Context, tx *ent.Tx) (*ent.Organization, error) {
		old, err := op.Load(ctx, tx.Organization, authz.From(ctx).Organization)
		if err != nil {
			return nil, err
		}
		if err := op.Match(in.IfMatch, old.Version); err != nil {
			return nil, err
		}

		u := tx.Organization.UpdateOne(old)
		if in.apply(u, old); len(u.Mutation().Fields()) == 0 {
			return old, nil
		}
		now, err := u.Save(ctx)
		if err != nil {
			return nil, fmt.Errorf("update organization: %w", err)
		}

		object := record.Organization(now)
		event.Emit(ctx, tx, event.Updated{Resource: "organization", ID: now.ID, Object: object, Previous: record.Previous(record.Organization(old), object)})
		return now, nil
	})
}

// apply puts the differences between patch and organization into the update.
func (in UpdateOrganizationInput) apply(u *ent.OrganizationUpdateOne, old *ent.Organization) {
	if v := in.Name.Value(); v != nil && strings.TrimSpace(*v) != old.Name {
		u.SetName(strings.TrimSpace(*v))
	}
	if v := in.Kind.Value(); v != nil && *v != old.Kind {
		u.SetKind(*v)
	}
	if v := in.TimeZone.Value(); v != nil && *v != old.TimeZone {
		u.SetTimeZone(*v)
	}
	if v := in.Locale.Value(); v != nil && *v != old.Locale {
		u.SetLocale(*v)
	}
	if v := in.Currency.Value(); v != nil && *v != old.Currency {
		u.SetCurrency(*v)
	}
	if now := in.Settings.Value().applied(old.Settings); !reflect.DeepEqual(now, old.Settings) {
		u.SetSettings(now)
	}
}

// applied are the settings after the patch. They share nothing with the old ones that it changes.
func (p *SettingsPatch) applied(s schematype.Settings) schematype.Settings {
	if p == nil {
		return s
	}
	if approval := p.Approval.Value(); approval != nil {
		if v, ok := approval.Roles.ValueOK(); ok {
			s.Approval.Roles = list(v)
		}
		if v, ok := approval.Auto.ValueOK(); ok {
			s.Approval.Auto = v
		}
	}
	if low := p.LowStock.Value(); low != nil {
		if v, ok := low.Percent.ValueOK(); ok {
			s.LowStock.Percent = v
		}
		if v, ok := low.G.ValueOK(); ok {
			s.LowStock.G = v
		}
	}
	if axes := p.Matching.Value(); len(axes) > 0 {
		matching := maps.Clone(s.Matching)
		if matching == nil {
			matching = map[string]string{}
		}
		maps.Copy(matching, axes)
		s.Matching = matching
	}
	if queue := p.Queue.Value(); queue != nil {
		if v := queue.Fairness.Value(); v != nil {
			s.Queue.Fairness = *v
		}
		if v := queue.ApprovalExpiryDays.Value(); v != nil {
			s.Queue.ApprovalExpiryDays = *v
		}
	}
	return s
}
