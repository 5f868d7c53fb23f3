package e2e_test

import (
	"context"
	_ "embed"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/soloprint/soloprint/internal/testkit/pypi"
)

// proberRequirements are Schemathesis and what it stands on.
//
//go:embed testdata/schemathesis/requirements.txt
var proberRequirements string

// Bounds of one run of the prober.
const (
	proberExamples = "20" // of an operation, in each phase that draws them: about five minutes where nothing else runs
	proberLimit    = 30 * time.Minute
)

// seedVariable repeats a run: the seed stands in the log of the one that failed.
const seedVariable = "SOLOPRINT_PEERS_SEED"

// TestSchemathesisPeer has Schemathesis read the document and send what it allows, what it forbids, and chains of both: with
// a key that may do everything, and with one that may do one thing. Nothing is answered with a fault, a status, a body or
// a code that is not described, or without a header of the contract.
func TestSchemathesisPeer(t *testing.T) {
	bin := pypi.Install(t, proberRequirements)
	seed := os.Getenv(seedVariable)
	if seed == "" {
		seed = fmt.Sprint(rand.IntN(1 << 30))
	}
	for name, scopes := range map[string][]string{"a full key": capabilities, "one capability": {"queue.manage"}} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, database{path: sqliteInData}, 1000)
			key := s.api(t).create("/v1/platform/api-keys", object{"name": name, "scopes": scopes})
			s.probe(t, filepath.Join(bin, "schemathesis"), seed, key)
			if a := newClient(t, s, key.text("key")).do("GET", "/v1/me", nil); a.status != 200 {
				t.Errorf("the key did not last: %d %s", a.status, a.body)
			}
		})
	}
}

// probe runs Schemathesis with the key.
func (s *server) probe(t *testing.T, program, seed string, key reply) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), proberLimit)
	defer cancel()
	given, err := filepath.Abs("testdata/schemathesis")
	if err != nil {
		t.Fatal(err)
	}
	run := exec.CommandContext(ctx, program, "--config-file", filepath.Join(given, "schemathesis.toml"), "run", "http://"+s.addr+"/v1/openapi.json",
		"--phases", "examples,coverage,fuzzing,stateful", "--max-examples", proberExamples, "--seed", seed)
	run.Dir = t.TempDir()
	run.Env = append(environment(), "SCHEMATHESIS_HOOKS="+filepath.Join(given, "hooks.py"), "SOLOPRINT_KEY="+key.text("key"), "SOLOPRINT_URL=http://"+s.addr,
		"SOLOPRINT_SPARED="+key.text("id")+","+key.text("created_by_id"), "PYTHONDONTWRITEBYTECODE=1")
	out, err := run.CombinedOutput()
	report := string(out)
	if _, summary, ok := strings.Cut(report, " SUMMARY ="); ok {
		t.Logf("seed %s:%s", seed, summary)
	}
	if err != nil {
		t.Fatalf("Schemathesis: %v; %s=%s repeats it\n%s", err, seedVariable, seed, report)
	}
}
