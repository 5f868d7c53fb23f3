package match

import (
	_ "example.com/house/internal/errs"
	_ "example.com/house/internal/pid"
	_ "github.com/lucasb-eyer/go-colorful"
	_ "github.com/somebody/else"
)
