// Package pid is a leaf that grew.
package pid

import (
	_ "example.com/house/internal/errs"
	_ "golang.org/x/text"
	_ "strings"
)
