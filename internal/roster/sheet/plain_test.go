package sheet_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/soloprint/soloprint/internal/roster/sheet"
)

func utf16Text(s string, order binary.AppendByteOrder, mark bool) string {
	var b []byte
	if mark {
		b = order.AppendUint16(b, 0xfeff)
	}
	for _, u := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}

// The hostile and the everyday encodings of list L4: each is understood, or refused with a sentence.
func TestPlainText(t *testing.T) {
	t.Parallel()
	const people = "email,name\r\nada@x.example,Ada Löve\r\n"
	const ada = "2 |ada@x.example|Ada Löve|||"
	for _, tt := range []struct{ name, content, want string }{
		{"UTF-8", people, ada},
		{"UTF-8 with a byte order mark", "\ufeff" + people, ada},
		{"a quoted header behind a byte order mark", "\ufeff\"email\",\"name\"\nada@x.example,Ada Löve\n", ada},
		{"UTF-16 little endian", utf16Text(people, binary.LittleEndian, true), ada},
		{"UTF-16 big endian", utf16Text(people, binary.BigEndian, true), ada},
		{"UTF-16 little endian without a mark", utf16Text(people, binary.LittleEndian, false), ada},
		{"UTF-16 big endian without a mark", utf16Text(people, binary.BigEndian, false), ada},
		{"UTF-32", "\xff\xfe\x00\x00e\x00\x00\x00", "invalid_format is UTF-32: save it as UTF-8"},
		{"Latin-1", "email,name\nada@x.example,Ada L\xf6ve\n", ada},
		{"Windows-1252, which Latin-1 is not", "email,name\nada@x.example,Ada \x93Löve\x94\n", "2 |ada@x.example|Ada “LÃ¶ve”|||"},
		{"invalid UTF-8 behind a byte order mark", "\xef\xbb\xbfemail,name\nada@x.example,\xff\n", "invalid_format row 2: is not UTF-8"},
		{"NUL", "email,name\nada@x.example,A\x00da\n", "invalid_format is no text"},
		{"a picture", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "invalid_format is no text"},
		{"lines as old Macs wrote them", "email,name\rada@x.example,Ada Löve\r", ada},
		{"mixed ends of lines", "email,name\r\nada@x.example,Ada Löve\nben@x.example,Ben\r\n", ada + "\n3 |ben@x.example|Ben|||"},
		{"no end of the last line", "email,name\nada@x.example,Ada Löve", ada},
		{"semicolons", "email;name\nada@x.example;\"Löve; Ada\"\n", "2 |ada@x.example|Löve; Ada|||"},
		{"tabs", "email\tname\nada@x.example\tAda Löve\n", ada},
		{"a line that says sep=;", "sep=;\r\nemail;name\r\nada@x.example;Ada Löve\r\n", "|ada@x.example|Ada Löve|||"},
		{"a line that says SEP=,", "SEP=,\nemail,name;x\nada@x.example,Ada Löve\n", "|ada@x.example|"},
		{"empty", "", "required is empty"},
		{"blank lines alone", "\n\n  \n", "required has no rows"},
		{"a header alone", "email,name\n", "csv people:false seats:false skipped:0"},
		{"the header twice", "email,name\nemail,name\nada@x.example,Ada Löve\n", "2 |email|name|||"},
		{"a column that nobody knows", "email,name,shoe size\nada@x.example,Ada Löve,41\n", ada},
		{"no column that says who it is", "name,role\nAda,student\n", "required no column is taken for email or external_id: say which one is; there are name, role"},
		{"a column twice", "email,name,E-Mail\nada@x.example,Ada,\n", `duplicate the columns "email" and "E-Mail" are both taken for email: say which one is, and ignore the other`},
		{"columns in another case", "EMAIL,Name\nada@x.example,Ada Löve\n", ada},
		{"Spanish headers", "Correo electrónico;Nombre;Primer Apellido;Segundo apellido;Rol;Curso\na@x.example;Ada;Muñoz;Díaz;Alumna;3º A\n", "2 |a@x.example|Ada Muñoz Díaz|student||3º A"},
		{"a cell of 10 MB", "email,name\nada@x.example," + strings.Repeat("x", 10<<20) + "\n", "fault  2 name too_long: has more than 1000 characters"},
		{"a header of 10 MB", "email," + strings.Repeat("x", 10<<20) + "\n", "too_long the header of column 2 has more than 1000 characters"},
		{"10,000 columns", "email" + strings.Repeat(",x", 10_000) + "\nada@x.example\n", "too_many row 1 has more than 100 columns"},
		{"10,000 empty columns", "email,name" + strings.Repeat(",", 10_000) + "\nada@x.example,Ada Löve\n", ada},
		{"a million rows", "email\n" + strings.Repeat("a@b.example\n", 1_000_000), "too_many has more than 50000 people"},
		{"17 MB", strings.Repeat("x", 17<<20), "too_many has more than 16 MiB"},
		{"a quotation mark that is not closed", "email,name\nada@x.example,\"Ada\nben@x.example,Ben\n", "invalid_format row 3: a quotation mark is not closed, or stands inside a cell"},
		{"a quotation mark in the middle", "email,name\nada@x.example,Ada \"Love\n", "invalid_format row 2: a quotation mark is not closed, or stands inside a cell"},
		{"a line end in a cell", "email,name\nada@x.example,\"Ada\nLöve\"\nben@x.example,Ben\n", "4 |ben@x.example|Ben|||"},
		{"a row that is too short", "email,name,role\nada@x.example,Ada Löve\n", ada},
		{"a row that is too long", "email,name\nada@x.example,Löve,Ada\n", "fault  2  invalid_format: has 3 cells, and the header 2: is there a separator in a name?"},
		{"blank rows between", "email,name\n\n,\nada@x.example,Ada Löve\n", "4 |ada@x.example|Ada Löve|||"},
		{"spaces around", " email , name \n ada@x.example ,  Ada Löve \n", ada},
		{"a header that clears the screen, in a message", "e-mail,\x1bemail\nada@x.example,\n", `the columns "e-mail" and "email" are both`},
		{"a formula is a text", "email,name\nada@x.example,\"=HYPERLINK(\"\"http://x\"\")\"\n", `2 |ada@x.example|=HYPERLINK("http://x")|||`},
		{"a person twice", "email\nada@x.example\nADA@x.example\n", "fault  3 email duplicate: is in row 2 too"},
		{"nobody in a row", "email,name\n,Ada\n", "fault  2 email required: is needed to know who it is"},
		{"a role that is none", "email,role\nada@x.example,platform_admin\n", `fault  2 role not_allowed: "platform_admin" is no role that is known`},
		{"a status that is none", "email,status\nada@x.example,banned\n", `fault  2 status not_allowed: "banned" is no status that is known`},
		{"somebody who left", "email,status\nada@x.example,baja\n", "2 |ada@x.example|||| leaves"},
		{"several classes in a cell", "email,class\nada@x.example,Robotics 9A; Chess|robotics 9a\n", "2 |ada@x.example|||| [Robotics 9A ] [Chess ]"},
	} {
		r, err := sheet.Read([]byte(tt.content), sheet.Options{})
		got := broken(err)
		if err == nil {
			got = strings.Join(told(r), "\n")
		}
		if !strings.Contains(got, tt.want) {
			t.Errorf("%s: %.300s\nwant %s", tt.name, got, tt.want)
		}
	}
}

func TestColumns(t *testing.T) {
	t.Parallel()
	const file = "Código,Correo,Nick,Puesto\n17,ada@x.example,Ada,Jefa\n"
	yes := true
	for _, tt := range []struct {
		name    string
		options sheet.Options
		want    string
	}{
		{"words alone", sheet.Options{}, "2 |ada@x.example||||"},
		{"columns that somebody named, whatever case and accents", sheet.Options{Columns: map[string]string{"codigo": "external_id", "Nick": "name"}}, "2 17|ada@x.example|Ada|||"},
		{"a column that is to be ignored", sheet.Options{Columns: map[string]string{"Correo": "-", "Código": "external_id"}}, "2 17|||||"},
		{"a word for a role", sheet.Options{Columns: map[string]string{"Puesto": "role"}, Roles: map[string]string{"JEFA": "admin"}}, "2 |ada@x.example||admin||"},
		{"a field that a word took goes to the column that somebody named", sheet.Options{Columns: map[string]string{"Nick": "email"}}, "2 |Ada||||"},
		{"a field that is none", sheet.Options{Columns: map[string]string{"Nick": "nickname"}}, `not_allowed columns: "nickname" is no field`},
		{"a header that is none", sheet.Options{Columns: map[string]string{"Nickname": "name"}}, `not_allowed columns: the file has no column "Nickname"`},
		{"a file that names everybody", sheet.Options{Complete: &yes}, "csv people:true seats:false"},
	} {
		r, err := sheet.Read([]byte(file), tt.options)
		got := broken(err)
		if err == nil {
			got = strings.Join(told(r), "\n")
		}
		if !strings.Contains(got, tt.want) {
			t.Errorf("%s: %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

func TestWorkbooks(t *testing.T) {
	t.Parallel()
	rows := [][]any{{"Student ID", "E-mail", "First name", "Last name", "Class"}, {1234567890123, "ada@x.example", "Ada", "Lovelace", "9A"}, {}, {"0042", "ben@x.example", "Ben", "O'Neil", ""}}
	wide := make([]any, 200)
	for i := range wide {
		wide[i] = "x"
	}
	for _, tt := range []struct {
		name    string
		content []byte
		options sheet.Options
		want    string
	}{
		{"numbers as people see them, leading zeros too", book(t, rows...), sheet.Options{}, "2 1234567890123|ada@x.example|Ada Lovelace||| [9A ]\n4 0042|ben@x.example|Ben O'Neil|||"},
		{"a sheet that is none", book(t, rows...), sheet.Options{Sheet: "Alumnos"}, `not_allowed has no sheet "Alumnos"; it has Sheet1, Staff`},
		{"an empty sheet", book(t, rows...), sheet.Options{Sheet: "Staff"}, "required has no rows"},
		{"200 columns", book(t, []any{"email"}, wide), sheet.Options{}, "too_many row 2 has more than 100 columns"},
		{"an old workbook", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and more"), sheet.Options{}, "invalid_format is an old or a locked workbook"},
		{"a workbook that is none", zipped(t, map[string]string{"[Content_Types].xml": "<Types/>"}), sheet.Options{}, "invalid_format is a damaged workbook"},
		{"a workbook with a document type", zipped(t, map[string]string{"[Content_Types].xml": "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><Types>&a;</Types>", "xl/workbook.xml": "<!DOCTYPE x [<!ENTITY a \"b\">]><workbook>&a;</workbook>"}), sheet.Options{}, "invalid_format is a damaged workbook"},
	} {
		r, err := sheet.Read(tt.content, tt.options)
		got := broken(err)
		if err == nil {
			got = strings.Join(told(r), "\n")
		}
		if !strings.Contains(got, tt.want) {
			t.Errorf("%s: %.300s\nwant %s", tt.name, got, tt.want)
		}
	}
	whole := book(t, rows...)
	for cut := len(whole) / 20; cut < len(whole); cut += len(whole) / 20 {
		if _, err := sheet.Read(whole[:cut], sheet.Options{}); err == nil {
			t.Errorf("a workbook of which %d of %d bytes are there was read", cut, len(whole))
		}
	}
}

// What a person sees before they say how a file is meant.
func TestExamine(t *testing.T) {
	t.Parallel()
	l, err := sheet.Examine([]byte("Código;Nombre\n17;Ada\n18;Ben\n19;C\n20;D\n21;E\n22;F\n"), sheet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "a plain file without a column that says who it is", &sheet.Look{Format: "csv", Columns: []sheet.Column{{Header: "Código"}, {Header: "Nombre", Field: "name"}},
		Samples: [][]string{{"17", "Ada"}, {"18", "Ben"}, {"19", "C"}, {"20", "D"}, {"21", "E"}}, Missing: "no column is taken for email or external_id: say which one is; there are Código, Nombre"}, l)
	if l, err = sheet.Examine(book(t, []any{"email"}, []any{"a@x.example"}), sheet.Options{}); err != nil {
		t.Fatal(err)
	}
	equal(t, "a workbook", &sheet.Look{Format: "xlsx", Columns: []sheet.Column{{Header: "email", Field: "email"}}, Samples: [][]string{{"a@x.example"}}, Sheets: []string{"Sheet1", "Staff"}}, l)
	if l, err = sheet.Examine(folder(t, "oneroster-1.1", nil), sheet.Options{}); err != nil {
		t.Fatal(err)
	}
	equal(t, "schools", []sheet.School{{"dist-1", "Lakeside District", "district"}, {"sch-1", "Lakeside High School", "school"}, {"sch-2", "Lakeside Middle School", "school"}}, l.Schools)
	if l, err = sheet.Examine(folder(t, "oneroster-1.1", map[string]string{"manifest.csv": ""}), sheet.Options{}); err != nil || !strings.Contains(l.Missing, "manifest.csv is missing") {
		t.Errorf("no manifest: %+v, %v", l, err)
	}
}

// A file at its limits is read in a few times its size.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip()
	}
	var b bytes.Buffer
	b.WriteString("id,email,name,role,class\n")
	for i := range 50_000 {
		fmt.Fprintf(&b, "%d,person%d@school.example,%s,student,Class %d\n", i, i, strings.Repeat("n", 200), i%500)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	r, err := sheet.Read(b.Bytes(), sheet.Options{})
	runtime.GC()
	runtime.ReadMemStats(&after)
	if err != nil || len(r.People) != 50_000 || len(r.Classes) != 500 {
		t.Fatal(err)
	}
	if kept, most := int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(4*b.Len()); kept > most {
		t.Errorf("%d MB of a file are %d MB, at most %d", b.Len()>>20, kept>>20, most>>20)
	}
	runtime.KeepAlive(r)
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("email,name\na@b.example,A\n"))
	f.Add([]byte("sep=;\nemail;class\na@b.example;\"x;y\"\n"))
	f.Add([]byte(utf16Text("email,name\na@b.example,A\n", binary.LittleEndian, true)))
	f.Add(folder(f, "oneroster-1.1", nil))
	f.Add(folder(f, "oneroster-1.2", nil))
	f.Fuzz(func(t *testing.T, content []byte) {
		begun := time.Now()
		r, err := sheet.Read(content, sheet.Options{})
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("%d bytes take %s", len(content), took)
		}
		if err != nil {
			return
		}
		for _, p := range r.People {
			for _, s := range p.Seats {
				if int(s.Class) >= len(r.Classes) {
					t.Errorf("a seat in class %d of %d", s.Class, len(r.Classes))
				}
			}
		}
		if r.Wrong < len(r.Faults) || r.Refused > len(r.People) {
			t.Errorf("%d of %d faults, %d of %d people", len(r.Faults), r.Wrong, r.Refused, len(r.People))
		}
	})
}
