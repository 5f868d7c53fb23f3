package sso

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/class"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/ent/ssogroupmapping"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// Claims are what a provider says of a person, as they are in the token.
type Claims map[string]any

// Grants are what the mappings of one provider granted to a person: what they manage.
type Grants = []schematype.Grant

// maxValues is how many values of one claim are looked at. More is taken as if the claim had been cut off: nobody loses
// anything by it.
const maxValues = 10000

// maxValue is the longest value that matches anything, in bytes.
const maxValue = 1000

// Rule is what became of one mapping.
type Rule struct {
	MappingID pid.ID `json:"mapping_id" doc:"The group mapping." example:"map_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	Matched   bool   `json:"matched" doc:"Whether it matches."`
	Unknown   bool   `json:"unknown" doc:"The claim is missing or cut off, so that nobody knows: what the mapping granted before stays."`
	Why       string `json:"why" doc:"Why, for people." example:"groups has \"Teachers\"."`
}

// Outcome is what claims are worth. It is for apply, and says nothing of what the person is today.
type Outcome struct {
	Provider    pid.ID
	Rules       []Rule
	DefaultRole membership.Role
	Grants      Grants // what mappings that match grant
	Kept        Grants // what was granted before by mappings of which nobody knows
	Lost        Grants // what was granted before, and is revoked
	RoleUnknown bool   // a mapping of which nobody knows would decide on the role
}

// Unchanged reports whether a claim was missing or cut off, so that some of what was granted stays as it was.
func (o Outcome) Unchanged() bool {
	return slices.ContainsFunc(o.Rules, func(r Rule) bool { return r.Unknown })
}

// role is the grant of a role, nil where no mapping gives one.
func (o Outcome) role() *schematype.Grant { return roleIn(o.Grants) }

// roleIn is the role among grants; there is one at most.
func roleIn(grants Grants) *schematype.Grant {
	if i := slices.IndexFunc(grants, func(g schematype.Grant) bool { return g.Role != "" }); i >= 0 {
		return &grants[i]
	}
	return nil
}

// evaluate says of each mapping, in order, whether it matches the claims and why, and what that comes to. Role: the first
// that matches. Classes and user groups: all of them. held is what the mappings granted before.
func evaluate(mappings []*ent.SSOGroupMapping, provider *ent.SSOProvider, claims Claims, held Grants) Outcome {
	o := Outcome{Provider: provider.ID, Rules: make([]Rule, len(mappings)), DefaultRole: membership.Role(provider.DefaultRole)}
	unknown, known := map[string]bool{}, map[string]*ent.SSOGroupMapping{}
	for i, m := range ordered(mappings) {
		r := judge(m, provider, claims)
		o.Rules[i], known[string(m.ID)] = r, m
		switch {
		case r.Matched:
			o.grant(m)
		case r.Unknown:
			unknown[string(m.ID)] = true
			o.RoleUnknown = o.RoleUnknown || m.Role != nil && o.role() == nil
		}
	}
	for _, g := range held {
		if m := known[g.MappingID]; m != nil {
			g.OnLoss = string(m.OnLoss)
		}
		switch {
		case o.covers(g):
			o.seat(g, unknown[g.MappingID])
		case unknown[g.MappingID] || g.Role != "" && o.RoleUnknown:
			o.Kept = append(o.Kept, g)
		case g.OnLoss == string(ssogroupmapping.OnLossRevoke):
			o.Lost = append(o.Lost, g)
		}
	}
	return o
}

// ordered are the mappings by priority, the highest first; of equals the newest. The list of mappings has the same order.
func ordered(mappings []*ent.SSOGroupMapping) []*ent.SSOGroupMapping {
	sorted := slices.Clone(mappings)
	slices.SortFunc(sorted, func(a, b *ent.SSOGroupMapping) int {
		return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(b.ID, a.ID))
	})
	return sorted
}

// grant adds what a mapping grants. Of two for one class the teacher's seat counts.
func (o *Outcome) grant(m *ent.SSOGroupMapping) {
	of := schematype.Grant{MappingID: string(m.ID), OnLoss: string(m.OnLoss)}
	if m.Role != nil && o.role() == nil && !o.RoleUnknown {
		g := of
		g.Role = string(*m.Role)
		o.Grants = append(o.Grants, g)
	}
	if m.ClassID != nil {
		g := of
		g.ClassID, g.Teacher = string(*m.ClassID), m.IsTeacher
		switch i := slices.IndexFunc(o.Grants, func(h schematype.Grant) bool { return h.ClassID == g.ClassID }); {
		case i < 0:
			o.Grants = append(o.Grants, g)
		case g.Teacher && !o.Grants[i].Teacher:
			o.Grants[i] = g
		}
	}
	if g := of; m.UserGroupID != nil {
		g.UserGroupID = string(*m.UserGroupID)
		if !o.covers(g) {
			o.Grants = append(o.Grants, g)
		}
	}
}

// seat keeps a teacher's seat that was granted before by a mapping of which nobody knows: no other takes it away.
func (o *Outcome) seat(held schematype.Grant, unknown bool) {
	for i, g := range o.Grants {
		if unknown && held.Teacher && g.ClassID == held.ClassID {
			o.Grants[i] = held
		}
	}
}

// covers reports whether a mapping that matches grants the same. A role is covered by any other: there is one.
func (o *Outcome) covers(g schematype.Grant) bool {
	return slices.ContainsFunc(o.Grants, func(h schematype.Grant) bool {
		return (g.Role != "" && h.Role != "") || g.Role == "" && h.Role == "" && g.ClassID == h.ClassID && g.UserGroupID == h.UserGroupID
	})
}

// judge says whether one mapping matches.
func judge(m *ent.SSOGroupMapping, p *ent.SSOProvider, claims Claims) Rule {
	name := cmp.Or(m.Match.Claim, p.Claims.Groups, "groups")
	values, why := claims.values(name)
	if why != "" {
		return Rule{MappingID: m.ID, Unknown: true, Why: why + " What this mapping granted before stays."}
	}
	matches, says := matcher(m.Match)
	for _, v := range values {
		if len(v) <= maxValue && matches(v) {
			return Rule{MappingID: m.ID, Matched: true, Why: fmt.Sprintf("%s has %q, which %s.", name, v, says)}
		}
	}
	switch len(values) {
	case 0:
		return Rule{MappingID: m.ID, Why: fmt.Sprintf("%s is empty.", name)}
	case 1:
		return Rule{MappingID: m.ID, Why: fmt.Sprintf("%s is %q, and it is not so that it %s.", name, short(values[0]), says)}
	}
	return Rule{MappingID: m.ID, Why: fmt.Sprintf("None of the %d values of %s %s.", len(values), name, says)}
}

// short is a value that fits a sentence.
func short(v string) string {
	if r := []rune(v); len(r) > 100 {
		return string(r[:100]) + "…"
	}
	return v
}

// matcher is the comparison of a match, and what it says of a value that matches.
func matcher(m schematype.Match) (matches func(string) bool, says string) {
	switch m.Operator {
	case equals:
		return func(v string) bool { return v == m.Value }, fmt.Sprintf("equals %q", m.Value)
	case prefix:
		return func(v string) bool { return strings.HasPrefix(v, m.Value) }, fmt.Sprintf("begins with %q", m.Value)
	case in:
		return func(v string) bool { return slices.Contains(m.Values, v) }, fmt.Sprintf("is one of the %d values of the mapping", len(m.Values))
	case regex:
		if re, err := pattern(m.Value); err == nil {
			return re.MatchString, fmt.Sprintf("matches %q as a whole", m.Value)
		}
	}
	return func(string) bool { return false }, "matches, because its comparison is not understood"
}

// values are those of a claim as texts. why says what is wrong where nobody knows them: the provider did not send the
// claim, or cut it off.
func (c Claims) values(name string) (values []string, why string) {
	if c.cut(name) {
		return nil, fmt.Sprintf("The provider left %s out because there are too many of them (group overage).", name)
	}
	v, ok := c.find(name)
	if !ok || v == nil {
		return nil, fmt.Sprintf("The provider did not send %s.", name)
	}
	list, isList := v.([]any)
	if texts, ok := v.([]string); ok {
		return texts, tooManyValues(name, len(texts))
	}
	if !isList {
		list = []any{v}
	}
	if why := tooManyValues(name, len(list)); why != "" {
		return nil, why
	}
	for _, v := range list {
		if text, ok := scalar(v); ok {
			values = append(values, text)
		}
	}
	if len(values) == 0 && len(list) > 0 {
		return nil, fmt.Sprintf("The provider sent %s in a form that is not understood.", name)
	}
	return values, ""
}

func tooManyValues(name string, n int) string {
	if n > maxValues {
		return fmt.Sprintf("The provider sent %d values of %s, more than the %d that are looked at.", n, name, maxValues)
	}
	return ""
}

// cut reports whether the token says that the claim is elsewhere (OpenID Connect Core 5.6.2). Entra does so where somebody
// is in more groups than fit, and says hasgroups in tokens that come by the browser.
func (c Claims) cut(name string) bool {
	root, _, _ := strings.Cut(name, ".")
	if names, ok := c["_claim_names"].(map[string]any); ok {
		if names[name] != nil || names[root] != nil {
			return true
		}
	} else if c["_claim_names"] != nil { // a form that is not understood: nobody knows what it leaves out
		return true
	}
	return name == "groups" && (c["hasgroups"] == true || c["hasgroups"] == "true")
}

// find looks a claim up by its whole name, which may have dots, and else by the objects that the dots lead into.
func (c Claims) find(name string) (any, bool) {
	if v, ok := c[name]; ok {
		return v, true
	}
	at := map[string]any(c)
	parts := strings.Split(name, ".")
	for _, p := range parts[:len(parts)-1] {
		next, ok := at[p].(map[string]any)
		if !ok {
			return nil, false
		}
		at = next
	}
	v, ok := at[parts[len(parts)-1]]
	return v, ok
}

// scalar is a value as a text. Objects and lists inside of lists are nothing that is compared.
func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case json.Number:
		return v.String(), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case int:
		return strconv.Itoa(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	}
	return "", false
}

// sameMatch compares matches.
func sameMatch(a, b schematype.Match) bool {
	return a.Claim == b.Claim && a.Operator == b.Operator && a.Value == b.Value && slices.Equal(a.Values, b.Values)
}

// EvaluateInput are claims to be judged.
type EvaluateInput struct {
	ProviderID pid.ID         `json:"provider_id" required:"true" doc:"The provider, in whatever state." example:"idp_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	Claims     map[string]any `json:"claims" required:"true" doc:"Claims as a token has them." example:"{\"groups\":[\"Teachers\"]}"`
}

// Evaluation is what claims would grant to somebody who comes for the first time.
type Evaluation struct {
	Rules           []Rule          `json:"rules" doc:"Each mapping of the provider, in the order in which they count."`
	Role            membership.Role `json:"role" enum:"owner,admin,operator,teacher,student" doc:"The role: of the first mapping that matches and gives one, or the provider's default." example:"teacher"`
	ClassIDs        []pid.ID        `json:"class_ids" doc:"Classes joined as a student." example:"[\"cls_01jd4c0n5xe2vb8w6h3ks9qt7m\"]"`
	TeacherClassIDs []pid.ID        `json:"teacher_class_ids" doc:"Classes joined as their teacher." example:"[\"cls_01jd4c0n5xe2vb8w6h3ks9qt7m\"]"`
	UserGroupIDs    []pid.ID        `json:"user_group_ids" doc:"User groups joined." example:"[\"ugr_01jd4c0n5xe2vb8w6h3ks9qt7m\"]"`
	Unchanged       bool            `json:"unchanged" doc:"A claim is missing or cut off: a member keeps what the mappings that look at it granted before."`
}

// Evaluate says what claims of a provider would grant, and why. It changes nothing.
func (s *Service) Evaluate(ctx context.Context, in EvaluateInput) (Evaluation, error) {
	return op.Read(ctx, s.Ops, OpMappingEvaluate, in, func(ctx context.Context, c *ent.Client) (Evaluation, error) {
		p, err := op.Load(ctx, c.SSOProvider, in.ProviderID)
		if err != nil {
			return Evaluation{}, err
		}
		mappings, err := c.SSOGroupMapping.Query().Where(ssogroupmapping.ProviderID(p.ID)).Order(ssogroupmapping.ByID()).Limit(maxMappings).All(ctx)
		if err != nil {
			return Evaluation{}, fmt.Errorf("read group mappings: %w", err)
		}
		o := evaluate(mappings, p, in.Claims, nil)
		there, err := living(ctx, c.Class, o.Grants)
		if err != nil {
			return Evaluation{}, err
		}
		return o.evaluation(there), nil
	})
}

// living are the classes among grants that were not deleted since.
func living(ctx context.Context, c *ent.ClassClient, grants Grants) (map[pid.ID]bool, error) {
	var ids []pid.ID
	for _, g := range grants {
		if g.ClassID != "" {
			ids = append(ids, pid.ID(g.ClassID))
		}
	}
	there := make(map[pid.ID]bool, len(ids))
	if len(ids) == 0 {
		return there, nil
	}
	found, err := c.Query().Where(class.IDIn(ids...)).IDs(ctx)
	if err != nil {
		return nil, fmt.Errorf("read classes: %w", err)
	}
	for _, id := range found {
		there[id] = true
	}
	return there, nil
}

// evaluation is the outcome as an answer shows it.
func (o Outcome) evaluation(there map[pid.ID]bool) Evaluation {
	e := Evaluation{Rules: o.Rules, Role: o.DefaultRole, ClassIDs: []pid.ID{}, TeacherClassIDs: []pid.ID{}, UserGroupIDs: []pid.ID{}, Unchanged: o.Unchanged()}
	for _, g := range o.Grants {
		switch class := pid.ID(g.ClassID); {
		case g.Role != "":
			e.Role = membership.Role(g.Role)
		case g.UserGroupID != "":
			e.UserGroupIDs = append(e.UserGroupIDs, pid.ID(g.UserGroupID))
		case !there[class]:
		case g.Teacher:
			e.TeacherClassIDs = append(e.TeacherClassIDs, class)
		default:
			e.ClassIDs = append(e.ClassIDs, class)
		}
	}
	return e
}
