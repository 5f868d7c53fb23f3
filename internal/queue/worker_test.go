package queue_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/internal/blob"
	"github.com/soloprint/soloprint/internal/queue"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

const (
	clearBed    = printer.BedStateClear
	occupiedBed = printer.BedStateOccupied
)

// The worker brings a print from the claim to its end, whatever the device does. Looks are taken at these times.
func TestWorker(t *testing.T) {
	s, m := time.Second, time.Minute
	looks := func(after ...time.Duration) func(*testing.T, *rig) {
		return func(t *testing.T, r *rig) {
			for _, d := range after {
				_ = r.look(t, d)
			}
		}
	}
	then := func(steps ...func(*testing.T, *rig)) func(*testing.T, *rig) {
		return func(t *testing.T, r *rig) {
			for _, step := range steps {
				step(t, r)
			}
		}
	}
	fault := func(kind string) func(*testing.T, *rig) { return func(t *testing.T, r *rig) { r.fault(t, kind) } }
	confirm := func(started bool) func(*testing.T, *rig) {
		return func(t *testing.T, r *rig) {
			_, err := r.dispatch.Confirm(r.ctx, queue.ConfirmPrintInput{PrintID: r.print(t).ID, Started: &started})
			must(t, err)
		}
	}
	wish := func(w string) func(*testing.T, *rig) {
		return func(t *testing.T, r *rig) {
			in := queue.RunningPrintInput{PrinterID: r.p.ID}
			_, err := map[string]func() (*ent.Printer, error){
				"pause":  func() (*ent.Printer, error) { return r.dispatch.Pause(r.ctx, in) },
				"resume": func() (*ent.Printer, error) { return r.dispatch.Resume(r.ctx, in) },
				"cancel": func() (*ent.Printer, error) { return r.dispatch.CancelPrint(r.ctx, in) },
			}[w]()
			must(t, err)
		}
	}
	cancelItem := func(t *testing.T, r *rig) {
		_, err := r.items.Cancel(r.ctx, queue.QueueItemInput{QueueItemID: r.item.ID})
		must(t, err)
	}
	rows := []struct {
		name  string
		fault string
		do    func(*testing.T, *rig)
		want  ending
	}{
		{"started at the first look", "", looks(0), ending{queueitem.StatePrinting, printrun.StatePrinting, clearBed, 0, 1}},
		{"half way", "", looks(0, 5*m), ending{queueitem.StatePrinting, printrun.StatePrinting, clearBed, 0, 1}},
		{"finished", "", looks(0, 5*m, 5*m, s), ending{queueitem.StateAwaitingVerdict, printrun.StateFinished, occupiedBed, 10, 1}},
		{"finished, though nobody looked meanwhile", "", looks(0, 48*time.Hour), ending{queueitem.StateAwaitingVerdict, printrun.StateFinished, occupiedBed, 10, 1}},
		{"offline: it is tried again", "offline", looks(0, 20*s, 20*s), ending{queueitem.StateDispatching, printrun.StateDispatching, clearBed, 0, 0}},
		{"offline for a while", "offline", then(looks(0, 30*s), fault(""), looks(s)), ending{queueitem.StatePrinting, printrun.StatePrinting, clearBed, 0, 1}},
		{"offline for too long: it goes back", "offline", looks(0, queue.StartDeadline, s), ending{queueitem.StateQueued, printrun.StateCancelled, clearBed, 0, 0}},
		{"offline while it prints: nobody guesses", "", then(looks(0), fault("offline"), looks(m, time.Hour)), ending{queueitem.StatePrinting, printrun.StatePrinting, clearBed, 0, 1}},
		{"and back when it has ended", "", then(looks(0), fault("offline"), looks(m, time.Hour), fault(""), looks(s)),
			ending{queueitem.StateAwaitingVerdict, printrun.StateFinished, occupiedBed, 10, 1}},
		{"an error refuses the start: it goes back", "error", looks(0), ending{queueitem.StateQueued, printrun.StateCancelled, clearBed, 0, 1}},
		{"an error while it prints: a person looks", "", then(looks(0), fault("error"), looks(m)), ending{queueitem.StatePrinting, printrun.StatePrinting, clearBed, 0, 1}},
		{"it accepts but does not start: there is time left", "accepts_but_does_not_start", looks(0, queue.StartDeadline), ending{queueitem.StateDispatching, printrun.StateDispatching, clearBed, 0, 1}},
		{"no time left: a person is asked", "accepts_but_does_not_start", looks(0, queue.StartDeadline, s, time.Hour),
			ending{queueitem.StateDispatching, printrun.StateNeedsConfirmation, clearBed, 0, 1}},
		{"who says that it did not start", "accepts_but_does_not_start", then(looks(0, queue.StartDeadline+s), confirm(false), looks(s)),
			ending{queueitem.StateQueued, printrun.StateCancelled, clearBed, 0, 1}},
		{"who says that it did, and it does not print", "accepts_but_does_not_start", then(looks(0, queue.StartDeadline+s), confirm(true), looks(s)),
			ending{queueitem.StateQueued, printrun.StateFailed, occupiedBed, 0, 1}},
		{"the answer to the start is lost: the print is seen", "unknown_outcome", looks(0), ending{queueitem.StatePrinting, printrun.StatePrinting, clearBed, 0, 1}},
		{"and ends as any other", "unknown_outcome", looks(0, 10*m), ending{queueitem.StateAwaitingVerdict, printrun.StateFinished, occupiedBed, 10, 1}},
		{"lost, and the device is gone until after the deadline", "unknown_outcome", func(t *testing.T, r *rig) {
			r.sent(t, r.print(t).ID)
			ref := r.begin(t.Context(), t)
			must(t, r.devices.Start(t.Context(), r.target(), ref, r.job(t)))
			then(fault("offline"), looks(0, queue.StartDeadline+s), fault(""), looks(s))(t, r)
		}, ending{queueitem.StatePrinting, printrun.StatePrinting, clearBed, 0, 1}},
		{"the upload fails: it goes back", "upload_fails", looks(0), ending{queueitem.StateQueued, printrun.StateCancelled, clearBed, 0, 0}},
		{"it fails half way", "fails", looks(0, 10*m), ending{queueitem.StateQueued, printrun.StateFailed, occupiedBed, 5, 1}},
		{"somebody cancels it at the device", "cancelled_at_device", looks(0, 10*m), ending{queueitem.StateQueued, printrun.StateCancelled, occupiedBed, 5, 1}},
		{"a pause", "", then(looks(0, m), wish("pause"), looks(0, time.Hour)), ending{queueitem.StatePaused, printrun.StatePaused, clearBed, 0, 1}},
		{"a pause, and on", "", then(looks(0, m), wish("pause"), looks(0, time.Hour), wish("resume"), looks(0, 8*m)), ending{queueitem.StatePrinting, printrun.StatePrinting, clearBed, 0, 1}},
		{"to the end", "", then(looks(0, m), wish("pause"), looks(0, time.Hour), wish("resume"), looks(0, 9*m)), ending{queueitem.StateAwaitingVerdict, printrun.StateFinished, occupiedBed, 10, 1}},
		{"a print is cancelled: the copy goes back", "", then(looks(0, 3*m), wish("cancel"), looks(0)), ending{queueitem.StateQueued, printrun.StateCancelled, occupiedBed, 3, 1}},
		{"an item is cancelled: it ends with its print", "", then(looks(0, 3*m), cancelItem, looks(0)), ending{queueitem.StateCancelled, printrun.StateCancelled, occupiedBed, 3, 1}},
		{"too late to cancel", "", then(looks(0, m), cancelItem, looks(10*m)), ending{queueitem.StateAwaitingVerdict, printrun.StateFinished, occupiedBed, 10, 1}},
		{"a print is cancelled before it is sent", "", then(wish("cancel"), looks(0)), ending{queueitem.StateQueued, printrun.StateCancelled, clearBed, 0, 0}},
		{"an item is cancelled before it is sent", "", then(cancelItem, looks(0)), ending{queueitem.StateCancelled, printrun.StateCancelled, clearBed, 0, 0}},
		{"the device forgets the print", "", then(looks(0, 3*m), func(t *testing.T, r *rig) {
			r.path += ".new"
			r.restart(t)
		}, looks(s)), ending{queueitem.StateQueued, printrun.StateFailed, occupiedBed, 3, 0}},
	}
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				r := newRig(t, k)
				r.claim(t)
				r.fault(t, row.fault)
				row.do(t, r)
				if row.name == "the device forgets the print" {
					must(t, r.worker.Look(t.Context(), r.o.ID, r.p.ID))
				}
				r.settled(t, row.want)
			})
		}
	})
}

// What happens is told in order, and the printer's state is what the device says.
func TestWorkerTells(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		r := newRig(t, testkit.NewKit(t, db))
		state := func(want printer.State) {
			t.Helper()
			if s := r.Raw.Printer.GetX(t.Context(), r.p.ID).State; s != want {
				t.Errorf("the printer is %s, want %s", s, want)
			}
		}
		r.claim(t)
		r.forget(t)
		must(t, r.look(t, 0))
		r.wantEvents(t, "print.started", "queue_item.started")
		must(t, r.look(t, 5*time.Minute))
		r.wantEvents(t, "printer.state_changed")
		state(printer.StatePrinting)
		if p := r.print(t); p.Progress != 0.5 || p.StartedAt == nil {
			t.Errorf("print %+v", p)
		}
		_, err := r.dispatch.Pause(r.ctx, queue.RunningPrintInput{PrinterID: r.p.ID})
		must(t, err)
		must(t, r.look(t, 0))
		must(t, r.look(t, time.Minute))
		r.wantEvents(t, "queue_item.updated", "queue_item.paused", "printer.state_changed")
		state(printer.StatePaused)
		_, err = r.dispatch.Resume(r.ctx, queue.RunningPrintInput{PrinterID: r.p.ID})
		must(t, err)
		must(t, r.look(t, 0))
		r.wantEvents(t, "queue_item.updated", "queue_item.resumed")
		must(t, r.look(t, time.Hour))
		r.wantEvents(t, "printer.state_changed", "spool.deducted", "print.finished")
		state(printer.StateFinished)
		must(t, r.look(t, time.Hour))
		r.wantEvents(t)
		r.judge(t, r.p, "success")
		r.wantEvents(t, "print.verdict_recorded", "queue_item.completed", "printer.bed_cleared")
		r.fault(t, "offline")
		_ = r.look(t, 0)
		r.wantEvents(t, "printer.state_changed", "printer.offline")
		_, err = r.dispatch.DispatchNext(r.ctx, queue.DispatchNextQueueItemInput{PrinterID: r.p.ID})
		wantReasons(t, err, "printer_offline")
		r.fault(t, "")
		must(t, r.look(t, 0))
		r.wantEvents(t, "printer.state_changed", "printer.online")
	})
}

// A printer that is set so takes the next item by itself, as long as its bed is clear.
func TestAutoDispatch(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		r := newRig(t, testkit.NewKit(t, db))
		must(t, r.look(t, 0))
		r.item = r.bundle.item(t, 10, copies(2))
		must(t, r.look(t, 0))
		wantState(t, r.now(t, r.item), queueitem.StateQueued)

		r.Raw.Printer.UpdateOne(r.p).SetAutoDispatch(true).ExecX(t.Context())
		must(t, r.look(t, 0)) // claims
		must(t, r.look(t, 0)) // starts
		r.wantCopies(t, r.item, queueitem.StatePrinting, 0, 1, 0, 0)
		must(t, r.look(t, time.Hour))
		must(t, r.look(t, 0))
		r.wantCopies(t, r.item, queueitem.StateAwaitingVerdict, 0, 1, 0, 0)
		r.judge(t, r.p, "success")
		must(t, r.look(t, 0))
		must(t, r.look(t, 0))
		r.wantCopies(t, r.item, queueitem.StatePrinting, 1, 1, 0, 0)
	})
}

// The bytes of a file arrive at the device whole; a file that is gone gives the claim back.
func TestWorkerSendsTheFile(t *testing.T) {
	content := []byte(strings.Repeat("G1 X1 E1\n", 1000))
	hash := sha(content)
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		r := newRig(t, testkit.NewKit(t, db))
		f := r.file(t, r.o.Owner.ID, func(q *ent.FileCreate) { q.SetSha256(hash).SetSizeBytes(int64(len(content))) })
		_, err := r.blobs.Put(t.Context(), f.StorageKey, bytes.NewReader(content), blob.Content{Size: int64(len(content)), SHA256: hash})
		must(t, err)
		withFile := func(in *queue.CreateQueueItemInput) { in.FileID = &f.ID }
		r.item = r.bundle.item(t, 10, withFile)
		r.claim(t)
		must(t, r.look(t, 0))
		if files := r.devices.Files(string(r.p.ID)); len(files) != 1 || files[0].SHA256 != hash || r.print(t).FileSha256 != hash {
			t.Errorf("files %+v", files)
		}
		must(t, r.look(t, time.Hour))
		r.judge(t, r.p, "success")

		r.item = r.bundle.item(t, 10, withFile)
		r.claim(t)
		must(t, r.blobs.Delete(t.Context(), f.StorageKey))
		_ = r.look(t, 0)
		r.settled(t, ending{queueitem.StateQueued, printrun.StateCancelled, clearBed, 10, 1})
	})
}

// slowStore is a store whose files take long to read.
type slowStore struct {
	blob.Store
	read func()
}

func (s slowStore) Open(ctx context.Context, key string) (blob.Object, error) {
	s.read()
	return s.Store.Open(ctx, key)
}

// A file that takes longer to send than a printer may take to start is started like any other: nobody has to confirm it.
func TestWorkerSendsLong(t *testing.T) {
	content := []byte("G1 X1 E1\n")
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		r := newRig(t, testkit.NewKit(t, db))
		f := r.file(t, r.o.Owner.ID, func(q *ent.FileCreate) { q.SetSha256(sha(content)).SetSizeBytes(int64(len(content))) })
		_, err := r.blobs.Put(t.Context(), f.StorageKey, bytes.NewReader(content), blob.Content{Size: int64(len(content)), SHA256: sha(content)})
		must(t, err)
		r.worker.Blobs = slowStore{r.blobs, func() { r.Clock.Advance(5 * queue.StartDeadline) }}
		r.item = r.bundle.item(t, 10, func(in *queue.CreateQueueItemInput) { in.FileID = &f.ID })
		r.claim(t)
		r.fault(t, "accepts_but_does_not_start")
		must(t, r.look(t, 0))
		r.settled(t, ending{queueitem.StateDispatching, printrun.StateDispatching, clearBed, 0, 1})
	})
}

// Two servers that look at one printer at the same moment send one start.
func TestWorkersTogether(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		r := newRig(t, testkit.NewKit(t, db))
		r.claim(t)
		second := &queue.Worker{Dispatch: r.worker.Dispatch, Fleet: r.worker.Fleet, Connectors: r.worker.Connectors, Blobs: r.worker.Blobs, Log: r.worker.Log}
		_ = together(4, func(i int) error {
			return []*queue.Worker{r.worker, second}[i%2].Look(t.Context(), r.o.ID, r.p.ID)
		})
		must(t, r.look(t, 0))
		r.settled(t, ending{queueitem.StatePrinting, printrun.StatePrinting, clearBed, 0, 1})
	})
}
