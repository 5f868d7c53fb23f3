package secret_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/soloprint/soloprint/internal/secret"
)

func master(b byte) []byte { return bytes.Repeat([]byte{b}, secret.KeySize) }

func newBox(t testing.TB, b byte) *secret.Box {
	t.Helper()
	box, err := secret.New(master(b))
	if err != nil {
		t.Fatal(err)
	}
	return box
}

var place = secret.Place{Table: "printers", Row: "prn_1", Column: "connector_secret"}

func TestASealedValueOpensInItsPlace(t *testing.T) {
	box := newBox(t, 1)
	rapid.Check(t, func(rt *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(rt, "plain")
		sealed := box.Seal(place, plain)
		opened, err := box.Open(place, sealed)
		if err != nil || !bytes.Equal(opened, plain) {
			rt.Fatalf("%x became %x, %v", plain, opened, err)
		}
		if len(plain) >= 8 && bytes.Contains(sealed, plain) {
			rt.Fatalf("%x shows %x", sealed, plain)
		}
		if bytes.Equal(sealed, box.Seal(place, plain)) {
			rt.Fatal("sealed twice, it looks the same")
		}
	})
}

func TestASealedValueOpensNowhereElse(t *testing.T) {
	box := newBox(t, 1)
	sealed := box.Seal(place, []byte("api key"))
	for name, other := range map[string]secret.Place{
		"another row":       {Table: "printers", Row: "prn_2", Column: "connector_secret"},
		"another column":    {Table: "printers", Row: "prn_1", Column: "name"},
		"another table":     {Table: "webhooks", Row: "prn_1", Column: "connector_secret"},
		"nowhere":           {},
		"parts exchanged":   {Table: "prn_1", Row: "printers", Column: "connector_secret"},
		"a row that is cut": {Table: "printers", Row: "prn_", Column: "connector_secret"},
	} {
		if plain, err := box.Open(other, sealed); err == nil {
			t.Errorf("%s: opened as %q", name, plain)
		}
	}
	if plain, err := newBox(t, 2).Open(place, sealed); err == nil {
		t.Errorf("another master key: opened as %q", plain)
	}
}

func TestADamagedValueDoesNotOpen(t *testing.T) {
	box := newBox(t, 1)
	sealed := box.Seal(place, []byte("api key"))
	for i := range sealed {
		for bit := range 8 {
			damaged := bytes.Clone(sealed)
			damaged[i] ^= 1 << bit
			if plain, err := box.Open(place, damaged); err == nil {
				t.Fatalf("with bit %d of byte %d turned: opened as %q", bit, i, plain)
			}
		}
	}
	for n := range sealed {
		if plain, err := box.Open(place, sealed[:n]); err == nil {
			t.Fatalf("cut to %d bytes: opened as %q", n, plain)
		}
	}
	for name, b := range map[string][]byte{"nothing": nil, "a byte more": append(bytes.Clone(sealed), 0), "plain text": []byte("a password that was never sealed")} {
		if plain, err := box.Open(place, b); err == nil {
			t.Errorf("%s: opened as %q", name, plain)
		}
	}
}

func TestErrorsShowNothingOfTheValue(t *testing.T) {
	box := newBox(t, 1)
	sealed := box.Seal(place, []byte("hunter2"))
	_, err := newBox(t, 2).Open(place, sealed)
	if err == nil || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), string(sealed)) {
		t.Error(err)
	}
}

func TestHash(t *testing.T) {
	box := newBox(t, 1)
	h := box.Hash("live", "slp_live_x")
	for name, other := range map[string][]byte{
		"another token":      box.Hash("live", "slp_live_y"),
		"another kind":       box.Hash("sess", "slp_live_x"),
		"kind and token cut": box.Hash("liv", "eslp_live_x"),
		"another master key": newBox(t, 2).Hash("live", "slp_live_x"),
		"a plain hash":       plainHash("slp_live_x"),
		"nothing":            nil,
	} {
		if secret.Equal(h, other) {
			t.Errorf("%s: the same hash", name)
		}
	}
	if !secret.Equal(h, newBox(t, 1).Hash("live", "slp_live_x")) || len(h) != 32 {
		t.Error("the same token under the same key has another hash")
	}
}

func plainHash(s string) []byte { h := sha256.Sum256([]byte(s)); return h[:] }

func TestTheKeysOfABoxAreDifferent(t *testing.T) {
	box := newBox(t, 1)
	if bytes.Equal(box.SigningKey(), master(1)) || bytes.Equal(box.SigningKey(), newBox(t, 2).SigningKey()) || len(box.SigningKey()) != 32 {
		t.Error("the signing key is the master key, or everybody's")
	}
	mac := hmac.New(sha256.New, box.SigningKey())
	mac.Write([]byte("live\x00x"))
	if secret.Equal(box.Hash("live", "x"), mac.Sum(nil)) {
		t.Error("tokens are hashed with the signing key")
	}
}

func TestNewWantsAWholeKey(t *testing.T) {
	for _, n := range []int{0, 1, 16, 31, 33, 64} {
		if _, err := secret.New(make([]byte, n)); err == nil {
			t.Errorf("a key of %d bytes passes", n)
		}
	}
}

func TestLoadFromText(t *testing.T) {
	unused := filepath.Join(t.TempDir(), "master.key")
	text := base64.StdEncoding.EncodeToString(master(1))
	box, err := secret.Load("  "+text+"\n", unused)
	if err != nil || !secret.Equal(box.Hash("live", "x"), newBox(t, 1).Hash("live", "x")) {
		t.Errorf("another box, %v", err)
	}
	for name, text := range map[string]string{"no base64": "not a key!", "too short": "c2hvcnQ=", "a space": " "} {
		if _, err := secret.Load(text, unused); err == nil {
			t.Errorf("%s passes", name)
		} else if strings.Contains(err.Error(), strings.TrimSpace(text)) && strings.TrimSpace(text) != "" {
			t.Errorf("%s: the error shows it: %v", name, err)
		}
	}
	if _, err := os.Stat(unused); !os.IsNotExist(err) {
		t.Errorf("the file was made: %v", err)
	}
}

func TestLoadMakesTheFileForItsOwnerAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	file := filepath.Join(dir, "master.key")
	first, err := secret.Load("", file)
	if err != nil {
		t.Fatal(err)
	}
	again, err := secret.Load("", file)
	if err != nil || !secret.Equal(first.Hash("live", "x"), again.Hash("live", "x")) {
		t.Errorf("the second start has another key, %v", err)
	}
	if runtime.GOOS != "windows" {
		wantMode(t, file, 0o600)
		wantMode(t, dir, 0o700)
	}
	wantAlone(t, file)
}

func wantMode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != want {
		t.Errorf("%s: %v, %v", filepath.Base(path), info.Mode().Perm(), err)
	}
}

// wantAlone fails where something was left beside the key.
func wantAlone(t *testing.T, file string) {
	t.Helper()
	all, err := os.ReadDir(filepath.Dir(file))
	if err != nil || len(all) != 1 || all[0].Name() != filepath.Base(file) {
		t.Errorf("the folder holds %v, %v", all, err)
	}
}

// Servers that start at the same moment in the same empty folder end up with one key, and none reads half of it.
func TestLoadAtTheSameMoment(t *testing.T) {
	for range 50 {
		file := filepath.Join(t.TempDir(), "master.key")
		var (
			wg     sync.WaitGroup
			hashes [16][]byte
			start  = make(chan struct{})
		)
		for i := range hashes {
			wg.Go(func() {
				<-start
				box, err := secret.Load("", file)
				if err != nil {
					t.Error(err)
					return
				}
				hashes[i] = box.Hash("live", "x")
			})
		}
		close(start)
		wg.Wait()
		for _, h := range hashes {
			if !bytes.Equal(h, hashes[0]) {
				t.Fatal("two servers have different keys")
			}
		}
		wantAlone(t, file)
	}
}

func TestLoadRefusesAFileThatIsNoKey(t *testing.T) {
	for name, content := range map[string]string{"empty": "", "no base64": "?", "too short": "c2hvcnQ=\n"} {
		file := filepath.Join(t.TempDir(), "master.key")
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := secret.Load("", file); err == nil {
			t.Errorf("%s: passes", name)
		}
		if now, err := os.ReadFile(file); err != nil || string(now) != content {
			t.Errorf("%s: the file became %q, %v", name, now, err)
		}
	}
	if _, err := secret.Load("", t.TempDir()); err == nil {
		t.Error("a folder passes for a file")
	}
}
