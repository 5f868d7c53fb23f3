package component

import (
	"fmt"
	"image/color"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// Squares is the path of a QR code's dark squares, and how many squares a side has.
func Squares(text string) (path string, side int, err error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", 0, fmt.Errorf("encode QR code: %w", err)
	}
	var b strings.Builder
	side = code.Bounds().Dx()
	for y := range side {
		for x := range side {
			if r, _, _, _ := color.GrayModel.Convert(code.At(x, y)).RGBA(); r == 0 {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x, y)
			}
		}
	}
	return b.String(), side, nil
}
