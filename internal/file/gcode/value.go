package gcode

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// Limits of what is believed. Whatever lies above is a damaged or hostile file.
const (
	maxSeconds    = 10 * 365 * 24 * 3600
	maxGrams      = 1e6
	maxFilamentMM = 1e9 // a thousand kilometres, some three tonnes
	maxDensity    = 30  // g/cm3, above any metal filament
	maxDiameterMM = 10  // of a filament or a nozzle, and of a layer's height
	maxNozzleC    = 500
	maxBedC       = 200
	maxExtentMM   = 1e5
	maxTools      = 64
)

var (
	errNotNumber = errors.New("not a number")
	errNegative  = errors.New("negative")
	errTooLarge  = errors.New("too large")
)

// parseNumber reads a finite number from 0 to limit.
func parseNumber(s string, limit float64) (float64, error) {
	f, err := strconv.ParseFloat(s, 64)
	switch {
	case err != nil && !errors.Is(err, strconv.ErrRange), math.IsNaN(f):
		return 0, errNotNumber
	case f < 0:
		return 0, errNegative
	case f > limit:
		return 0, errTooLarge
	}
	return f + 0, nil // turns -0 into 0
}

// parseDuration reads "1d 2h 3m 4s", any part of which may be missing, as seconds.
func parseDuration(s string) (int64, error) {
	var total, n int64
	digits := 0
	for _, r := range s {
		switch unit := durationUnit(r); {
		case r >= '0' && r <= '9':
			if n = n*10 + int64(r-'0'); n > maxSeconds {
				return 0, errTooLarge
			}
			digits++
		case unit > 0 && digits > 0:
			if total += n * unit; total > maxSeconds {
				return 0, errTooLarge
			}
			n, digits = 0, 0
		case r == '-':
			return 0, errNegative
		case r != ' ':
			return 0, errNotNumber
		}
	}
	if digits > 0 || !strings.ContainsAny(s, "dhms") {
		return 0, errNotNumber
	}
	return total, nil
}

func durationUnit(r rune) int64 {
	switch r {
	case 'd':
		return 24 * 3600
	case 'h':
		return 3600
	case 'm':
		return 60
	case 's':
		return 1
	}
	return 0
}

// splitList cuts a settings value into its items. Slicers put ";" between texts, which may then be quoted, and ","
// between numbers; the first of the two that stands outside quotes decides, ";" before ",".
func splitList(s string) []string {
	if strings.TrimSpace(s) == "" {
		return nil
	}
	if items := splitOutsideQuotes(s, ';'); len(items) > 1 {
		return items
	}
	return splitOutsideQuotes(s, ',')
}

func splitOutsideQuotes(s string, sep byte) []string {
	var items []string
	var item strings.Builder
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && quoted && i+1 < len(s):
			i++
			item.WriteByte(s[i])
		case c == '"':
			quoted = !quoted
		case c == sep && !quoted:
			items = append(items, strings.TrimSpace(item.String()))
			item.Reset()
		default:
			item.WriteByte(c)
		}
	}
	return append(items, strings.TrimSpace(item.String()))
}

// parseColor reads #RRGGBB or #RRGGBBAA and answers #RRGGBB in upper case, or nothing.
func parseColor(s string) string {
	if len(s) != 7 && len(s) != 9 || s[0] != '#' {
		return ""
	}
	for _, c := range []byte(s[1:]) {
		if !isHex(c) {
			return ""
		}
	}
	return strings.ToUpper(s[:7])
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// parseBed reads the corners "0x0,250x0,250x210,0x210" of a bed and answers its extent along x and y.
func parseBed(s string) (x, y float64, err error) {
	lo, hi := [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{math.Inf(-1), math.Inf(-1)}
	for _, corner := range splitList(s) {
		xs, ys, _ := strings.Cut(corner, "x")
		for axis, text := range [2]string{xs, ys} {
			f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
			if err != nil || math.IsNaN(f) {
				return 0, 0, errNotNumber
			}
			if math.Abs(f) > maxExtentMM {
				return 0, 0, errTooLarge
			}
			lo[axis], hi[axis] = min(lo[axis], f), max(hi[axis], f)
		}
	}
	return round(hi[0] - lo[0]), round(hi[1] - lo[1]), nil
}

// round keeps a tenth of a micrometre (or of a milligram), below which there is only the noise of binary fractions.
func round(f float64) float64 {
	return math.Round(f*1e4) / 1e4
}

// massG is the mass in grams of a length of round filament. The volume is in mm3, the density in g/cm3.
func massG(lengthMM, diameterMM, density float64) float64 {
	radius := diameterMM / 2
	return lengthMM * math.Pi * radius * radius * density / 1000
}
