package gcode

import (
	"math"
	"slices"
)

// Keys of comments: PrusaSlicer's words first, then those of OrcaSlicer and BambuStudio where they differ.
// BambuStudio's "total filament volume [cm^3]" is missing on purpose: its value is in mm3.
const (
	keyTimeNormal = "estimated printing time (normal mode)"
	keyTime       = "estimated printing time"
	keyTimeTotal  = "total estimated time"

	keyUsedMM    = "filament used [mm]"
	keyUsedG     = "filament used [g]"
	keyTotalG    = "total filament used [g]"
	keyLengthMM  = "total filament length [mm]"
	keyWeightG   = "total filament weight [g]"
	keyFilaments = "filament" // the used ones, from 1

	keyFilamentType  = "filament_type"
	keyFilamentColor = "filament_colour"
	keyExtruderColor = "extruder_colour"
	keyDensity       = "filament_density"
	keyDiameter      = "filament_diameter"

	keyNozzleDiameter = "nozzle_diameter"
	keyLayerHeight    = "layer_height"
	keyPrinterModel   = "printer_model"

	keyBedShape      = "bed_shape"
	keyBedArea       = "printable_area"
	keyBedHeight     = "max_print_height"
	keyBedHeightOrca = "printable_height"
	keyBedType       = "curr_bed_type"

	keyNozzleC          = "temperature"
	keyNozzleFirstC     = "first_layer_temperature"
	keyNozzleOrcaC      = "nozzle_temperature"
	keyNozzleFirstOrcaC = "nozzle_temperature_initial_layer"
	keyBedC             = "bed_temperature"
	keyBedFirstC        = "first_layer_bed_temperature"
)

// plates pairs a bed type of OrcaSlicer with the begin of its temperature keys.
func plates() map[string]string {
	return map[string]string{
		"Cool Plate":         "cool_plate_temp",
		"Engineering Plate":  "eng_plate_temp",
		"High Temp Plate":    "hot_plate_temp",
		"Textured PEI Plate": "textured_plate_temp",
		"Supertack Plate":    "supertack_plate_temp",
	}
}

// assemble puts together what the comments say and, where they are silent, what the moves show.
func assemble(c *comments, m *moves, warn *warnings) Metadata {
	md := Metadata{
		Slicer:           c.slicer,
		SlicerVersion:    c.version,
		EstimatedSeconds: c.seconds(),
		Tools:            c.tools(m),
		PrinterModel:     cleanText(first(c.texts(keyPrinterModel))),
		LayerHeightMM:    first(c.numbers(keyLayerHeight, maxDiameterMM)),
		BedMM:            c.bed(),
		Thumbnail:        c.thumbs.best,
	}
	md.NozzleDiameterMM = c.nozzleDiameter(md.Tools)
	md.NozzleC = c.hottest(md.Tools, maxNozzleC, keyNozzleC, keyNozzleFirstC, keyNozzleOrcaC, keyNozzleFirstOrcaC)
	md.BedC = c.hottest(md.Tools, maxBedC, c.bedKeys()...)
	md.BoundsMM, md.VolumeMM = m.bounds()
	md.Warnings = append([]string{}, warn.list...)
	return md
}

// seconds is the slicer's own estimate, or else the highest remaining time that the file reports while it prints.
func (c *comments) seconds() int64 {
	if text := c.value(keyTimeNormal, keyTime, keyTimeTotal); text != "" {
		s, err := parseDuration(text)
		c.refused("estimated printing time", err)
		if s > 0 {
			return s
		}
	}
	return int64(math.Round(c.minutesLeft * 60))
}

// tools lists the used tools with what the settings say about each.
func (c *comments) tools(m *moves) []Tool {
	lengths := c.usage(keyUsedMM, keyLengthMM, maxFilamentMM)
	masses := c.usage(keyUsedG, keyWeightG, maxGrams)
	if !anyPositive(lengths) && !anyPositive(masses) {
		lengths = m.filament()
	}
	types, colors, spare := c.texts(keyFilamentType), c.texts(keyFilamentColor), c.texts(keyExtruderColor)
	density, diameter := c.numbers(keyDensity, maxDensity), c.numbers(keyDiameter, maxDiameterMM)
	used := anyPositive(lengths) || anyPositive(masses)

	tools := []Tool{}
	for i := range max(len(lengths), len(masses), len(types)) {
		t := Tool{Index: i, MaterialType: cleanText(at(types, i)), FilamentMM: at0(lengths, i), FilamentG: at0(masses, i)}
		if used && t.FilamentMM == 0 && t.FilamentG == 0 {
			continue // there, but without a part in this print
		}
		if t.ColorHex = parseColor(at(colors, i)); t.ColorHex == "" {
			t.ColorHex = parseColor(at(spare, i))
		}
		if t.FilamentG == 0 {
			t.FilamentG = c.weigh(t.FilamentMM, at(diameter, i), at(density, i))
		}
		tools = append(tools, t)
	}
	if len(tools) == 1 && tools[0].FilamentG == 0 {
		tools[0].FilamentG = first(c.numbers(keyTotalG, maxGrams))
	}
	return tools
}

func (c *comments) weigh(lengthMM, diameterMM, density float64) float64 {
	g := round(massG(lengthMM, diameterMM, density))
	if g > maxGrams {
		c.refused(keyUsedG, errTooLarge)
		return 0
	}
	return g
}

// usage is a list of what each tool uses. BambuStudio lists the used filaments only and says which ones they are
// ("filament: 1,3"), so its values are spread over the tools that they belong to.
func (c *comments) usage(prusa, bambu string, limit float64) []float64 {
	if list := c.numbers(prusa, limit); len(list) > 0 {
		return list
	}
	list := c.numbers(bambu, limit)
	ids := c.numbers(keyFilaments, maxTools)
	if len(list) == 0 || len(ids) != len(list) {
		return list
	}
	spread := make([]float64, int(slices.Max(ids)))
	for i, id := range ids {
		if id < 1 || id != math.Trunc(id) {
			return list
		}
		spread[int(id)-1] = list[i]
	}
	return spread
}

func (c *comments) nozzleDiameter(tools []Tool) float64 {
	list := c.numbers(keyNozzleDiameter, maxDiameterMM)
	if len(tools) > 0 {
		return at(list, tools[0].Index)
	}
	return first(list)
}

// hottest is the highest temperature that any of the keys asks of any used tool, in degrees Celsius.
func (c *comments) hottest(tools []Tool, limit float64, keys ...string) float64 {
	var top float64
	for _, key := range keys {
		list := c.numbers(key, limit)
		if len(tools) == 0 {
			top = max(top, first(list))
		}
		for _, t := range tools {
			top = max(top, at(list, t.Index))
		}
	}
	return top
}

func (c *comments) bedKeys() []string {
	if key, ok := plates()[first(c.texts(keyBedType))]; ok {
		return []string{key, key + "_initial_layer"}
	}
	return []string{keyBedC, keyBedFirstC}
}

func (c *comments) bed() *Size {
	var s Size
	if shape := c.value(keyBedShape, keyBedArea); shape != "" {
		x, y, err := parseBed(shape)
		c.refused(keyBedShape, err)
		s.X, s.Y = x, y
	}
	for _, key := range []string{keyBedHeight, keyBedHeightOrca} {
		s.Z = max(s.Z, first(c.numbers(key, maxExtentMM)))
	}
	if s == (Size{}) {
		return nil
	}
	return &s
}

// at is an item of a list with one entry a tool; a list with a single entry holds for all tools.
func at[T any](list []T, i int) T {
	if len(list) == 1 {
		i = 0
	}
	return at0(list, i)
}

// at0 is an item of a list, or the zero value behind its end.
func at0[T any](list []T, i int) T {
	if i < len(list) {
		return list[i]
	}
	var zero T
	return zero
}

func first[T any](list []T) T { return at0(list, 0) }

func anyPositive(list []float64) bool {
	for _, f := range list {
		if f > 0 {
			return true
		}
	}
	return false
}
