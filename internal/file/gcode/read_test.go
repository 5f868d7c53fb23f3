package gcode

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

const sample = "testdata/cube20_prusaslicer-2.5.0.gcode"

func TestReadGolden(t *testing.T) {
	t.Parallel()
	got, err := json.MarshalIndent(readText(t, loadSample(t)), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	golden := strings.TrimSuffix(sample, filepath.Ext(sample)) + ".golden.json"
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("metadata differs from %s (run with -update if that is meant):\n%s", golden, got)
	}
}

func loadSample(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile(sample)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func readText(t testing.TB, text string) Metadata {
	t.Helper()
	md, err := Read(t.Context(), strings.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	return md
}
