package material_test

import (
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/ent/spool"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/material"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// Codes, weights and refusals are rows of one table: hence the length.
func TestCreateSpool(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		rows := []struct {
			name       string
			in         func(b *bundle, m *ent.Material) material.CreateSpoolInput
			code       errs.Code
			wantCode   string
			wantG      float64
			wantEvents []string
		}{
			{
				name:       "a spool without a code gets the first one and the material's weight",
				in:         func(*bundle, *ent.Material) material.CreateSpoolInput { return material.CreateSpoolInput{} },
				wantCode:   "S-0001",
				wantG:      1000,
				wantEvents: []string{"spool.created"},
			},
			{
				name: "the next code follows the highest, whatever else people wrote on labels",
				in: func(b *bundle, m *ent.Material) material.CreateSpoolInput {
					for _, code := range []string{"S-0041", "S-7", "S-12x", "PLA-99", "S-"} {
						b.o.Spool(t, m, 100, func(q *ent.SpoolCreate) { q.SetCode(code) })
					}
					return material.CreateSpoolInput{}
				},
				wantCode:   "S-0042",
				wantG:      1000,
				wantEvents: []string{"spool.created"},
			},
			{
				name: "a code of one's own and a weight of one's own are kept",
				in: func(*bundle, *ent.Material) material.CreateSpoolInput {
					return material.CreateSpoolInput{Code: g("PLA/7"), InitialG: g(333.34)}
				},
				wantCode:   "PLA/7",
				wantG:      333.34,
				wantEvents: []string{"spool.created"},
			},
			{
				name: "a spool that is below its threshold from the beginning crosses nothing",
				in: func(*bundle, *ent.Material) material.CreateSpoolInput {
					return material.CreateSpoolInput{LowStockThreshold: &schematype.Threshold{G: g(5000.0)}}
				},
				wantCode:   "S-0001",
				wantG:      1000,
				wantEvents: []string{"spool.created"},
			},
			{
				name: "a code that is taken is refused",
				in: func(b *bundle, m *ent.Material) material.CreateSpoolInput {
					b.o.Spool(t, m, 100, func(q *ent.SpoolCreate) { q.SetCode("PLA/7") })
					return material.CreateSpoolInput{Code: g("PLA/7")}
				},
				code: errs.AlreadyExists,
			},
			{
				name: "a code that no printer of labels takes is refused",
				in: func(*bundle, *ent.Material) material.CreateSpoolInput {
					return material.CreateSpoolInput{Code: g("S-1~spl")}
				},
				code: errs.ValidationFailed,
			},
			{
				name: "a weight below zero is refused",
				in: func(*bundle, *ent.Material) material.CreateSpoolInput {
					return material.CreateSpoolInput{InitialG: g(-1.0)}
				},
				code: errs.ValidationFailed,
			},
		}
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				b := newBundle(t, k)
				m := b.o.Material(t)
				in := row.in(b, m)
				in.MaterialID = m.ID

				got, err := b.s.CreateSpool(b.ctx, in)

				wantCode(t, err, row.code)
				b.wantEvents(t, row.wantEvents...)
				b.wantSums(t)
				if row.code != "" {
					return
				}
				if got.Code != row.wantCode || got.InitialG != row.wantG || got.UsedG != 0 || got.Edges.Material == nil {
					t.Errorf("got %+v", got)
				}
				b.wantGrams(t, got.ID, row.wantG, 0)
			})
		}
	})
}

// Every step between statuses, and every threshold, is a row here: hence the length.
func TestUpdateSpool(t *testing.T) {
	archive := material.UpdateSpoolInput{Status: status(spool.StatusArchived)}
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		rows := []struct {
			name       string
			given      func(b *bundle, s *ent.Spool)
			in         material.UpdateSpoolInput
			code       errs.Code
			want       spool.Status
			wantG      float64
			wantEvents []string
		}{
			{name: "nothing sent changes nothing", want: spool.StatusNew, wantG: 1000},
			{
				name: "the same values change nothing", in: material.UpdateSpoolInput{Location: text(""), LotNumber: text("")},
				want: spool.StatusNew, wantG: 1000,
			},
			{
				name: "a new place is told", in: material.UpdateSpoolInput{Location: text("Shelf 3"), LotNumber: text("L7")},
				want: spool.StatusNew, wantG: 1000, wantEvents: []string{"spool.updated"},
			},
			{
				name: "a spool in use somewhere is opened", in: material.UpdateSpoolInput{Status: status(spool.StatusInUse)},
				want: spool.StatusInUse, wantG: 1000, wantEvents: []string{"spool.updated"},
			},
			{
				name: "declaring it empty writes the rest off", in: material.UpdateSpoolInput{Status: status(spool.StatusEmpty)},
				want: spool.StatusEmpty, wantG: 0, wantEvents: []string{"spool.low", "spool.critical", "spool.empty", "spool.updated"},
			},
			{name: "archiving is told", in: archive, want: spool.StatusArchived, wantG: 1000, wantEvents: []string{"spool.updated", "spool.archived"}},
			{
				name: "an archived spool comes back", given: func(b *bundle, s *ent.Spool) { b.update(t, s, archive) },
				in: material.UpdateSpoolInput{Status: status(spool.StatusStored)}, want: spool.StatusStored, wantG: 1000, wantEvents: []string{"spool.updated"},
			},
			{
				name: "a loaded spool is not archived", given: func(b *bundle, s *ent.Spool) { b.load(t, s, b.o.Printer(t, "Ada", 1), 0) },
				in: archive, code: errs.SpoolInUse, want: spool.StatusInUse, wantG: 1000,
			},
			{
				name: "a loaded spool is not in store", given: func(b *bundle, s *ent.Spool) { b.load(t, s, b.o.Printer(t, "Ada", 1), 0) },
				in: material.UpdateSpoolInput{Status: status(spool.StatusStored)}, code: errs.SpoolInUse, want: spool.StatusInUse, wantG: 1000,
			},
			{
				name: "a reserved spool is not archived", given: func(b *bundle, s *ent.Spool) { b.reserve(t, s, 10) },
				in: archive, code: errs.SpoolInUse, want: spool.StatusNew, wantG: 1000,
			},
			{
				name: "an empty spool is not put in store without weighing it", given: func(b *bundle, s *ent.Spool) { b.deduct(t, s, 1000) },
				in: material.UpdateSpoolInput{Status: status(spool.StatusStored)}, code: errs.SpoolInsufficientMaterial, want: spool.StatusEmpty,
			},
			{
				name: "a status never becomes new again", given: func(b *bundle, s *ent.Spool) { b.load(t, s, b.o.Printer(t, "Ada", 1), 0) },
				in: material.UpdateSpoolInput{Status: status(spool.StatusNew)}, code: errs.ValidationFailed, want: spool.StatusInUse, wantG: 1000,
			},
			{
				name: "a stale If-Match is refused", in: material.UpdateSpoolInput{Location: text("x"), IfMatch: `"9-abc"`},
				code: errs.PreconditionFailed, want: spool.StatusNew, wantG: 1000,
			},
			{
				name: "a higher threshold tells once that the spool is low", in: material.UpdateSpoolInput{LowStockThreshold: threshold(100)},
				want: spool.StatusNew, wantG: 1000, wantEvents: []string{"spool.low", "spool.updated"},
			},
			{
				name: "a lower threshold makes it ok without a word", given: func(b *bundle, s *ent.Spool) { b.deduct(t, s, 920) },
				in: material.UpdateSpoolInput{LowStockThreshold: threshold(1)}, want: spool.StatusStored, wantG: 80, wantEvents: []string{"spool.updated"},
			},
			{
				name: "the same threshold again tells nothing", given: func(b *bundle, s *ent.Spool) {
					b.update(t, s, material.UpdateSpoolInput{LowStockThreshold: threshold(100)})
				},
				in: material.UpdateSpoolInput{LowStockThreshold: threshold(100)}, want: spool.StatusNew, wantG: 1000,
			},
		}
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				b := newBundle(t, k)
				s := b.o.Spool(t, b.o.Material(t), 1000)
				if row.given != nil {
					row.given(b, s)
				}
				b.told = len(b.o.Events(t))
				version := b.Raw.Spool.GetX(t.Context(), s.ID).Version
				in := row.in
				in.SpoolID = s.ID

				_, err := b.s.UpdateSpool(b.ctx, in)

				wantCode(t, err, row.code)
				b.wantEvents(t, row.wantEvents...)
				now := b.Raw.Spool.GetX(t.Context(), s.ID)
				if now.Status != row.want {
					t.Errorf("status %s, want %s", now.Status, row.want)
				}
				if (now.Version > version) != (len(row.wantEvents) > 0) {
					t.Errorf("version %d after %d, events %v", now.Version, version, row.wantEvents)
				}
				b.wantGrams(t, s.ID, row.wantG, now.ReservedG)
			})
		}
	})
}

func TestUpdateSpoolSetsAndClears(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, testkit.NewKit(t, db))
		s := b.o.Spool(t, b.o.Material(t), 1000)
		when := testkit.Start().Add(-48 * time.Hour)

		set, err := b.s.UpdateSpool(b.ctx, material.UpdateSpoolInput{
			SpoolID: s.ID, Location: text("Shelf 3"), LowStockThreshold: threshold(20),
			OpenedAt: graphql.OmittableOf(&when), ExpiresAt: graphql.OmittableOf(&when),
		})
		wantCode(t, err, "")
		if set.Location != "Shelf 3" || *set.LowStockThreshold.Percent != 20 || !set.OpenedAt.Equal(when) || !set.ExpiresAt.Equal(when) {
			t.Errorf("set: got %+v", set)
		}

		cleared, err := b.s.UpdateSpool(b.ctx, material.UpdateSpoolInput{
			SpoolID: s.ID, Location: graphql.OmittableOf[*string](nil), LowStockThreshold: graphql.OmittableOf[*schematype.Threshold](nil),
			OpenedAt: graphql.OmittableOf[*time.Time](nil), ExpiresAt: graphql.OmittableOf[*time.Time](nil),
		})
		wantCode(t, err, "")
		if cleared.Location != "" || cleared.LowStockThreshold != nil || cleared.OpenedAt != nil || cleared.ExpiresAt != nil {
			t.Errorf("cleared: got %+v", cleared)
		}
	})
}

func TestDeleteSpool(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		rows := []struct {
			name       string
			given      func(b *bundle, s *ent.Spool)
			ifMatch    string
			code       errs.Code
			wantEvents []string
		}{
			{name: "a spool in store is archived", given: func(*bundle, *ent.Spool) {}, wantEvents: []string{"spool.archived"}},
			{name: "a loaded spool stays", given: func(b *bundle, s *ent.Spool) { b.load(t, s, b.o.Printer(t, "Ada", 1), 0) }, code: errs.SpoolInUse},
			{name: "a reserved spool stays", given: func(b *bundle, s *ent.Spool) { b.reserve(t, s, 1) }, code: errs.SpoolInUse},
			{name: "a deleted spool is not found", given: func(b *bundle, s *ent.Spool) { b.remove(t, s) }, code: "spool_not_found"},
			{name: "a stale If-Match is refused", given: func(*bundle, *ent.Spool) {}, ifMatch: `"7-x"`, code: errs.PreconditionFailed},
		}
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				b := newBundle(t, k)
				s := b.o.Spool(t, b.o.Material(t), 1000, func(q *ent.SpoolCreate) { q.SetCode("S-0001") })
				row.given(b, s)
				b.told = len(b.o.Events(t))

				_, err := b.s.DeleteSpool(b.ctx, material.DeleteSpoolInput{SpoolID: s.ID, IfMatch: row.ifMatch})

				wantCode(t, err, row.code)
				b.wantEvents(t, row.wantEvents...)
				b.wantSums(t)
				if row.code == "" {
					b.wantGone(t, s)
				}
			})
		}
	})
}

// wantGone checks that a deleted spool is out of the way, and that its label may be used again.
func (b *bundle) wantGone(t *testing.T, s *ent.Spool) {
	t.Helper()
	gone := b.Raw.Spool.GetX(t.Context(), s.ID)
	if gone.DeletedAt == nil || gone.Status != spool.StatusArchived {
		t.Errorf("got %+v", gone)
	}
	rows := b.o.EventRows(t)
	if object := objectOf(t, rows[len(rows)-1]); object["code"] != "S-0001" || object["status"] != "archived" {
		t.Errorf("the event shows %v", object)
	}
	again, err := b.s.CreateSpool(b.ctx, material.CreateSpoolInput{MaterialID: s.MaterialID, Code: g("S-0001")})
	wantCode(t, err, "")
	if err == nil && again.ID == s.ID {
		t.Error("the deleted spool came back")
	}
}

func TestDeleteMaterial(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		rows := []struct {
			name       string
			given      func(b *bundle, m *ent.Material)
			code       errs.Code
			wantEvents []string
		}{
			{name: "a material without spools goes", given: func(*bundle, *ent.Material) {}, wantEvents: []string{"material.deleted"}},
			{name: "a material with a spool stays", given: func(b *bundle, m *ent.Material) { b.o.Spool(t, m, 10) }, code: errs.MaterialInUse},
			{
				name:  "a material whose spools were all deleted goes",
				given: func(b *bundle, m *ent.Material) { b.remove(t, b.o.Spool(t, m, 10)) }, wantEvents: []string{"material.deleted"},
			},
		}
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				b := newBundle(t, k)
				m := b.o.Material(t)
				row.given(b, m)
				b.told = len(b.o.Events(t))

				_, err := b.s.DeleteMaterial(b.ctx, material.DeleteMaterialInput{MaterialID: m.ID})

				wantCode(t, err, row.code)
				b.wantEvents(t, row.wantEvents...)
				if gone := b.Raw.Material.GetX(t.Context(), m.ID).DeletedAt != nil; gone != (row.code == "") {
					t.Errorf("deleted: %v", gone)
				}
				if row.code == "" {
					_, err = b.s.CreateSpool(b.ctx, material.CreateSpoolInput{MaterialID: m.ID})
					wantCode(t, err, "material_not_found")
				}
			})
		}
	})
}
