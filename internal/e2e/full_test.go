package e2e_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// inSmallStore is a command that runs another one with a file store of a megabyte: a file system of its own, which only the
// program sees. It needs no rights where the kernel has user namespaces.
func inSmallStore(dir string, command []string) []string {
	const script = `dir=$1; shift; mkdir -p "$dir" && mount -t tmpfs -o size=1m tmpfs "$dir" && exec "$@"`
	return append([]string{"unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh", filepath.Join(dir, "files")}, command...)
}

// A file store without room says so with its own status and code, keeps nothing of what did not fit, and takes what fits.
func TestAFullStoreSaysSo(t *testing.T) {
	t.Parallel()
	if err := exec.Command("unshare", "--map-root-user", "--mount", "true").Run(); err != nil {
		if os.Getenv("SOLOPRINT_TEST_REQUIRE") == "1" {
			t.Fatal(err)
		}
		t.Skipf("NOT TESTED WITH A FULL STORE: %v", err)
	}
	s := &server{db: database{path: sqliteInData}, dir: dataDir(t), addr: freeAddress(t), speed: 60, small: true}
	s.run(t)
	api := s.api(t)
	large := bytes.Repeat([]byte("G1 X1 Y1\n"), 300_000)
	made := api.create("/v1/files/register", announcement("large.gcode", large))
	a := api.put(made.at("upload"), large)
	if a.status != 507 || a.text("error") != "storage_full" {
		t.Errorf("%d %s", a.status, a.body)
	}
	api.refused(409, "upload_incomplete", "POST", "/v1/files/"+made.text("file.id")+"/complete", object{})
	api.upload("small.gcode", cube(t)).is("status", "ready")
}
