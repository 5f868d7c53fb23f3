package queue_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/internal/connector"
	"github.com/soloprint/soloprint/internal/connector/virtual"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// A server that is killed at any point of a dispatch goes on from what is committed: no start is sent twice, no item is
// lost, and the ledger adds up. Each row leaves things as a worker does that is killed right there.
func TestRestart(t *testing.T) {
	uploading := func(t *testing.T, r *rig, id pid.ID) {
		_, err := r.dispatch.Uploading(r.o.System(t), id, queue.Upload{})
		must(t, err)
	}
	uploaded := func(t *testing.T, r *rig, id pid.ID) connector.RemoteRef {
		uploading(t, r, id)
		ref := r.begin(t.Context(), t)
		_, err := r.dispatch.Uploaded(r.o.System(t), id, string(ref))
		must(t, err)
		return ref
	}
	starting := func(t *testing.T, r *rig, id pid.ID) connector.RemoteRef {
		ref := uploaded(t, r, id)
		leave, err := r.dispatch.Starting(r.o.System(t), id)
		if err != nil || !leave {
			t.Fatalf("leave %t, %v", leave, err)
		}
		return ref
	}
	sent := func(t *testing.T, r *rig, id pid.ID) {
		ref := starting(t, r, id)
		must(t, r.devices.Start(t.Context(), r.target(), ref, r.job(t)))
	}
	printed := ending{queueitem.StateAwaitingVerdict, printrun.StateFinished, occupiedBed, 10, 1}
	rows := []struct {
		name string
		kill func(t *testing.T, r *rig, id pid.ID)
		next printrun.State // at the first look of the new server
		last ending         // an hour later
	}{
		{"claimed", func(*testing.T, *rig, pid.ID) {}, printrun.StatePrinting, printed},
		{"uploading, nothing arrived", uploading, printrun.StatePrinting, printed},
		{"uploading, the device has the file", func(t *testing.T, r *rig, id pid.ID) { uploading(t, r, id); r.begin(t.Context(), t) }, printrun.StatePrinting, printed},
		{"uploaded", func(t *testing.T, r *rig, id pid.ID) { uploaded(t, r, id) }, printrun.StatePrinting, printed},
		{"starting, nothing was sent", func(t *testing.T, r *rig, id pid.ID) { starting(t, r, id) }, printrun.StateDispatching,
			ending{queueitem.StateDispatching, printrun.StateNeedsConfirmation, clearBed, 0, 0}},
		{"starting, the device prints", sent, printrun.StatePrinting, printed},
		{"starting, the device has printed", func(t *testing.T, r *rig, id pid.ID) { sent(t, r, id); r.Clock.Advance(time.Hour) }, printrun.StateFinished, printed},
		{"started", func(t *testing.T, r *rig, id pid.ID) {
			sent(t, r, id)
			_, err := r.dispatch.Started(r.o.System(t), id)
			must(t, err)
		}, printrun.StatePrinting, printed},
		{"paused", func(t *testing.T, r *rig, id pid.ID) {
			must(t, r.look(t, 0))
			_, err := r.dispatch.Pause(r.ctx, queue.RunningPrintInput{PrinterID: r.p.ID})
			must(t, err)
			must(t, r.look(t, 0))
		}, printrun.StatePaused, ending{queueitem.StatePaused, printrun.StatePaused, clearBed, 0, 1}},
		{"with a wish that nobody carried out", func(t *testing.T, r *rig, _ pid.ID) {
			must(t, r.look(t, 0))
			r.Clock.Advance(3 * time.Minute)
			_, err := r.dispatch.CancelPrint(r.ctx, queue.RunningPrintInput{PrinterID: r.p.ID})
			must(t, err)
		}, printrun.StateCancelled, ending{queueitem.StateQueued, printrun.StateCancelled, occupiedBed, 3, 1}},
		{"with a wish that was carried out and not told", func(t *testing.T, r *rig, _ pid.ID) {
			must(t, r.look(t, 0))
			r.Clock.Advance(3 * time.Minute)
			_, err := r.dispatch.CancelPrint(r.ctx, queue.RunningPrintInput{PrinterID: r.p.ID})
			must(t, err)
			must(t, r.devices.Cancel(t.Context(), r.target(), r.print(t).JobToken))
		}, printrun.StateCancelled, ending{queueitem.StateQueued, printrun.StateCancelled, occupiedBed, 3, 1}},
		{"ended", func(t *testing.T, r *rig, _ pid.ID) { must(t, r.look(t, 0)); must(t, r.look(t, time.Hour)) }, printrun.StateFinished, printed},
	}
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				r := newRig(t, k)
				row.kill(t, r, r.claim(t))

				r.restart(t)

				must(t, r.look(t, 0))
				if s := r.print(t).State; s != row.next {
					t.Errorf("the print is %s, want %s", s, row.next)
				}
				for range 3 { // and again and again
					r.restart(t)
					must(t, r.look(t, 20*time.Minute))
				}
				r.settled(t, row.last)
			})
		}
	})
}

// What nobody could confirm is printed anew under another token, and only after a person said so.
func TestUnconfirmedIsPrintedAnew(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		r := newRig(t, testkit.NewKit(t, db))
		r.sent(t, r.claim(t))
		first := r.print(t).JobToken
		r.restart(t)
		must(t, r.look(t, queue.StartDeadline+time.Second))
		_, err := r.dispatch.DispatchNext(r.ctx, queue.DispatchNextQueueItemInput{PrinterID: r.p.ID})
		wantReasons(t, err, "printer_busy")
		_, err = r.dispatch.Confirm(r.ctx, queue.ConfirmPrintInput{PrintID: r.print(t).ID, Started: ptr(false)})
		must(t, err)
		r.claim(t)
		must(t, r.look(t, 0))
		if r.print(t).JobToken == first {
			t.Error("the token is the same")
		}
		must(t, r.look(t, time.Hour))
		r.settled(t, ending{queueitem.StateAwaitingVerdict, printrun.StateFinished, occupiedBed, 10, 1})
	})
}

// severed is a connection that breaks at one call: the call reaches the device or not, and its answer never arrives. The
// server is gone with it, because its context ended.
type severed struct {
	connector.Connector
	at      string
	reaches bool
	cut     context.CancelFunc
}

var errSevered = errors.New("the connection is gone")

func (s *severed) call(name string, do func() error) error {
	if s.at != name {
		return do()
	}
	if s.reaches {
		_ = do()
	}
	s.cut()
	return errSevered
}

func (s *severed) Status(ctx context.Context, t connector.Target) (st connector.Status, err error) {
	err = s.call("status", func() error { st, err = s.Connector.Status(ctx, t); return err })
	return st, err
}

func (s *severed) Upload(ctx context.Context, t connector.Target, j connector.Job) (ref connector.RemoteRef, err error) {
	err = s.call("upload", func() error { ref, err = s.Connector.Upload(ctx, t, j); return err })
	return ref, err
}

func (s *severed) Start(ctx context.Context, t connector.Target, ref connector.RemoteRef, j connector.Job) error {
	return s.call("start", func() error { return s.Connector.Start(ctx, t, ref, j) })
}

// A server that dies in the middle of a call to the device sends no start twice either.
func TestServerDiesInACall(t *testing.T) {
	printed := ending{queueitem.StateAwaitingVerdict, printrun.StateFinished, occupiedBed, 10, 1}
	rows := []struct {
		call    string
		reaches bool
		want    ending
	}{
		{"status", false, printed},
		{"status", true, printed},
		{"upload", false, printed},
		{"upload", true, printed},
		{"start", false, ending{queueitem.StateDispatching, printrun.StateNeedsConfirmation, clearBed, 0, 0}},
		{"start", true, printed},
	}
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		for _, row := range rows {
			t.Run(row.call+map[bool]string{true: ", which reaches the device", false: ", which does not reach it"}[row.reaches], func(t *testing.T) {
				r := newRig(t, k)
				r.claim(t)
				dying, cut := context.WithCancel(t.Context())
				r.worker.Connectors[virtual.Kind] = &severed{Connector: r.devices, at: row.call, reaches: row.reaches, cut: cut}
				_ = r.worker.Look(dying, r.o.ID, r.p.ID)

				for range 3 {
					r.restart(t)
					must(t, r.look(t, 20*time.Minute/3))
				}

				r.settled(t, row.want)
			})
		}
	})
}
