package blob

import (
	"fmt"
	"strings"
)

const (
	maxKeyLen     = 200 // bytes
	maxSegmentLen = 100 // bytes, so that a segment with its ending fits every file system
	maxSegments   = 8
)

// CheckKey refuses with ErrKey what cannot be the key of an object. A key is one to eight segments of a-z, 0-9, "_" and
// "-", joined by "/". Without dots there is no way out of the store's folder, and room for the store's own names.
func CheckKey(key string) error {
	segments := strings.Split(key, "/")
	if len(key) > maxKeyLen || len(segments) > maxSegments {
		return fmt.Errorf("%w: too long", ErrKey)
	}
	for _, segment := range segments {
		if segment == "" || len(segment) > maxSegmentLen {
			return fmt.Errorf("%w: segment of %d bytes", ErrKey, len(segment))
		}
	}
	if strings.ContainsFunc(key, func(r rune) bool { return !isKeyRune(r) }) {
		return fmt.Errorf("%w: only a-z, 0-9, _, - and / are allowed", ErrKey)
	}
	return nil
}

func isKeyRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' || r == '-' || r == '/'
}
