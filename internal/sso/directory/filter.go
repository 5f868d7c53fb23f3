package directory

import (
	"slices"
	"strings"

	"entgo.io/ent/dialect/sql"
	filter "github.com/scim2/filter-parser/v2"

	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/scimgroup"
	"github.com/soloprint/soloprint/ent/scimuser"
)

// maxTerms is how many comparisons a filter has at most.
const maxTerms = 20

// column is what an attribute of a filter is compared with.
type column struct {
	name   string
	folded bool // compared without regard to case
	exact  bool // eq and ne alone
}

// columns are the attributes that filters know, in lower case, by kind of resource.
var (
	userColumns = map[string]column{
		"id": {scimuser.FieldID, false, true}, "externalid": {scimuser.FieldExternalID, false, true}, "username": {scimuser.FieldUserNameKey, true, false},
		"displayname": {scimuser.FieldDisplayKey, true, false}, "emails": {scimuser.FieldEmailKey, true, false}, "emails.value": {scimuser.FieldEmailKey, true, false},
	}
	groupColumns = map[string]column{
		"id": {scimgroup.FieldID, false, true}, "externalid": {scimgroup.FieldExternalID, false, true}, "displayname": {scimgroup.FieldDisplayKey, true, false},
	}
)

// condition is a filter as a condition on rows. What is not understood is refused: who asks whether somebody is there must not be
// shown everybody.
type condition struct {
	columns map[string]column
	schema  string // of attributes that are written with their schema
	terms   int
}

// where translates a filter, nil for none.
func (c *condition) where(e filter.Expression) (func(*sql.Selector), error) {
	if e == nil {
		return func(*sql.Selector) {}, nil
	}
	build, err := c.of(e, "")
	if err != nil {
		return nil, err
	}
	return func(s *sql.Selector) { s.Where(build(s)) }, nil
}

type predicate func(*sql.Selector) *sql.Predicate

// of translates one expression; within is the attribute in whose brackets it stands.
func (c *condition) of(e filter.Expression, within string) (predicate, error) {
	if c.terms++; c.terms > 2*maxTerms {
		return nil, refuse(InvalidFilter, "filter", "has more than %d comparisons", maxTerms)
	}
	switch e := e.(type) {
	case *filter.LogicalExpression:
		left, err := c.of(e.Left, within)
		if err != nil {
			return nil, err
		}
		right, err := c.of(e.Right, within)
		if err != nil {
			return nil, err
		}
		if e.Operator == filter.OR {
			return func(s *sql.Selector) *sql.Predicate { return sql.Or(left(s), right(s)) }, nil
		}
		return func(s *sql.Selector) *sql.Predicate { return sql.And(left(s), right(s)) }, nil
	case *filter.NotExpression:
		inner, err := c.of(e.Expression, within)
		if err != nil {
			return nil, err
		}
		return func(s *sql.Selector) *sql.Predicate { return sql.Not(inner(s)) }, nil
	case *filter.ValuePath:
		if within == "" && e.AttributePath.SubAttribute == nil {
			return c.of(e.ValueFilter, e.AttributePath.AttributeName+".")
		}
	case *filter.AttributeExpression:
		return c.compare(e, within)
	}
	return nil, refuse(InvalidFilter, "filter", "has a form that is not understood")
}

// compare translates one comparison.
func (c *condition) compare(e *filter.AttributeExpression, within string) (predicate, error) {
	name := within + e.AttributePath.AttributeName
	if sub := e.AttributePath.SubAttributeName(); sub != "" {
		name += "." + sub
	}
	if uri := e.AttributePath.URI(); uri != "" && !strings.EqualFold(uri, c.schema) {
		return nil, refuse(InvalidFilter, "filter", "compares %s, by which nothing is found", e.AttributePath)
	}
	if strings.EqualFold(name, "active") && c.columns["username"].name != "" {
		return activeIs(e)
	}
	column, known := c.columns[strings.ToLower(name)]
	if !known {
		return nil, refuse(InvalidFilter, "filter", "compares %s, by which nothing is found", name)
	}
	if e.Operator == filter.PR {
		return func(s *sql.Selector) *sql.Predicate {
			return sql.And(sql.NotNull(s.C(column.name)), sql.NEQ(s.C(column.name), ""))
		}, nil
	}
	value, isText := e.CompareValue.(string)
	if !isText {
		return nil, refuse(InvalidFilter, "filter", "compares %s with something that is no text", name)
	}
	if column.folded {
		value = fold(value)
	}
	compare, known := comparisons[e.Operator]
	if !known || column.exact && e.Operator != filter.EQ && e.Operator != filter.NE {
		return nil, refuse(InvalidFilter, "filter", "compares %s by %s, which is not known", name, e.Operator)
	}
	return func(s *sql.Selector) *sql.Predicate { return compare(s.C(column.name), value) }, nil
}

// comparisons are those that filters know. Those of parts of texts escape what the database would take for a wildcard.
var comparisons = map[filter.CompareOperator]func(column, value string) *sql.Predicate{
	filter.EQ: func(column, value string) *sql.Predicate { return sql.EQ(column, value) },
	filter.NE: func(column, value string) *sql.Predicate { return sql.Or(sql.NEQ(column, value), sql.IsNull(column)) },
	filter.CO: sql.Contains, filter.SW: sql.HasPrefix, filter.EW: sql.HasSuffix,
}

// activeIs is the condition on whether people are active members.
func activeIs(e *filter.AttributeExpression) (predicate, error) {
	wanted, ok := e.CompareValue.(bool)
	if !ok || !slices.Contains([]filter.CompareOperator{filter.EQ, filter.NE}, e.Operator) {
		return nil, refuse(InvalidFilter, "filter", "compares active otherwise than by eq and ne with true and false")
	}
	active := wanted == (e.Operator == filter.EQ)
	return func(s *sql.Selector) *sql.Predicate {
		m := sql.Dialect(s.Dialect()).Table(membership.Table)
		held := sql.Dialect(s.Dialect()).Select(m.C(membership.FieldID)).From(m).
			Where(sql.And(sql.ColumnsEQ(m.C(membership.FieldID), s.C(scimuser.FieldMembershipID)), sql.EQ(m.C(membership.FieldStatus), string(membership.StatusActive))))
		if active {
			return sql.Exists(held)
		}
		return sql.NotExists(held)
	}, nil
}
