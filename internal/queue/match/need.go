package match

import (
	"time"

	"github.com/soloprint/soloprint/ent/schematype"
)

// Need is what an item asks of a printer's equipment: all that a requirement profile holds, and nothing that differs
// between items of one profile (grams, gates). Zero values ask nothing. It is stored as JSON with the profile.
type Need struct {
	Tools      []Tool `json:"tools,omitempty"`       // what each tool asks of its spool; none = one tool that asks nothing
	ColorMatch string `json:"color_match,omitempty"` // exact, similar or any; empty = similar

	NozzleDiameterMM float64         `json:"nozzle_diameter_mm,omitempty"`
	NozzleType       string          `json:"nozzle_type,omitempty"`
	Volume           schematype.Size `json:"volume_mm,omitzero"`
	NozzleC          float64         `json:"nozzle_c,omitempty"`
	BedC             float64         `json:"bed_c,omitempty"`
	Format           string          `json:"format,omitempty"` // file kind

	PrinterIDs    []string `json:"printer_ids,omitempty"`
	PrinterModels []string `json:"printer_models,omitempty"` // named by the request
	FileModel     string   `json:"file_model,omitempty"`     // that the file was sliced for
	GroupIDs      []string `json:"group_ids,omitempty"`
	TagIDs        []string `json:"tag_ids,omitempty"`

	// The printer groups that the submitter's user groups (their union) and the item's class may use; empty = all.
	UserGroupIDs  []string `json:"user_printer_group_ids,omitempty"`
	ClassGroupIDs []string `json:"class_printer_group_ids,omitempty"`

	// Names of printers, groups and tags by id, for the sentences of reasons. Where one is missing, the id stands.
	Names map[string]string `json:"-"`
}

// Tool is what one tool of a print asks of its spool.
type Tool struct {
	Material string `json:"material,omitempty"` // empty = any
	ColorHex string `json:"color_hex,omitempty"`
	Unused   bool   `json:"unused,omitempty"` // the file knows the tool but does not print with it; keeps tool numbers right
}

// Item is a queue item at one moment.
type Item struct {
	Need
	Grams    []float64             // per tool, of one copy; 0 or missing = not known, any spool will do
	Reserved []schematype.SpoolUse // what this item itself has reserved: it counts as available to it

	Approval   string     // the approval state; empty = not required
	Hold       string     // none, manual or schedule; empty = none
	HoldReason string     // a person's words
	NotBefore  *time.Time // with hold schedule or without
	FileStatus string     // of its file: pending, fetching, ready, failed or deleted; empty = it has no file
}

// anyTool stands for an item that says nothing about tools. It is read only.
var anyTool = []Tool{{}}

func (n *Need) tools() []Tool {
	if len(n.Tools) == 0 {
		return anyTool
	}
	return n.Tools
}

// usedTools is the number of tools that print.
func (n *Need) usedTools() int {
	used := 0
	for _, t := range n.tools() {
		if !t.Unused {
			used++
		}
	}
	return used
}

func (n *Need) name(id string) string {
	if s := n.Names[id]; s != "" {
		return s
	}
	return id
}

// grams is what the tool takes. The last tool bears what is listed beyond it, so that nothing is left unreserved.
func (i *Item) grams(tool int) float64 {
	var g float64
	switch last := len(i.tools()) - 1; {
	case tool < last && tool < len(i.Grams):
		g = i.Grams[tool]
	case tool == last:
		for _, more := range i.Grams[min(tool, len(i.Grams)):] {
			g += more
		}
	}
	return g
}

// ownG is what this item itself has reserved of a spool.
func (i *Item) ownG(spoolID string) float64 {
	var g float64
	for _, u := range i.Reserved {
		if u.SpoolID == spoolID {
			g += u.EstimatedG
		}
	}
	return g
}
