package pgserver_test

import (
	"bufio"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/soloprint/soloprint/internal/testkit/pgserver"
)

// childVariable makes this test binary start a server, print its folder and wait to be killed.
const childVariable = "SOLOPRINT_PGSERVER_CHILD"

func TestStartAndStop(t *testing.T) {
	t.Parallel()
	s := start(t, pgserver.Start)
	u, err := s.Database("template1")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), u)
	if err != nil {
		t.Fatal(err)
	}
	var name string
	if err := conn.QueryRow(t.Context(), "SELECT current_database()").Scan(&name); err != nil || name != "template1" {
		t.Errorf("connected to %q, %v", name, err)
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	wantGone(t, s.Dir)
}

func TestDetached(t *testing.T) {
	t.Parallel()
	s := start(t, pgserver.StartDetached)
	if err := pgserver.StopDir(s.Dir); err != nil {
		t.Fatal(err)
	}
	wantGone(t, s.Dir)
}

// A server ends and leaves nothing behind when the process that started it is killed.
func TestKilledOwner(t *testing.T) {
	if os.Getenv(childVariable) != "" {
		s, err := pgserver.Start(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = os.Stdout.WriteString("folder " + s.Dir + "\n")
		time.Sleep(time.Minute)
		return
	}
	t.Parallel()
	requireInstalled(t)
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledOwner$")
	cmd.Env = append(os.Environ(), childVariable+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	dir, found := strings.CutPrefix(strings.TrimSpace(line), "folder ")
	if err != nil || !found {
		t.Fatalf("the child said %q, %v", line, err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	wantGone(t, dir)
}

func TestUseTakesTheServerOfTheEnvironment(t *testing.T) {
	t.Setenv(pgserver.Variable, "postgres://me:secret@db.example:5433/postgres?sslmode=require")
	s, err := pgserver.Use(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	u, err := s.Database("other")
	if want := "postgres://me:secret@db.example:5433/other?sslmode=require"; err != nil || u != want {
		t.Errorf("database %q, %v", u, err)
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
}

func start(t *testing.T, how func(context.Context) (*pgserver.Server, error)) *pgserver.Server {
	t.Helper()
	s, err := how(t.Context())
	if errors.Is(err, pgserver.ErrNotInstalled) && (os.Getenv("CI") != "true" || os.Getenv(pgserver.Variable) != "") {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func requireInstalled(t *testing.T) {
	t.Helper()
	s := start(t, pgserver.Start)
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
}

func wantGone(t *testing.T, dir string) {
	t.Helper()
	for range 400 {
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Errorf("%s is still there", dir)
}
