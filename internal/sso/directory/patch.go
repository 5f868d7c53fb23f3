package directory

import (
	"maps"
	"slices"
	"strings"

	filter "github.com/scim2/filter-parser/v2"

	"github.com/soloprint/soloprint/ent/schematype"
)

// Names of the schemas (RFC 7643, 8.7).
const (
	userSchema  = "urn:ietf:params:scim:schemas:core:2.0:User"
	groupSchema = "urn:ietf:params:scim:schemas:core:2.0:Group"
)

// Edit is one operation of a PATCH (RFC 7644, 3.5.2), whose value fits the schema.
type Edit struct {
	Op    string       // add, replace or remove
	Path  *filter.Path // nil = the value is an object of attributes
	Value any
}

// removes reports whether the edit takes something away.
func (e Edit) removes() bool { return e.Op == "remove" }

// attribute is the name of what the edit is about, in lower case, with the sub-attribute where it stands directly behind.
func (e Edit) attribute() string {
	name := strings.ToLower(e.Path.AttributePath.AttributeName)
	if sub := e.Path.AttributePath.SubAttributeName(); sub != "" {
		name += "." + strings.ToLower(sub)
	}
	return name
}

// text is the edit's value as a text, "" where it removes.
func (e Edit) text() (string, error) {
	if e.removes() || e.Value == nil {
		return "", nil
	}
	s, ok := e.Value.(string)
	if !ok {
		return "", refuse(InvalidValue, e.Path.String(), "is no text")
	}
	return s, nil
}

// each calls edit for every edit that names an attribute of the schema: what is said without a path is one for each member of
// the object, in the order of their names. What other schemas have is not kept.
func each(edits []Edit, schema string, edit func(Edit) error) error {
	for _, e := range edits {
		parts := []Edit{e}
		if e.Path == nil {
			object, ok := e.Value.(map[string]any)
			if !ok || e.removes() {
				return refuse(NoTarget, "path", "is required, or an object of attributes as the value")
			}
			parts = nil
			for _, name := range slices.Sorted(maps.Keys(object)) {
				path, err := filter.ParsePath([]byte(name))
				if err != nil {
					return refuse(InvalidPath, name, "is no path")
				}
				parts = append(parts, Edit{e.Op, &path, object[name]})
			}
		}
		for _, p := range parts {
			if uri := p.Path.AttributePath.URI(); uri != "" && !strings.EqualFold(uri, schema) {
				continue
			}
			if err := edit(p); err != nil {
				return err
			}
		}
	}
	return nil
}

// edit carries edits out on what is said of a person. Attributes that are not kept are let pass.
func (p *Person) edit(edits []Edit) error {
	return each(edits, userSchema, func(e Edit) error {
		texts := map[string]*string{"username": &p.UserName, "externalid": &p.ExternalID, "displayname": &p.DisplayName,
			"name.givenname": &p.GivenName, "name.familyname": &p.FamilyName, "name.formatted": &p.Formatted}
		if to := texts[e.attribute()]; to != nil {
			text, err := e.text()
			*to = text
			return err
		}
		switch e.attribute() {
		case "active":
			active, ok := e.Value.(bool)
			if !ok || e.removes() {
				return refuse(Mutability, "active", "is true or false, and cannot be removed")
			}
			p.Active = &active
		case "name":
			return p.editName(e)
		case "emails", "emails.value":
			return p.editEmails(e)
		}
		return nil
	})
}

// editName changes the parts of a name that the value has, or removes all.
func (p *Person) editName(e Edit) error {
	if e.removes() {
		p.GivenName, p.FamilyName, p.Formatted = "", "", ""
		return nil
	}
	object, ok := e.Value.(map[string]any)
	if !ok {
		return refuse(InvalidValue, "name", "is no object")
	}
	for name, to := range map[string]*string{"givenName": &p.GivenName, "familyName": &p.FamilyName, "formatted": &p.Formatted} {
		if text, ok := object[name].(string); ok {
			*to = text
		}
	}
	return nil
}

// editEmails changes mail addresses: all of them, or those that a filter in brackets names.
func (p *Person) editEmails(e Edit) error {
	sub := strings.ToLower(e.Path.SubAttributeName() + e.Path.AttributePath.SubAttributeName())
	switch {
	case e.Path.ValueExpression != nil:
		return p.editSome(e, sub)
	case sub != "" && len(p.Emails) > 0: // emails.value without a filter: of every address
		return refuse(InvalidPath, "emails.value", "says nothing of which address is meant")
	case sub != "":
		text, err := e.text()
		p.Emails = []schematype.SCIMEmail{{Value: text, Type: "work", Primary: true}}
		return err
	case e.removes() && e.Value == nil:
		p.Emails = nil
		return nil
	}
	values, err := emails(e.Value)
	if err != nil {
		return err
	}
	switch e.Op {
	case "replace":
		p.Emails = nil
	case "remove":
		p.Emails = slices.DeleteFunc(p.Emails, func(had schematype.SCIMEmail) bool {
			return slices.ContainsFunc(values, func(v schematype.SCIMEmail) bool { return strings.EqualFold(v.Value, had.Value) })
		})
		return nil
	}
	for _, v := range values {
		p.addEmail(v)
	}
	return nil
}

// addEmail adds an address, or says anew what one is that is there.
func (p *Person) addEmail(v schematype.SCIMEmail) {
	if v.Primary {
		for i := range p.Emails {
			p.Emails[i].Primary = false
		}
	}
	if i := slices.IndexFunc(p.Emails, func(had schematype.SCIMEmail) bool { return strings.EqualFold(had.Value, v.Value) }); i >= 0 {
		p.Emails[i] = v
		return
	}
	p.Emails = append(p.Emails, v)
}

// editSome changes the addresses of which the filter in brackets holds. Where it holds of none, Entra means a new one: add and
// replace make it.
func (p *Person) editSome(e Edit, sub string) error {
	matches, made, err := emailFilter(e.Path.ValueExpression)
	if err != nil {
		return err
	}
	if e.removes() && sub == "" {
		p.Emails = slices.DeleteFunc(p.Emails, matches)
		return nil
	}
	found := false
	for i := range p.Emails {
		if matches(p.Emails[i]) {
			found = true
			if err := editEmail(&p.Emails[i], e, sub); err != nil {
				return err
			}
		}
	}
	if found || e.removes() {
		p.Emails = slices.DeleteFunc(p.Emails, func(m schematype.SCIMEmail) bool { return m.Value == "" })
		return nil
	}
	if err := editEmail(&made, e, sub); err != nil {
		return err
	}
	if made.Value == "" {
		return refuse(NoTarget, "emails", "has no address of which the filter holds")
	}
	made.Primary = made.Primary || len(p.Emails) == 0
	p.addEmail(made)
	return nil
}

// editEmail changes one address, or one part of it.
func editEmail(m *schematype.SCIMEmail, e Edit, sub string) (err error) {
	switch sub {
	case "value":
		m.Value, err = e.text()
	case "type":
		m.Type, err = e.text()
	case "display":
		m.Display, err = e.text()
	case "primary":
		m.Primary, _ = e.Value.(bool)
	case "":
		values, err := emails(e.Value)
		if err != nil || len(values) != 1 {
			return or(err, refuse(InvalidValue, "emails", "is to be replaced by one address"))
		}
		*m = values[0]
	}
	return err
}

// emailFilter is a filter in brackets behind emails, and the address that it describes.
func emailFilter(e filter.Expression) (matches func(schematype.SCIMEmail) bool, made schematype.SCIMEmail, err error) {
	switch e := e.(type) {
	case *filter.LogicalExpression:
		if e.Operator != filter.AND {
			break
		}
		left, made, err := emailFilter(e.Left)
		if err != nil {
			return nil, made, err
		}
		right, other, err := emailFilter(e.Right)
		made.Value, made.Type, made.Primary = made.Value+other.Value, made.Type+other.Type, made.Primary || other.Primary
		return func(m schematype.SCIMEmail) bool { return left(m) && right(m) }, made, err
	case *filter.AttributeExpression:
		text, isText := e.CompareValue.(string)
		switch name := strings.ToLower(e.AttributePath.AttributeName); {
		case e.Operator != filter.EQ:
		case name == "type" && isText:
			made.Type = text
			return func(m schematype.SCIMEmail) bool { return strings.EqualFold(m.Type, text) }, made, nil
		case name == "value" && isText:
			made.Value = text
			return func(m schematype.SCIMEmail) bool { return strings.EqualFold(m.Value, text) }, made, nil
		case name == "primary":
			wanted := e.CompareValue == true
			made.Primary = wanted
			return func(m schematype.SCIMEmail) bool { return m.Primary == wanted }, made, nil
		}
	}
	return nil, made, refuse(InvalidPath, "emails", "is followed by a filter that is not understood: type, value and primary are compared by eq, joined by and")
}

// emails are mail addresses as a request has them.
func emails(value any) ([]schematype.SCIMEmail, error) {
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	out := make([]schematype.SCIMEmail, 0, len(list))
	for _, v := range list {
		object, ok := v.(map[string]any)
		if !ok {
			return nil, refuse(InvalidValue, "emails", "has something that is no object")
		}
		var m schematype.SCIMEmail
		m.Value, _ = object["value"].(string)
		m.Type, _ = object["type"].(string)
		m.Display, _ = object["display"].(string)
		m.Primary, _ = object["primary"].(bool)
		out = append(out, m)
	}
	return out, nil
}

// NewPerson is a person as a POST or PUT has them, whose attributes fit the schema.
func NewPerson(attributes map[string]any) (Person, error) {
	var p Person
	p.UserName, _ = attributes["userName"].(string)
	p.ExternalID, _ = attributes["externalId"].(string)
	p.DisplayName, _ = attributes["displayName"].(string)
	if active, ok := attributes["active"].(bool); ok {
		p.Active = &active
	}
	if name, ok := attributes["name"].(map[string]any); ok {
		if err := p.editName(Edit{Op: "replace", Value: name}); err != nil {
			return p, err
		}
	}
	if list, ok := attributes["emails"].([]any); ok {
		values, err := emails(list)
		if err != nil {
			return p, err
		}
		for _, v := range values {
			p.addEmail(v)
		}
	}
	return p, nil
}
