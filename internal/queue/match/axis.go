package match

import "slices"

// Axis is what a rule looks at: a column of the eligibility matrix, and the name under which an organization softens it.
type Axis string

// The axes.
const (
	AxisAccess      Axis = "access"
	AxisTarget      Axis = "target"
	AxisModel       Axis = "model"
	AxisState       Axis = "state"
	AxisBed         Axis = "bed"
	AxisNozzle      Axis = "nozzle"
	AxisVolume      Axis = "volume"
	AxisTemperature Axis = "temperature"
	AxisMaterial    Axis = "material"
	AxisColor       Axis = "color"
	AxisFilament    Axis = "filament"
	AxisFormat      Axis = "format"
	AxisTools       Axis = "tools"
	AxisTags        Axis = "tags"
	AxisApproval    Axis = "approval"
	AxisSchedule    Axis = "schedule"
	AxisFile        Axis = "file"
)

// What an organization may set an axis to.
const (
	ModeHard = "hard" // refuses
	ModeSoft = "soft" // lowers the score
	ModeOff  = "off"  // is not looked at
)

// AxisDefinition is an axis's entry in the registry, from which settings forms and the reference page are made.
type AxisDefinition struct {
	Axis       Axis
	Adjustable bool // whether an organization may set it to soft or off
	Meaning    string
}

// AllAxes is every axis, in the order of the matrix.
func AllAxes() []AxisDefinition { return slices.Clone(axes) }

// The axes that are not adjustable protect the machine or the people around it (bed, volume, temperature, format), or
// are no question of fit at all.
var axes = []AxisDefinition{
	{AxisAccess, true, "Printers that the class and the user groups may use."},
	{AxisTarget, true, "Printers, models and groups that the item names."},
	{AxisModel, true, "The model that the file was sliced for."},
	{AxisState, false, "What the printer does now."},
	{AxisBed, false, "Whether the bed is clear."},
	{AxisNozzle, true, "Diameter and type of the nozzle."},
	{AxisVolume, false, "Whether the part fits."},
	{AxisTemperature, false, "How hot nozzle and bed may get."},
	{AxisMaterial, true, "The plastic that is loaded."},
	{AxisColor, true, "The colour that is loaded."},
	{AxisFilament, true, "How much is left on the spool."},
	{AxisFormat, false, "The kind of file."},
	{AxisTools, true, "How many tools the print uses."},
	{AxisTags, true, "Tags that the printer must have."},
	{AxisApproval, false, "Whether a person has agreed."},
	{AxisSchedule, false, "Hold and start time."},
	{AxisFile, false, "Whether the file has arrived."},
}

// Adjustable reports whether an organization may set the axis to soft or off; false also for what is no axis.
func Adjustable(axis string) bool {
	for i := range axes {
		if axes[i].Axis == Axis(axis) {
			return axes[i].Adjustable
		}
	}
	return false
}

// Axes is an organization's setting: axis to hard, soft or off. What it does not name, names wrongly or may not change
// is hard.
type Axes map[string]string

func (a Axes) mode(axis Axis) string {
	if m := a[string(axis)]; (m == ModeSoft || m == ModeOff) && Adjustable(string(axis)) {
		return m
	}
	return ModeHard
}
