package pypi

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Install makes the programs of the requirements (lines as pip reads them, name==version) available and answers their
// folder. Without SOLOPRINT_PEERS the test is skipped.
func Install(t testing.TB, requirements string) (bin string) {
	t.Helper()
	if os.Getenv("SOLOPRINT_PEERS") == "" {
		t.Skip("make peers runs it: it installs " + strings.Join(strings.Fields(requirements), ", "))
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(requirements + run(t, "python3", "--version")))
	dir := filepath.Join(cache, "soloprint-peers", hex.EncodeToString(sum[:8]))
	list := filepath.Join(dir, "requirements.txt") // written last: where it is, everything is
	if _, err := os.Stat(list); err != nil {
		unlisted := filepath.Join(t.TempDir(), "requirements.txt")
		write(t, unlisted, requirements)
		run(t, "python3", "-m", "venv", "--clear", dir)
		run(t, filepath.Join(dir, "bin", "pip"), "install", "--quiet", "--disable-pip-version-check", "-r", unlisted)
		write(t, list, requirements)
	}
	return filepath.Join(dir, "bin")
}

func run(t testing.TB, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
