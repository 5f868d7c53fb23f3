package gcode

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// The numbers of a hostile file end in grams that are deducted from a real spool, so each must be believable or absent.
func TestReadHostileNumbers(t *testing.T) {
	t.Parallel()
	const used = "; filament used [g] = "
	tests := []struct {
		name string
		text string
		want string // warning
	}{
		{"negative grams", used + "-5", "number: filament used [g]: negative"},
		{"grams not a number", used + "NaN", "number: filament used [g]: not a number"},
		{"infinite grams", used + "Inf", "number: filament used [g]: too large"},
		{"negative infinite grams", used + "-inf", "number: filament used [g]: negative"},
		{"grams of 1e300", used + "1e300", "number: filament used [g]: too large"},
		{"grams beyond float64", used + "1e999", "number: filament used [g]: too large"},
		{"grams just above the limit", used + "1000000.1", "number: filament used [g]: too large"},
		{"grams in words", used + "four", "number: filament used [g]: not a number"},
		{"one bad number of several", used + "0, 1e300, 0", "number: filament used [g]: too large"},
		{"negative length", "; filament used [mm] = -1", "number: filament used [mm]: negative"},
		{"length whose mass is absurd", "; filament used [mm] = 9e8\n; filament_density = 30\n; filament_diameter = 10", "number: filament used [g]: too large"},
		{"absurd density", "; filament used [mm] = 1\n; filament_density = 1e5", "number: filament_density: too large"},
		{"negative time", "; estimated printing time (normal mode) = -5m 3s", "number: estimated printing time: negative"},
		{"time not a number", "; estimated printing time (normal mode) = NaN", "number: estimated printing time: not a number"},
		{"time without unit", "; estimated printing time (normal mode) = 5", "number: estimated printing time: not a number"},
		{"time of eleven years", "; estimated printing time (normal mode) = 4015d", "number: estimated printing time: too large"},
		{"time that overflows", "; estimated printing time (normal mode) = 99999999999999999999999s", "number: estimated printing time: too large"},
		{"absurd M73", "M73 P0 R1e300", "number: M73: too large"},
		{"negative M73", "M73 P0 R-1", "number: M73: negative"},
		{"absurd nozzle temperature", "; temperature = 9999", "number: temperature: too large"},
		{"absurd bed temperature", "; bed_temperature = 201", "number: bed_temperature: too large"},
		{"absurd nozzle", "; nozzle_diameter = 400", "number: nozzle_diameter: too large"},
		{"negative layer", "; layer_height = -0.2", "number: layer_height: negative"},
		{"absurd bed", "; bed_shape = 0x0,1e300x0", "number: bed_shape: too large"},
		{"bed of no numbers", "; bed_shape = 0x0,NaNxNaN", "number: bed_shape: not a number"},
		{"infinite bed", "; bed_shape = 0x0,InfxInf", "number: bed_shape: too large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			md := readText(t, tt.text+"\n")
			if md.FilamentG() != 0 || md.EstimatedSeconds != 0 || md.NozzleC != 0 || md.BedC != 0 ||
				md.NozzleDiameterMM != 0 || md.LayerHeightMM != 0 || md.BedMM != nil {
				t.Errorf("a refused number got through: %+v", md)
			}
			if !slices.Contains(md.Warnings, tt.want) {
				t.Errorf("warnings %q lack %q", md.Warnings, tt.want)
			}
		})
	}
}

func TestReadWarnsOfDanger(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		line string
		want string
	}{
		{"nozzle far too hot", "M104 S9999", "command: nozzle above 500 °C"},
		{"nozzle far too hot, waiting, lower case", "m109 t0 r600", "command: nozzle above 500 °C"},
		{"nozzle with endless digits", "M104 S99999999999999999999", "command: nozzle above 500 °C"},
		{"bed far too hot", "N12 M140 S500*33", "command: bed above 200 °C"},
		{"emergency stop", "M112", "command: M112 emergency stop"},
		{"settings stored", "M500 ; keep", "command: M500 changes stored settings"},
		{"settings reset", "M502", "command: M502 changes stored settings"},
		{"firmware", "M997", "command: M997 updates the firmware"},
		{"file deleted", "M30 /x.gco", "command: M30 writes or deletes files on the printer"},
		{"macro run", "M98 P\"0:/macros/x\"", "command: M98 runs a macro"},
		{"host told to act", "M118 A1 action:cancel", "command: M118 tells the print host to act"},
		{"shell plug-in of Klipper", "RUN_SHELL_COMMAND CMD=reboot", "command: RUN_SHELL_COMMAND runs a program on the print host"},
		{"shell plug-in of OctoPrint", "OCTO100", "command: OCTO runs a program on the print host"},
		{"configuration saved", "save_config", "command: SAVE_CONFIG changes stored settings"},
		{"key of the print host", "; printhost_apikey = hunter2", "secret: printhost_apikey"},
		{"key of one of several hosts", ";printhost_apikey=\"\";\"hunter2\"", "secret: printhost_apikey"},
		{"password of the print host", "; printhost_password = hunter2", "secret: printhost_password"},
		{"far coordinate", "G1 X1e9 Y999999999", "coordinate: far out of reach"},
		{"endless digits", "G1 X1.0000000000000000000001 Y1 E1", "coordinate: unreadable number"},
		{"creeping away in steps", strings.Repeat("G91\nG0 X99999\n", 3) + "G90\nG1 X0\nG91\nG1 X99999\nG1 X99999", "coordinate: far out of reach"},
		{"zero bytes", "G1 X1\x00Y1", "binary: zero bytes"},
	}
	filler := strings.Repeat("G1 X1 Y1\n", 1000)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			// Far from both ends, where only the scan of the whole file looks.
			text := filler + tt.line + "\n" + filler
			lim := limits{ends: int64(len(text)), scan: 1 << 20}
			if !strings.HasPrefix(tt.want, WarnBinary) {
				lim.ends = 1024
			}
			md, err := read(t.Context(), strings.NewReader(text), int64(len(text)), lim)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(md.Warnings, []string{tt.want}) {
				t.Errorf("warnings %q, want %q", md.Warnings, tt.want)
			}
			if strings.Contains(strings.Join(md.Warnings, ""), "hunter2") {
				t.Error("a warning repeats the secret")
			}
		})
	}
}

func TestReadDoesNotWarnWithoutCause(t *testing.T) {
	t.Parallel()
	text := "; printhost_apikey = \n; printhost_password = \"\"\nM104 S215\nM140 S60\nM117 M112 S9999\nM118 hello\n" +
		"EXCLUDE_OBJECT NAME=M112\nSET_PRESSURE_ADVANCE ADVANCE=0.04\nG4 P500\n; M112\nM862.3 P \"MK3S\"\n(M112)\n"
	if md := readText(t, text); len(md.Warnings) != 0 {
		t.Errorf("warnings %q", md.Warnings)
	}
}

func TestReadCleansText(t *testing.T) {
	t.Parallel()
	md := readText(t, "; generated by Evil\u202eSlicer\x07 1.0\u2066 on x\n; printer_model = <b>\u202egpj.exe\x00\xff"+
		strings.Repeat("é", 500)+"\n")
	if md.Slicer != "EvilSlicer" || md.SlicerVersion != "1.0" {
		t.Errorf("slicer %q %q", md.Slicer, md.SlicerVersion)
	}
	if want := "<b>gpj.exe" + strings.Repeat("é", 110); md.PrinterModel != want {
		t.Errorf("model %q", md.PrinterModel)
	}
}

func TestWarningsAreBounded(t *testing.T) {
	t.Parallel()
	w := &warnings{}
	for i := range 1000 {
		w.add(WarnNumber, fmt.Sprint(i%100, strings.Repeat("x", 10_000)))
	}
	if len(w.list) != maxWarnings || len(w.list[0]) > 200 {
		t.Errorf("%d warnings, the first of %d bytes", len(w.list), len(w.list[0]))
	}
}

// lazyFile is a file of one repeated byte between a head and a tail, which takes no memory.
type lazyFile struct {
	head string
	fill byte
	size int64
}

func (f lazyFile) ReadAt(p []byte, off int64) (int, error) {
	n := int(min(int64(len(p)), f.size-off))
	if n <= 0 {
		return 0, io.EOF
	}
	copied := 0
	if off < int64(len(f.head)) {
		copied = copy(p[:n], f.head[off:])
	}
	for i := copied; i < n; i++ {
		p[i] = f.fill
	}
	return n, nil
}

// It measures memory, so nothing runs beside it.
func TestReadHugeFiles(t *testing.T) { //nolint:paralleltest // as said
	head := "; generated by PrusaSlicer 2.5.0 on x\nG90\nM83\nG1 X1 Y1 Z1 E1\n"
	tests := []struct {
		name string
		file lazyFile
		want []string
	}{
		{"100 MB in one line", lazyFile{"", 'X', 100 << 20}, []string{"long_line: skipped"}},
		{"100 MB line after a good head", lazyFile{head, 'G', 100 << 20}, []string{"long_line: skipped"}},
		{"100 MB of zeros", lazyFile{head, 0, 100 << 20}, []string{"binary: zero bytes", "long_line: skipped"}},
		{"5 million empty lines", lazyFile{head, '\n', 5 << 20}, []string{}},
		{"one line of 1 GB is not scanned", lazyFile{head, 'G', 1 << 30}, []string{"scan: file is larger than 256 MB"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			md, err := Read(t.Context(), tt.file, tt.file.size)
			runtime.ReadMemStats(&after)
			if err != nil {
				t.Fatal(err)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 8<<20 {
				t.Errorf("took %d bytes of memory", used)
			}
			for _, want := range tt.want {
				if !slices.Contains(md.Warnings, want) {
					t.Errorf("warnings %q lack %q", md.Warnings, want)
				}
			}
		})
	}
}

func TestReadStopsInTime(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	slow := readerAtFunc(func(p []byte, off int64) (int, error) {
		if len(p) == maxLine {
			time.Sleep(5 * time.Millisecond)
		}
		return lazyFile{"; generated by PrusaSlicer 2.5.0 on x\nM83\nG1 X1 Y1 Z1\nG1 X2 E1\n", '\n', 200 << 20}.ReadAt(p, off)
	})
	md, err := Read(ctx, slow, 200<<20)
	if err != nil {
		t.Fatal(err)
	}
	if md.BoundsMM != nil || md.VolumeMM != nil || len(md.Tools) != 0 || md.Slicer != "PrusaSlicer" {
		t.Errorf("half a scan was used: %+v", md)
	}
	if !slices.Equal(md.Warnings, []string{"scan: out of time"}) {
		t.Errorf("warnings %q", md.Warnings)
	}
}

type readerAtFunc func(p []byte, off int64) (int, error)

func (f readerAtFunc) ReadAt(p []byte, off int64) (int, error) { return f(p, off) }

func TestReadErrors(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk on fire")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	tests := []struct {
		name string
		ctx  context.Context
		r    io.ReaderAt
		size int64
		want error
	}{
		{"negative size", t.Context(), strings.NewReader(""), -1, nil},
		{"shorter than its size", t.Context(), strings.NewReader("G1"), 10, io.ErrUnexpectedEOF},
		{"context ended before", ended, strings.NewReader("G1"), 2, context.Canceled},
		{"disk fails at once", t.Context(), readerAtFunc(func([]byte, int64) (int, error) { return 0, broken }), 10, broken},
		{"disk fails in the middle", t.Context(), readerAtFunc(func(p []byte, off int64) (int, error) {
			if off > 600<<10 && off < 900<<10 {
				return 0, broken
			}
			return lazyFile{"", '\n', 2 << 20}.ReadAt(p, off)
		}), 2 << 20, broken},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := Read(tt.ctx, tt.r, tt.size); err == nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
		})
	}
}

// A file that was cut off anywhere is read without an error, and gives no number that the whole one would not.
func TestReadTruncated(t *testing.T) {
	t.Parallel()
	whole := loadSample(t)
	for n := 0; n < len(whole); n += len(whole)/60 + 1 {
		md, err := Read(t.Context(), strings.NewReader(whole[:n]), int64(n))
		if err != nil {
			t.Fatalf("cut at %d: %v", n, err)
		}
		checkPlausible(t, md)
	}
}

func checkPlausible(t *testing.T, md Metadata) {
	t.Helper()
	numbers := []float64{
		float64(md.EstimatedSeconds) / maxSeconds, md.NozzleDiameterMM / maxDiameterMM, md.LayerHeightMM / maxDiameterMM,
		md.NozzleC / maxNozzleC, md.BedC / maxBedC,
	}
	for _, tool := range md.Tools {
		numbers = append(numbers, tool.FilamentG/maxGrams, tool.FilamentMM/maxFilamentMM)
	}
	for _, s := range []*Size{md.VolumeMM, md.BedMM} {
		if s != nil {
			numbers = append(numbers, s.X/(2*maxExtentMM), s.Y/(2*maxExtentMM), s.Z/(2*maxExtentMM))
		}
	}
	for _, f := range numbers {
		if math.IsNaN(f) || f < 0 || f > 1 {
			t.Errorf("implausible number in %+v", md)
		}
	}
	if len(md.Warnings) > maxWarnings || len(md.Tools) > maxTools {
		t.Errorf("%d warnings, %d tools", len(md.Warnings), len(md.Tools))
	}
	if b := md.BoundsMM; b != nil && (b.Min.X > b.Max.X || b.Min.Y > b.Max.Y || b.Min.Z > b.Max.Z) {
		t.Errorf("bounds inside out: %+v", b)
	}
}

func TestReadManyLayers(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	b.WriteString("G90\nM83\n")
	for i := range 100_000 {
		fmt.Fprintf(&b, ";LAYER_CHANGE\nG1 Z%d.%02d\nG1 X%d Y2 E.1\n", i/100, i%100, i%7)
	}
	md := readText(t, b.String())
	if md.BoundsMM == nil || md.BoundsMM.Max.Z != 999.99 {
		t.Errorf("bounds %+v", md.BoundsMM)
	}
}
