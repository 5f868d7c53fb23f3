// Package ent holds the generated database client. The schemas in ent/schema and the generator in ent/extension are
// written by hand; everything else is made by go generate.
package ent

//go:generate go run entc.go
