//go:build ignore

// Entc generates everything that follows from the schemas.
package main

import (
	"log"

	"entgo.io/ent/entc"
	"entgo.io/ent/entc/gen"

	"github.com/soloprint/soloprint/ent/extension"
)

func main() {
	gql, err := extension.GraphQL()
	if err != nil {
		log.Fatalf("entgql: %v", err)
	}
	ours := extension.New(extension.Config{Root: "..", Module: "github.com/soloprint/soloprint"})
	err = entc.Generate("./schema", &gen.Config{
		Target:    ".",
		Package:   "github.com/soloprint/soloprint/ent",
		Templates: []*gen.Template{gen.MustParse(gen.NewTemplate("soloprint").ParseDir("template"))},
		Features:  []gen.Feature{gen.FeatureIntercept, gen.FeatureLock, gen.FeatureModifier, gen.FeatureVersionedMigration},
	}, entc.Extensions(ours, gql))
	if err != nil {
		log.Fatalf("ent: %v", err)
	}
}
