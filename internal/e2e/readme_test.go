package e2e_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// tourLimit is how long the tour may take, the print in it included.
const tourLimit = 3 * time.Minute

// The tour of the README does what it says, as a newcomer runs it.
func TestReadmeTour(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the tour needs %s: %v", tool, err)
		}
	}
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var tour strings.Builder
	for _, block := range regexp.MustCompile("(?ms)^```bash\n(.*?)^```").FindAllStringSubmatch(string(text), -1) {
		tour.WriteString(block[1])
	}
	s := newServer(t, database{path: sqliteInData}, 600)
	script := strings.Replace(tour.String(), "DIR=./data", "DIR="+s.dir, 1)
	if script == tour.String() {
		t.Fatal("the tour no longer says where the demo's data is")
	}

	ctx, cancel := context.WithTimeout(t.Context(), tourLimit)
	defer cancel()
	run := exec.CommandContext(ctx, "bash", "-eu", "-c", script)
	if run.Dir, err = filepath.Abs("../.."); err != nil {
		t.Fatal(err)
	}
	out, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("the tour stops: %v\n%s", err, out)
	}

	said := string(out)
	for _, want := range []string{
		`"api_version":"2026-04-02"`, `"approval_required"`, `"nozzle_diameter_mismatch"`, `"bed_not_clear"`,
		`"succeeded"`, `"kind":"deduct"`, `"spool_insufficient_material"`, `"queue_item_not_assignable"`, `"volume_exceeded"`, `"bedState"`, `"extensions"`,
	} {
		if !strings.Contains(strings.ReplaceAll(said, `": `, `":`), want) {
			t.Errorf("the tour never shows %s", want)
		}
	}
	for _, not := range []string{`"error":"validation_failed"`, `"error":"route_not_found"`, `_failed","details"`, `_not_found"`} {
		if strings.Contains(said, not) {
			t.Errorf("the tour shows %s:\n%s", not, said)
		}
	}
}
