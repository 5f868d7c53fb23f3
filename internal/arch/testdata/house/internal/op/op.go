package op

import "example.com/house/internal/guard"

type Claims struct{}

func (c *Claims) Run() { guard.AsSystem() }
