package gcode

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"slices"
	"strings"
	"testing"
)

func TestThumbnail(t *testing.T) {
	t.Parallel()
	small, large := pngOf(t, 16, 16), pngOf(t, 220, 124)
	tests := []struct {
		name     string
		text     string
		want     []byte
		wantType string
		warning  string
	}{
		{name: "the largest is taken", text: block("thumbnail", large) + block("thumbnail", small), want: large, wantType: "image/png"},
		{name: "JPEG", text: block("thumbnail_JPG", jpegOf(t, 32, 32)), want: jpegOf(t, 32, 32), wantType: "image/jpeg"},
		{name: "size written with a space", text: strings.Replace(block("thumbnail", small), "10x10", "10 10", 1), want: small, wantType: "image/png"},
		{name: "QOI is skipped", text: block("thumbnail_QOI", []byte("qoif...")) + block("thumbnail", small), want: small, wantType: "image/png"},
		{name: "shorter than it says", text: strings.Replace(block("thumbnail", small), "; thumbnail end", "", 1) + "; thumbnail begin 1x1 4\n; thumbnail end\n", warning: "thumbnail: shorter than it says"},
		{name: "longer than it says", text: strings.Replace(block("thumbnail", small), "; thumbnail end", "; AAAA\n; thumbnail end", 1), warning: "thumbnail: longer than it says"},
		{name: "bad length", text: "; thumbnail begin 1x1 -4\n; thumbnail end\n", warning: "thumbnail: bad length"},
		{name: "absurd length", text: "; thumbnail begin 1x1 999999999\n; thumbnail end\n", warning: "thumbnail: bad length"},
		{name: "not base64", text: "; thumbnail begin 1x1 4\n; !!!!\n; thumbnail end\n", warning: "thumbnail: not base64"},
		{name: "SVG with a script", text: block("thumbnail", []byte("<svg><script>alert(1)</script></svg>")), warning: "thumbnail: not a PNG or JPEG of at most 2048 pixels a side"},
		{name: "50,000 pixels a side", text: block("thumbnail", resize(small, 50_000, 50_000)), warning: "thumbnail: not a PNG or JPEG of at most 2048 pixels a side"},
		{name: "no end", text: strings.Replace(block("thumbnail", small), "; thumbnail end", "G28", 1)},
		{name: "the ninth is ignored", text: strings.Repeat("; thumbnail_QOI begin 1x1 4\n; AAAA\n; thumbnail_QOI end\n", 8) + block("thumbnail", small)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			md := readText(t, tt.text)
			if tt.warning != "" && !slices.Equal(md.Warnings, []string{tt.warning}) {
				t.Errorf("warnings %q, want %q", md.Warnings, tt.warning)
			}
			if tt.want == nil {
				if md.Thumbnail != nil {
					t.Fatalf("thumbnail %+v", md.Thumbnail)
				}
				return
			}
			if md.Thumbnail == nil || !bytes.Equal(md.Thumbnail.Data, tt.want) || md.Thumbnail.ContentType != tt.wantType {
				t.Fatalf("thumbnail %+v", md.Thumbnail)
			}
		})
	}
}

// block writes a picture as slicers do. The size in its tag is a lie, because it must not be believed.
func block(name string, data []byte) string {
	text := base64.StdEncoding.EncodeToString(data)
	var b strings.Builder
	fmt.Fprintf(&b, ";\n; %s begin 10x10 %d\n", name, len(text))
	for line := range slices.Chunk([]byte(text), 78) {
		fmt.Fprintf(&b, "; %s\n", line)
	}
	fmt.Fprintf(&b, "; %s end\n", name)
	return b.String()
}

func pngOf(t testing.TB, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func jpegOf(t testing.TB, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, w, h)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
