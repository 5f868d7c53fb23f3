package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/soloprint/soloprint/internal/app"
)

// A roster comes in, is looked at and taken back, beside a server that runs on the same database.
func TestRoster(t *testing.T) {
	data := t.TempDir()
	a, err := app.New(t.Context(), app.Config{Addr: "127.0.0.1:0", Data: data, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, _, err := a.Bootstrap(t.Context(), app.NewOrganization{Name: "Lakeside", Slug: "lakeside", Kind: "school", TimeZone: "UTC", Currency: "USD", OwnerName: "Olga", OwnerEmail: "olga@lakeside.example", OwnerPassword: "a long password"}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(data, "alumnos.csv")
	if err := os.WriteFile(file, []byte("Matrícula;Correo;Nombre;Apellidos;Puesto;Clase\n17;ada@lakeside.example;Ada;Lovelace;Alumna;9A\n18;bad@;Ben;Gómez;Jefe;9A\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	id := ""
	for _, step := range []struct {
		name string
		args []string
		code int
		want []string
	}{
		{"examine", []string{"examine", file}, 0, []string{"csv", "Correo     email", "Puesto     (not taken)  Alumna"}},
		{"preview with a row that is wrong", []string{"preview", "--column", "Puesto=role", file}, 1, []string{"people: 1 new", "1 refused", `"Jefe" is no role that is known`, "--skip-errors"}},
		{"preview", []string{"preview", "--column", "Puesto=-", file}, 1, []string{"new       ada@lakeside.example Ada Lovelace (row 2)", `role: "" -> "student"`, "new       class 9A", "error (row 3): Correo"}},
		{"apply is all or nothing", []string{"apply", file}, 1, []string{"file[3].Correo"}},
		{"apply without that row", []string{"apply", "--column", "Puesto=role", "--role", "Jefe=teacher", "--skip-errors", file}, 0, []string{"people: 1 new", "classes: 1 new", "enrollments: 1 new", "soloprint roster undo --organization lakeside rim_"}},
		{"imports", []string{"imports"}, 0, []string{"alumnos.csv (csv)"}},
		{"undo", []string{"undo", "ID"}, 0, []string{"1 people who had joined are gone", "1 classes"}},
		{"undo twice", []string{"undo", "ID"}, 1, []string{"taken back already"}},
		{"a school that is none", []string{"preview", "--organization", "nowhere", file}, 1, []string{`there is no organization "nowhere"`}},
		{"somebody who is no member", []string{"preview", "--email", "x@y.example", file}, 1, []string{"there is no member x@y.example"}},
		{"a file that is none", []string{"preview", filepath.Join(data, "none.csv")}, 1, []string{"no such file"}},
	} {
		args := append([]string{"roster", step.args[0], "--data", data}, step.args[1:]...)
		if !strings.Contains(strings.Join(args, " "), "--organization") {
			args = append(args, "--organization", "lakeside")
		}
		for i := range args {
			if args[i] == "ID" {
				args[i] = id
			}
		}
		var out, errOut bytes.Buffer
		code := run(t.Context(), args, strings.NewReader(""), &out, &errOut)
		text := out.String() + errOut.String()
		for _, want := range step.want {
			if code != step.code || !strings.Contains(text, want) {
				t.Errorf("%s ends with %d, want %d, and %q in:\n%s", step.name, code, step.code, want, text)
			}
		}
		if found := regexp.MustCompile(`rim_[a-z0-9]+`).FindString(text); found != "" {
			id = found
		}
	}
}
