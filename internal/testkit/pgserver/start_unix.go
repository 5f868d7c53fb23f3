//go:build unix

package pgserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// owner runs the server in the folder $2, with the binary $1, until its standard input ends or the server does, and then
// removes the folder. A server that is told to stop keeps nothing: it is stopped at once.
const owner = `
"$1" -D "$2/data" -k "$2" -h '' -F \
  -c synchronous_commit=off -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0 -c max_wal_size=256MB \
  -c autovacuum=off -c max_connections=200 -c shared_buffers=64MB -c checkpoint_timeout=1h -c log_min_messages=fatal &
server=$!
if [ "$3" = attached ]; then
  read -r _
  kill -QUIT "$server"
fi
wait "$server"
rm -rf "$2"
`

// Start starts a server that lives until Stop or the end of this process.
func Start(ctx context.Context) (*Server, error) { return start(ctx, true) }

// StartDetached starts a server that outlives this process; StopDir stops it.
func StartDetached(ctx context.Context) (*Server, error) { return start(ctx, false) }

func start(ctx context.Context, attached bool) (*Server, error) {
	initdb, postgres, err := binaries()
	if err != nil {
		return nil, err
	}
	account, err := serverAccount()
	if err != nil {
		return nil, err
	}
	dir, err := makeDir(account)
	if err != nil {
		return nil, err
	}
	s := &Server{Dir: dir, URL: socketURL(dir)}
	if err := initialize(ctx, initdb, dir, account); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if s.stop, err = runOwner(postgres, dir, account, attached); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := s.wait(ctx); err != nil {
		text, _ := os.ReadFile(filepath.Join(dir, "log"))
		return nil, errors.Join(fmt.Errorf("PostgreSQL does not answer: %w\n%s", err, text), s.Stop())
	}
	return s, nil
}

// serverAccount is nil, or the account postgres when this process is root's: PostgreSQL refuses to run as root.
func serverAccount() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL does not run as root and there is no other account for it: %w", err)
	}
	uid, uerr := strconv.ParseUint(u.Uid, 10, 32)
	gid, gerr := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(uerr, gerr)
}

// maxParent leaves room for the folder's and the socket's names in the 103 bytes that every Unix allows.
const maxParent = 50

// makeDir makes the server's folder: in memory, or where TMPDIR says, or among the temporary files.
func makeDir(account *syscall.Credential) (string, error) {
	parent := os.Getenv("TMPDIR")
	if parent == "" {
		parent = memoryDir()
	}
	if parent == "" || len(parent) > maxParent {
		parent = "/tmp"
	}
	dir, err := os.MkdirTemp(parent, "soloprint-pg-")
	if err != nil || account == nil {
		return dir, err
	}
	return dir, os.Chown(dir, int(account.Uid), int(account.Gid))
}

func socketURL(dir string) string {
	q := url.Values{"host": {dir}, "sslmode": {"disable"}}
	u := url.URL{Scheme: "postgres", User: url.User("postgres"), Path: "/postgres", RawQuery: q.Encode()}
	return u.String()
}

// initialize makes the cluster. It sorts text by its bytes, as SQLite does.
func initialize(ctx context.Context, initdb, dir string, account *syscall.Credential) error {
	cmd := exec.CommandContext(ctx, initdb, "-D", filepath.Join(dir, "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8",
		"--no-locale", "--no-sync", "--no-instructions")
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: account}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

// runOwner starts the shell that owns the server, away from the terminal's signals and without this process's output: a
// test that left an open output behind would be waited for.
func runOwner(postgres, dir string, account *syscall.Credential, attached bool) (stop func() error, err error) {
	mode := "detached"
	if attached {
		mode = "attached"
	}
	cmd := exec.Command("/bin/sh", "-c", owner, "sh", postgres, dir, mode)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: account, Setsid: true}
	log, err := os.OpenFile(filepath.Join(dir, "log"), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	cmd.Stdout, cmd.Stderr = log, log

	var stdin io.Closer
	if attached {
		if stdin, err = cmd.StdinPipe(); err != nil {
			return nil, err
		}
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	if !attached {
		return func() error { return StopDir(dir) }, nil
	}
	return func() error { return errors.Join(stdin.Close(), cmd.Wait()) }, nil
}

// StopDir stops the server of a folder that StartDetached made. Its owner removes the folder.
func StopDir(dir string) error {
	b, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	if err != nil {
		return fmt.Errorf("find the server of %s: %w", dir, err)
	}
	var pid int
	if _, err := fmt.Sscan(string(b), &pid); err != nil || pid <= 1 {
		return fmt.Errorf("%s has no process number", dir)
	}
	return syscall.Kill(pid, syscall.SIGQUIT)
}
