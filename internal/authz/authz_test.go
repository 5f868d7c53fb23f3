package authz_test

import (
	"context"
	"slices"
	"testing"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
)

func TestRoles(t *testing.T) {
	work := []authz.Capability{authz.OperationsRead, authz.QueueManage, authz.PrinterManage, authz.SpoolManage}
	for role, want := range map[authz.Role][]authz.Capability{
		authz.RoleOwner:    authz.Capabilities(),
		authz.RoleAdmin:    authz.Capabilities(),
		authz.RoleOperator: work,
		authz.RoleTeacher:  work[:2],
		authz.RoleStudent:  nil,
		"":                 nil,
		"superuser":        nil,
	} {
		if got := role.Capabilities(); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", role, got, want)
		}
	}
}

func TestKnown(t *testing.T) {
	for _, c := range authz.Capabilities() {
		if !c.Known() {
			t.Errorf("%s is not known", c)
		}
	}
	for _, c := range []authz.Capability{"", "*", "operations.*", "Operations.Read", "operations.read ", "queue"} {
		if c.Known() {
			t.Errorf("%q is known", c)
		}
	}
}

func TestListsAreCopies(t *testing.T) {
	authz.Capabilities()[0] = "x"
	authz.RoleOwner.Capabilities()[0] = "x"
	if authz.Capabilities()[0] != authz.OperationsRead || authz.RoleOwner.Capabilities()[0] != authz.OperationsRead {
		t.Error("a caller changed the list of everybody")
	}
}

func person(kind authz.Kind, can ...authz.Capability) *authz.Actor {
	return &authz.Actor{Kind: kind, Organization: "org_1", Can: can}
}

func TestHas(t *testing.T) {
	for name, c := range map[string]struct {
		actor *authz.Actor
		want  bool
	}{
		"nobody has nothing":             {nil, false},
		"who may do nothing":             {person(authz.KindSession), false},
		"who may do something else":      {person(authz.KindSession, authz.QueueManage), false},
		"who may do it":                  {person(authz.KindAPIKey, authz.QueueManage, authz.SpoolManage), true},
		"a scope alone is no capability": {&authz.Actor{Kind: authz.KindAPIKey, Scopes: []authz.Capability{authz.SpoolManage}}, false},
		"a role alone is no capability":  {&authz.Actor{Kind: authz.KindSession, Role: authz.RoleOwner}, false},
		"the system":                     {authz.System("org_1", "job"), true},
	} {
		if got := c.actor.Has(authz.SpoolManage); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
		if got := c.actor.HasAny(authz.PrinterManage, authz.SpoolManage); got != c.want {
			t.Errorf("%s, any of two: %v", name, got)
		}
		if c.actor.HasAny() {
			t.Errorf("%s has one of none", name)
		}
	}
}

func TestAllow(t *testing.T) {
	needs := authz.Any(authz.PrinterManage, authz.SpoolManage)
	plain := authz.Op{Resource: "spool", Verb: "deduct", Needs: needs, Write: true}
	rows := authz.Op{Resource: "queue_item", Verb: "create", Needs: needs, Rows: true, Write: true}
	free := authz.Op{Resource: "user", Verb: "me"}
	system := authz.Op{Resource: "queue", Verb: "refresh", System: true, Write: true}
	both := authz.Op{Resource: "print", Verb: "confirm", System: true, Needs: needs}
	none, reader, manager := person(authz.KindSession), person(authz.KindSession, authz.OperationsRead), person(authz.KindSession, authz.SpoolManage)
	key, keyOfManager := person(authz.KindAPIKey), person(authz.KindAPIKey, authz.SpoolManage)
	job := authz.System("org_1", "job")

	for name, c := range map[string]struct {
		actor *authz.Actor
		op    authz.Op
		code  errs.Code
	}{
		"nobody is asked who they are":                       {nil, plain, errs.MissingBearerToken},
		"nobody may not even do what needs nothing":          {nil, free, errs.MissingBearerToken},
		"one of the capabilities is enough":                  {manager, plain, ""},
		"another capability is not":                          {reader, plain, errs.InsufficientPermissions},
		"none is not":                                        {none, plain, errs.InsufficientPermissions},
		"a key with the capability may":                      {keyOfManager, plain, ""},
		"a key without may not":                              {key, plain, errs.InsufficientPermissions},
		"a session without may where rows decide":            {none, rows, ""},
		"a key without may not where rows decide":            {key, rows, errs.InsufficientPermissions},
		"every session may do what needs nothing":            {none, free, ""},
		"every key too":                                      {key, free, ""},
		"background work may do its own":                     {job, system, ""},
		"background work may do what is listed for it":       {job, both, ""},
		"background work may not do the rest":                {job, plain, errs.InsufficientPermissions},
		"background work may not do what needs nothing":      {job, free, errs.InsufficientPermissions},
		"a person may not do background work":                {manager, system, errs.InsufficientPermissions},
		"a key may not do background work":                   {keyOfManager, system, errs.InsufficientPermissions},
		"a person may do what is for both":                   {manager, both, ""},
		"a person without the capability may not do that":    {none, both, errs.InsufficientPermissions},
		"an actor of no kind is no session":                  {person(""), rows, errs.InsufficientPermissions},
		"an actor of no kind does not do the work of system": {person("", authz.SpoolManage), system, errs.InsufficientPermissions},
	} {
		err := authz.Allow(c.actor, c.op)
		if c.code == "" && err != nil || c.code != "" && !errs.Is(err, c.code) {
			t.Errorf("%s: %v, want %q", name, err, c.code)
		}
	}
}

func TestARefusalNamesWhatIsMissing(t *testing.T) {
	err := errs.From(authz.Allow(person(authz.KindAPIKey), authz.Op{Needs: authz.Any(authz.PrinterManage, authz.SpoolManage)}))
	if err.Details != "This needs the capability printer.manage or spool.manage." || err.Kind != errs.KindForbidden {
		t.Errorf("%+v", err)
	}
}

func TestNamesOfAnOperation(t *testing.T) {
	o := authz.Op{Resource: "printer", Verb: "clear-bed"}
	if o.Name() != "printer_clear_bed" || o.NotFound().Code != "printer_not_found" || o.Failed(nil).Code != "printer_clear_bed_failed" {
		t.Errorf("%s, %s, %s", o.Name(), o.NotFound().Code, o.Failed(nil).Code)
	}
}

func TestTheActorTravelsInTheContext(t *testing.T) {
	if a := authz.From(context.Background()); a != nil {
		t.Errorf("nobody is %+v", a)
	}
	a := person(authz.KindSession)
	if got := authz.From(authz.With(t.Context(), a)); got != a {
		t.Errorf("%+v", got)
	}
	if got := authz.From(authz.With(authz.With(t.Context(), a), nil)); got != nil {
		t.Errorf("signed out, it is still %+v", got)
	}
}

func TestSystemBelongsToOneOrganization(t *testing.T) {
	a := authz.System("org_1", "reaper")
	if a.Kind != authz.KindSystem || a.Organization != "org_1" || a.ID != "reaper" || a.User != "" || a.Membership != "" {
		t.Errorf("%+v", a)
	}
}

// A SCIM token runs SCIM's operations alone, and nobody else runs those, whatever they may do.
func TestDirectory(t *testing.T) {
	scim := authz.Op{Resource: "scim_user", Verb: "create", Needs: authz.Any(authz.OrgManageUsers), SCIM: true}
	other := authz.Op{Resource: "user", Verb: "add", Needs: authz.Any(authz.OrgManageUsers)}
	directory := authz.Directory("org_1", "idp_1")
	owner := &authz.Actor{Kind: authz.KindSession, Role: authz.RoleOwner, Can: authz.Capabilities()}
	for _, c := range []struct {
		name  string
		actor *authz.Actor
		op    authz.Op
		may   bool
	}{
		{"a directory, SCIM", directory, scim, true}, {"a directory, another operation", directory, other, false},
		{"an owner, SCIM", owner, scim, false}, {"an owner, another operation", owner, other, true},
		{"background work, SCIM", authz.System("org_1", "job"), scim, false}, {"nobody, SCIM", nil, scim, false},
		{"a directory, what every member may", directory, authz.Op{Resource: "me", Verb: "get"}, false},
	} {
		if err := authz.Allow(c.actor, c.op); (err == nil) != c.may {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
