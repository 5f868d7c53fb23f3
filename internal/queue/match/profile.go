package match

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"github.com/soloprint/soloprint/ent/schematype"
)

// Canonical is the need under one spelling: sets sorted and without doubles, materials as families, formats, nozzles,
// colours and the case of models folded. A colour that refuses nothing (color_match any) is dropped, so that files in all colours of
// the rainbow share a profile. Every printer's equipment serves it exactly if it serves the need.
func Canonical(n Need) Need {
	c := n
	c.Names = nil
	c.NozzleType, c.Format, c.FileModel = nozzleKind(n.NozzleType), Format(n.Format), strings.ToLower(n.FileModel)
	c.PrinterIDs, c.GroupIDs, c.TagIDs = set(n.PrinterIDs), set(n.GroupIDs), set(n.TagIDs)
	c.UserGroupIDs, c.ClassGroupIDs = set(n.UserGroupIDs), set(n.ClassGroupIDs)
	c.PrinterModels = lowerSet(n.PrinterModels)

	c.Tools, c.ColorMatch = nil, or(n.ColorMatch, ColorSimilar)
	colored := false
	for _, t := range n.tools() {
		t.Material, t.ColorHex = Family(t.Material), strings.ToUpper(t.ColorHex)
		if t.Unused {
			t = Tool{Unused: true}
		}
		if c.ColorMatch == ColorAny {
			t.ColorHex = ""
		}
		colored = colored || t.ColorHex != ""
		c.Tools = append(c.Tools, t)
	}
	if !colored {
		c.ColorMatch = ""
	}
	if len(c.Tools) == 1 && c.Tools[0] == (Tool{}) {
		c.Tools = nil
	}
	return c
}

// Key is the identity of a need, in hex: SHA-256 of its canonical JSON. The volume enters by its mask (see VolumeMask), so
// that parts of all sizes that fit into the same printers share a profile; "" asks for no room.
func Key(n Need, volumeMask string) string {
	c := Canonical(n)
	c.Volume = schematype.Size{}
	text, err := json.Marshal(struct {
		Need
		Mask string `json:"volume_mask,omitempty"`
	}{c, volumeMask})
	if err != nil {
		panic("match: a need is always JSON: " + err.Error()) // strings, numbers and lists of them; NaN is refused by validation
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// VolumeMask says into which of the volumes the part fits, turned on the bed too: bit i of byte i/8, in hex. It is "" for a
// part without a size. The caller keeps the list of an organization's distinct volumes and only appends to it: then a mask
// stays right until a volume is new.
func VolumeMask(part schematype.Size, volumes []schematype.Size) string {
	if part.Zero() {
		return ""
	}
	mask := make([]byte, (len(volumes)+7)/8)
	for i, v := range volumes {
		if part.Fits(v) {
			mask[i/8] |= 1 << (i % 8)
		}
	}
	return "v" + hex.EncodeToString(mask)
}

func set(ids []string) []string {
	if len(ids) == 0 {
		return nil
	}
	sorted := slices.Clone(ids)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}

func lowerSet(models []string) []string {
	lower := make([]string, len(models))
	for i, m := range models {
		lower[i] = strings.ToLower(m)
	}
	return set(lower)
}
