package match

import "github.com/soloprint/soloprint/ent/schematype"

// Fill completes a request with what its file says; the request wins. format is the file's kind; f may be nil.
//
// It also settles color_match, which only the request's own colour makes strict: similar where the request names a
// colour (a person who says "red" does not mean one exact red), any where the colour is only the file's. A material or
// colour that the request gives for the whole print holds for each tool of the file, and grams for their sum.
func Fill(r schematype.Requirements, f *schematype.FileMetadata, format string) schematype.Requirements {
	if r.ColorMatch == "" {
		r.ColorMatch = defaultColorMatch(r)
	}
	if r.FileFormat == "" {
		r.FileFormat = format
	}
	if f == nil {
		return r
	}

	fillNumber(&r.NozzleDiameterMM, f.NozzleDiameterMM)
	fillNumber(&r.NozzleC, f.NozzleC)
	fillNumber(&r.BedC, f.BedC)
	if r.MinVolumeMM == nil || r.MinVolumeMM.Zero() {
		r.MinVolumeMM = f.VolumeMM
	}
	fillTools(&r, f)
	return r
}

// NeedOf is what filled requirements ask of the equipment. The model that the file was sliced for counts unless the
// request names models itself. Who may use which printers is the caller's to add.
func NeedOf(r schematype.Requirements, fileModel string) Need {
	n := Need{
		Tools: needTools(r), ColorMatch: r.ColorMatch,
		NozzleDiameterMM: r.NozzleDiameterMM, NozzleType: r.NozzleType, NozzleC: r.NozzleC, BedC: r.BedC, Format: r.FileFormat,
		PrinterIDs: r.PrinterIDs, PrinterModels: r.PrinterModels, GroupIDs: r.PrinterGroupIDs, TagIDs: r.TagIDs,
	}
	if r.MinVolumeMM != nil {
		n.Volume = *r.MinVolumeMM
	}
	if len(r.PrinterModels) == 0 {
		n.FileModel = fileModel
	}
	return n
}

// Grams is what one copy takes per tool; 0 where nothing is said. A sum without grams per tool of a print with several
// tools cannot be split and says nothing.
func Grams(r schematype.Requirements) []float64 {
	if len(r.Tools) == 0 {
		return []float64{r.FilamentG}
	}
	grams := make([]float64, len(r.Tools))
	for i, t := range r.Tools {
		grams[i] = t.FilamentG
	}
	if len(grams) == 1 && grams[0] == 0 {
		grams[0] = r.FilamentG
	}
	return grams
}

func defaultColorMatch(r schematype.Requirements) string {
	if r.ColorHex != "" {
		return ColorSimilar
	}
	for _, t := range r.Tools {
		if t.ColorHex != "" {
			return ColorSimilar
		}
	}
	return ColorAny
}

// needTools gives each tool the print's material and colour where it has none of its own. A tool about which nothing
// is said, among others about which something is, does not print.
func needTools(r schematype.Requirements) []Tool {
	if len(r.Tools) == 0 {
		return []Tool{{Material: r.MaterialType, ColorHex: r.ColorHex}}
	}
	told := false
	for _, t := range r.Tools {
		told = told || t != (schematype.ToolNeed{})
	}
	tools := make([]Tool, len(r.Tools))
	for i, t := range r.Tools {
		if told && t == (schematype.ToolNeed{}) {
			tools[i].Unused = true
			continue
		}
		tools[i] = Tool{Material: or(t.MaterialType, r.MaterialType), ColorHex: or(t.ColorHex, r.ColorHex)}
	}
	return tools
}

// fillTools adds materials, colours and grams. Tools that the file lists but does not print with stay as blanks, so that
// the numbers of those behind them are still the file's.
func fillTools(r *schematype.Requirements, f *schematype.FileMetadata) {
	file := toolNeeds(f.Tools)
	switch {
	case len(file) == 0:
		fillNumber(&r.FilamentG, f.FilamentG)
	case len(file) == 1 && len(r.Tools) == 0:
		r.MaterialType, r.ColorHex = or(r.MaterialType, file[0].MaterialType), or(r.ColorHex, file[0].ColorHex)
		fillNumber(&r.FilamentG, file[0].FilamentG)
	case len(r.Tools) == 0:
		r.Tools = spread(*r, file)
	default:
		tools := make([]schematype.ToolNeed, len(r.Tools))
		for i, t := range r.Tools {
			if i < len(file) {
				t.MaterialType, t.ColorHex = or(t.MaterialType, or(r.MaterialType, file[i].MaterialType)), or(t.ColorHex, or(r.ColorHex, file[i].ColorHex))
				fillNumber(&t.FilamentG, file[i].FilamentG)
			}
			tools[i] = t
		}
		r.Tools = tools
	}
}

// spread lets what the request says of the whole print win over each tool of the file.
func spread(r schematype.Requirements, tools []schematype.ToolNeed) []schematype.ToolNeed {
	var sum float64
	for _, t := range tools {
		sum += t.FilamentG
	}
	for i := range tools {
		if tools[i] == (schematype.ToolNeed{}) {
			continue
		}
		tools[i].MaterialType, tools[i].ColorHex = or(r.MaterialType, tools[i].MaterialType), or(r.ColorHex, tools[i].ColorHex)
		if r.FilamentG > 0 && sum > 0 {
			tools[i].FilamentG *= r.FilamentG / sum
		}
	}
	return tools
}

// toolNeeds are the file's tools: blank where the tool prints nothing while others do. What is left when only one of
// them prints is still its own tool number.
func toolNeeds(tools []schematype.FileTool) []schematype.ToolNeed {
	printed := false
	for _, t := range tools {
		printed = printed || t.FilamentG > 0 || t.FilamentMM > 0
	}
	out := make([]schematype.ToolNeed, len(tools))
	for i, t := range tools {
		if !printed || t.FilamentG > 0 || t.FilamentMM > 0 {
			out[i] = schematype.ToolNeed{MaterialType: t.MaterialType, ColorHex: t.ColorHex, FilamentG: t.FilamentG}
		}
	}
	return out
}

func fillNumber(v *float64, file float64) {
	if *v == 0 {
		*v = file
	}
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
