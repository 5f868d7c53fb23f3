package crud_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent"
	entevent "github.com/soloprint/soloprint/ent/event"
	_ "github.com/soloprint/soloprint/ent/runtime"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/clock"
	"github.com/soloprint/soloprint/internal/crud"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/guard"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
)

// kit is a database with two schools. seed writes around the guard.
type kit struct {
	*crud.Service
	seed         *ent.Client
	clock        *clock.Fake
	school, away *ent.Organization
	admin        context.Context // may do everything at school
}

func setup(t *testing.T, db *store.DB) *kit {
	t.Helper()
	k := &kit{seed: ent.NewClient(ent.Driver(db.Driver())), clock: clock.NewFake(time.Date(2026, 4, 2, 8, 0, 0, 0, time.UTC))}
	client := ent.NewClient(ent.Driver(db.Driver()))
	k.Service = &crud.Service{Ops: &op.Runner{Client: client, Guard: guard.Install(client), Clock: k.clock, Log: slog.New(slog.DiscardHandler)}}
	k.school = k.seed.Organization.Create().SetName("School").SetSlug("school").SaveX(t.Context())
	k.away = k.seed.Organization.Create().SetName("Away").SetSlug("away").SaveX(t.Context())
	k.admin = k.as(t, authz.Capabilities()...)
	return k
}

// as is a member of the school who holds the capabilities.
func (k *kit) as(t *testing.T, can ...authz.Capability) context.Context {
	a := &authz.Actor{Kind: authz.KindSession, ID: pid.New("ses"), Organization: k.school.ID, Membership: pid.New("mem"), User: pid.New("usr"), Can: can}
	return authz.With(t.Context(), a)
}

// tag is a tag of an organization, made around the operations.
func (k *kit) tag(t *testing.T, of *ent.Organization, name string) *ent.PrinterTag {
	t.Helper()
	return k.seed.PrinterTag.Create().SetOrganization(of).SetName(name).SetSearch(name).SaveX(t.Context())
}

// group is a printer group of an organization.
func (k *kit) group(t *testing.T, of *ent.Organization, name string) *ent.PrinterGroup {
	t.Helper()
	return k.seed.PrinterGroup.Create().SetOrganization(of).SetName(name).SaveX(t.Context())
}

// happened is one event, as its readers see it.
type happened struct {
	Type             string
	Object, Previous map[string]any
}

// events are those of the school, in order.
func (k *kit) events(t *testing.T) (all []happened) {
	t.Helper()
	rows := k.seed.Event.Query().Where(entevent.OrganizationID(k.school.ID)).Order(entevent.BySequence()).AllX(t.Context())
	for _, r := range rows {
		h := happened{Type: r.Type}
		if err := json.Unmarshal(r.Data, &h); err != nil {
			t.Fatal(err)
		}
		all = append(all, h)
	}
	return all
}

// code is the code of an error, empty for none.
func code(err error) errs.Code {
	if err == nil {
		return ""
	}
	return errs.From(err).Code
}

func set[T any](v T) graphql.Omittable[*T] { return graphql.OmittableOf(&v) }

func null[T any]() graphql.Omittable[*T] { return graphql.OmittableOf[*T](nil) }
