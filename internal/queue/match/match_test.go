package match_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/queue/match"
)

var now = time.Date(2026, 11, 23, 10, 12, 0, 0, time.UTC)

// mk4 is idle, clear, and has 800 g of black PLA in its only slot.
func mk4() match.Printer {
	return match.Printer{
		ID: "prn_ada", Name: "MK4 Ada", Model: "MK4", Manufacturer: "Prusa Research", State: "idle", BedState: "clear", RequireBedClear: true,
		Volume: schematype.Size{X: 250, Y: 210, Z: 220}, NozzleDiameterMM: 0.4, NozzleType: "brass", MaxNozzleC: 300, MaxBedC: 120,
		Formats: []string{"gcode", "bgcode"}, TagIDs: []string{"tag_a", "tag_b"}, GroupIDs: []string{"pgr_lab"},
		Slots: []match.Slot{{Index: 0, Spool: pla("spl_1", "#000000", 800)}},
	}
}

// x1c is idle and clear and has four slots, loaded with what is given.
func x1c(spools ...*match.Spool) match.Printer {
	p := match.Printer{ID: "prn_x", Name: "X1C Hopper", Model: "X1C", Manufacturer: "Bambu Lab", State: "idle", BedState: "clear", RequireBedClear: true}
	for i := range 4 {
		p.Slots = append(p.Slots, match.Slot{Index: i})
		if i < len(spools) {
			p.Slots[i].Spool = spools[i]
		}
	}
	return p
}

func spool(id, material, color string, remaining float64) *match.Spool {
	return &match.Spool{ID: id, MaterialType: material, ColorHex: color, RemainingG: remaining, Status: "in_use"}
}

func pla(id, color string, remaining float64) *match.Spool { return spool(id, "PLA", color, remaining) }

// gear is a common item: 84 g of PLA, sliced for an MK4.
func gear() match.Item {
	return match.Item{
		Need: match.Need{
			Tools: []match.Tool{{Material: "PLA"}}, NozzleDiameterMM: 0.4, Volume: schematype.Size{X: 212, Y: 48, Z: 31},
			NozzleC: 215, BedC: 60, Format: "gcode", FileModel: "MK4",
		},
		Grams: []float64{84}, Approval: "approved", Hold: "none", FileStatus: "ready",
	}
}

func codes(rs []errs.Reason) []string {
	out := make([]string, len(rs))
	for i, r := range rs {
		out[i] = r.Code
	}
	return out
}

// row is one sentence: given this printer and this item, the verdict is so, for these reasons.
type row struct {
	name    string
	printer func(*match.Printer)
	item    func(*match.Item)
	axes    match.Axes
	state   match.State
	codes   string // in order, with spaces; a soft one ends in ~, a temporary one in ?
	// Of the first reason, where given.
	expected, actual, fix string
}

func (r row) run(t *testing.T) {
	p, i := mk4(), gear()
	if r.printer != nil {
		r.printer(&p)
	}
	if r.item != nil {
		r.item(&i)
	}
	v := match.Evaluate(i, p, r.axes, now)

	if v.Verdict != r.state {
		t.Errorf("verdict = %s, want %s", v.Verdict, r.state)
	}
	if got := marked(v.Reasons); got != r.codes {
		t.Errorf("reasons = %q, want %q", got, r.codes)
	}
	if r.expected == "" || len(v.Reasons) == 0 {
		return
	}
	got := v.Reasons[0]
	if got.Expected != r.expected || got.Actual != r.actual || got.Fix != r.fix {
		t.Errorf("reason says\n %q, %q, %q, want\n %q, %q, %q", got.Expected, got.Actual, got.Fix, r.expected, r.actual, r.fix)
	}
}

func marked(rs []errs.Reason) string {
	out := make([]string, len(rs))
	for i, r := range rs {
		out[i] = r.Code + map[string]string{match.SeveritySoft: "~", match.SeverityTemporary: "?"}[r.Severity]
	}
	return strings.Join(out, " ")
}

func runAll(t *testing.T, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) { t.Parallel(); r.run(t) })
	}
}

func TestEveryCodeIsProducedByARow(t *testing.T) {
	told := map[string]bool{}
	for _, r := range slices.Concat(readinessRows, targetRows, equipmentRows, spoolRows, gateRows) {
		for _, c := range strings.Fields(r.codes) {
			told[strings.TrimRight(c, "~?")] = true
		}
	}
	for _, d := range match.Codes() {
		if !told[string(d.Code)] {
			t.Errorf("no row tells %s", d.Code)
		}
		delete(told, string(d.Code))
	}
	for c := range told {
		t.Errorf("%s is not in the registry", c)
	}
}

func TestReadiness(t *testing.T) { runAll(t, readinessRows) }

var readinessRows = []row{
	{name: "an idle printer with a clear bed and the right spool can start", state: match.Eligible},
	{name: "a printer that says finished is ready once its bed is clear", printer: func(p *match.Printer) { p.State = "finished" }, state: match.Eligible},
	{name: "an offline printer is waited for", printer: func(p *match.Printer) { p.State = "offline" }, state: match.Waiting, codes: "printer_offline?",
		expected: "a printer that can start", actual: "MK4 Ada is offline", fix: "Switch MK4 Ada on and check its connection"},
	{name: "a printer that was never heard of counts as offline", printer: func(p *match.Printer) { p.State = "" }, state: match.Waiting, codes: "printer_offline?"},
	{name: "a busy printer is waited for", printer: func(p *match.Printer) { p.State = "busy" }, state: match.Waiting, codes: "printer_busy?"},
	{name: "a printing printer is waited for and told once", printer: func(p *match.Printer) { p.State, p.Active = "printing", true }, state: match.Waiting, codes: "printer_busy?"},
	{name: "an idle printer with a print booked is busy", printer: func(p *match.Printer) { p.Active = true }, state: match.Waiting, codes: "printer_busy?"},
	{name: "a paused printer is waited for", printer: func(p *match.Printer) { p.State, p.Active = "paused", true }, state: match.Waiting, codes: "printer_paused?"},
	{name: "an error needs a person", printer: func(p *match.Printer) { p.State = "error" }, state: match.Blocked, codes: "printer_error"},
	{name: "a question on the display needs a person", printer: func(p *match.Printer) { p.State = "attention" }, state: match.Blocked, codes: "printer_attention"},
	{name: "maintenance is out of order", printer: func(p *match.Printer) { p.State = "maintenance" }, state: match.Blocked, codes: "printer_out_of_order"},
	{name: "out of order says why and until when", printer: func(p *match.Printer) {
		until := now.Add(72 * time.Hour)
		p.OutOfOrder = &schematype.OutOfOrder{Reason: "belt", Until: &until}
	}, state: match.Blocked, codes: "printer_out_of_order",
		expected: "a printer that can start", actual: "MK4 Ada is out of order until 26 Nov 2026, 10:12 UTC: belt", fix: "Put MK4 Ada back into service"},
	{name: "out of order without an end stays", printer: func(p *match.Printer) { p.OutOfOrder = &schematype.OutOfOrder{} }, state: match.Blocked, codes: "printer_out_of_order"},
	{name: "out of order ends at its time", printer: func(p *match.Printer) {
		until := now
		p.OutOfOrder = &schematype.OutOfOrder{Until: &until}
	}, state: match.Eligible},
	{name: "a part on the bed is waited for", printer: func(p *match.Printer) { p.BedState = "occupied" }, state: match.Waiting, codes: "bed_not_clear?",
		expected: "a clear bed", actual: "a part is on the bed", fix: "Clear the bed of MK4 Ada and say so"},
	{name: "a bed that nobody looked at is not clear", printer: func(p *match.Printer) { p.BedState = "unknown" }, state: match.Waiting, codes: "bed_not_clear?"},
	{name: "a printer that ejects its parts may have an occupied bed", printer: func(p *match.Printer) { p.BedState, p.RequireBedClear = "occupied", false }, state: match.Eligible},
	{name: "state and bed cannot be softened", printer: func(p *match.Printer) { p.BedState, p.State = "occupied", "error" },
		axes: match.Axes{"state": "off", "bed": "off"}, state: match.Blocked, codes: "printer_error bed_not_clear?"},
}

func TestTargets(t *testing.T) { runAll(t, targetRows) }

var targetRows = []row{
	{name: "a named printer serves", item: func(i *match.Item) { i.PrinterIDs = []string{"prn_ada"} }, state: match.Eligible},
	{name: "another printer is named", item: func(i *match.Item) {
		i.PrinterIDs, i.Names = []string{"prn_bob", "prn_eve"}, map[string]string{"prn_bob": "MK4 Bob"}
	}, state: match.Blocked, codes: "not_in_target_printers",
		expected: "MK4 Bob, prn_eve", actual: "MK4 Ada", fix: "Allow MK4 Ada or choose one of the named printers"},
	{name: "a named model may be written otherwise", item: func(i *match.Item) { i.PrinterModels = []string{"XL", "Original Prusa MK4"} }, state: match.Eligible},
	{name: "other models are named", item: func(i *match.Item) { i.PrinterModels = []string{"XL", "MK4S"} }, state: match.Blocked, codes: "not_in_target_models"},
	{name: "a printer without a model is none of the named", printer: func(p *match.Printer) { p.Model = "" },
		item: func(i *match.Item) { i.PrinterModels = []string{"MK4"} }, state: match.Blocked, codes: "not_in_target_models",
		expected: "MK4", actual: "unknown model", fix: "Allow MK4 Ada or choose a printer of a named model"},
	{name: "one of the named groups is enough", item: func(i *match.Item) { i.GroupIDs = []string{"pgr_x", "pgr_lab"} }, state: match.Eligible},
	{name: "the printer is in none of the named groups", item: func(i *match.Item) { i.GroupIDs = []string{"pgr_x"} }, state: match.Blocked, codes: "not_in_target_groups"},
	{name: "the submitter may not use the printer", item: func(i *match.Item) { i.UserGroupIDs = []string{"pgr_x"} }, state: match.Blocked, codes: "user_no_printer_access",
		expected: "pgr_x", actual: "MK4 Ada is in pgr_lab", fix: "Give the submitter's user group access to MK4 Ada"},
	{name: "the class may not use the printer", item: func(i *match.Item) { i.ClassGroupIDs = []string{"pgr_x"} },
		printer: func(p *match.Printer) { p.GroupIDs = nil }, state: match.Blocked, codes: "class_no_printer_access",
		expected: "pgr_x", actual: "MK4 Ada is in no group", fix: "Give the class access to MK4 Ada"},
	{name: "class and submitter may use the printer", item: func(i *match.Item) {
		i.UserGroupIDs, i.ClassGroupIDs = []string{"pgr_lab"}, []string{"pgr_lab", "pgr_x"}
	}, state: match.Eligible},
	{name: "the printer has all tags and one more", item: func(i *match.Item) { i.TagIDs = []string{"tag_b"} }, state: match.Eligible},
	{name: "each missing tag is told", item: func(i *match.Item) {
		i.TagIDs, i.Names = []string{"tag_c", "tag_a", "tag_d"}, map[string]string{"tag_c": "enclosed"}
	}, state: match.Blocked, codes: "tag_missing tag_missing",
		expected: `tag "enclosed"`, actual: "not tagged so", fix: `Add the tag "enclosed" to MK4 Ada or drop it from the item`},
	{name: "the file is for another model", item: func(i *match.Item) { i.FileModel = "MINI" }, state: match.Blocked, codes: "model_mismatch",
		expected: "sliced for MK4", actual: "sliced for MINI", fix: "Slice the file for MK4 or choose a printer of model MINI"},
	{name: "the maker says that the models print each other's files", item: func(i *match.Item) { i.FileModel = "MK3.9" }, state: match.Eligible},
	{name: "a file without a model fits all", item: func(i *match.Item) { i.FileModel = "" }, state: match.Eligible},
	{name: "a generic profile fits all", item: func(i *match.Item) { i.FileModel = "Generic Marlin Printer" }, state: match.Eligible},
	{name: "a printer of unknown model prints all", printer: func(p *match.Printer) { p.Model = "" }, state: match.Eligible},
	{name: "a soft model lowers the score only", item: func(i *match.Item) { i.FileModel = "MINI" }, axes: match.Axes{"model": "soft"}, state: match.Eligible, codes: "model_mismatch~"},
	{name: "an axis that is off is not told", item: func(i *match.Item) { i.FileModel, i.TagIDs = "MINI", []string{"tag_c"} },
		axes: match.Axes{"model": "off", "tags": "off"}, state: match.Eligible},
	{name: "an unknown mode is hard", item: func(i *match.Item) { i.FileModel = "MINI" }, axes: match.Axes{"model": "maybe"}, state: match.Blocked, codes: "model_mismatch"},
}

func TestEquipmentRules(t *testing.T) { runAll(t, equipmentRows) }

var equipmentRows = []row{
	{name: "the file format is not printed", item: func(i *match.Item) { i.Format = "gcode_3mf" }, state: match.Blocked, codes: "file_format_unsupported",
		expected: "gcode_3mf", actual: "gcode, bgcode on MK4 Ada", fix: "Slice it as gcode or choose a printer that prints gcode_3mf"},
	{name: "a model has to be sliced", item: func(i *match.Item) { i.Format = "stl" }, state: match.Blocked, codes: "file_format_unsupported",
		expected: "stl", actual: "gcode, bgcode on MK4 Ada", fix: "Slice the model for MK4 Ada and attach the sliced file"},
	{name: "an ending is a format too", printer: func(p *match.Printer) { p.Formats = []string{".gco"} }, state: match.Eligible},
	{name: "a printer whose formats nobody entered prints all", printer: func(p *match.Printer) { p.Formats = nil }, item: func(i *match.Item) { i.Format = "gcode_3mf" }, state: match.Eligible},
	{name: "the format cannot be softened", item: func(i *match.Item) { i.Format = "stl" }, axes: match.Axes{"format": "off"}, state: match.Blocked, codes: "file_format_unsupported"},
	{name: "another nozzle is fitted", printer: func(p *match.Printer) { p.NozzleDiameterMM = 0.6 }, state: match.Blocked, codes: "nozzle_diameter_mismatch",
		expected: "0.4 mm", actual: "0.6 mm is fitted", fix: "Fit a nozzle of 0.4 mm to MK4 Ada or slice for 0.6 mm"},
	{name: "a calibrated nozzle is the same", printer: func(p *match.Printer) { p.NozzleDiameterMM = 0.398 }, state: match.Eligible},
	{name: "0.05 mm apart is another nozzle", item: func(i *match.Item) { i.NozzleDiameterMM = 0.35 }, printer: func(p *match.Printer) { p.NozzleDiameterMM = 0.41 }, state: match.Blocked, codes: "nozzle_diameter_mismatch"},
	{name: "brass is softer than hardened", item: func(i *match.Item) { i.NozzleType = "Hardened steel" }, state: match.Blocked, codes: "nozzle_type_mismatch",
		expected: "Hardened steel", actual: "brass is fitted", fix: "Fit a nozzle of type Hardened steel to MK4 Ada"},
	{name: "hardened does what brass does", printer: func(p *match.Printer) { p.NozzleType = "hardened" }, item: func(i *match.Item) { i.NozzleType = "brass" }, state: match.Eligible},
	{name: "the part is too long, turned too", item: func(i *match.Item) { i.Volume = schematype.Size{X: 252, Y: 10, Z: 10} }, state: match.Blocked, codes: "volume_exceeded",
		expected: "room for 252 × 10 × 10 mm", actual: "250 × 210 × 220 mm", fix: "Scale the part, cut it, or choose a larger printer"},
	{name: "the part fits turned on the bed", item: func(i *match.Item) { i.Volume = schematype.Size{X: 200, Y: 245, Z: 10} }, state: match.Eligible},
	{name: "the part is too high", item: func(i *match.Item) { i.Volume = schematype.Size{X: 10, Y: 10, Z: 220.5} }, state: match.Blocked, codes: "volume_exceeded"},
	{name: "a printer of unknown volume takes all", printer: func(p *match.Printer) { p.Volume = schematype.Size{} }, state: match.Eligible},
	{name: "volume and temperature cannot be softened", item: func(i *match.Item) { i.Volume.Z, i.NozzleC = 500, 500 },
		axes: match.Axes{"volume": "soft", "temperature": "off"}, state: match.Blocked, codes: "volume_exceeded nozzle_temperature_exceeded"},
	{name: "the nozzle gets hot enough just so", item: func(i *match.Item) { i.NozzleC, i.BedC = 300, 120 }, state: match.Eligible},
	{name: "the nozzle does not get hot enough", item: func(i *match.Item) { i.NozzleC = 301 }, state: match.Blocked, codes: "nozzle_temperature_exceeded",
		expected: "301 °C", actual: "at most 300 °C", fix: "Slice for a cooler nozzle or choose a printer that gets hotter"},
	{name: "the bed does not get hot enough", item: func(i *match.Item) { i.BedC = 121 }, state: match.Blocked, codes: "bed_temperature_exceeded"},
	{name: "unknown temperatures refuse nothing", printer: func(p *match.Printer) { p.MaxBedC, p.MaxNozzleC = 0, 0 }, item: func(i *match.Item) { i.NozzleC, i.BedC = 450, 200 }, state: match.Eligible},
	{name: "two tools need two slots", item: func(i *match.Item) { i.Tools, i.Grams = []match.Tool{{Material: "PLA"}, {Material: "PLA"}}, nil }, state: match.Blocked, codes: "tool_count",
		expected: "2 tools", actual: "1 slot", fix: "Slice for 1 tool or choose a printer with more slots"},
	{name: "a tool that prints nothing needs no slot", item: func(i *match.Item) {
		i.Tools, i.Grams = []match.Tool{{Unused: true}, {Material: "PLA"}}, []float64{0, 84}
	}, state: match.Eligible},
	{name: "everything is told at once", printer: func(p *match.Printer) {
		p.State, p.BedState, p.NozzleDiameterMM, p.NozzleType, p.MaxNozzleC, p.MaxBedC = "offline", "occupied", 0.6, "brass", 200, 50
		p.Formats, p.Volume, p.OutOfOrder = []string{"bgcode"}, schematype.Size{X: 100, Y: 100, Z: 100}, &schematype.OutOfOrder{}
		p.Slots[0].Spool = spool("spl", "ABS", "#FF0000", 20)
	}, item: func(i *match.Item) {
		later := now.Add(time.Hour)
		i.PrinterIDs, i.PrinterModels, i.GroupIDs, i.TagIDs = []string{"prn_x"}, []string{"XL"}, []string{"pgr_x"}, []string{"tag_x"}
		i.UserGroupIDs, i.ClassGroupIDs, i.FileModel, i.NozzleType = []string{"pgr_x"}, []string{"pgr_x"}, "XL", "hardened"
		i.Tools[0].ColorHex = "#0000FF"
		i.Approval, i.Hold, i.NotBefore, i.FileStatus = "pending", "manual", &later, "fetching"
	}, state: match.Blocked, codes: "printer_offline? printer_out_of_order bed_not_clear? not_in_target_printers not_in_target_models not_in_target_groups " +
		"user_no_printer_access class_no_printer_access tag_missing model_mismatch file_format_unsupported nozzle_diameter_mismatch nozzle_type_mismatch " +
		"volume_exceeded nozzle_temperature_exceeded bed_temperature_exceeded material_mismatch color_mismatch filament_insufficient " +
		"approval_required hold not_before? file_not_ready?"},
}

func TestGates(t *testing.T) { runAll(t, gateRows) }

var gateRows = []row{
	{name: "an item that needs no approval and has no file can start", item: func(i *match.Item) { i.Approval, i.Hold, i.FileStatus = "", "", "" }, state: match.Eligible},
	{name: "a pending approval blocks", item: func(i *match.Item) { i.Approval = "pending" }, state: match.Blocked, codes: "approval_required",
		expected: "approved", actual: "waits for approval", fix: "Ask a teacher or an operator to approve the item"},
	{name: "changes that were asked for block", item: func(i *match.Item) { i.Approval = "changes_requested" }, state: match.Blocked, codes: "approval_required"},
	{name: "a denial blocks", item: func(i *match.Item) { i.Approval = "denied" }, state: match.Blocked, codes: "approval_required"},
	{name: "a hold blocks and says why", item: func(i *match.Item) { i.Hold, i.HoldReason = "manual", "wait for Friday" }, state: match.Blocked, codes: "hold",
		expected: "released", actual: "held: wait for Friday", fix: "Release the item"},
	{name: "a schedule waits for its time", item: func(i *match.Item) {
		later := now.Add(time.Minute)
		i.Hold, i.NotBefore = "schedule", &later
	}, state: match.Waiting, codes: "not_before?",
		expected: "not before 23 Nov 2026, 10:13 UTC", actual: "it is 23 Nov 2026, 10:12 UTC", fix: "Wait, or set an earlier start"},
	{name: "a schedule is over at its time", item: func(i *match.Item) {
		at := now
		i.Hold, i.NotBefore = "schedule", &at
	}, state: match.Eligible},
	{name: "a file on its way is waited for", item: func(i *match.Item) { i.FileStatus = "fetching" }, state: match.Waiting, codes: "file_not_ready?"},
	{name: "a pending file is waited for", item: func(i *match.Item) { i.FileStatus = "pending" }, state: match.Waiting, codes: "file_not_ready?"},
	{name: "a failed file blocks", item: func(i *match.Item) { i.FileStatus = "failed" }, state: match.Blocked, codes: "file_not_ready",
		expected: "a file that is ready", actual: "the file is failed", fix: "Upload the file again and attach it"},
	{name: "gates cannot be softened", item: func(i *match.Item) { i.Approval, i.Hold = "pending", "manual" },
		axes: match.Axes{"approval": "off", "schedule": "soft"}, state: match.Blocked, codes: "approval_required hold"},
}
