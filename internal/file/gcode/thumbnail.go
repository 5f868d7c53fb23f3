package gcode

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/jpeg"
	"image/png"
	"strconv"
	"strings"
)

const (
	maxThumbnails     = 8
	maxThumbnailBytes = 2 << 20
	maxThumbnailSide  = 2048 // pixels
)

// thumbnails reads the pictures between "thumbnail begin 220x124 22304" and "thumbnail end". The last number counts
// base64 characters, the lines between hold them. QOI pictures ("thumbnail_QOI") are skipped: browsers cannot show them.
type thumbnails struct {
	warn *warnings
	best *Thumbnail
	seen int

	open bool
	want int // base64 characters
	skip bool
	text []byte
}

// line takes a comment if it belongs to a picture, and says whether it did.
func (t *thumbnails) line(text string) bool {
	name, rest, _ := strings.Cut(text, " ")
	isTag := strings.HasPrefix(name, "thumbnail")
	switch {
	case isTag && strings.HasPrefix(rest, "begin "):
		t.begin(name, rest)
	case !t.open:
		return false
	case isTag && rest == "end":
		t.end()
	case !t.skip && len(t.text)+len(text) <= t.want:
		t.text = append(t.text, text...)
	case !t.skip:
		t.refuse("longer than it says")
		t.skip = true
	}
	return true
}

func (t *thumbnails) begin(name, rest string) {
	t.abandon()
	t.open = true
	if t.seen++; t.seen > maxThumbnails {
		t.skip = true
		return
	}
	fields := strings.Fields(rest)
	want, err := strconv.Atoi(fields[len(fields)-1])
	switch {
	case name != "thumbnail" && name != "thumbnail_PNG" && name != "thumbnail_JPG":
		t.skip = true
	case err != nil || want <= 0 || want > base64.StdEncoding.EncodedLen(maxThumbnailBytes):
		t.refuse("bad length")
		t.skip = true
	}
	t.want = want
}

// abandon forgets a picture that did not end.
func (t *thumbnails) abandon() {
	t.open, t.skip, t.want, t.text = false, false, 0, nil
}

func (t *thumbnails) end() {
	defer t.abandon()
	if t.skip {
		return
	}
	if len(t.text) != t.want {
		t.refuse("shorter than it says")
		return
	}
	data, err := base64.StdEncoding.AppendDecode(nil, t.text)
	if err != nil {
		t.refuse("not base64")
		return
	}
	found, ok := inspect(data)
	if !ok {
		t.refuse("not a PNG or JPEG of at most 2048 pixels a side")
		return
	}
	if t.best == nil || found.WidthPx*found.HeightPx > t.best.WidthPx*t.best.HeightPx {
		t.best = &found
	}
}

func (t *thumbnails) refuse(why string) { t.warn.add(WarnThumbnail, why) }

// inspect reads a picture's own header, which alone says what it is: the file's word for it is not asked.
func inspect(data []byte) (Thumbnail, bool) {
	found := Thumbnail{ContentType: "image/png", Data: data}
	cfg, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		found.ContentType = "image/jpeg"
		cfg, err = jpeg.DecodeConfig(bytes.NewReader(data))
	}
	found.WidthPx, found.HeightPx = cfg.Width, cfg.Height
	return found, err == nil && isSmall(cfg)
}

func isSmall(cfg image.Config) bool {
	return cfg.Width > 0 && cfg.Height > 0 && cfg.Width <= maxThumbnailSide && cfg.Height <= maxThumbnailSide
}
