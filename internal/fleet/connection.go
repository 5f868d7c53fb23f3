package fleet

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/connector"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/secret"
)

// probeTimeout bounds how long a device may take to answer a person who tests the connection.
const probeTimeout = 10 * time.Second

// supported refuses kinds of printers that nothing here speaks to, and options that the kind does not have.
func (s *Service) supported(c schematype.Connector) error {
	kinds := s.Connectors.Kinds()
	if !slices.Contains(kinds, c.Kind) {
		return errs.Invalid(errs.Field{Path: "connector.kind", Code: "not_supported", Message: "is not supported yet; available: " + strings.Join(kinds, ", ")})
	}
	fields := s.Connectors.CheckOptions(c.Kind, c.Options)
	for i := range fields {
		fields[i].Path = "connector.options." + fields[i].Path
	}
	return errs.Invalid(fields...)
}

// reconnect puts a new connection into the patch.
func (s *Service) reconnect(p *patch, in ConnectorPatch) error {
	now := p.old.Connector
	if kind, ok := in.Kind.ValueOK(); ok {
		now.Kind = deref(kind)
	}
	if address, ok := in.Address.ValueOK(); ok {
		now.Address = deref(address)
	}
	moved := now.Kind != p.old.Connector.Kind || now.Address != p.old.Connector.Address
	if options, ok := in.Options.ValueOK(); ok {
		now.Options = options
	}
	if err := s.supported(now); err != nil {
		return err
	}
	if moved || !sameOptions(now.Options, p.old.Connector.Options) {
		p.u.SetConnector(now)
		p.reconnect = true
	}

	plain, given := in.Secret.ValueOK()
	switch {
	case given && deref(plain) != "":
		p.u.SetConnectorSecret(s.seal(p.old.ID, *plain))
		p.reconnect = true
	case (given || moved) && len(p.old.ConnectorSecret) > 0:
		p.u.ClearConnectorSecret()
		p.reconnect = true
	}
	return nil
}

func sameOptions(a, b map[string]any) bool {
	return len(a) == 0 && len(b) == 0 || reflect.DeepEqual(a, b)
}

// place is where a printer's sealed secret stands.
func place(id pid.ID) secret.Place {
	return secret.Place{Table: "printers", Row: string(id), Column: "connector_secret"}
}

func (s *Service) seal(id pid.ID, plain string) []byte {
	return s.Secrets.Seal(place(id), []byte(plain))
}

// Target is what a connector needs to reach the printer, the secret in clear: for the worker that owns the printer.
func (s *Service) Target(p *ent.Printer) (connector.Target, error) {
	t := connector.Target{PrinterID: string(p.ID), Name: p.Name, Address: p.Connector.Address, Options: p.Connector.Options}
	if len(p.ConnectorSecret) == 0 {
		return t, nil
	}
	plain, err := s.Secrets.Open(place(p.ID), p.ConnectorSecret)
	if err != nil {
		return connector.Target{}, fmt.Errorf("open the printer's secret: %w", err)
	}
	t.Secret = string(plain)
	return t, nil
}

// TestConnectionInput names the printer.
type TestConnectionInput struct {
	PrinterID pid.ID `path:"printer_id" json:"-" doc:"Identifier of the printer." example:"prn_01jd4c0n5xe2vb8w6h3ks9qt7m"`
}

// ConnectionTest is what a person sees who tests a connection.
type ConnectionTest struct {
	OK           bool     `json:"ok" doc:"Whether the device answered as a printer."`
	Code         string   `json:"code" enum:"ok,offline,auth,attention,unsupported_kind,failed" doc:"What happened, for machines."`
	Details      string   `json:"details" doc:"What happened, for people."`
	Milliseconds int64    `json:"milliseconds" doc:"How long the device took."`
	Model        string   `json:"model,omitempty" doc:"Model, as the device says."`
	Firmware     string   `json:"firmware,omitempty" doc:"Firmware, as the device says."`
	SerialNumber string   `json:"serial_number,omitempty" doc:"Serial number, as the device says."`
	Formats      []string `json:"formats,omitempty" doc:"Endings of the files it prints; none = any."`
	Notes        []string `json:"notes,omitempty" doc:"What a person who sets it up should know."`
}

// TestConnection asks the device what it is. It changes nothing, and holds no transaction while the device thinks. A
// device that does not answer is a result, not an error.
func (s *Service) TestConnection(ctx context.Context, in TestConnectionInput) (ConnectionTest, error) {
	return op.Read(ctx, s.Ops, OpPrinterTestConnection, in, func(ctx context.Context, c *ent.Client) (ConnectionTest, error) {
		p, err := op.Load(ctx, c.Printer, in.PrinterID)
		if err != nil {
			return ConnectionTest{}, err
		}
		target, err := s.Target(p)
		if err != nil {
			return ConnectionTest{}, err
		}
		return s.probe(ctx, p.Connector.Kind, target), nil
	})
}

func (s *Service) probe(ctx context.Context, kind string, target connector.Target) ConnectionTest {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	begin := s.Ops.Clock.Now()
	info, err := s.ask(ctx, kind, target)
	t := outcome(err)
	t.Milliseconds = s.Ops.Clock.Now().Sub(begin).Milliseconds()
	t.Model, t.Firmware, t.SerialNumber, t.Formats, t.Notes = info.Model, info.Firmware, info.Serial, info.Formats, info.Notes
	return t
}

func (s *Service) ask(ctx context.Context, kind string, target connector.Target) (connector.Info, error) {
	device, err := s.Connectors.For(kind)
	if err != nil {
		return connector.Info{}, err
	}
	return device.Probe(ctx, target)
}

// outcome words a probe's error. What a device or the network says in its own words is not shown.
func outcome(err error) ConnectionTest {
	known := []struct {
		err  error
		code string
	}{
		{connector.ErrOffline, "offline"}, {connector.ErrAuth, "auth"},
		{connector.ErrAttention, "attention"}, {connector.ErrUnsupportedKind, "unsupported_kind"},
	}
	if err == nil {
		return ConnectionTest{OK: true, Code: "ok", Details: "The printer answers."}
	}
	for _, k := range known {
		if errors.Is(err, k.err) {
			return ConnectionTest{Code: k.code, Details: sentence(k.err.Error())}
		}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return ConnectionTest{Code: "offline", Details: fmt.Sprintf("The printer did not answer within %s.", probeTimeout)}
	}
	return ConnectionTest{Code: "failed", Details: "The printer gave an answer that is not understood."}
}

// sentence makes "printer is offline" a sentence.
func sentence(words string) string { return "The " + words + "." }
