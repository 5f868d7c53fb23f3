package fleet_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/connector"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/fleet"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

func TestTestConnection(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, testkit.NewKit(t, db))
		p := b.create(t, func(in *fleet.CreatePrinterInput) {
			in.Connector.Address, in.Connector.Secret = ptr("http://10.0.0.7"), ptr("s3cret")
		})
		b.wantEvents(t, "printer.created")
		rows := []struct {
			name string
			err  error
			code string
		}{
			{"a device that answers", nil, "ok"},
			{"a device that is off", fmt.Errorf("dial 10.0.0.7: %w", connector.ErrOffline), "offline"},
			{"a device that refuses the key", fmt.Errorf("key s3cret: %w", connector.ErrAuth), "auth"},
			{"a device that thinks too long", context.DeadlineExceeded, "offline"},
			{"a device that talks nonsense", errors.New("s3cret: unexpected EOF"), "failed"},
		}
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				b.device.err, b.device.info = row.err, connector.Info{}
				if row.err == nil {
					b.device.info = connector.Info{Model: "Virtual", Formats: []string{".gcode"}}
				}

				got, err := b.s.TestConnection(b.ctx, fleet.TestConnectionInput{PrinterID: p.ID})

				must(t, err)
				if got.Code != row.code || got.OK != (row.err == nil) || (got.Model == "Virtual") != got.OK || got.Details == "" {
					t.Errorf("got %+v", got)
				}
				if strings.Contains(fmt.Sprint(got), "s3cret") || strings.Contains(got.Details, "10.0.0.7") {
					t.Errorf("shows too much: %+v", got)
				}
				if b.device.target.Secret != "s3cret" || b.device.target.Address != "http://10.0.0.7" {
					t.Errorf("asked %+v", b.device.target)
				}
				b.wantEvents(t)
			})
		}
	})
}

func TestTestConnectionIsForThoseWhoManagePrinters(t *testing.T) {
	k := testkit.NewKit(t, testkit.SQLite(t))
	b, them := newBundle(t, k), newBundle(t, k)
	in := fleet.TestConnectionInput{PrinterID: b.create(t).ID}

	_, err := b.s.TestConnection(b.o.As(t, authz.RoleTeacher), in)
	wantCode(t, err, errs.InsufficientPermissions)
	_, err = b.s.TestConnection(them.ctx, in)
	wantCode(t, err, "printer_not_found")
	if b.device.target.PrinterID != "" {
		t.Error("the device was asked")
	}
}

func TestTargetOfAMovedSecret(t *testing.T) {
	b := newBundle(t, testkit.NewKit(t, testkit.SQLite(t)))
	p := b.create(t, func(in *fleet.CreatePrinterInput) { in.Connector.Secret = ptr("s3cret") })
	q := b.create(t)
	moved := b.Raw.Printer.UpdateOne(q).SetConnectorSecret(b.Raw.Printer.GetX(t.Context(), p.ID).ConnectorSecret).SaveX(t.Context())

	if got, err := b.s.Target(moved); err == nil {
		t.Errorf("a secret copied from another row opens: %+v", got)
	}
	_, err := b.s.TestConnection(b.ctx, fleet.TestConnectionInput{PrinterID: q.ID})
	wantCode(t, err, "printer_test_connection_failed")
}
