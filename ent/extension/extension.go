package extension

import (
	"fmt"

	"entgo.io/ent/entc"
	"entgo.io/ent/entc/gen"
)

// Config says where the module is.
type Config struct {
	Root   string // directory of go.mod, seen from where go generate runs
	Module string // module path
}

// Extension implements entc.Extension.
type Extension struct {
	entc.DefaultExtension
	config  Config
	prepare []step // before Ent generates: may change the graph, such as annotations for other extensions
	emit    []step // after it: each renders files
	out     *output
}

// step is one part of the generation.
type step func(m *Model) error

// New is the extension with all its steps.
func New(c Config) *Extension {
	x := &Extension{config: c}
	x.prepare = []step{x.graphqlPrepare}
	x.emit = []step{x.guard, x.record, x.listing, x.crud, x.views, x.routes, x.graphql}
	return x
}

// Hooks implements entc.Extension.
func (x *Extension) Hooks() []gen.Hook { return []gen.Hook{x.hook} }

// hook wraps Ent's own generation, and that of the extensions named after this one.
func (x *Extension) hook(next gen.Generator) gen.Generator {
	return gen.GenerateFunc(func(g *gen.Graph) error {
		m, err := decode(g, x.config)
		if err != nil {
			return fmt.Errorf("annotations: %w", err)
		}
		if err := run(m, x.prepare); err != nil {
			return err
		}
		if err := next.Generate(g); err != nil {
			return err
		}
		_, err = x.generate(m)
		return err
	})
}

// generate runs the emit steps and answers the files it wrote or deleted.
func (x *Extension) generate(m *Model) ([]string, error) {
	x.out = &output{root: x.config.Root}
	if err := run(m, x.emit); err != nil {
		return nil, err
	}
	return x.out.flush()
}

func run(m *Model, steps []step) error {
	for _, s := range steps {
		if err := s(m); err != nil {
			return err
		}
	}
	return nil
}
