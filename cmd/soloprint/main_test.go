package main

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What cannot work is refused with one sentence, before anything is made.
func TestRunRefuses(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = busy.Close() }()
	for _, tt := range []struct {
		name, words string
		args        []string
	}{
		{"time that stands still", "--speed 0 is not a number above 0", []string{"demo", "--speed", "0"}},
		{"time that runs back", "--speed -1 is not a number above 0", []string{"demo", "--speed", "-1"}},
		{"time that is none", "--speed NaN is not a number above 0", []string{"serve", "--speed=NaN"}},
		{"a speed without end", "--speed 1e+07 is not a number above 0, up to 1000000", []string{"serve", "--speed", "1e7"}},
		{"a limit below none", "--rate-limit -5 is negative", []string{"serve", "--rate-limit", "-5"}},
		{"an address that is none", "is not host:port", []string{"serve", "--addr", "nowhere"}},
		{"serving where another server listens", "cannot listen on", []string{"serve", "--addr", busy.Addr().String()}},
		{"a demo where another server listens", "cannot listen on", []string{"demo", "--fresh", "--addr", busy.Addr().String()}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "data")
			var out, errOut bytes.Buffer
			code := run(t.Context(), append(tt.args, "--data", data), strings.NewReader(""), &out, &errOut)
			if code == 0 || !strings.Contains(errOut.String(), tt.words) || strings.Count(errOut.String(), "\n") != 1 {
				t.Errorf("ends with %d and says %q, want %q", code, errOut.String(), tt.words)
			}
			if _, err := os.Stat(data); !os.IsNotExist(err) {
				t.Errorf("the data folder was made: %v", err)
			}
		})
	}
}
