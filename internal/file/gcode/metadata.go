package gcode

// Metadata is what a G-code file says about itself. A zero number, an empty string or a nil pointer means that the
// file does not say.
type Metadata struct {
	// Slicer is the program that wrote the file, "PrusaSlicer" for example; empty if it is not of the family.
	Slicer        string `json:"slicer"`
	SlicerVersion string `json:"slicer_version"`

	// EstimatedSeconds is the slicer's estimate for the whole print in normal mode, at most ten years.
	EstimatedSeconds int64 `json:"estimated_seconds"`

	// Tools are the tools that the print uses, in ascending order of index.
	Tools []Tool `json:"tools"`

	// NozzleDiameterMM is the nozzle of the first used tool.
	NozzleDiameterMM float64 `json:"nozzle_diameter_mm"`
	LayerHeightMM    float64 `json:"layer_height_mm"`
	PrinterModel     string  `json:"printer_model"`

	// NozzleC and BedC are the highest temperatures that the settings ask of any used tool, on any layer.
	NozzleC float64 `json:"nozzle_c"`
	BedC    float64 `json:"bed_c"`

	// VolumeMM is the room that the print takes: x and y as the bounds are wide, z as high as the print stands above
	// the bed, because the first layer fills the gap below its own nozzle height.
	VolumeMM *Size `json:"volume_mm,omitempty"`

	// BoundsMM encloses the middle of the nozzle during every move that extrudes, purge line and skirt included. The
	// plastic reaches half a line width further.
	BoundsMM *Box `json:"bounds_mm,omitempty"`

	// BedMM is the printer's room as the settings describe it; a side that they leave out is zero.
	BedMM *Size `json:"bed_mm,omitempty"`

	// Thumbnail is the largest picture in the file.
	Thumbnail *Thumbnail `json:"thumbnail,omitempty"`

	// Warnings say what was refused or looks dangerous, each as "code: detail" with a Warn constant as code. They hold
	// no secrets and no control characters, and there are at most 32 of them.
	Warnings []string `json:"warnings"`
}

// Tool is one extruder, or one slot of a filament changer, that the print uses.
type Tool struct {
	Index        int     `json:"index"` // from 0, as in T0
	MaterialType string  `json:"material_type"`
	ColorHex     string  `json:"color_hex"` // #RRGGBB in upper case
	FilamentG    float64 `json:"filament_g"`
	FilamentMM   float64 `json:"filament_mm"`
}

// Point is a position in machine coordinates, in millimetres.
type Point struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
	Z float64 `json:"z"`
}

// Size is an extent along the three axes, in millimetres.
type Size struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
	Z float64 `json:"z"`
}

// Box is the smallest axis-parallel box around something.
type Box struct {
	Min Point `json:"min"`
	Max Point `json:"max"`
}

// Thumbnail is a picture found in the file. Its header was checked, its pixels were not: decode and encode it anew
// before it goes to a browser.
type Thumbnail struct {
	ContentType string `json:"content_type"` // image/png or image/jpeg
	WidthPx     int    `json:"width_px"`
	HeightPx    int    `json:"height_px"`
	Data        []byte `json:"-"`
}

// FilamentG is the mass of filament over all tools, in grams.
func (m Metadata) FilamentG() float64 {
	var g float64
	for _, t := range m.Tools {
		g += t.FilamentG
	}
	return g
}

// FilamentMM is the length of filament over all tools, in millimetres.
func (m Metadata) FilamentMM() float64 {
	var mm float64
	for _, t := range m.Tools {
		mm += t.FilamentMM
	}
	return mm
}
