package scim

import (
	"net/http"

	scim "github.com/elimity-com/scim"
	"github.com/elimity-com/scim/optional"
	filter "github.com/scim2/filter-parser/v2"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/sso/directory"
)

// users lends the operations on people to the library.
type users struct{ directory *directory.Service }

// ifMatch is the version that a request means.
func ifMatch(r *http.Request) string { return r.Header.Get("If-Match") }

// Create implements scim.ResourceHandler.
func (h users) Create(r *http.Request, attributes scim.ResourceAttributes) (scim.Resource, error) {
	p, err := directory.NewPerson(attributes)
	if err != nil {
		return scim.Resource{}, failed(r, err)
	}
	return user(r)(h.directory.CreateUser(r.Context(), directory.CreateUserInput{Person: p}))
}

// Get implements scim.ResourceHandler.
func (h users) Get(r *http.Request, id string) (scim.Resource, error) {
	return user(r)(h.directory.GetUser(r.Context(), directory.GetUserInput{ID: pid.ID(id)}))
}

// GetAll implements scim.ResourceHandler.
func (h users) GetAll(r *http.Request, params scim.ListRequestParams) (scim.Page, error) {
	found, err := h.directory.ListUsers(r.Context(), directory.ListUsersInput{Filter: filterOf(params), StartIndex: params.StartIndex, Count: params.Count})
	if err != nil {
		return scim.Page{}, failed(r, err)
	}
	page := scim.Page{TotalResults: found.Total, Resources: make([]scim.Resource, len(found.Items))}
	for i, u := range found.Items {
		page.Resources[i] = userResource(u)
	}
	return page, nil
}

// Replace implements scim.ResourceHandler.
func (h users) Replace(r *http.Request, id string, attributes scim.ResourceAttributes) (scim.Resource, error) {
	p, err := directory.NewPerson(attributes)
	if err != nil {
		return scim.Resource{}, failed(r, err)
	}
	return user(r)(h.directory.ReplaceUser(r.Context(), directory.ReplaceUserInput{ID: pid.ID(id), IfMatch: ifMatch(r), Person: p}))
}

// Patch implements scim.ResourceHandler.
func (h users) Patch(r *http.Request, id string, operations []scim.PatchOperation) (scim.Resource, error) {
	return user(r)(h.directory.PatchUser(r.Context(), directory.PatchUserInput{ID: pid.ID(id), IfMatch: ifMatch(r), Edits: edits(operations)}))
}

// Delete implements scim.ResourceHandler.
func (h users) Delete(r *http.Request, id string) error {
	_, err := h.directory.DeleteUser(r.Context(), directory.DeleteUserInput{ID: pid.ID(id), IfMatch: ifMatch(r)})
	if err != nil {
		return failed(r, err)
	}
	return nil
}

// filterOf is the filter of a list, nil where there is none.
func filterOf(params scim.ListRequestParams) filter.Expression {
	if params.FilterValidator == nil {
		return nil
	}
	return params.FilterValidator.GetFilter()
}

func edits(operations []scim.PatchOperation) []directory.Edit {
	out := make([]directory.Edit, len(operations))
	for i, o := range operations {
		out[i] = directory.Edit{Op: o.Op, Path: o.Path, Value: o.Value}
	}
	return out
}

// user is an operation's answer as the library takes it.
func user(r *http.Request) func(*ent.SCIMUser, error) (scim.Resource, error) {
	return func(u *ent.SCIMUser, err error) (scim.Resource, error) {
		if err != nil {
			return scim.Resource{}, failed(r, err)
		}
		return userResource(u), nil
	}
}

func userResource(u *ent.SCIMUser) scim.Resource {
	p := u.Profile
	a := scim.ResourceAttributes{"userName": u.UserName, "active": u.Edges.Membership.Status == membership.StatusActive}
	if p.DisplayName != "" {
		a["displayName"] = p.DisplayName
	}
	name := map[string]any{}
	for part, text := range map[string]string{"givenName": p.GivenName, "familyName": p.FamilyName, "formatted": p.Formatted} {
		if text != "" {
			name[part] = text
		}
	}
	if len(name) > 0 {
		a["name"] = name
	}
	if len(p.Emails) > 0 {
		emails := make([]map[string]any, len(p.Emails))
		for i, e := range p.Emails {
			emails[i] = map[string]any{"value": e.Value, "primary": e.Primary}
			if e.Type != "" {
				emails[i]["type"] = e.Type
			}
			if e.Display != "" {
				emails[i]["display"] = e.Display
			}
		}
		a["emails"] = emails
	}
	in := make([]map[string]any, len(u.Edges.Groups))
	for i, g := range u.Edges.Groups {
		in[i] = map[string]any{"value": g.ID, "display": g.DisplayName, "type": "direct"}
	}
	a["groups"] = in
	changed := u.UpdatedAt
	if m := u.Edges.Membership; m.UpdatedAt.After(changed) {
		changed = m.UpdatedAt
	}
	return scim.Resource{ID: string(u.ID), ExternalID: external(u.ExternalID), Attributes: a, Meta: scim.Meta{Created: &u.CreatedAt, LastModified: &changed, Version: directory.UserTag(u)}}
}

// external is an externalId, absent where it is empty.
func external(id string) optional.String {
	if id == "" {
		return optional.String{}
	}
	return optional.NewString(id)
}
