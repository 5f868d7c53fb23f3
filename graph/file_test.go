package graph_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http/httptest"
	"net/url"
	"os"
	"testing"
)

// A student registers a file, puts its bytes where the answer says, completes, renames, downloads and deletes it.
func TestFiles(t *testing.T) {
	eachServed(t, func(t *testing.T, w *served) {
		student := w.north.pupil(t)
		content, err := os.ReadFile("../internal/file/gcode/testdata/cube20_prusaslicer-2.5.0.gcode")
		must(t, err)
		sum := sha256.Sum256(content)
		a := good(t, w.do(student, t, "registerFile", "{file{id status uploadedBy{id}} upload{method url headers expiresAt}}", input(object{
			"name": "cube.gcode", "sizeBytes": len(content), "sha256": hex.EncodeToString(sum[:])})))
		id := a.at("registerFile", "file", "id")
		if a.at("registerFile", "file", "status") != "pending" || a.at("registerFile", "file", "uploadedBy", "id") != string(w.north.student.ID) {
			t.Fatalf("registered: %s", a.body)
		}

		place, err := url.Parse(a.at("registerFile", "upload", "url").(string))
		must(t, err)
		r := httptest.NewRequestWithContext(t.Context(), a.at("registerFile", "upload", "method").(string), place.RequestURI(), bytes.NewReader(content))
		for name, value := range a.at("registerFile", "upload", "headers").(object) {
			r.Header.Set(name, value.(string))
		}
		rec := httptest.NewRecorder()
		w.blobs.ServeHTTP(rec, r)
		if rec.Code != 200 {
			t.Fatalf("PUT: %d %s", rec.Code, rec.Body)
		}

		a = good(t, w.do(student, t, "completeFile", "{status kind metadata{slicer estimatedSeconds filamentG nozzleDiameterMm printerModel boundsMm{max{z}}}}", input(object{"fileId": id})))
		if a.at("completeFile", "status") != "ready" || a.at("completeFile", "metadata", "slicer") != "PrusaSlicer" || a.at("completeFile", "metadata", "boundsMm", "max", "z") != 19.95 {
			t.Errorf("completed: %s", a.body)
		}
		a = good(t, w.do(student, t, "updateFile", "{name folder}", input(object{"fileId": id, "folder": "gears"})))
		if a.at("updateFile", "name") != "cube.gcode" || a.at("updateFile", "folder") != "gears" {
			t.Errorf("moved: %s", a.body)
		}

		a = good(t, w.do(student, t, "fileDownload", "{url expiresAt}", object{"fileId": id}))
		link, err := url.Parse(a.at("fileDownload", "url").(string))
		must(t, err)
		rec = httptest.NewRecorder()
		w.blobs.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), "GET", link.RequestURI(), nil))
		if rec.Code != 200 || !bytes.Equal(rec.Body.Bytes(), content) {
			t.Errorf("download: %d, %d bytes", rec.Code, rec.Body.Len())
		}

		a = good(t, w.do(student, t, "createQueueItem", "{id estimatedG requirements{materialType nozzleDiameterMm} file{name}}", input(object{"name": "Cube", "fileId": id})))
		if a.at("createQueueItem", "requirements", "materialType") != "PLA" || a.at("createQueueItem", "file", "name") != "cube.gcode" {
			t.Errorf("item of the file: %s", a.body)
		}
		if a := w.do(student, t, "deleteFile", "", object{"fileId": id}); a.codes() != "file_in_use" {
			t.Errorf("deleting a file in use: %s", a.body)
		}
		good(t, w.do(student, t, "cancelQueueItem", "", input(object{"queueItemId": a.at("createQueueItem", "id")})))
		if a := good(t, w.do(student, t, "deleteFile", "", object{"fileId": id})); a.at("deleteFile") != id {
			t.Errorf("deleted: %s", a.body)
		}
	})
}
