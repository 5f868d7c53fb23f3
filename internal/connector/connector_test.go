package connector_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/soloprint/soloprint/internal/connector"
)

func TestMayHaveStarted(t *testing.T) {
	rows := []struct {
		name string
		err  error
		want bool
	}{
		{"success has started", nil, true},
		{"an unknown outcome may have started", connector.ErrUnknownOutcome, true},
		{"a busy printer has not started", fmt.Errorf("start: %w", connector.ErrBusy), false},
		{"an unreachable printer has not started", connector.ErrOffline, false},
		{"a rejected start has not started", connector.ErrRejected, false},
		{"an unknown outcome counts more than what explains it", errors.Join(connector.ErrOffline, connector.ErrUnknownOutcome), true},
		{"a bare timeout may have started", context.DeadlineExceeded, true},
		{"an error that nobody knows may have started", errors.New("eof"), true},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if got := connector.MayHaveStarted(row.err); got != row.want {
				t.Errorf("got %v, want %v", got, row.want)
			}
		})
	}
}

func TestRegistry(t *testing.T) {
	var c struct{ connector.Connector }
	r := connector.Registry{"virtual": c, "bambu": c, "broken": nil}

	if got, err := r.For("virtual"); err != nil || got != c {
		t.Errorf("a kind that is there: got %v, %v", got, err)
	}
	for _, kind := range []string{"marlin", "", "broken"} {
		_, err := r.For(kind)
		if !errors.Is(err, connector.ErrUnsupportedKind) || !strings.Contains(err.Error(), "bambu, broken, virtual") {
			t.Errorf("kind %q: got %v, want an unsupported kind and a list", kind, err)
		}
	}
}

func TestRemoteName(t *testing.T) {
	rows := []struct {
		name  string
		token string
		file  string
		want  string
	}{
		{"a plain file keeps its name and ending", "abc1", "Bracket.gcode", "spabc1-Bracket.gcode"},
		{"a double ending is one format", "abc1", "plate 1.GCODE.3MF", "spabc1-plate-1.gcode.3mf"},
		{"other letters become one dash", "abc1", "Zahnrad – größer.bgcode", "spabc1-Zahnrad-gr-er.bgcode"},
		{"a title without a file has no ending", "p_1", "Vase v2.1", "spp_1-Vase-v2-1"},
		{"a path cannot leave its folder", "abc1", "../../etc/x.g", "spabc1-etc-x.g"},
		{"nothing that can be shown is called print", "abc1", "日本.gcode", "spabc1-print.gcode"},
		{"a long name is cut", "abc1", strings.Repeat("a", 300) + ".gcode", "spabc1-" + strings.Repeat("a", 40) + ".gcode"},
		{"a token with a dash is refused", "abc-1", "a.gcode", ""},
		{"an empty token is refused", "", "a.gcode", ""},
		{"a token of 65 letters is refused", strings.Repeat("a", 65), "a.gcode", ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got, err := connector.RemoteName(connector.Job{Token: row.token, Name: row.file})
			if got != row.want || (err != nil) != (row.want == "") {
				t.Errorf("got %q, %v, want %q", got, err, row.want)
			}
		})
	}
}

func TestTokenFromName(t *testing.T) {
	rows := []struct {
		name string
		file string
		want string
	}{
		{"our name has our token", "spabc1-bracket.gcode", "abc1"},
		{"a folder before it does not matter", "/usb/jobs/spabc1-bracket.gcode", "abc1"},
		{"a Windows folder neither", `usb\spabc1-bracket.gcode`, "abc1"},
		{"a foreign name has none", "bracket.gcode", ""},
		{"a name without a dash has none", "spabc1.gcode", ""},
		{"an empty token is none", "sp-bracket.gcode", ""},
		{"no name has none", "", ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got, ok := connector.TokenFromName(row.file)
			if got != row.want || ok != (row.want != "") {
				t.Errorf("got %q, %v, want %q", got, ok, row.want)
			}
		})
	}
}

func FuzzRemoteName(f *testing.F) {
	f.Add("abc1", "bracket.gcode")
	f.Add("a-b", "İ.gcode.3mf")
	f.Fuzz(func(t *testing.T, token, file string) {
		connector.TokenFromName(file)
		name, err := connector.RemoteName(connector.Job{Token: token, Name: file})
		if err != nil {
			return
		}
		if got, ok := connector.TokenFromName(name); !ok || got != token {
			t.Errorf("%q: got token %q, want %q", name, got, token)
		}
		if len(name) > 128 || strings.ContainsAny(name, "/\\ \x00") {
			t.Errorf("%q is no safe file name", name)
		}
	})
}
