package guard

import "github.com/soloprint/soloprint/internal/authz"

// Entity is what guard knows of one Ent type; entities_gen.go lists them all.
type Entity struct {
	Type, Resource, Prefix, Table string
	Global, Soft, Rows            bool
	Read                          []authz.Capability
	Telemetry                     []string // fields whose change does not raise the row's version
	Edges                         map[string]Edge
	Fields                        []string
}

// Edge is one of its edges.
type Edge struct {
	Name, Type string // the edge, and the Ent type it leads to
	Column     string // the foreign key column where this side holds it
}
