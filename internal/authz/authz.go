// Package authz says who acts and what they may do. authn builds the Actor; op and the REST adapter ask Allow; guard turns
// the Actor into row conditions. A role, a user group and an API key's scopes all end as one capability set, once.
package authz

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
)

// Capability is one thing an actor may do, as the contract names it.
type Capability string

// The six capabilities.
const (
	OperationsRead     Capability = "operations.read"
	QueueManage        Capability = "queue.manage"
	PrinterManage      Capability = "printer.manage"
	SpoolManage        Capability = "spool.manage"
	IntegrationsManage Capability = "integrations.manage"
	OrgManageUsers     Capability = "org.manage_users"
)

// Capabilities lists all, in the contract's order.
func Capabilities() []Capability {
	return []Capability{OperationsRead, QueueManage, PrinterManage, SpoolManage, IntegrationsManage, OrgManageUsers}
}

// Known reports whether the word is a capability.
func (c Capability) Known() bool { return slices.Contains(Capabilities(), c) }

// Role is what a membership is in its organization.
type Role string

// The roles, highest first.
const (
	RoleOwner    Role = "owner"
	RoleAdmin    Role = "admin"
	RoleOperator Role = "operator"
	RoleTeacher  Role = "teacher"
	RoleStudent  Role = "student"
)

// Capabilities is what the role brings before user groups.
func (r Role) Capabilities() []Capability {
	switch r {
	case RoleOwner, RoleAdmin:
		return Capabilities()
	case RoleOperator:
		return []Capability{OperationsRead, QueueManage, PrinterManage, SpoolManage}
	case RoleTeacher:
		return []Capability{OperationsRead, QueueManage}
	default:
		return nil
	}
}

// Above reports whether the role stands higher than the other.
func (r Role) Above(other Role) bool {
	ranks := []Role{RoleOwner, RoleAdmin, RoleOperator, RoleTeacher, RoleStudent}
	return slices.Index(ranks, r) < slices.Index(ranks, other)
}

// Kind is the sort of principal.
type Kind string

// The kinds of principal.
const (
	KindAPIKey  Kind = "api_key"
	KindSession Kind = "session"
	KindSystem  Kind = "system"
	KindSCIM    Kind = "scim" // an identity provider that keeps its people and groups up to date here
)

// Directory is the actor of an identity provider's SCIM token. It runs SCIM's operations only, and in them may do what an
// admin of the organization may.
func Directory(organization, provider pid.ID) *Actor {
	return &Actor{Kind: KindSCIM, ID: provider, Organization: organization, Role: RoleAdmin, Can: RoleAdmin.Capabilities()}
}

// Actor is who acts, in which organization, with what. It is built once a request and never changed.
type Actor struct {
	Kind         Kind
	ID           pid.ID // the key, session or identity provider; the job's name for the system
	Organization pid.ID
	Membership   pid.ID // the person; for a key, its creator
	User         pid.ID
	Role         Role
	Scopes       []Capability // an API key's own list, nil for a session
	Can          []Capability // what is left of everything: the only list that decides
	Sources      map[Capability][]string
	Teaches      []pid.ID // classes in which the person is teacher or assistant
	Leads        []pid.ID // classes of Teaches in which they are teacher: only those show who else is enrolled
	Attends      []pid.ID // classes in which the person is enrolled in any role
	Printers     []pid.ID // printer groups the person's user groups restrict them to; nil = no restriction
	Groups       []pid.ID // user groups of the person
}

// Has reports whether the actor holds the capability. The system holds all.
func (a *Actor) Has(c Capability) bool {
	return a != nil && (a.Kind == KindSystem || slices.Contains(a.Can, c))
}

// HasAny reports whether the actor holds one of the capabilities.
func (a *Actor) HasAny(cs ...Capability) bool { return slices.ContainsFunc(cs, a.Has) }

// System is the actor of background work in one organization. It runs inside operations only.
func System(organization pid.ID, job string) *Actor {
	return &Actor{Kind: KindSystem, ID: pid.ID(job), Organization: organization}
}

type actorKey struct{}

// With puts the actor into the context.
func With(ctx context.Context, a *Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// From is the actor of the context, nil where nobody is signed in.
func From(ctx context.Context) *Actor {
	a, _ := ctx.Value(actorKey{}).(*Actor)
	return a
}

// Op describes an operation, once, for capability, error codes, events, log and metric names, OpenAPI and the lists that
// docs and tests walk.
type Op struct {
	Resource string       // "spool"
	Verb     string       // "deduct"
	Needs    []Capability // any one of them is enough; empty = every active member
	Rows     bool         // a person's session without the capability may run it too: the row rules decide what it reaches
	Wide     bool         // a read that sees the whole organization; rows named by the Input still come by op.Load
	Write    bool         // changes something
	System   bool         // background work may run it; it has no route
	SCIM     bool         // an identity provider's SCIM token runs it, and nobody else
	Self     bool         // for people who are signed in, never for keys
	Summary  string       // one line for the reference
}

// Name is resource and verb, for logs, metrics and OpenAPI: spool_deduct.
func (o Op) Name() string { return o.Resource + "_" + strings.ReplaceAll(o.Verb, "-", "_") }

// NotFound is the answer when the operation's resource is not there for the actor.
func (o Op) NotFound() *errs.Error { return errs.NotFound(o.Resource) }

// Failed is the answer for a fault of ours inside the operation.
func (o Op) Failed(err error) *errs.Error {
	return errs.Failed(o.Resource, strings.ReplaceAll(o.Verb, "-", "_"), err)
}

// Any is shorthand for Needs.
func Any(cs ...Capability) []Capability { return cs }

// Allow says whether the actor may run the operation at all; which rows it reaches is guard's matter. op.Do and op.Read
// compare it for every caller, and the REST adapter asks before it reads a body, so that a refusal says nothing about it.
func Allow(a *Actor, o Op) error {
	switch {
	case a == nil:
		return errs.New(errs.MissingBearerToken, "Send Authorization: Bearer <api-key>.")
	case a.Kind == KindSystem:
		if !o.System {
			return errs.New(errs.InsufficientPermissions, "Background work may not run "+o.Name()+".")
		}
		return nil
	case o.SCIM != (a.Kind == KindSCIM):
		return errs.New(errs.InsufficientPermissions, "A SCIM token runs SCIM's operations, and nothing else does.")
	case o.Self && a.Kind != KindSession:
		return errs.New(errs.InsufficientPermissions, "This is for people: sign in. An API key cannot.")
	case o.System && len(o.Needs) == 0:
		return errs.New(errs.InsufficientPermissions, "Only background work runs "+o.Name()+".")
	case len(o.Needs) == 0 || a.HasAny(o.Needs...):
		return nil
	case o.Rows && a.Kind == KindSession:
		return nil
	}
	names := make([]string, len(o.Needs))
	for i, c := range o.Needs {
		names[i] = string(c)
	}
	return errs.New(errs.InsufficientPermissions, "This needs the capability "+strings.Join(names, " or ")+".")
}

// Same reports whether two actors are one, and may do and see the same.
func Same(a, b *Actor) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Kind == b.Kind && a.ID == b.ID && a.Organization == b.Organization && a.Membership == b.Membership && a.Role == b.Role && alike(a.Can, b.Can) &&
		alike(a.Teaches, b.Teaches) && alike(a.Leads, b.Leads) && alike(a.Attends, b.Attends) && alike(a.Printers, b.Printers) && alike(a.Groups, b.Groups) && (a.Printers == nil) == (b.Printers == nil)
}

// alike compares lists whose order says nothing.
func alike[T cmp.Ordered](a, b []T) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}
