package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/soloprint/soloprint/internal/app" // go test's cache: another program is another test
	"github.com/soloprint/soloprint/internal/connector/virtual"
)

// Time limits of the child process. They are generous: the machine may be busy with other tests.
const (
	readyLimit = 90 * time.Second
	stopLimit  = 30 * time.Second
	buildLimit = 10 * time.Minute
)

// binaryVariable names a program that was built already, for example a release; without it the tests build one.
const binaryVariable = "SOLOPRINT_E2E_BINARY"

// binary builds the program once per test process, as it is shipped: without cgo.
var binary = sync.OnceValues(func() (string, error) {
	if path := os.Getenv(binaryVariable); path != "" {
		return path, nil
	}
	sources, err := filepath.Glob("../../cmd/soloprint/*.go")
	if err != nil {
		return "", err
	}
	for _, source := range sources { // the cache knows what a test has looked at
		if _, err := os.Stat(source); err != nil {
			return "", err
		}
	}
	dir, err := os.MkdirTemp("", "soloprint-e2e-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "soloprint")
	ctx, cancel := context.WithTimeout(context.Background(), buildLimit)
	defer cancel()
	build := exec.CommandContext(ctx, "go", "build", "-o", path, "github.com/soloprint/soloprint/cmd/soloprint")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return path, fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if built && os.Getenv(binaryVariable) == "" {
		path, _ := binary()
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// built says that there is a binary to remove.
var built bool

// keys are DIR/demo.json.
type keys struct {
	BaseURL             string `json:"base_url"`
	OrganizationID      string `json:"organization_id"`
	OrganizationSlug    string `json:"organization_slug"`
	APIKey              string `json:"api_key"`
	ReadOnlyAPIKey      string `json:"read_only_api_key"`
	OtherAPIKey         string `json:"other_api_key"`
	OwnerEmail          string `json:"owner_email"`
	OwnerPassword       string `json:"owner_password"`
	StudentToken        string `json:"student_token"`
	TeacherToken        string `json:"teacher_token"`
	StudentMembershipID string `json:"student_membership_id"`
	OwnerLoginURL       string `json:"owner_login_url"`
	TeacherLoginURL     string `json:"teacher_login_url"`
	StudentLoginURL     string `json:"student_login_url"`
}

// server is the real program as a child process, on data of its own. It can be killed and started again.
type server struct {
	db    database
	dir   string
	addr  string
	speed int  // simulated seconds a second
	small bool // its file store has room for a megabyte
	keys  keys
	serve []string // arguments of a server that is no demo

	settings []string // environment of its own, from the next start on

	child  *exec.Cmd
	exited chan error
}

// newServer starts the demo on a fresh database. It ends with the test; where the test failed, the end of its log is shown.
func newServer(t testing.TB, db database, speed int) *server {
	t.Helper()
	return newServerIn(t, db, speed, dataDir(t))
}

// newServerIn is newServer with its data in a folder.
func newServerIn(t testing.TB, db database, speed int, dir string, env ...string) *server {
	t.Helper()
	return (&server{db: db, dir: dir, addr: freeAddress(t), speed: speed, settings: env}).run(t)
}

// run starts what newServer makes.
func (s *server) run(t testing.TB) *server {
	t.Helper()
	if s.db.path == sqliteInData {
		s.db.path = filepath.Join(s.dir, "soloprint.db")
	}
	t.Cleanup(func() {
		s.kill(t)
		if words := s.lastWords(); t.Failed() {
			t.Logf("the server's last words:\n%s", words)
		} else if !s.small && strings.Contains(words, `"level":"ERROR"`) || strings.Contains(words, "panic") {
			t.Errorf("the server was unhappy:\n%s", words)
		}
	})
	s.start(t)
	s.awaitFleet(t)
	return s
}

// awaitFleet waits until the server has looked at its printers for the first time: all but one are there.
func (s *server) awaitFleet(t testing.TB) {
	t.Helper()
	eventually(t, readyLimit, func() string {
		if n := len(s.api(t).get("/v1/printers?state=offline").list("data")); n > 1 {
			return fmt.Sprintf("%d printers are offline", n)
		}
		return ""
	})
}

// dataDir is a folder for the server's data: in memory where there is room, because a kill needs no disk and an fsync on a
// busy one takes longer than a print.
func dataDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "soloprint-e2e-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// freeAddress is a port that nobody uses, below those that the system gives to clients: it stays free while the server is
// down.
func freeAddress(t testing.TB) string {
	t.Helper()
	for range 100 {
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(20_000+rand.IntN(10_000)))
		l, err := net.Listen("tcp", addr)
		if err != nil {
			continue
		}
		_ = l.Close()
		return addr
	}
	t.Fatal("there is no free port")
	return ""
}

func (s *server) logPath() string { return filepath.Join(s.dir, "server.log") }

// start runs the program and waits until it is ready.
func (s *server) start(t testing.TB) {
	t.Helper()
	path, err := binary()
	built = true
	if err != nil {
		t.Fatal(err)
	}
	words, err := os.OpenFile(s.logPath(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer words.Close()
	args := s.serve
	if args == nil {
		args = []string{"demo", "--speed", strconv.Itoa(s.speed)}
	}
	run := append(append(append([]string{path}, args...), "--data", s.dir, "--addr", s.addr), s.db.flags()...)
	if s.small {
		run = inSmallStore(s.dir, run)
	}
	s.child = exec.Command(run[0], run[1:]...)
	s.child.Env = append(environment(), s.settings...)
	s.child.Stdout, s.child.Stderr = words, words
	bindToParent(s.child)
	if err := s.child.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan error, 1)
	s.exited = exited
	go func(child *exec.Cmd) { exited <- child.Wait() }(s.child)
	if err := s.waitReady(); err != nil {
		t.Fatalf("the server did not start: %v\n%s", err, s.lastWords())
	}
	if s.serve == nil {
		s.readKeys(t)
	}
}

// environment is the test's without the program's own settings.
func environment() []string {
	env := []string{}
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "SOLOPRINT_") {
			env = append(env, e)
		}
	}
	return env
}

// waitReady asks /readyz until it says yes.
func (s *server) waitReady() error {
	c := &http.Client{Timeout: 2 * time.Second}
	for end := time.Now().Add(readyLimit); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		select {
		case err := <-s.exited:
			s.exited <- err
			return fmt.Errorf("it ended: %w", errors.Join(err, errors.New("before it was ready")))
		default:
		}
		r, err := c.Get("http://" + s.addr + "/readyz")
		if err != nil {
			continue
		}
		_ = r.Body.Close()
		if r.StatusCode == http.StatusOK {
			return nil
		}
	}
	return fmt.Errorf("not ready after %s", readyLimit)
}

func (s *server) readKeys(t testing.TB) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, "demo.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &s.keys); err != nil {
		t.Fatalf("demo.json: %v", err)
	}
}

// kill ends the program as a power cut does: nothing of it runs afterwards.
func (s *server) kill(t testing.TB) {
	t.Helper()
	if s.child == nil || s.child.Process == nil {
		return
	}
	_ = s.child.Process.Kill() // it may have ended already
	<-s.exited
	s.child = nil
}

// stop ends the program as an operator does, and answers how it exited.
func (s *server) stop(t testing.TB) error {
	t.Helper()
	if err := s.child.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-s.exited:
		s.child = nil
		return err
	case <-time.After(stopLimit):
		return fmt.Errorf("still running after %s", stopLimit)
	}
}

// command runs the program beside the server, on the same data, and answers what it prints.
func (s *server) command(t testing.TB, args ...string) string {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	run := exec.Command(path, append(append(args, "--data", s.dir), s.db.flags()...)...)
	run.Env = environment()
	out, err := run.Output()
	if err != nil {
		t.Fatalf("%v: %v %s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// restart is a power cut: kill, whatever happens meanwhile, and start.
func (s *server) restart(t testing.TB, meanwhile func()) {
	t.Helper()
	s.kill(t)
	meanwhile()
	s.start(t)
}

// lastWords is the end of the server's log, without what went well.
func (s *server) lastWords() string {
	text, err := os.ReadFile(s.logPath())
	if err != nil {
		return err.Error()
	}
	var kept []byte
	for line := range bytes.Lines(text) {
		if bytes.HasPrefix(line, []byte("{")) && !bytes.Contains(line, []byte(`"level":"INFO"`)) || bytes.HasPrefix(line, []byte("panic")) {
			kept = append(kept, line...)
		}
	}
	return string(kept[max(0, len(kept)-8000):])
}

// starts are all starts that reached a simulated printer, as the printers themselves remember them.
func (s *server) starts(t testing.TB) []virtual.Start {
	t.Helper()
	all, err := virtual.ReadStarts(filepath.Join(s.dir, "virtual", "printers.journal"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// startsOf are those of one printer.
func (s *server) startsOf(t testing.TB, printer string) []virtual.Start {
	t.Helper()
	var own []virtual.Start
	for _, start := range s.starts(t) {
		if start.PrinterID == printer {
			own = append(own, start)
		}
	}
	return own
}

func (s *server) api(t testing.TB) client       { return newClient(t, s, s.keys.APIKey) }
func (s *server) reader(t testing.TB) client    { return newClient(t, s, s.keys.ReadOnlyAPIKey) }
func (s *server) other(t testing.TB) client     { return newClient(t, s, s.keys.OtherAPIKey) }
func (s *server) student(t testing.TB) client   { return newClient(t, s, s.keys.StudentToken) }
func (s *server) teacher(t testing.TB) client   { return newClient(t, s, s.keys.TeacherToken) }
func (s *server) anonymous(t testing.TB) client { return newClient(t, s, "") }
