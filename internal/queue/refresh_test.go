package queue_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/ent/profileverdict"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/blob"
	"github.com/soloprint/soloprint/internal/connector"
	"github.com/soloprint/soloprint/internal/crud"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/file"
	"github.com/soloprint/soloprint/internal/fleet"
	"github.com/soloprint/soloprint/internal/material"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue"
	"github.com/soloprint/soloprint/internal/roster"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// lab is an organization with three printers: Ada holds PLA and has the tag fine, Bob holds PETG, Cyd holds nothing. Ada
// and Cyd are in the group Lab 2. Everything in it is changed by the owner, by the operations that people use.
type lab struct {
	*bundle
	owner         context.Context
	fleet         *fleet.Service
	crud          *crud.Service
	roster        *roster.Service
	ada, bob, cyd *ent.Printer
	tag, group    pid.ID
}

func newLab(t *testing.T, k *testkit.Kit) *lab {
	t.Helper()
	b := newBundle(t, k)
	l := &lab{
		bundle: b, owner: b.o.Session(t, b.o.Owner), crud: &crud.Service{Ops: k.Ops}, roster: &roster.Service{Ops: k.Ops},
		fleet: &fleet.Service{Ops: k.Ops, Secrets: k.Secrets, Connectors: connector.Registry{"virtual": nil}, Unload: material.UnloadPrinter},
		tag:   b.tag(t, "fine"), group: b.group(t, "Lab 2"),
	}
	volume := fleet.CreatePrinterInput{Connector: fleet.ConnectorInput{Kind: "virtual"}, BuildVolumeMM: &schematype.Size{X: 200, Y: 200, Z: 200}, BedState: ptr(printer.BedStateClear)}
	add := func(name string, with func(*fleet.CreatePrinterInput)) *ent.Printer {
		in := volume
		in.Name = name
		with(&in)
		p, err := l.fleet.CreatePrinter(l.owner, in)
		must(t, err)
		b.Raw.Printer.UpdateOne(p).SetState("idle").ExecX(t.Context())
		return p
	}
	l.ada = add("Ada", func(in *fleet.CreatePrinterInput) { in.TagIDs, in.GroupIDs = []pid.ID{l.tag}, []pid.ID{l.group} })
	l.bob = add("Bob", func(*fleet.CreatePrinterInput) {})
	l.cyd = add("Cyd", func(in *fleet.CreatePrinterInput) { in.SlotCount, in.GroupIDs = ptr(2), []pid.ID{l.group} })
	l.put(t, l.o.Spool(t, l.o.Material(t), 1000), l.ada, 0)
	l.put(t, l.o.Spool(t, l.o.Material(t, petg), 1000), l.bob, 0)
	return l
}

func petg(q *ent.MaterialCreate) { q.SetType("PETG").SetName("PETG") }

// put loads a spool by the operation.
func (l *lab) put(t *testing.T, s *ent.Spool, p *ent.Printer, slot int) {
	t.Helper()
	_, err := l.spools.AssignSpool(l.owner, material.AssignSpoolInput{SpoolID: s.ID, PrinterID: p.ID, SlotIndex: slot})
	must(t, err)
}

func (l *lab) patch(t *testing.T, p *ent.Printer, change func(*fleet.UpdatePrinterInput)) {
	t.Helper()
	in := fleet.UpdatePrinterInput{PrinterID: p.ID}
	change(&in)
	_, err := l.fleet.UpdatePrinter(l.owner, in)
	must(t, err)
}

func (l *lab) sweep(t testing.TB) {
	t.Helper()
	must(t, l.refresh.Sweep(t.Context()))
}

// serving are the names of the printers whose stored verdict serves the item, sorted.
func (b *bundle) serving(t testing.TB, it *ent.QueueItem) string {
	t.Helper()
	now := b.now(t, it)
	rows := b.Raw.ProfileVerdict.Query().Where(profileverdict.ProfileID(*now.ProfileID), profileverdict.Ok(true)).WithPrinter().AllX(t.Context())
	names := make([]string, len(rows))
	for i, r := range rows {
		names[i] = r.Edges.Printer.Name
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// stored is everything that the refresher writes, to see that it wrote nothing.
func (b *bundle) stored(t testing.TB) string {
	t.Helper()
	var text strings.Builder
	for _, v := range b.Raw.ProfileVerdict.Query().Where(profileverdict.OrganizationID(b.o.ID)).Order(profileverdict.ByID()).AllX(t.Context()) {
		fmt.Fprintln(&text, v.ID, v.Version, v.Ok, v.SpoolID)
	}
	for _, it := range b.Raw.QueueItem.Query().Where(queueitem.OrganizationID(b.o.ID)).Order(queueitem.ByID()).AllX(t.Context()) {
		fmt.Fprintln(&text, it.ID, it.Version, *it.ProfileID)
	}
	return text.String()
}

// What is stored follows what people change, without anybody asking: the printers that serve the item, and one event for
// each profile that changed.
func TestRefresh(t *testing.T) {
	pla := func(*lab, *queue.CreateQueueItemInput) {}
	rows := []struct {
		name   string
		item   func(l *lab, in *queue.CreateQueueItemInput)
		before string
		change func(t *testing.T, l *lab, it *ent.QueueItem)
		after  string
		silent bool // no profile changed
	}{
		{"a spool is loaded", pla, "Ada", func(t *testing.T, l *lab, _ *ent.QueueItem) { l.put(t, l.o.Spool(t, l.o.Material(t), 500), l.cyd, 1) }, "Ada Cyd", false},
		{"a spool is replaced by another plastic", pla, "Ada", func(t *testing.T, l *lab, _ *ent.QueueItem) {
			l.put(t, l.o.Spool(t, l.o.Material(t, petg), 500), l.ada, 0)
		}, "", false},
		{"a spool moves", pla, "Ada", func(t *testing.T, l *lab, _ *ent.QueueItem) { l.put(t, l.spoolOf(t, l.ada, 0), l.cyd, 0) }, "Cyd", false},
		{"a spool is weighed empty", pla, "Ada", func(t *testing.T, l *lab, _ *ent.QueueItem) {
			_, err := l.spools.MeasureSpool(l.owner, material.MeasureSpoolInput{SpoolID: l.spoolOf(t, l.ada, 0).ID, GrossG: ptr(200.0)})
			must(t, err)
		}, "", false},
		{"a spool is weighed", pla, "Ada", func(t *testing.T, l *lab, _ *ent.QueueItem) {
			_, err := l.spools.MeasureSpool(l.owner, material.MeasureSpoolInput{SpoolID: l.spoolOf(t, l.ada, 0).ID, GrossG: ptr(700.0)})
			must(t, err)
		}, "Ada", true},
		{"filament is taken", pla, "Ada", func(t *testing.T, l *lab, _ *ent.QueueItem) {
			_, err := l.spools.DeductSpool(l.owner, material.DeductSpoolInput{SpoolID: l.spoolOf(t, l.ada, 0).ID, Grams: ptr(10.0)})
			must(t, err)
		}, "Ada", true},
		{"all filament is taken", pla, "Ada", func(t *testing.T, l *lab, _ *ent.QueueItem) {
			_, err := l.spools.DeductSpool(l.owner, material.DeductSpoolInput{SpoolID: l.spoolOf(t, l.ada, 0).ID, Grams: ptr(1000.0)})
			must(t, err)
		}, "", false},
		{"a material is corrected", pla, "Ada", func(t *testing.T, l *lab, _ *ent.QueueItem) {
			_, err := l.crud.UpdateMaterial(l.owner, crud.UpdateMaterialInput{ID: l.spoolOf(t, l.bob, 0).MaterialID, Type: set("PLA")})
			must(t, err)
		}, "Ada Bob", false},
		{"a nozzle is changed", func(_ *lab, in *queue.CreateQueueItemInput) { in.Requirements.NozzleDiameterMM = 0.6 }, "", func(t *testing.T, l *lab, _ *ent.QueueItem) {
			l.patch(t, l.ada, func(in *fleet.UpdatePrinterInput) { in.NozzleDiameterMM = set(0.6) })
		}, "Ada", false},
		{"a printer gets another name", pla, "Ada", func(t *testing.T, l *lab, _ *ent.QueueItem) {
			l.patch(t, l.ada, func(in *fleet.UpdatePrinterInput) { in.Name = set("Ada"); in.Location = set("Attic") })
		}, "Ada", true},
		{"a tag is taken off", func(l *lab, in *queue.CreateQueueItemInput) { in.Requirements.TagIDs = []string{string(l.tag)} }, "Ada", func(t *testing.T, l *lab, _ *ent.QueueItem) {
			l.patch(t, l.ada, func(in *fleet.UpdatePrinterInput) { in.TagIDs = graphql.OmittableOf([]pid.ID{}) })
		}, "", false},
		{"a tag is deleted", func(l *lab, in *queue.CreateQueueItemInput) { in.Requirements.TagIDs = []string{string(l.tag)} }, "Ada", func(t *testing.T, l *lab, _ *ent.QueueItem) {
			_, err := l.crud.DeletePrinterTag(l.owner, crud.DeletePrinterTagInput{ID: l.tag})
			must(t, err)
		}, "", false},
		{"a tag gets another name", func(l *lab, in *queue.CreateQueueItemInput) { in.Requirements.TagIDs = []string{string(l.tag)} }, "Ada", func(t *testing.T, l *lab, _ *ent.QueueItem) {
			_, err := l.crud.UpdatePrinterTag(l.owner, crud.UpdatePrinterTagInput{ID: l.tag, Name: set("very fine")})
			must(t, err)
		}, "Ada", true},
		{"a printer is added", pla, "Ada", func(t *testing.T, l *lab, _ *ent.QueueItem) {
			p, err := l.fleet.CreatePrinter(l.owner, fleet.CreatePrinterInput{Name: "Dot", Connector: fleet.ConnectorInput{Kind: "virtual"}})
			must(t, err)
			l.put(t, l.o.Spool(t, l.o.Material(t), 500), p, 0)
		}, "Ada Dot", false},
		{"a printer is deleted", pla, "Ada", func(t *testing.T, l *lab, _ *ent.QueueItem) {
			_, err := l.fleet.DeletePrinter(l.owner, fleet.DeletePrinterInput{PrinterID: l.ada.ID})
			must(t, err)
		}, "", false},
		{"a printer that served nothing is deleted", pla, "Ada", func(t *testing.T, l *lab, _ *ent.QueueItem) {
			_, err := l.fleet.DeletePrinter(l.owner, fleet.DeletePrinterInput{PrinterID: l.bob.ID})
			must(t, err)
		}, "Ada", true},
		{"a printer goes offline", pla, "Ada", func(t *testing.T, l *lab, _ *ent.QueueItem) {
			_, err := l.fleet.ReportState(l.o.System(t), fleet.ReportStateInput{PrinterID: l.ada.ID, State: "offline"})
			must(t, err)
		}, "Ada", true},
		{"a class may use other printers", func(l *lab, in *queue.CreateQueueItemInput) { in.Requirements.MaterialType = "" }, "Ada Bob Cyd", func(t *testing.T, l *lab, it *ent.QueueItem) {
			c := l.bundle.class(t)
			_, err := l.items.Update(l.ctx, queue.UpdateQueueItemInput{QueueItemID: it.ID, ClassID: set(c.ID)})
			must(t, err)
			l.sweep(t)
			l.forget(t)
			_, err = l.crud.UpdateClass(l.owner, crud.UpdateClassInput{ID: c.ID, PrinterGroupIDs: graphql.OmittableOf([]pid.ID{l.group})})
			must(t, err)
		}, "Ada Cyd", false},
		{"a user group may use other printers", func(l *lab, in *queue.CreateQueueItemInput) { in.Requirements.MaterialType = "" }, "Ada Bob Cyd", func(t *testing.T, l *lab, it *ent.QueueItem) {
			g := l.Raw.UserGroup.Create().SetOrganizationID(l.o.ID).SetName("Helpers").AddMemberIDs(it.SubmitterID).SaveX(t.Context())
			_, err := l.roster.UpdateUserGroup(l.owner, roster.UpdateUserGroupInput{UserGroupID: g.ID, PrinterGroupIDs: graphql.OmittableOf([]pid.ID{l.group})})
			must(t, err)
		}, "Ada Cyd", false},
		{"a user group with fewer printers is deleted", pla, "Ada", func(t *testing.T, l *lab, it *ent.QueueItem) {
			g := l.Raw.UserGroup.Create().SetOrganizationID(l.o.ID).SetName("Helpers").AddMemberIDs(it.SubmitterID).AddPrinterGroupIDs(l.bundle.group(t, "Attic")).SaveX(t.Context())
			_, err := l.matching.Recompute(l.ctx, queue.QueueItemInput{QueueItemID: it.ID})
			must(t, err)
			if s := l.serving(t, it); s != "" {
				t.Errorf("served by %q", s)
			}
			l.forget(t)
			_, err = l.roster.DeleteUserGroup(l.owner, roster.DeleteUserGroupInput{UserGroupID: g.ID})
			must(t, err)
		}, "Ada", false},
	}
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				l := newLab(t, k)
				it := l.item(t, 10, func(in *queue.CreateQueueItemInput) { row.item(l, in) })
				l.sweep(t)
				if got := l.serving(t, it); got != row.before {
					t.Fatalf("served by %q, want %q", got, row.before)
				}
				before := l.stored(t)
				l.forget(t)

				row.change(t, l, it)
				changes := len(l.o.Events(t))
				l.sweep(t)

				if got := l.serving(t, it); got != row.after {
					t.Errorf("served by %q, want %q", got, row.after)
				}
				l.told = changes
				if row.silent {
					l.wantEvents(t)
				} else {
					l.wantEvents(t, "queue.eligibility_changed")
					if told := l.object(t, "queue.eligibility_changed"); told["profile_id"] != string(*l.now(t, it).ProfileID) || told["count"] != 1.0 || told["queue_item_ids"].([]any)[0] != string(it.ID) {
						t.Errorf("event %v", told)
					}
				}
				if row.silent && row.name != "a printer that served nothing is deleted" && l.stored(t) != before {
					t.Error("something was written though nothing changed")
				}

				after := l.stored(t)
				l.sweep(t)
				must(t, recompute(l, it))
				l.sweep(t)
				l.wantEvents(t) // recompute says the same
				if now := l.stored(t); now != after {
					t.Errorf("something was written at the second time:\n%s\n%s", after, now)
				}
			})
		}
	})
}

func recompute(l *lab, it *ent.QueueItem) error {
	_, err := l.matching.Recompute(l.ctx, queue.QueueItemInput{QueueItemID: it.ID})
	return err
}

// A file that arrives fills the item that waited for it.
func TestRefreshAfterUpload(t *testing.T) {
	content, err := os.ReadFile("../file/gcode/testdata/cube20_prusaslicer-2.5.0.gcode")
	must(t, err)
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		r := newRig(t, testkit.NewKit(t, db))
		files := &file.Service{Ops: r.Ops, Blobs: r.blobs}
		hash := sha(content)
		up, err := files.Register(r.ctx, file.RegisterFileInput{Name: "cube.gcode", SizeBytes: int64(len(content)), SHA256: hash})
		must(t, err)
		it, err := r.items.Create(r.ctx, queue.CreateQueueItemInput{Name: "Cube", FileID: &up.File.ID})
		must(t, err)
		wantEligibility(t, it, "waiting")
		_, err = r.dispatch.DispatchNext(r.ctx, queue.DispatchNextQueueItemInput{PrinterID: r.p.ID})
		wantCode(t, err, errs.NoEligibleQueueItem)

		_, err = r.blobs.Put(t.Context(), up.File.StorageKey, strings.NewReader(string(content)), blob.Content{Size: int64(len(content)), SHA256: hash})
		must(t, err)
		_, err = files.Complete(r.ctx, file.FileInput{FileID: up.File.ID})
		must(t, err)
		r.forget(t)
		must(t, r.refresh.Sweep(t.Context()))

		now := r.now(t, it)
		if now.EstimatedG == 0 || now.EstimatedSeconds == 0 || now.Requirements.MaterialType != "PLA" || now.Requirements.NozzleDiameterMM != 0.4 || !now.Dispatchable {
			t.Errorf("item %+v", now)
		}
		if want := []string{"MK3S"}; !slices.Equal(now.Requirements.PrinterModels, want) {
			t.Errorf("models %v", now.Requirements.PrinterModels)
		}
		r.wantEvents(t, "queue.eligibility_changed")
		e, err := r.matching.Eligibility(r.ctx, queue.QueueItemEligibilityInput{QueueItemID: it.ID})
		must(t, err)
		if e.State != "blocked" || e.Printers[0].Reasons[0].Code != "model_mismatch" {
			t.Errorf("eligibility %+v", e) // Ada is an MK4
		}
	})
}

// A build volume that nobody had parts the items that fit into it from those that do not.
func TestRefreshAfterNewVolume(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		l := newLab(t, testkit.NewKit(t, db))
		sized := func(mm float64) *ent.QueueItem {
			return l.item(t, 10, func(in *queue.CreateQueueItemInput) {
				in.Requirements = schematype.Requirements{MinVolumeMM: &schematype.Size{X: mm, Y: mm, Z: mm}}
			})
		}
		small, large, huge := sized(150), sized(250), sized(400)
		if a, b := *l.now(t, large).ProfileID, *l.now(t, huge).ProfileID; a != b {
			t.Error("what fits nowhere has two profiles")
		}
		l.sweep(t)
		for i, change := range []func(){
			func() {
				_, err := l.fleet.CreatePrinter(l.owner, fleet.CreatePrinterInput{Name: "Dot", Connector: fleet.ConnectorInput{Kind: "virtual"}, BuildVolumeMM: &schematype.Size{X: 300, Y: 300, Z: 300}})
				must(t, err)
			},
			func() {
				l.patch(t, l.bob, func(in *fleet.UpdatePrinterInput) { in.BuildVolumeMM = set(schematype.Size{X: 500, Y: 500, Z: 500}) })
			},
		} {
			change()
			l.sweep(t)
			want := [][]string{{"Ada Bob Cyd Dot", "Dot", ""}, {"Ada Bob Cyd Dot", "Bob Dot", "Bob"}}[i]
			for j, it := range []*ent.QueueItem{small, large, huge} {
				if got := l.serving(t, it); got != want[j] {
					t.Errorf("change %d: item %d is served by %q, want %q", i+1, j+1, got, want[j])
				}
			}
		}
	})
}

// Of several spools that serve, the fullest is the one that the pick weighs; a reservation may make it another.
func TestRefreshAfterReservation(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		l := newLab(t, testkit.NewKit(t, db))
		m := l.o.Material(t)
		full, less := l.o.Spool(t, m, 100), l.o.Spool(t, m, 90)
		l.put(t, full, l.cyd, 0)
		l.put(t, less, l.cyd, 1)
		heavy := l.item(t, 80)
		weighed := func() string {
			l.sweep(t)
			return l.Raw.ProfileVerdict.Query().Where(profileverdict.ProfileID(*l.now(t, heavy).ProfileID), profileverdict.PrinterID(l.cyd.ID)).OnlyX(t.Context()).SpoolID
		}
		if got := weighed(); got != string(full.ID) {
			t.Errorf("weighs %s", got)
		}
		other := l.item(t, 95)
		l.assign(t, other, l.cyd)
		if got := weighed(); got != string(less.ID) {
			t.Errorf("after a reservation it weighs %s", got)
		}
		_, err := l.items.Hold(l.ctx, queue.HoldQueueItemInput{QueueItemID: other.ID})
		must(t, err)
		if out := l.next(t, l.cyd); out.QueueItem.ID != heavy.ID || out.Print.SpoolUses[0].SpoolID != string(less.ID) {
			t.Errorf("dispatched %+v", out.Print)
		}
		_, err = l.items.Cancel(l.ctx, queue.QueueItemInput{QueueItemID: other.ID})
		must(t, err)
		if got := weighed(); got != string(full.ID) {
			t.Errorf("after the cancel it weighs %s", got)
		}
	})
}

// A profile is told once, with its first 100 items; other profiles and other organizations are not touched.
func TestRefreshTellsOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		l, other := newLab(t, k), newLab(t, k)
		first := l.item(t, 1)
		for range 119 {
			l.item(t, 1)
		}
		l.item(t, 1, asDraft)
		l.item(t, 1, asks(func(r *schematype.Requirements) { r.MaterialType = "TPU" }))
		other.item(t, 1)
		l.sweep(t)
		l.put(t, l.o.Spool(t, l.o.Material(t), 500), l.cyd, 0)
		l.put(t, l.o.Spool(t, l.o.Material(t), 500), l.bob, 0)
		l.forget(t)
		other.forget(t)
		ctx, counter := store.WithCounter(t.Context())
		must(t, l.refresh.Sweep(ctx))
		l.wantEvents(t, "queue.eligibility_changed")
		other.wantEvents(t)
		told := l.object(t, "queue.eligibility_changed")
		if ids := told["queue_item_ids"].([]any); told["count"] != 120.0 || len(ids) != 100 || ids[0] != string(first.ID) {
			t.Errorf("count %v, %d items", told["count"], len(ids))
		}
		if n := counter.Count(); n > 60 {
			t.Errorf("%d statements:\n%s", n, strings.Join(counter.Statements(), "\n"))
		}
	})
}

// Several servers that refresh at once leave what one would, and one organization that cannot be refreshed does not keep
// the others waiting.
func TestRefreshTogether(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		broken, l := newLab(t, k), newLab(t, k)
		it := l.item(t, 10)
		l.sweep(t)
		s := l.o.Spool(t, l.o.Material(t), 500)
		for range contests {
			l.put(t, s, l.cyd, 0)
			_ = together(3, func(int) error { return l.refresh.Sweep(t.Context()) })
			l.sweep(t)
			if got := l.serving(t, it); got != "Ada Cyd" {
				t.Fatalf("served by %q", got)
			}
			l.put(t, s, l.bob, 0)
			l.sweep(t)
			if got := l.serving(t, it); got != "Ada Bob" {
				t.Fatalf("served by %q", got)
			}
		}

		profile := *broken.now(t, broken.item(t, 10)).ProfileID
		broken.Raw.RequirementProfile.UpdateOneID(profile).SetNeed([]byte(`[]`)).ExecX(t.Context())
		broken.patch(t, broken.ada, func(in *fleet.UpdatePrinterInput) { in.NozzleDiameterMM = set(0.6) })
		l.patch(t, l.ada, func(in *fleet.UpdatePrinterInput) { in.NozzleDiameterMM = set(0.6) })
		if err := l.refresh.Sweep(t.Context()); err == nil || !strings.Contains(err.Error(), string(broken.o.ID)) {
			t.Errorf("sweep: %v", err)
		}
		now := l.Raw.Organization.GetX(t.Context(), l.o.ID)
		if now.EventSeq != now.EligibilitySeq {
			t.Errorf("the other organization is at %d of %d events", now.EligibilitySeq, now.EventSeq)
		}
	})
}

// Who is removed from the organization leaves their items behind: verdicts of everybody's go on being brought up to date,
// turns are counted, and staff change and print what is there.
func TestRefreshAfterSomebodyLeft(t *testing.T) {
	for _, by := range []string{"none", "class", "user"} {
		testkit.EachDB(t, func(t *testing.T, db *store.DB) {
			l := newLab(t, testkit.NewKit(t, db))
			l.settings(t, func(s *schematype.Settings) { s.Approval.Roles = nil })
			gone := l.o.Member(t, authz.RoleStudent)
			theirs := func(in *queue.CreateQueueItemInput) { in.OnBehalfOf, in.Name = &gone.ID, "Left behind" }
			it, draft := l.item(t, 10, theirs), l.item(t, 10, theirs, asDraft)
			l.Raw.QueueItem.UpdateOne(draft).SetDecidedByID(gone.ID).ExecX(t.Context())
			_, err := l.roster.RemoveUser(l.owner, roster.RemoveUserInput{MembershipID: gone.ID})
			must(t, err)

			l.settings(t, func(s *schematype.Settings) { s.Queue.Fairness = by })
			l.sweep(t)
			l.put(t, l.o.Spool(t, l.o.Material(t), 500), l.cyd, 1)
			l.sweep(t)
			if got := l.serving(t, it); got != "Ada Cyd" {
				t.Errorf("turns of %s: the item left behind fits %q", by, got)
			}
			_, err = l.items.Update(l.owner, queue.UpdateQueueItemInput{QueueItemID: draft.ID, State: set("queued"), CopiesRequested: set(2)})
			must(t, err)
			if next := l.next(t, l.ada); next.QueueItem.ID != it.ID {
				t.Errorf("turns of %s: %s is printed", by, next.QueueItem.Name)
			}
		})
	}
}
