package fleet

import (
	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
)

// ConnectorInput says how a printer is reached. The secret is written and never shown.
type ConnectorInput struct {
	Kind    string         `json:"kind" required:"true" enum:"virtual,octoprint,moonraker,prusalink,bambu" doc:"Protocol of the printer." example:"virtual"`
	Address *string        `json:"address,omitempty" maxLength:"300" doc:"Where the printer is, for example http://10.0.0.7."`
	Secret  *string        `json:"secret,omitempty" maxLength:"500" format:"password" doc:"Key, password or access code; never shown again."`
	Options map[string]any `json:"options,omitempty" maxProperties:"20" keyMaxLength:"60" doc:"Settings of the connector."`
}

// ConnectorPatch changes how a printer is reached. A new kind or address forgets the secret unless a new one comes along.
type ConnectorPatch struct {
	Kind    graphql.Omittable[*string]        `json:"kind,omitzero" nullable:"false" enum:"virtual,octoprint,moonraker,prusalink,bambu" doc:"Protocol of the printer."`
	Address graphql.Omittable[*string]        `json:"address,omitzero" maxLength:"300" doc:"Where the printer is, for example http://10.0.0.7."`
	Secret  graphql.Omittable[*string]        `json:"secret,omitzero" maxLength:"500" format:"password" doc:"Key, password or access code; never shown again; null = none."`
	Options graphql.Omittable[map[string]any] `json:"options,omitzero" maxProperties:"20" keyMaxLength:"60" doc:"All settings of the connector from now on: they replace what was set, nothing is merged; null = none."`
}

// SlotInput is one slot; its index is its place in the list.
type SlotInput struct {
	Name string `json:"name,omitempty" maxLength:"60" doc:"Label of the slot." example:"AMS 1"`
}

// CreatePrinterInput is a new printer.
type CreatePrinterInput struct {
	Name         string         `json:"name" required:"true" minLength:"1" maxLength:"200" doc:"Name people call it by." example:"MK4 Ada"`
	Manufacturer *string        `json:"manufacturer,omitempty" maxLength:"200" doc:"Who made it." example:"Prusa"`
	Model        *string        `json:"model,omitempty" maxLength:"200" doc:"Model, as slicers write it." example:"MK4"`
	SerialNumber *string        `json:"serial_number,omitempty" maxLength:"200" doc:"Serial number."`
	Location     *string        `json:"location,omitempty" maxLength:"200" doc:"Where it stands."`
	Connector    ConnectorInput `json:"connector" required:"true" doc:"How it is reached."`

	BuildVolumeMM    *schematype.Size `json:"build_volume_mm,omitempty" doc:"Build volume in mm; absent = not known."`
	NozzleDiameterMM *float64         `json:"nozzle_diameter_mm,omitempty" minimum:"0.05" maximum:"5" doc:"Nozzle diameter in mm; absent = 0.4."`
	NozzleType       *string          `json:"nozzle_type,omitempty" minLength:"1" maxLength:"40" doc:"Nozzle type, for example brass or hardened; absent = brass."`
	MaxNozzleC       *float64         `json:"max_nozzle_c,omitempty" minimum:"0" maximum:"1000" doc:"Highest nozzle temperature in °C; absent = 300."`
	MaxBedC          *float64         `json:"max_bed_c,omitempty" minimum:"0" maximum:"500" doc:"Highest bed temperature in °C; absent = 120."`
	Enclosed         *bool            `json:"enclosed,omitempty" doc:"Whether it has an enclosure."`
	SupportedFormats []string         `json:"supported_formats,omitempty" minItems:"1" maxItems:"10" uniqueItems:"true" enum:"gcode,bgcode,gcode_3mf,3mf" doc:"File formats it prints; absent = gcode."`

	Slots     []SlotInput `json:"slots,omitempty" minItems:"1" maxItems:"16" doc:"Its slots, each for a spool; absent = slot_count of them."`
	SlotCount *int        `json:"slot_count,omitempty" minimum:"1" maximum:"16" doc:"Number of slots where they need no names; absent = 1."`
	TagIDs    []pid.ID    `json:"tag_ids,omitempty" maxItems:"200" uniqueItems:"true" doc:"Identifiers of its tags."`
	GroupIDs  []pid.ID    `json:"group_ids,omitempty" maxItems:"200" uniqueItems:"true" doc:"Identifiers of its groups."`

	AutoDispatch    *bool                  `json:"auto_dispatch,omitempty" doc:"Start the next item without a person when idle and clear."`
	RequireBedClear *bool                  `json:"require_bed_clear,omitempty" doc:"Start nothing until a person says that the bed is clear; absent = true."`
	OutOfOrder      *schematype.OutOfOrder `json:"out_of_order,omitempty" doc:"Set while it is out of service."`
	BedState        *printer.BedState      `json:"bed_state,omitempty" enum:"clear,unknown" doc:"clear where the person who adds it has looked; absent = unknown."`
}

// Validate refuses two wishes about slots.
func (in CreatePrinterInput) Validate() []errs.Field {
	if len(in.Slots) > 0 && in.SlotCount != nil {
		return []errs.Field{{Path: "slot_count", Code: "not_allowed", Message: "send slots or slot_count, not both"}}
	}
	return nil
}

// slots are the slots the printer begins with.
func (in CreatePrinterInput) slots() []SlotInput {
	if len(in.Slots) > 0 {
		return in.Slots
	}
	count := 1
	if in.SlotCount != nil {
		count = *in.SlotCount
	}
	return make([]SlotInput, count)
}

// UpdatePrinterInput are the fields of a printer that change: absent means unchanged, null cleared.
type UpdatePrinterInput struct {
	PrinterID pid.ID `path:"printer_id" json:"-" doc:"Identifier of the printer." example:"prn_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	IfMatch   string `header:"If-Match" json:"-" doc:"ETag of the version that is meant; 412 where it is another one." maxLength:"1000"`

	Name         graphql.Omittable[*string]         `json:"name,omitzero" nullable:"false" minLength:"1" maxLength:"200" doc:"Name people call it by." example:"MK4 Ada"`
	Manufacturer graphql.Omittable[*string]         `json:"manufacturer,omitzero" maxLength:"200" doc:"Who made it."`
	Model        graphql.Omittable[*string]         `json:"model,omitzero" maxLength:"200" doc:"Model, as slicers write it."`
	SerialNumber graphql.Omittable[*string]         `json:"serial_number,omitzero" maxLength:"200" doc:"Serial number."`
	Location     graphql.Omittable[*string]         `json:"location,omitzero" maxLength:"200" doc:"Where it stands."`
	Connector    graphql.Omittable[*ConnectorPatch] `json:"connector,omitzero" nullable:"false" doc:"How it is reached: only what is named changes, and options are replaced as a whole."`

	BuildVolumeMM    graphql.Omittable[*schematype.Size] `json:"build_volume_mm,omitzero" doc:"Build volume in mm; null = not known."`
	NozzleDiameterMM graphql.Omittable[*float64]         `json:"nozzle_diameter_mm,omitzero" nullable:"false" minimum:"0.05" maximum:"5" doc:"Nozzle diameter in mm."`
	NozzleType       graphql.Omittable[*string]          `json:"nozzle_type,omitzero" nullable:"false" minLength:"1" maxLength:"40" doc:"Nozzle type, for example brass or hardened."`
	MaxNozzleC       graphql.Omittable[*float64]         `json:"max_nozzle_c,omitzero" nullable:"false" minimum:"0" maximum:"1000" doc:"Highest nozzle temperature in °C."`
	MaxBedC          graphql.Omittable[*float64]         `json:"max_bed_c,omitzero" nullable:"false" minimum:"0" maximum:"500" doc:"Highest bed temperature in °C."`
	Enclosed         graphql.Omittable[*bool]            `json:"enclosed,omitzero" nullable:"false" doc:"Whether it has an enclosure."`
	SupportedFormats graphql.Omittable[[]string]         `json:"supported_formats,omitzero" nullable:"false" minItems:"1" maxItems:"10" uniqueItems:"true" enum:"gcode,bgcode,gcode_3mf,3mf" doc:"File formats it prints."`

	Slots    graphql.Omittable[[]SlotInput] `json:"slots,omitzero" nullable:"false" minItems:"1" maxItems:"16" doc:"All its slots from now on, by index; the last ones go where the list is shorter, if they are empty."`
	TagIDs   graphql.Omittable[[]pid.ID]    `json:"tag_ids,omitzero" maxItems:"200" uniqueItems:"true" doc:"Identifiers of all its tags from now on."`
	GroupIDs graphql.Omittable[[]pid.ID]    `json:"group_ids,omitzero" maxItems:"200" uniqueItems:"true" doc:"Identifiers of all its groups from now on."`

	AutoDispatch    graphql.Omittable[*bool]                  `json:"auto_dispatch,omitzero" nullable:"false" doc:"Start the next item without a person when idle and clear."`
	RequireBedClear graphql.Omittable[*bool]                  `json:"require_bed_clear,omitzero" nullable:"false" doc:"Start nothing until a person says that the bed is clear."`
	OutOfOrder      graphql.Omittable[*schematype.OutOfOrder] `json:"out_of_order,omitzero" doc:"Set while it is out of service; null = back in service."`
}

// DeletePrinterInput names the printer.
type DeletePrinterInput struct {
	PrinterID pid.ID `path:"printer_id" json:"-" doc:"Identifier of the printer." example:"prn_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	IfMatch   string `header:"If-Match" json:"-" doc:"ETag of the version that is meant; 412 where it is another one." maxLength:"1000"`
}
