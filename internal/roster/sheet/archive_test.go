package sheet_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/soloprint/soloprint/internal/roster/sheet"
)

// raw makes a zip entry by entry, with sizes as they are claimed.
func raw(t *testing.T, entries ...func(z *zip.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range entries {
		if err := e(z); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func entry(name, content string) func(*zip.Writer) error {
	return func(z *zip.Writer) error {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(content))
		}
		return err
	}
}

// lies claims another size in the directory than the entry has.
func lies(t *testing.T, content []byte, size uint32) []byte {
	t.Helper()
	at := bytes.LastIndex(content, []byte("PK\x01\x02"))
	if at < 0 {
		t.Fatal("no directory")
	}
	out := bytes.Clone(content)
	binary.LittleEndian.PutUint32(out[at+24:], size)
	return out
}

// The hostile archives of list L5, as far as they are no 3MF.
func TestHostileArchives(t *testing.T) {
	t.Parallel()
	zeros := strings.Repeat("\x00", 60<<20)
	users := "sourcedId,role,email\nu-1,student,x@y.example\n"
	many := make([]func(*zip.Writer) error, 1001)
	for i := range many {
		many[i] = entry(fmt.Sprintf("f%d.csv", i), "")
	}
	good := raw(t, entry("manifest.csv", "propertyName,value\noneroster.version,1.1\nfile.users,bulk\n"), entry("users.csv", users))
	for _, tt := range []struct {
		name    string
		content []byte
		want    string
	}{
		{"it is good without them", good, ""},
		{"60 MB of zeros in 60 kB", raw(t, entry("users.csv", zeros)), "not_allowed unpacks to more than 200 times its size"},
		{"two times 60 MB", raw(t, entry("users.csv", zeros), entry("orgs.csv", zeros)), "too_many|not_allowed"},
		{"a size of 4 GB that it has not", lies(t, good, 0xfffffff0), "too_many has more than 96 MiB once it is unpacked"},
		{"a size of 0 that it has not", lies(t, good, 0), "invalid_format|names nobody|required"},
		{"1,001 entries", raw(t, many...), "too_many has more than 1000 entries"},
		{"the same name twice", raw(t, entry("users.csv", users), entry("a/users.csv", users)), "duplicate has users.csv twice"},
		{"a path upwards", raw(t, entry("../../users.csv", users), entry("manifest.csv", "propertyName,value\nfile.users,bulk\n")), ""},
		{"a path of Windows", raw(t, entry(`C:\export\users.csv`, users), entry("manifest.csv", "propertyName,value\nfile.users,bulk\n")), ""},
		{"a zip in a zip", raw(t, entry("roster.zip", string(good))), "invalid_format is neither a workbook nor OneRoster"},
		{"a locked zip", func() []byte {
			out := bytes.Clone(good)
			at := bytes.LastIndex(out, []byte("PK\x01\x02"))
			out[at+8] |= 1
			return out
		}(), "invalid_format is locked with a password"},
		{"a name of 64 kB", raw(t, entry(strings.Repeat("x", 60_000)+".csv", "x")), "invalid_format is neither"},
		{"a zip and nothing else", []byte("PK"), "invalid_format is a damaged zip"},
		{"a damaged entry", func() []byte {
			out := bytes.Clone(good)
			out[bytes.LastIndex(out, []byte("PK\x07\x08"))-4] ^= 0xff // the end of what is packed
			return out
		}(), "invalid_format"},
	} {
		_, err := sheet.Read(tt.content, sheet.Options{})
		got, ok := broken(err), false
		for want := range strings.SplitSeq(tt.want, "|") {
			ok = ok || want == "" && got == "" || want != "" && strings.Contains(got, want)
		}
		if !ok {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	for cut := 20; cut < len(good); cut += len(good) / 20 {
		if _, err := sheet.Read(good[:cut], sheet.Options{}); err == nil {
			t.Errorf("an archive of which %d of %d bytes are there was read", cut, len(good))
		}
	}
}

// 48 MB are the most of a workbook that is unpacked: it is held in memory.
func TestLargeWorkbook(t *testing.T) {
	t.Parallel()
	var b strings.Builder // that nobody packs well
	for i := 0; b.Len() < 49<<20; i++ {
		fmt.Fprintf(&b, "<c r=\"A%d\"><v>%d</v></c>", i, i*7919)
	}
	content := raw(t, entry("[Content_Types].xml", "<Types/>"), entry("xl/worksheets/sheet1.xml", b.String()))
	if len(content) > sheet.MaxBytes {
		t.Skipf("has %d bytes packed", len(content))
	}
	_, err := sheet.Read(content, sheet.Options{})
	equal(t, "a workbook of 49 MB", "too_many has more than 48 MiB once it is unpacked", broken(err))
}
