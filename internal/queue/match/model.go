package match

import (
	"slices"
	"strings"
)

// modelNames leads from a model as it is known to how slicers, devices and people write it, folded (see modelOf). Sources:
// the printer_model of PrusaSlicer's and Bambu Studio's profiles, and the printer_model_id in Bambu's sliced files.
// A multi-material unit or a number of tools in the name is left out: the printer's slots say how many it has.
var modelNames = map[string][]string{
	"Prusa MK2.5":       {"mk2.5", "mk2.5mmu2"},
	"Prusa MK2.5S":      {"mk2.5s", "mk2.5smmu2s"},
	"Prusa MK3":         {"mk3", "mk3mmu2"},
	"Prusa MK3S":        {"mk3s", "mk3s+", "mk3splus", "mk3smmu2s", "mk3smmu3", "mk3s+mmu2s", "mk3s+mmu3"},
	"Prusa MK3.5":       {"mk3.5", "mk3.5is", "mk3.5mmu3"},
	"Prusa MK3.5S":      {"mk3.5s", "mk3.5smmu3"},
	"Prusa MK3.9":       {"mk3.9", "mk3.9is", "mk3.9mmu3"},
	"Prusa MK3.9S":      {"mk3.9s", "mk3.9smmu3"},
	"Prusa MK4":         {"mk4", "mk4is", "mk4mmu3", "mk4ismmu3"},
	"Prusa MK4S":        {"mk4s", "mk4smmu3"},
	"Prusa MINI":        {"mini", "mini+", "miniplus", "miniis", "mini+is"},
	"Prusa XL":          {"xl", "xlis", "xl2", "xl2is", "xl5", "xl5is"},
	"Prusa CORE One":    {"coreone", "coreone+", "coreoneplus", "coreonemmu3"},
	"Prusa CORE One L":  {"coreonel", "coreonelmmu3"},
	"Bambu Lab X1C":     {"x1c", "x1carbon", "blp001"},
	"Bambu Lab X1":      {"x1", "blp002"},
	"Bambu Lab X1E":     {"x1e", "c13"},
	"Bambu Lab P1P":     {"p1p", "c11"},
	"Bambu Lab P1S":     {"p1s", "c12"},
	"Bambu Lab P2S":     {"p2s", "n7"},
	"Bambu Lab X2D":     {"x2d", "n6"},
	"Bambu Lab A1 mini": {"a1mini", "a1m", "n1"},
	"Bambu Lab A1":      {"a1", "n2s"},
	"Bambu Lab A2L":     {"a2l", "n9"},
	"Bambu Lab H2D":     {"h2d", "o1d"},
	"Bambu Lab H2D Pro": {"h2dpro", "o1e"},
	"Bambu Lab H2C":     {"h2c", "o1c", "o1c2"},
	"Bambu Lab H2S":     {"h2s", "o1s"},
}

// interchangeable are models whose makers say that they print each other's files. Sources: the compatibility groups of
// Prusa's Buddy firmware, and compatible_machine of Bambu Studio's printer definitions.
var interchangeable = [][]string{
	{"Prusa MK3", "Prusa MK3S"},
	{"Prusa MK3.5", "Prusa MK3.5S"},
	{"Prusa MK3.9", "Prusa MK4"},
	{"Prusa MK3.9S", "Prusa MK4S"},
	{"Bambu Lab X1C", "Bambu Lab X1", "Bambu Lab X1E", "Bambu Lab P1P", "Bambu Lab P1S"},
	{"Bambu Lab H2D", "Bambu Lab H2D Pro"},
}

// makers are found in a model's name and left out of it: "Creality Ender-3" is the Ender-3 of Creality.
var makers = []string{
	"prusa", "bambu", "creality", "anycubic", "elegoo", "sovol", "voron", "ultimaker", "raise3d", "flashforge", "qidi", "artillery",
	"lulzbot", "snapmaker", "flsun", "kingroon", "longer", "ratrig", "voxelab", "biqu", "geeetech", "makerbot", "zortrax", "bcn3d", "monoprice",
}

// fillers say nothing about the model.
var fillers = []string{"original", "i3", "research", "lab", "printer", "3d"}

var knownModels = indexModels()

// indexModels holds each spelling in small and in capital letters: what slicers write is found without folding it first.
func indexModels() map[string]model {
	index := make(map[string]model, 6*len(modelNames))
	for name, spellings := range modelNames {
		m := model{maker: makerOf(name), name: name}
		for _, s := range spellings {
			index[s], index[strings.ToUpper(s)] = m, m
		}
	}
	return index
}

// CanonicalModel is a printer model under one spelling: "Prusa MK3S" for MK3S, MK3S+ and "Original Prusa i3 MK3S". A model
// that is not in the alias table keeps its folded name after its maker's: "creality ender3pro". It is empty for a name that
// says nothing, such as "Generic Klipper Printer".
func CanonicalModel(model string) string { return modelOf(model, "").String() }

// model is a model's name and its maker, which may be empty.
type model struct{ maker, name string }

func (m model) String() string {
	if known(m.name) || m.maker == "" {
		return m.name
	}
	return m.maker + " " + m.name
}

// modelOf reads a model's name, together with what the printer says about its maker.
func modelOf(name, manufacturer string) model {
	maker := makerOf(manufacturer)
	if m, ok := knownModels[name]; ok && (maker == "" || maker == m.maker) {
		return m
	}
	return foldModel(name, maker)
}

// foldModel leaves out maker and fillers. Of two models in one profile's name ("MK3S & MK3S+") it takes the first.
func foldModel(name, maker string) model {
	name, _, _ = strings.Cut(name, "&")
	var folded strings.Builder
	for _, word := range modelWords(name) {
		if found := makerOf(word); slices.Contains(makers, found) {
			maker, word = found, strings.TrimPrefix(word, found) // "PrusaMK4" is one word
		}
		if word == "generic" || word == "custom" || word == "unknown" {
			return model{}
		}
		if !slices.Contains(fillers, word) {
			folded.WriteString(word)
		}
	}

	m := model{maker: maker, name: folded.String()}
	if rest := strings.TrimPrefix(m.name, maker); rest != "" {
		m.name = rest // of a maker that is not in the list
	}
	if found, ok := knownModels[m.name]; ok && (maker == "" || maker == found.maker) {
		return found
	}
	if m.name == "" || m.name == "fdmprinter" || m.name == "reprap" {
		return model{}
	}
	return m
}

// modelWords cuts at all that is no letter, digit, plus or dot, and drops a nozzle at the end: "MK4 0.4 nozzle".
func modelWords(name string) []string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '+' && r != '.'
	})
	if n := len(words); n > 2 && words[n-1] == "nozzle" {
		return words[:n-2]
	}
	return words
}

// makerOf folds a maker's name: "Prusa Research" and "Prusa" are prusa.
func makerOf(manufacturer string) string {
	for _, m := range makers {
		if len(manufacturer) >= len(m) && strings.EqualFold(manufacturer[:len(m)], m) {
			return m
		}
	}
	return strings.Join(modelWords(manufacturer), "")
}

func known(name string) bool {
	_, ok := modelNames[name]
	return ok
}

func (m model) same(o model) bool {
	if m.maker != "" && o.maker != "" {
		return m == o
	}
	return m.name == o.name || m.maker+m.name == o.maker+o.name
}

// prints reports whether a printer of this model prints files that were sliced for the other.
func (m model) prints(file model) bool {
	if m.same(file) {
		return true
	}
	return slices.ContainsFunc(interchangeable, func(group []string) bool {
		return slices.Contains(group, m.name) && slices.Contains(group, file.name)
	})
}
