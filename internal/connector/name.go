package connector

import (
	"fmt"
	"strings"
)

const (
	namePrefix  = "sp"
	maxTokenLen = 64
	maxSlugLen  = 40 // leaves room for the token in the 128 bytes that the strictest firmware shows
)

// RemoteName is the file name of a job on its device: sp<token>-<slug><ending>. The name is the only thing that every
// firmware echoes while it prints, so it is what tells our print from a foreign one.
func RemoteName(j Job) (string, error) {
	if !validToken(j.Token) {
		return "", fmt.Errorf("job token %q: want 1 to %d ASCII letters, digits or _", j.Token, maxTokenLen)
	}
	base, ending := splitEnding(j.Name)
	return namePrefix + j.Token + "-" + slug(base) + ending, nil
}

// TokenFromName finds the job token in a file name or path that a device reports. The form is not proof: a foreign
// "spiral-vase.gcode" has the token "iral", which nobody gave out.
func TokenFromName(name string) (token string, ok bool) {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	rest, ok := strings.CutPrefix(name, namePrefix)
	if !ok {
		return "", false
	}
	token, _, ok = strings.Cut(rest, "-")
	if !ok || !validToken(token) {
		return "", false
	}
	return token, true
}

func validToken(s string) bool {
	if s == "" || len(s) > maxTokenLen {
		return false
	}
	for i := range len(s) {
		if !alphanumeric(s[i]) && s[i] != '_' {
			return false
		}
	}
	return true
}

// splitEnding cuts a printable ending off, lower case. The longest one counts: .gcode.3mf is a format of its own.
func splitEnding(name string) (base, ending string) {
	lower := strings.ToLower(name)
	for _, e := range []string{".gcode.3mf", ".gcode", ".bgcode", ".3mf", ".gco", ".g"} {
		if strings.HasSuffix(lower, e) {
			return name[:len(name)-len(e)], e
		}
	}
	return name, ""
}

// slug keeps what every file system and firmware shows unharmed.
func slug(s string) string {
	var b strings.Builder
	for i := 0; i < len(s) && b.Len() < maxSlugLen; i++ {
		switch c := s[i]; {
		case alphanumeric(c):
			b.WriteByte(c)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	if out := strings.TrimRight(b.String(), "-"); out != "" {
		return out
	}
	return "print"
}

func alphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
