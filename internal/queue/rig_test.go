package queue_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/blob"
	"github.com/soloprint/soloprint/internal/connector"
	"github.com/soloprint/soloprint/internal/connector/virtual"
	"github.com/soloprint/soloprint/internal/fleet"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue"
	"github.com/soloprint/soloprint/internal/testkit"
)

// rig is a bundle with virtual printers, whose time is the kit's, and a worker that drives them.
type rig struct {
	*bundle
	worker  *queue.Worker
	devices *virtual.Printers
	path    string // of the devices' memory
	blobs   *blob.Disk
	p       *ent.Printer // Ada, with a kilogram
	item    *ent.QueueItem
}

func newRig(t *testing.T, k *testkit.Kit) *rig {
	t.Helper()
	r := &rig{bundle: newBundle(t, k), path: filepath.Join(t.TempDir(), "printers.jsonl")}
	var err error
	r.blobs, err = blob.OpenDisk(blob.DiskConfig{Dir: t.TempDir(), PublicURL: "http://localhost", Path: "/blobs/", Key: make([]byte, 32), Now: k.Clock.Now})
	must(t, err)
	t.Cleanup(func() { _ = r.blobs.Close(); _ = r.devices.Close() })
	r.restart(t)
	r.p = r.printer(t, "Ada", 1000)
	return r
}

// restart kills the server and starts it again: a new worker, and devices that remember what they did.
func (r *rig) restart(t testing.TB) {
	t.Helper()
	if r.devices != nil {
		must(t, r.devices.Close())
	}
	devices, err := virtual.Open(virtual.Config{Path: r.path, Speed: 1, Now: r.Clock.Now})
	must(t, err)
	registry := connector.Registry{virtual.Kind: devices}
	r.devices = devices
	r.worker = &queue.Worker{
		Dispatch: &queue.Dispatch{Ops: r.Ops}, Connectors: registry, Blobs: r.blobs, Log: slog.New(slog.DiscardHandler),
		Fleet: &fleet.Service{Ops: r.Ops, Secrets: r.Secrets, Connectors: registry},
	}
}

// claim queues an item of 10 g that takes 600 s, and dispatches it.
func (r *rig) claim(t testing.TB) pid.ID {
	t.Helper()
	if r.item == nil {
		r.item = r.bundle.item(t, 10)
	}
	return r.next(t, r.p).Print.ID
}

// look takes a look at the printer after some time; what goes wrong at the device is told, not fatal.
func (r *rig) look(t testing.TB, after time.Duration) error {
	t.Helper()
	r.Clock.Advance(after)
	return r.worker.Look(t.Context(), r.o.ID, r.p.ID)
}

// fault makes the device misbehave from now on; "" ends it.
func (r *rig) fault(t testing.TB, kind string) {
	t.Helper()
	options := map[string]any{}
	if kind != "" {
		options["fault"] = kind
	}
	r.Raw.Printer.UpdateOneID(r.p.ID).SetConnector(schematype.Connector{Kind: virtual.Kind, Options: options}).ExecX(t.Context())
}

// print is the newest print as it is stored.
func (r *rig) print(t testing.TB) *ent.PrintRun {
	t.Helper()
	return r.Raw.PrintRun.Query().Where(printrun.OrganizationID(r.o.ID)).Order(printrun.ByID()).AllX(t.Context())[r.Raw.PrintRun.Query().Where(printrun.OrganizationID(r.o.ID)).CountX(t.Context())-1]
}

// starts counts the starts that reached the device, and those that it accepted. More than one for a token ends the test.
func (r *rig) starts(t testing.TB) (sent, accepted int) {
	t.Helper()
	log, err := virtual.ReadStarts(r.path)
	must(t, err)
	tokens := map[string]bool{}
	for _, s := range log {
		if tokens[s.JobToken] {
			t.Errorf("the start of %s was sent twice", s.JobToken)
		}
		tokens[s.JobToken] = true
		if sent++; s.Accepted {
			accepted++
		}
	}
	return sent, accepted
}

// ending is where things are after a row of a table.
type ending struct {
	item  queueitem.State
	print printrun.State
	bed   printer.BedState
	usedG float64
	sent  int // starts that reached the device
}

// settled compares everything with where it should be.
func (r *rig) settled(t testing.TB, want ending) {
	t.Helper()
	sent, _ := r.starts(t)
	got := ending{
		item: r.now(t, r.item).State, print: r.print(t).State, bed: r.Raw.Printer.GetX(t.Context(), r.p.ID).BedState,
		usedG: r.spoolOf(t, r.p, 0).UsedG, sent: sent,
	}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	r.audit(t)
	if held := r.spoolOf(t, r.p, 0).ReservedG; (held > 0) != !r.print(t).Settled {
		t.Errorf("%g g are reserved", held)
	}
}

// target is how the worker reaches the printer.
func (r *rig) target() connector.Target {
	return connector.Target{PrinterID: string(r.p.ID), Name: "Ada"}
}

// job is what the worker gives the device for a print without a file.
func (r *rig) job(t testing.TB) connector.Job {
	t.Helper()
	p := r.print(t)
	return connector.Job{Token: p.JobToken, Name: "Gear", EstimatedSeconds: p.EstimatedSeconds}
}

// begin sends the upload and, if asked, the start to the device, as a worker that is killed right after would have.
func (r *rig) begin(ctx context.Context, t testing.TB) connector.RemoteRef {
	t.Helper()
	ref, err := r.devices.Upload(ctx, r.target(), r.job(t))
	must(t, err)
	return ref
}

// sha is the content's hash, as files carry it.
func sha(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
