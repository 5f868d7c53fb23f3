package blob

import (
	"mime"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestCleanFilename(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, give, want string }{
		{"an honest name stays", "cube 20 mm (v2).gcode", "cube 20 mm (v2).gcode"},
		{"any script stays", "Würfel 立方体 куб.stl", "Würfel 立方体 куб.stl"},
		{"an apostrophe stays", "Tom's gear.stl", "Tom's gear.stl"},
		{"a second ending stays: type and sandbox are fixed", "a.gcode.html", "a.gcode.html"},
		{"line ends go", "a\r\nSet-Cookie: x=1\r\n\r\n<script>.gcode", "aSet-Cookie_ x=1_script_.gcode"},
		{"quotes go", `a"; filename="b.exe`, "a; filename=b.exe"},
		{"backslashes are no escapes", `a\".gcode`, "a_.gcode"},
		{"direction marks go", "cube\u202eedocg.exe", "cubeedocg.exe"},
		{"isolates and joiners go", "a\u2066b\u2069c\u200bd\ufeff.stl", "abcd.stl"},
		{"NUL and controls go", "a\x00b\x1b[31m\x7f\u0085.stl", "ab[31m.stl"},
		{"bytes that are no UTF-8 go", "a\xff\xfeb\xc3.stl", "ab.stl"},
		{"line separators go", "a\u2028b\u2029.stl", "ab.stl"},
		{"a path is no path", "../../etc/passwd", "_.._etc_passwd"},
		{"nor is one of Windows", `C:\Windows\a.stl`, "C__Windows_a.stl"},
		{"leading dots go", "...hidden", "hidden"},
		{"trailing dots and spaces go", "a.stl. . ", "a.stl"},
		{"devices of Windows", "CON", "_CON"},
		{"devices with an ending", "con.gcode", "_con.gcode"},
		{"devices with two endings", "nul.tar.gz", "_nul.tar.gz"},
		{"ports", "COM1.stl", "_COM1.stl"},
		{"ports in superscript", "lpt².stl", "_lpt².stl"},
		{"almost devices stay", "console.stl", "console.stl"},
		{"nothing", "", "download"},
		{"nothing that stays", "\u202e\r\n\"\"...", "download"},
		{"a long name keeps its ending", strings.Repeat("a", 300) + ".gcode", strings.Repeat("a", 144) + ".gcode"},
		{"a long name is cut between letters", strings.Repeat("ü", 300) + ".stl", strings.Repeat("ü", 73) + ".stl"},
		{"a long ending is cut too", "a." + strings.Repeat("b", 300), "a." + strings.Repeat("b", 148)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := CleanFilename(tt.give)
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			checkDisposition(t, tt.give)
		})
	}
}

func FuzzDisposition(f *testing.F) {
	for _, s := range []string{"", "a.gcode", "\r\nX: y", `"\`, "\u202e", strings.Repeat("é.", 400), "%41", "CON", "COM¹", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) { checkDisposition(t, name) })
}

// checkDisposition reads the header as a client does, which must give the cleaned name, and looks for anything that
// could end the header or the name early.
func checkDisposition(t *testing.T, name string) {
	t.Helper()
	header := disposition(name)
	if strings.ContainsFunc(header, func(r rune) bool { return r < ' ' || r > '~' }) {
		t.Errorf("header %q is not printable ASCII", header)
	}
	if strings.Count(header, `"`) != 2 || strings.Contains(header, `\`) {
		t.Errorf("header %q ends its name early", header)
	}
	kind, params, err := mime.ParseMediaType(header[:strings.Index(header, "; filename=")] + header[strings.Index(header, "; filename*="):])
	if err != nil || kind != "attachment" || params["filename"] != CleanFilename(name) {
		t.Errorf("header %q reads as %q %q, %v", header, kind, params, err)
	}
	clean := CleanFilename(name)
	if clean == "" || len(clean) > maxFilename+1 || !utf8.ValidString(clean) || CleanFilename(clean) != clean ||
		strings.ContainsFunc(clean, func(r rune) bool { return !unicode.IsPrint(r) }) {
		t.Errorf("clean name %q", clean)
	}
}
