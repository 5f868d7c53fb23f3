// Command pgtest gives tests a PostgreSQL server:
//
//	pgtest run COMMAND …   starts one, runs the command with SOLOPRINT_TEST_POSTGRES set, stops it
//	pgtest start           starts one that stays, and prints its URL; prints the URL again if it runs already
//	pgtest stop            stops it
//
// If SOLOPRINT_TEST_POSTGRES is set already, run and start use that server.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/soloprint/soloprint/internal/testkit/pgserver"
)

func main() {
	err := command(context.Background(), os.Args[1:], os.Stdout)
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		os.Exit(failed.ExitCode())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "pgtest:", err)
		os.Exit(1)
	}
}

func command(ctx context.Context, args []string, out io.Writer) error {
	switch {
	case len(args) > 1 && args[0] == "run":
		return run(ctx, args[1:])
	case len(args) == 1 && args[0] == "start":
		return start(ctx, out)
	case len(args) == 1 && args[0] == "stop":
		return stop()
	default:
		return errors.New("usage: pgtest run COMMAND … | start | stop")
	}
}

// run leaves interrupts to the command and stops the server after it. Without PostgreSQL the command runs all the
// same: its tests skip or fail, as they were told.
func run(ctx context.Context, args []string) (err error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	switch s, err := pgserver.Use(ctx); {
	case errors.Is(err, pgserver.ErrNotInstalled):
		fmt.Fprintln(os.Stderr, "pgtest:", err)
	case err != nil:
		return err
	default:
		defer func() { err = errors.Join(err, s.Stop()) }()
		cmd.Env = append(os.Environ(), pgserver.Variable+"="+s.URL)
	}
	// Caught, not ignored: a command would inherit that it is ignored.
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	return cmd.Run()
}

func start(ctx context.Context, out io.Writer) error {
	u := os.Getenv(pgserver.Variable)
	if u == "" {
		u = running(ctx)
	}
	if u == "" {
		s, err := pgserver.StartDetached(ctx)
		if err != nil {
			return err
		}
		if err := os.WriteFile(noteFile(), []byte(s.Dir+"\n"+s.URL+"\n"), 0o600); err != nil {
			return errors.Join(err, s.Stop())
		}
		u = s.URL
	}
	_, err := fmt.Fprintln(out, u)
	return err
}

func stop() error {
	dir, _, err := readNote()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(pgserver.StopDir(dir), os.Remove(noteFile()))
}

// running is the URL of the server that start left, if it answers.
func running(ctx context.Context) string {
	_, u, err := readNote()
	if err != nil {
		return ""
	}
	conn, err := pgx.Connect(ctx, u)
	if err != nil {
		return ""
	}
	_ = conn.Close(ctx)
	return u
}

// noteFile says which server start left running, for this account.
func noteFile() string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("soloprint-pgtest-%d", os.Getuid()))
}

func readNote() (dir, u string, err error) {
	b, err := os.ReadFile(noteFile())
	if err != nil {
		return "", "", err
	}
	dir, u, _ = strings.Cut(strings.TrimSpace(string(b)), "\n")
	return dir, u, nil
}
