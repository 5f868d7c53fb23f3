package material

import (
	_ "example.com/house/ent"
	_ "example.com/house/ent/enttest"
	_ "example.com/house/internal/errs"
	_ "example.com/house/internal/fleet"
	_ "example.com/house/internal/op"
)
