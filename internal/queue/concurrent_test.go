package queue_test

import (
	"sync"
	"testing"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue"
)

// together runs n calls at once and answers their errors in order.
func together(n int, call func(i int) error) []error {
	errors := make([]error, n)
	start := make(chan struct{})
	var running sync.WaitGroup
	for i := range n {
		running.Go(func() {
			<-start
			errors[i] = call(i)
		})
	}
	close(start)
	running.Wait()
	return errors
}

// wins is how many of the calls succeeded; the others must have failed with the code.
func wins(t testing.TB, errors []error, code errs.Code) (n int) {
	t.Helper()
	for _, err := range errors {
		if err == nil {
			n++
			continue
		}
		wantCode(t, err, code)
	}
	return n
}

// contention is how many people press the button at once, and contests how often.
const contention, contests = 4, 5

// Of several people who dispatch to one printer, one does; the others hear that it is busy.
func TestDispatchOnePrinterTogether(t *testing.T) {
	onEach(t, func(t *testing.T, b *bundle) {
		for range contests {
			p := b.printer(t, string(pid.New("prn")), 1000)
			for range contention {
				b.item(t, 10)
			}
			errors := together(contention, func(int) error {
				_, err := b.dispatch.DispatchNext(b.ctx, queue.DispatchNextQueueItemInput{PrinterID: p.ID})
				return err
			})
			if n := wins(t, errors, errs.PrinterNotReady); n != 1 {
				t.Errorf("%d dispatches", n)
			}
			if n := b.Raw.PrintRun.Query().Where(printrun.PrinterID(p.ID)).CountX(t.Context()); n != 1 {
				t.Errorf("%d prints", n)
			}
			b.Raw.QueueItem.Update().Where(queueitem.StateEQ(queueitem.StateQueued)).SetDispatchable(false).ExecX(t.Context())
		}
		b.audit(t)
	})
}

// Of several printers that want one item, one gets it; the others hear that there is nothing else. With two items, two do.
func TestDispatchOneItemTogether(t *testing.T) {
	for name, items := range map[string]int{"one item": 1, "two items": 2} {
		t.Run(name, func(t *testing.T) {
			onEach(t, func(t *testing.T, b *bundle) {
				for range contests {
					var printers []*ent.Printer
					for range contention {
						printers = append(printers, b.printer(t, string(pid.New("prn")), 1000))
					}
					for range items {
						b.item(t, 10)
					}
					errors := together(contention, func(i int) error {
						_, err := b.dispatch.DispatchNext(b.ctx, queue.DispatchNextQueueItemInput{PrinterID: printers[i].ID})
						return err
					})
					if n := wins(t, errors, errs.NoEligibleQueueItem); n != items {
						t.Errorf("%d dispatches of %d items", n, items)
					}
				}
				for _, it := range b.Raw.QueueItem.Query().AllX(t.Context()) {
					if it.CopiesRunning != 1 {
						t.Errorf("item %d runs %d times", it.Number, it.CopiesRunning)
					}
				}
				b.audit(t)
			})
		})
	}
}

// The copies of one item that several printers take at once are different copies.
func TestDispatchCopiesTogether(t *testing.T) {
	onEach(t, func(t *testing.T, b *bundle) {
		it := b.item(t, 10, copies(3))
		var printers []*ent.Printer
		for range contention {
			printers = append(printers, b.printer(t, string(pid.New("prn")), 1000))
		}
		errors := together(contention, func(i int) error {
			_, err := b.dispatch.DispatchNext(b.ctx, queue.DispatchNextQueueItemInput{PrinterID: printers[i].ID})
			return err
		})
		if n := wins(t, errors, errs.NoEligibleQueueItem); n != 3 {
			t.Errorf("%d copies of 3", n)
		}
		b.wantCopies(t, it, queueitem.StateDispatching, 0, 3, 0, 0)
		seen := map[int]bool{}
		for _, p := range b.Raw.PrintRun.Query().AllX(t.Context()) {
			seen[p.Copy] = true
		}
		if !seen[1] || !seen[2] || !seen[3] {
			t.Errorf("copies %v", seen)
		}
	})
}

// Leave to send the start command is given once, whoever asks how often.
func TestStartingTogether(t *testing.T) {
	onEach(t, func(t *testing.T, b *bundle) {
		for range contests {
			p := b.printer(t, string(pid.New("prn")), 1000)
			b.item(t, 10)
			print := b.next(t, p).Print.ID
			_, err := b.dispatch.Uploading(b.o.System(t), print, queue.Upload{})
			must(t, err)
			leaves := make([]bool, contention)
			for _, err := range together(contention, func(i int) (err error) {
				leaves[i], err = b.dispatch.Starting(b.o.System(t), print)
				return err
			}) {
				wantCode(t, err, "")
			}
			n := 0
			for _, leave := range leaves {
				if leave {
					n++
				}
			}
			if again, err := b.dispatch.Starting(b.o.System(t), print); n != 1 || again || err != nil {
				t.Errorf("leave was given %d times, and later %t, %v", n, again, err)
			}
		}
	})
}

// A print that ends while a person judges, cancels or dispatches is booked once.
func TestEndedTogether(t *testing.T) {
	onEach(t, func(t *testing.T, b *bundle) {
		for range contests {
			p := b.printer(t, string(pid.New("prn")), 1000)
			it, print := b.printing(t, p)
			system := b.o.System(t)
			errors := together(contention, func(i int) error {
				var err error
				switch i % 4 {
				case 0, 1:
					_, err = b.dispatch.Ended(system, print, queue.End{Outcome: printrun.OutcomeFailed, Fraction: 0.5})
				case 2:
					_, err = b.dispatch.Progress(system, print, queue.Progress{Fraction: 0.4})
				case 3:
					_, err = b.items.Hold(b.ctx, queue.HoldQueueItemInput{QueueItemID: it.ID})
				}
				return err
			})
			for _, err := range errors {
				wantCode(t, err, "")
			}
			b.wantCopies(t, it, queueitem.StateQueued, 0, 0, 1, 1)
			if s := b.spoolOf(t, p, 0); s.RemainingG != 995 || s.ReservedG != 0 {
				t.Errorf("%g g left, %g g reserved", s.RemainingG, s.ReservedG)
			}
		}
	})
}
