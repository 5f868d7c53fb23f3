package extension

import (
	"strings"

	"github.com/soloprint/soloprint/internal/expose"
)

// Operation is one generated verb of an entity and everything that is named after it.
type Operation struct {
	Entity *Entity
	Verb   expose.Verb
}

// verbs in the order in which they are generated.
var verbs = []expose.Verb{expose.List, expose.Get, expose.Create, expose.Update, expose.Delete}

// Operations lists the generated verbs, in a fixed order.
func (e *Entity) Operations() (ops []Operation) {
	for _, v := range verbs {
		if e.Has(v) {
			ops = append(ops, Operation{Entity: e, Verb: v})
		}
	}
	return ops
}

// Operations lists all generated operations.
func (m *Model) Operations() (ops []Operation) {
	for _, e := range m.Verbs() {
		ops = append(ops, e.Operations()...)
	}
	return ops
}

// Operation is one verb of the entity.
func (e *Entity) Operation(v string) Operation { return Operation{Entity: e, Verb: expose.Verb(v)} }

// Mutates reports whether the operation changes something.
func (o Operation) Mutates() bool { return o.Verb != expose.List && o.Verb != expose.Get }

// Method is the operation's name in Go: CreatePrinterTag, ListPrinterTags.
func (o Operation) Method() string {
	if o.Verb == expose.List {
		return "List" + o.Entity.Plural()
	}
	return pascal(string(o.Verb)) + o.Entity.TypeName()
}

// GraphQL is the operation's name in GraphQL: createPrinterTag.
func (o Operation) GraphQL() string {
	return strings.ToLower(o.Method()[:1]) + o.Method()[1:]
}

// Input is the name of the operation's Input: CreatePrinterTagInput.
func (o Operation) Input() string { return o.Method() + "Input" }

// Var is the name of the operation's descriptor: OpPrinterTagCreate.
func (o Operation) Var() string { return "Op" + o.Entity.TypeName() + pascal(string(o.Verb)) }

// Needs lists the capabilities of which one is needed.
func (o Operation) Needs() []string {
	if o.Mutates() {
		return o.Entity.Expose.Write
	}
	return o.Entity.Expose.Read
}

// Rows reports whether members without the capability may run it: what they reach is the row rule's matter. Generated
// operations that change something always need the capability.
func (o Operation) Rows() bool { return !o.Mutates() && o.Entity.Expose.Rows }

// Summary is one line for the reference.
func (o Operation) Summary() string {
	switch o.Verb {
	case expose.List:
		return "List " + o.Entity.Nouns() + "."
	case expose.Get:
		return "Read " + o.Entity.A() + "."
	case expose.Update:
		return "Change " + o.Entity.A() + "."
	default:
		return pascal(string(o.Verb)) + " " + o.Entity.A() + "."
	}
}

// Path is the operation's path over REST.
func (o Operation) Path() string {
	if o.Verb == expose.List || o.Verb == expose.Create {
		return o.Entity.Expose.Path
	}
	return o.Entity.Member()
}

// View is the function that makes the operation's REST answer of a row.
func (o Operation) View() string {
	if o.Entity.Expose.View {
		return "view" + o.Entity.TypeName()
	}
	return "generated.New" + o.Entity.TypeName()
}
