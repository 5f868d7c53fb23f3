package match

import (
	"slices"
	"strings"
)

// grades are words after a material that name how it is sold, not what it is: a print sliced for PLA prints with all of
// them. Words that change how it prints or looks (CF, GF, Silk, Matte, Wood, Glow ...) are not here and stay distinct.
var grades = []string{"+", "PLUS", "BASIC", "TOUGH", "TOUGH+", "PRO", "PRO+", "STANDARD", "ECO", "HS", "HF", "HIGHSPEED", "RAPID", "HYPER", "95A"}

// materialNames are other spellings of one material.
var materialNames = map[string]string{
	"PET-G": "PETG", "NYLON": "PA", "POLYCARBONATE": "PC", "CO-PLA": "PLA",
	"PLACF": "PLA-CF", "PETGCF": "PETG-CF", "PACF": "PA-CF", "PETCF": "PET-CF", "ABSGF": "ABS-GF",
}

// Family is the material under one spelling: PLA for "pla", "PLA+", "PLA Basic" and "PLA Tough", PLA-CF for "PLA CF".
// Slicers and vendors write grades into the type; printing does not care. It is empty for an empty type.
func Family(material string) string {
	if plain(material) {
		return material
	}
	words := strings.FieldsFunc(strings.ToUpper(material), func(r rune) bool { return strings.ContainsRune(" \t-_/", r) })
	if len(words) == 0 {
		return ""
	}
	if name := materialNames[strings.Join(words, "-")]; name != "" {
		return name
	}

	words[0] = strings.TrimSuffix(words[0], "+")
	kept := words[:1]
	for _, w := range words[1:] {
		if !slices.Contains(grades, w) {
			kept = append(kept, w)
		}
	}
	return or(materialNames[strings.Join(kept, "-")], strings.Join(kept, "-"))
}

// sameMaterial compares families, without an allocation where both are written alike.
func sameMaterial(a, b string) bool {
	return strings.EqualFold(a, b) || Family(a) == Family(b)
}

// Serves reports whether filament of a type and colour is what a tool asks for, whatever printer it is in. mode is the need's
// ColorMatch.
func Serves(t Tool, mode, material, hex string) bool {
	return !t.Unused && (t.Material == "" || sameMaterial(t.Material, material)) &&
		(t.ColorHex == "" || mode == ColorAny || ColorDifference(t.ColorHex, hex) <= colorLimit(mode))
}

// plain is true for the commonest materials in their common spelling, which are their own family.
func plain(material string) bool {
	switch material {
	case "", "PLA", "PETG", "ABS", "ASA", "TPU", "PC", "PA", "PVA":
		return true
	}
	return false
}

// likesEnclosure is true for plastics that warp in a draught. It only moves the score: many schools print ABS in the open.
func likesEnclosure(material string) bool {
	base, _, _ := strings.Cut(Family(material), "-")
	return slices.Contains([]string{"ABS", "ASA", "PC", "PA", "HIPS"}, base)
}
