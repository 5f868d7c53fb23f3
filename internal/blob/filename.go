package blob

import (
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxFilename  = 150 // bytes
	maxExtension = 20  // bytes, with the dot
)

// disposition is the header that makes a browser save the answer under a cleaned name (RFC 6266). The name stands in it
// twice: in plain ASCII for old clients and in percent-encoded UTF-8 (RFC 8187, before RFC 5987) for all others.
func disposition(filename string) string {
	name := CleanFilename(filename)
	return `attachment; filename="` + asciiName(name) + `"; filename*=UTF-8''` + percentName(name)
}

// CleanFilename makes a stranger's file name safe to save: no control or direction marks (a reversed name hides its
// ending), no quotes, no path, no leading dot, no name that Windows keeps for devices, and at most maxFilename bytes.
func CleanFilename(name string) string {
	name = strings.Map(cleanRune, strings.ToValidUTF8(name, ""))
	name = shorten(strings.TrimLeft(name, ". "))
	name = strings.TrimRight(name, ". ")
	if stem, _, _ := strings.Cut(name, "."); isDevice(strings.TrimSpace(stem)) {
		name = "_" + name
	}
	if name == "" {
		return "download"
	}
	return name
}

func cleanRune(r rune) rune {
	switch {
	case r == '"' || !unicode.IsPrint(r):
		return -1
	case strings.ContainsRune(`/\<>:|?*`, r):
		return '_'
	}
	return r
}

// shorten cuts the middle out of a long name: the ending says what the file is.
func shorten(name string) string {
	if len(name) <= maxFilename {
		return name
	}
	ext := path.Ext(name)
	if len(ext) > maxExtension {
		ext = ""
	}
	cut := maxFilename - len(ext)
	for !utf8.RuneStart(name[cut]) {
		cut--
	}
	return name[:cut] + ext
}

func isDevice(stem string) bool {
	switch stem = strings.ToUpper(stem); stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	number, isPort := strings.CutPrefix(stem, "COM")
	if !isPort {
		number, isPort = strings.CutPrefix(stem, "LPT")
	}
	return isPort && utf8.RuneCountInString(number) == 1 && strings.ContainsAny(number, "0123456789¹²³")
}

func asciiName(name string) string {
	return strings.Map(func(r rune) rune {
		if r > '~' || r == '%' { // some clients decode percent signs here
			return '_'
		}
		return r
	}, name)
}

func percentName(name string) string {
	var b strings.Builder
	for _, c := range []byte(name) {
		if isAttrChar(c) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// isAttrChar is attr-char of RFC 8187.
func isAttrChar(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("!#$&+-.^_`|~", c) >= 0
}
