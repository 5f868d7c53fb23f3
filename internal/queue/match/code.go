package match

import (
	"slices"

	"github.com/soloprint/soloprint/internal/errs"
)

// Code names a rule that refused. Codes are part of both APIs and never change their meaning.
type Code string

// The codes, in the order in which reasons are told.
const (
	CodePrinterOffline            Code = "printer_offline"
	CodePrinterBusy               Code = "printer_busy"
	CodePrinterPaused             Code = "printer_paused"
	CodePrinterError              Code = "printer_error"
	CodePrinterAttention          Code = "printer_attention"
	CodePrinterOutOfOrder         Code = "printer_out_of_order"
	CodeBedNotClear               Code = "bed_not_clear"
	CodeNotInTargetPrinters       Code = "not_in_target_printers"
	CodeNotInTargetModels         Code = "not_in_target_models"
	CodeNotInTargetGroups         Code = "not_in_target_groups"
	CodeUserNoPrinterAccess       Code = "user_no_printer_access"
	CodeClassNoPrinterAccess      Code = "class_no_printer_access"
	CodeTagMissing                Code = "tag_missing"
	CodeModelMismatch             Code = "model_mismatch"
	CodeFileFormatUnsupported     Code = "file_format_unsupported"
	CodeNozzleDiameterMismatch    Code = "nozzle_diameter_mismatch"
	CodeNozzleTypeMismatch        Code = "nozzle_type_mismatch"
	CodeVolumeExceeded            Code = "volume_exceeded"
	CodeNozzleTemperatureExceeded Code = "nozzle_temperature_exceeded"
	CodeBedTemperatureExceeded    Code = "bed_temperature_exceeded"
	CodeToolCount                 Code = "tool_count"
	CodeSlotEmpty                 Code = "slot_empty"
	CodeMaterialMismatch          Code = "material_mismatch"
	CodeColorMismatch             Code = "color_mismatch"
	CodeFilamentInsufficient      Code = "filament_insufficient"
	CodeApprovalRequired          Code = "approval_required"
	CodeHold                      Code = "hold"
	CodeNotBefore                 Code = "not_before"
	CodeFileNotReady              Code = "file_not_ready"
)

// The severities of a reason.
const (
	SeverityHard      = "hard"      // somebody must act
	SeverityTemporary = "temporary" // time mends it
	SeveritySoft      = "soft"      // only lowers the score
)

// Definition is a code's entry in the registry, from which the reference page is printed.
type Definition struct {
	Code        Code
	Axis        Axis
	Severity    string // unless the organization softened the axis
	Overridable bool   // whether assign may let it pass
	Meaning     string // when it is told
}

// Codes is every code, in the order in which reasons are told.
func Codes() []Definition { return slices.Clone(registry) }

var registry = []Definition{
	{CodePrinterOffline, AxisState, SeverityTemporary, false, "The printer cannot be reached."},
	{CodePrinterBusy, AxisState, SeverityTemporary, false, "The printer prints, prepares, or has a print booked."},
	{CodePrinterPaused, AxisState, SeverityTemporary, false, "The printer's print is paused."},
	{CodePrinterError, AxisState, SeverityHard, false, "The printer reports an error."},
	{CodePrinterAttention, AxisState, SeverityHard, false, "The printer waits for a person at the device."},
	{CodePrinterOutOfOrder, AxisState, SeverityHard, false, "The printer is out of service."},
	{CodeBedNotClear, AxisBed, SeverityTemporary, false, "A part may still be on the bed."},
	{CodeNotInTargetPrinters, AxisTarget, SeverityHard, true, "The item names printers, and this is none of them."},
	{CodeNotInTargetModels, AxisTarget, SeverityHard, true, "The item names models, and this printer is none of them."},
	{CodeNotInTargetGroups, AxisTarget, SeverityHard, true, "The item names printer groups, and this printer is in none of them."},
	{CodeUserNoPrinterAccess, AxisAccess, SeverityHard, true, "The submitter's user groups may not use this printer."},
	{CodeClassNoPrinterAccess, AxisAccess, SeverityHard, true, "The item's class may not use this printer."},
	{CodeTagMissing, AxisTags, SeverityHard, true, "The printer lacks a tag that the item asks for."},
	{CodeModelMismatch, AxisModel, SeverityHard, true, "The file was sliced for another model."},
	{CodeFileFormatUnsupported, AxisFormat, SeverityHard, false, "The printer does not print this kind of file."},
	{CodeNozzleDiameterMismatch, AxisNozzle, SeverityHard, true, "Another nozzle diameter is fitted."},
	{CodeNozzleTypeMismatch, AxisNozzle, SeverityHard, true, "The fitted nozzle is softer than asked for, or of another kind."},
	{CodeVolumeExceeded, AxisVolume, SeverityHard, false, "The part is larger than the printer's volume, turned on the bed too."},
	{CodeNozzleTemperatureExceeded, AxisTemperature, SeverityHard, false, "The nozzle would have to be hotter than the printer allows."},
	{CodeBedTemperatureExceeded, AxisTemperature, SeverityHard, false, "The bed would have to be hotter than the printer allows."},
	{CodeToolCount, AxisTools, SeverityHard, true, "The print uses more tools than the printer has slots."},
	{CodeSlotEmpty, AxisMaterial, SeverityHard, true, "No spool is loaded that could be meant."},
	{CodeMaterialMismatch, AxisMaterial, SeverityHard, true, "No loaded spool is of the material."},
	{CodeColorMismatch, AxisColor, SeverityHard, true, "No loaded spool of the material has a colour close enough."},
	{CodeFilamentInsufficient, AxisFilament, SeverityHard, true, "The loaded spool has too little filament that is not reserved."},
	{CodeApprovalRequired, AxisApproval, SeverityHard, false, "A person has to agree first."},
	{CodeHold, AxisSchedule, SeverityHard, false, "A person holds the item back."},
	{CodeNotBefore, AxisSchedule, SeverityTemporary, false, "The item is to start later."},
	{CodeFileNotReady, AxisFile, SeverityTemporary, false, "The file has not arrived; hard where it never will."},
}

// Overridable reports whether assign may let the reason pass. Volume, temperatures, file format and the bed protect the
// machine; what a printer does now, approval, hold, start time and file have operations of their own that a person uses
// instead. Codes that do not exist are not overridable.
func Overridable(code string) bool {
	d := definition(Code(code))
	return d != nil && d.Overridable
}

func definition(code Code) *Definition {
	for i := range registry {
		if registry[i].Code == code {
			return &registry[i]
		}
	}
	return nil
}

func reason(code Code, severity, expected, actual, fix string) errs.Reason {
	return errs.Reason{Code: string(code), Axis: string(definition(code).Axis), Severity: severity, Expected: expected, Actual: actual, Fix: fix}
}
