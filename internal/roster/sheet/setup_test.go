package sheet_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/roster/sheet"
)

// folder is a zip of a folder of testdata, with some files other than they are; "" takes one out.
func folder(t testing.TB, name string, other map[string]string) []byte {
	t.Helper()
	files := map[string]string{}
	all, err := filepath.Glob(filepath.Join("testdata", name, "*.csv"))
	if err != nil || len(all) == 0 {
		t.Fatal(name, err)
	}
	for _, path := range all {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(path)] = string(content)
	}
	for file, content := range other {
		if files[file] = content; content == "" {
			delete(files, file)
		}
	}
	return zipped(t, files)
}

func zipped(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range files {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// book is a workbook with one sheet.
func book(t testing.TB, rows ...[]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	for i, row := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.NewSheet("Staff"); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// told is a roster as lines of text.
func told(r *sheet.Roster) []string {
	out := []string{fmt.Sprintf("%s people:%t seats:%t skipped:%d", r.Format, r.AllPeople, r.AllSeats, r.Skipped)}
	for _, c := range r.Classes {
		out = append(out, strings.TrimSpace(fmt.Sprintf("class %d %s|%s %s..%s%s%s", c.Row, c.Key, c.Name, c.StartsOn, c.EndsOn, flag(c.Leaves, " leaves"), flag(c.Bare, " bare"))))
	}
	for _, p := range r.People {
		line := fmt.Sprintf("%d %s|%s|%s|%s|%s|%s%s%s", p.Row, p.Key, p.Email, p.Name, p.Role, p.Status, p.Grade, flag(p.Leaves, " leaves"), flag(p.Bare, " bare"))
		for _, s := range p.Seats {
			line += fmt.Sprintf(" [%s %s%s]", r.Classes[s.Class].Key+r.Classes[s.Class].Name, []string{"", "student", "assistant", "teacher"}[s.Role], flag(s.Leaves, " leaves"))
		}
		out = append(out, line)
	}
	return append(out, faults(r)...)
}

func faults(r *sheet.Roster) (out []string) {
	for _, f := range r.Faults {
		out = append(out, fmt.Sprintf("fault %s %d %s %s: %s", f.File, f.Row, f.Column, f.Code, f.Message))
	}
	return out
}

func flag(is bool, word string) string {
	if is {
		return word
	}
	return ""
}

// broken is the error of a file as code and message, "" for none.
func broken(err error) string {
	if err == nil {
		return ""
	}
	e := errs.From(err)
	if len(e.Fields) == 0 {
		return err.Error()
	}
	return e.Fields[0].Code + " " + e.Fields[0].Message
}

func equal(t *testing.T, name string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got)\n%s", name, diff)
	}
}
