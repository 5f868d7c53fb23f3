package file

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/file"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/blob"
	"github.com/soloprint/soloprint/internal/file/gcode"
)

// content is what was found in the stored bytes.
type content struct {
	mismatch  bool
	kind      file.Kind
	metadata  *schematype.FileMetadata
	thumbnail []byte
}

// inspect compares the object with what was registered, and reads it where it is G-code. A file that says one thing by its
// name and another by its content is what its content is.
func inspect(ctx context.Context, f *ent.File, o blob.Object) (*content, error) {
	info := o.Info()
	if info.Size != f.SizeBytes || info.SHA256 != f.Sha256 {
		return &content{mismatch: true}, nil
	}
	c := &content{kind: f.Kind, metadata: &schematype.FileMetadata{}}
	head := make([]byte, 512)
	n, err := o.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("read upload: %w", err)
	}
	c.kind = sniff(f.Kind, head[:n])
	if c.kind != file.KindGcode {
		return c, nil
	}
	m, err := gcode.Read(ctx, o, info.Size)
	if err != nil {
		return nil, fmt.Errorf("read G-code: %w", err)
	}
	c.metadata = metadataOf(m)
	if m.Thumbnail != nil {
		c.thumbnail = m.Thumbnail.Data
	}
	return c, nil
}

// sniff corrects the kind by the first bytes.
func sniff(named file.Kind, head []byte) file.Kind {
	zip, bgcode := bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("GCDE"))
	switch {
	case bgcode:
		return file.KindBgcode
	case zip && (named == file.KindGcode3mf || named == file.Kind3mf):
		return named
	case zip || bytes.IndexByte(head, 0) >= 0 && named != file.KindStl:
		return file.KindOther
	case named == file.KindGcode3mf || named == file.Kind3mf || named == file.KindBgcode:
		return file.KindOther
	}
	return named
}

// metadataOf is the shape in which both APIs show it.
func metadataOf(m gcode.Metadata) *schematype.FileMetadata {
	out := &schematype.FileMetadata{Slicer: m.Slicer, SlicerVersion: m.SlicerVersion, EstimatedSeconds: int(min(m.EstimatedSeconds, math.MaxInt32)),
		FilamentG: round(m.FilamentG()), FilamentMM: round(m.FilamentMM()), NozzleDiameterMM: m.NozzleDiameterMM, LayerHeightMM: m.LayerHeightMM,
		PrinterModel: m.PrinterModel, NozzleC: m.NozzleC, BedC: m.BedC, Warnings: m.Warnings}
	last := -1
	for _, t := range m.Tools {
		last = max(last, min(t.Index, maxTools-1))
	}
	out.Tools = make([]schematype.FileTool, last+1)
	for _, t := range m.Tools {
		if t.Index < maxTools {
			out.Tools[t.Index] = schematype.FileTool{MaterialType: t.MaterialType, ColorHex: t.ColorHex, FilamentG: round(t.FilamentG), FilamentMM: round(t.FilamentMM)}
		}
	}
	if m.VolumeMM != nil {
		out.VolumeMM = &schematype.Size{X: round(m.VolumeMM.X), Y: round(m.VolumeMM.Y), Z: round(m.VolumeMM.Z)}
	}
	if m.BoundsMM != nil {
		b := schematype.Bounds{Min: schematype.Point(m.BoundsMM.Min), Max: schematype.Point(m.BoundsMM.Max)}
		out.BoundsMM = &b
	}
	return out
}

// maxTools is as many tools as requirements can name.
const maxTools = 16

// round keeps two decimals.
func round(v float64) float64 { return math.Round(v*100) / 100 }
