package pgserver

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// Variable is the environment variable that names a running server, as a URL whose user may create databases.
const Variable = "SOLOPRINT_TEST_POSTGRES"

// ErrNotInstalled says that there is no PostgreSQL to start.
var ErrNotInstalled = errors.New("PostgreSQL is not installed: neither initdb nor postgres was found")

// Server is a PostgreSQL server for tests.
type Server struct {
	// URL names its database postgres.
	URL string
	// Dir is the folder of a server that was started here; it goes with the server.
	Dir string

	stop func() error
}

// Use gives the server that the environment names, or starts one.
func Use(ctx context.Context) (*Server, error) {
	if u := os.Getenv(Variable); u != "" {
		return &Server{URL: u}, nil
	}
	return Start(ctx)
}

// Stop ends a server that was started here, and does nothing to another.
func (s *Server) Stop() error {
	if s.stop == nil {
		return nil
	}
	return s.stop()
}

// Database is the URL of another database of the server.
func (s *Server) Database(name string) (string, error) {
	u, err := url.Parse(s.URL)
	if err != nil {
		return "", fmt.Errorf("%s is not a URL", Variable) // the error would show the password
	}
	u.Path = "/" + name
	return u.String(), nil
}

// binaries finds initdb and postgres: in the path, or where Debian keeps them, the newest version first.
func binaries() (initdb, postgres string, err error) {
	dirs := filepath.SplitList(os.Getenv("PATH"))
	debian, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(debian, func(a, b string) int { return len(b) - len(a) }) // 10 and up before 9
	slices.Reverse(debian)
	for _, dir := range append(debian, dirs...) {
		initdb, postgres = filepath.Join(dir, "initdb"), filepath.Join(dir, "postgres")
		if executable(initdb) && executable(postgres) {
			return initdb, postgres, nil
		}
	}
	return "", "", ErrNotInstalled
}

func executable(path string) bool {
	_, err := exec.LookPath(path)
	return err == nil
}

// startTimeout is how long a new server may take to answer.
const startTimeout = 60 * time.Second

// wait returns when the server answers.
func (s *Server) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.URL)
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(25 * time.Millisecond):
		}
	}
}
