package sheet

import (
	"archive/zip"
	"bytes"
	"io"
	"path"
	"strings"
)

// Limits of an archive. The standard library ends an entry at the size that its header declares, so that these hold for what
// is really in it.
const (
	maxEntries  = 1000
	maxUnpacked = 96 << 20
	maxBook     = 48 << 20 // a workbook is held in memory
	maxRatio    = 200
	freeSize    = 1 << 20 // small entries may be packed as well as they can
)

// archive is a zip whose sizes were looked at.
type archive struct {
	files    map[string]*zip.File // by base name in lower case
	unpacked uint64
}

func openArchive(content []byte) (*archive, error) {
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, broken(Format, "is a damaged zip")
	}
	if len(z.File) > maxEntries {
		return nil, broken(TooMany, "has more than %d entries", maxEntries)
	}
	a := &archive{files: make(map[string]*zip.File, len(z.File))}
	for _, f := range z.File {
		if err := a.add(f); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// add takes an entry, or says why the whole archive is refused.
func (a *archive) add(f *zip.File) error {
	if f.FileInfo().IsDir() || strings.HasPrefix(f.Name, "__MACOSX/") {
		return nil
	}
	switch name := strings.ToLower(path.Base(strings.ReplaceAll(f.Name, `\`, "/"))); {
	case f.Flags&1 != 0:
		return broken(Format, "is locked with a password")
	case f.UncompressedSize64 > maxUnpacked, a.unpacked+f.UncompressedSize64 > maxUnpacked:
		return broken(TooMany, "has more than %d MiB once it is unpacked", maxUnpacked>>20)
	case f.UncompressedSize64 > freeSize && f.UncompressedSize64/maxRatio > f.CompressedSize64:
		return broken(NotOne, "unpacks to more than %d times its size", maxRatio)
	case a.files[name] != nil && path.Ext(name) == ".csv":
		return broken(Duplicate, "has %s twice", clip(name))
	default:
		a.files[name] = f
		a.unpacked += f.UncompressedSize64
	}
	return nil
}

func (a *archive) has(name string) bool { return a.files[name] != nil }

// oneRoster reports whether it has a file that OneRoster is told by.
func (a *archive) oneRoster() bool {
	return a.has("manifest.csv") || a.has("users.csv") || a.has("enrollments.csv")
}

// table reads an entry as CSV in UTF-8, or in what its byte order mark says. An entry that is not there has no rows.
func (a *archive) table(name string, visit visitor) error {
	f := a.files[name]
	if f == nil {
		return nil
	}
	r, err := f.Open()
	if err != nil {
		return broken(Format, "%s cannot be unpacked", name)
	}
	defer func() { _ = r.Close() }() // it was only read
	return readCSV(name, io.LimitReader(r, maxUnpacked), ',', visit)
}
