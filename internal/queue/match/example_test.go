package match_test

import (
	"fmt"
	"time"

	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/queue/match"
)

func ExampleEvaluate() {
	request := schematype.Requirements{MaterialType: "PETG"}
	file := &schematype.FileMetadata{PrinterModel: "MK4IS", Tools: []schematype.FileTool{{MaterialType: "PLA", FilamentG: 84}}}
	filled := match.Fill(request, file, "gcode")
	item := match.Item{Need: match.NeedOf(filled, file.PrinterModel), Grams: match.Grams(filled), FileStatus: "ready"}

	ada := match.Printer{
		Name: "MK4 Ada", Model: "MK4", State: "printing", BedState: "clear", RequireBedClear: true,
		Slots: []match.Slot{{Index: 0, Spool: &match.Spool{ID: "spl_1", MaterialType: "PLA Basic", RemainingG: 800}}},
	}
	v := match.Evaluate(item, ada, nil, time.Now())

	fmt.Println(v.Verdict, v.Score)
	for _, r := range v.Reasons {
		fmt.Printf("%s (%s): needs %s, has %s. %s.\n", r.Code, r.Severity, r.Expected, r.Actual, r.Fix)
	}
	fmt.Println(match.Override(v, []string{"material_mismatch"}).Verdict)
	// Output:
	// blocked 296
	// printer_busy (temporary): needs a printer that can start, has MK4 Ada is printing. Wait until its print ends.
	// material_mismatch (hard): needs PETG, has PLA Basic in slot 0. Load a spool of PETG into slot 0 of MK4 Ada.
	// waiting
}
