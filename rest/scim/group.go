package scim

import (
	"cmp"
	"net/http"
	"slices"

	scim "github.com/elimity-com/scim"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/sso/directory"
)

// groups lends the operations on groups to the library.
type groups struct{ directory *directory.Service }

// newGroup is a group as a POST or PUT has it.
func newGroup(attributes scim.ResourceAttributes) (g directory.Group, err error) {
	g.DisplayName, _ = attributes["displayName"].(string)
	g.ExternalID, _ = attributes["externalId"].(string)
	if members, ok := attributes["members"].([]any); ok {
		g.Members, err = directory.Members(members)
	}
	return g, err
}

// Create implements scim.ResourceHandler.
func (h groups) Create(r *http.Request, attributes scim.ResourceAttributes) (scim.Resource, error) {
	g, err := newGroup(attributes)
	if err != nil {
		return scim.Resource{}, failed(r, err)
	}
	return group(r)(h.directory.CreateGroup(r.Context(), directory.CreateGroupInput{Group: g}))
}

// withoutMembers reports whether the caller does not want to know who is in groups: Entra does not, because it may be many.
func withoutMembers(r *http.Request) bool {
	wanted := names(r.URL.Query().Get("attributes"))
	return len(wanted) > 0 && !slices.Contains(wanted, "members") || slices.Contains(names(r.URL.Query().Get("excludedAttributes")), "members")
}

// Get implements scim.ResourceHandler.
func (h groups) Get(r *http.Request, id string) (scim.Resource, error) {
	return group(r)(h.directory.GetGroup(r.Context(), directory.GetGroupInput{ID: pid.ID(id), WithoutMembers: withoutMembers(r)}))
}

// GetAll implements scim.ResourceHandler.
func (h groups) GetAll(r *http.Request, params scim.ListRequestParams) (scim.Page, error) {
	found, err := h.directory.ListGroups(r.Context(), directory.ListGroupsInput{Filter: filterOf(params), StartIndex: params.StartIndex, Count: params.Count, WithoutMembers: withoutMembers(r)})
	if err != nil {
		return scim.Page{}, failed(r, err)
	}
	page := scim.Page{TotalResults: found.Total, Resources: make([]scim.Resource, len(found.Items))}
	for i, g := range found.Items {
		page.Resources[i] = groupResource(g)
	}
	return page, nil
}

// Replace implements scim.ResourceHandler.
func (h groups) Replace(r *http.Request, id string, attributes scim.ResourceAttributes) (scim.Resource, error) {
	g, err := newGroup(attributes)
	if err != nil {
		return scim.Resource{}, failed(r, err)
	}
	return group(r)(h.directory.ReplaceGroup(r.Context(), directory.ReplaceGroupInput{ID: pid.ID(id), IfMatch: ifMatch(r), Group: g}))
}

// Patch implements scim.ResourceHandler. It answers nothing, as Entra asks for: the group may have thousands of members.
func (h groups) Patch(r *http.Request, id string, operations []scim.PatchOperation) (scim.Resource, error) {
	_, err := h.directory.PatchGroup(r.Context(), directory.PatchGroupInput{ID: pid.ID(id), IfMatch: ifMatch(r), Edits: edits(operations)})
	if err != nil {
		return scim.Resource{}, failed(r, err)
	}
	return scim.Resource{}, nil
}

// Delete implements scim.ResourceHandler.
func (h groups) Delete(r *http.Request, id string) error {
	_, err := h.directory.DeleteGroup(r.Context(), directory.DeleteGroupInput{ID: pid.ID(id), IfMatch: ifMatch(r)})
	if err != nil {
		return failed(r, err)
	}
	return nil
}

// group is an operation's answer as the library takes it.
func group(r *http.Request) func(*ent.SCIMGroup, error) (scim.Resource, error) {
	return func(g *ent.SCIMGroup, err error) (scim.Resource, error) {
		if err != nil {
			return scim.Resource{}, failed(r, err)
		}
		return groupResource(g), nil
	}
}

func groupResource(g *ent.SCIMGroup) scim.Resource {
	members := make([]map[string]any, len(g.Edges.Members))
	for i, u := range g.Edges.Members {
		members[i] = map[string]any{"value": u.ID, "display": cmp.Or(u.Profile.DisplayName, u.UserName), "type": "User"}
	}
	id := ""
	if g.ExternalID != nil {
		id = *g.ExternalID
	}
	return scim.Resource{ID: string(g.ID), ExternalID: external(id), Attributes: scim.ResourceAttributes{"displayName": g.DisplayName, "members": members},
		Meta: scim.Meta{Created: &g.CreatedAt, LastModified: &g.UpdatedAt, Version: directory.GroupTag(g)}}
}
