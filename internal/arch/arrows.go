package arch

import (
	"slices"
	"strconv"
	"strings"
)

// Rule says what the packages of From may import. What no rule lists is forbidden; the first rule that fits decides.
// A pattern is a path below the module, or with /... everything below a path too; a leading ! takes away.
type Rule struct {
	From []string
	To   []string
	// Modules are the imports from outside the module that are allowed: nil allows all, an empty list only the standard
	// library.
	Modules []string
}

// standard is the list for packages that use nothing but the standard library.
func standard() []string { return []string{} }

// shared are the leaves that everything may import.
func shared() []string {
	return []string{
		"internal/pid", "internal/errs", "internal/page", "internal/clock", "internal/reqid", "internal/peer", "internal/expose",
		"internal/validate", "ent/schematype",
	}
}

// client is the generated database client, as production code uses it. Tables of the infrastructure are behind one package.
func client() []string {
	return []string{"!ent/schema/...", "!ent/extension/...", "!ent/enttest", "!ent/idempotencykey", "!ent/eventcursor", "!ent/jobrun", "!ent/statusincident", "!ent/throttle", "!ent/installation", "ent/..."}
}

// domain are the nouns.
func domain() []string {
	return []string{
		"internal/org/...", "internal/roster/...", "internal/sso/...", "internal/apikey/...", "internal/fleet/...", "internal/queue/...",
		"internal/material/...", "internal/file/...", "internal/webhook/...", "internal/notify/...", "internal/report/...", "internal/live/...", "internal/password/...",
	}
}

// Rules is the table of arrows, as docs/ARCHITECTURE.md draws them.
func Rules() []Rule {
	operation := join(client(), "internal/op", "internal/event", "internal/authz", "internal/listing", "internal/record",
		"internal/egress", "internal/blob", "internal/secret", "internal/connector", "internal/outbox")
	adapter := join(client(), "internal/crud", "internal/authz", "internal/event", "internal/listing")
	adapter = join(adapter, domain()...)

	return []Rule{
		// Leaves: the standard library and, for one of them, the error type.
		{From: []string{"internal/errs", "internal/page", "internal/clock", "internal/expose", "internal/pid", "internal/reqid", "internal/peer"}, Modules: standard()},
		{From: []string{"internal/validate"}, To: []string{"internal/errs"}, Modules: standard()},
		{From: []string{"ent/schematype"}, To: shared()},
		{From: []string{"internal/authz"}, To: shared()},

		// The model, from annotation to client.
		{From: []string{"ent/schema/..."}, To: join(shared(), "ent/schema/...", "internal/authz")},
		{From: []string{"ent/extension/..."}, To: join(shared(), "ent/extension/...", "internal/authz")},
		{From: []string{"ent/..."}, To: join(shared(), "ent/...")},

		// The layer that runs operations.
		{From: []string{"internal/guard/..."}, To: join(client(), "internal/authz", "internal/guard/...")},
		{From: []string{"internal/event/..."}, To: join(client(), "internal/authz", "internal/event/...")},
		{From: []string{"internal/idem/..."}, To: join(append([]string{"ent/idempotencykey"}, client()...), "internal/authz", "internal/secret", "internal/idem/...")}, // kept answers are sealed
		{From: []string{"internal/jobrun/..."}, To: join(append([]string{"ent/jobrun"}, client()...), "internal/jobrun/...")},
		{From: []string{"internal/status/..."}, To: join(append([]string{"ent/statusincident"}, client()...), "internal/status/...")},
		{From: []string{"internal/throttle"}, To: join(append([]string{"ent/throttle"}, client()...), "internal/secret")}, // keys are keyed hashes
		{From: []string{"internal/metrics"}, To: shared()},
		{From: []string{"internal/op/..."}, To: join(client(), "internal/guard", "internal/event", "internal/idem", "internal/authz")},
		{From: []string{"internal/outbox"}, To: join(append([]string{"ent/eventcursor"}, client()...), "internal/op", "internal/authz")}, // cursors over the events
		{From: []string{"internal/authn/..."}, To: join(client(), "internal/guard", "internal/authz", "internal/secret")},                // tokens are compared by keyed hash
		{From: []string{"internal/listing", "internal/record"}, To: join(client(), "internal/authz")},                                    // generated parts of operations
		{From: []string{"internal/crud"}, To: join(client(), "internal/op", "internal/event", "internal/authz", "internal/listing", "internal/record")},

		// The domain: pure parts first, then the nouns, which import each other downwards only.
		{From: []string{"internal/queue/match"}, To: []string{"internal/errs", "ent/schematype"}, Modules: []string{"github.com/lucasb-eyer/go-colorful"}},
		{From: []string{"internal/file/gcode"}, To: []string{"internal/errs", "ent/schematype"}, Modules: standard()},
		{From: []string{"internal/roster/sheet"}, To: []string{"internal/errs"}, Modules: []string{"github.com/xuri/excelize/v2", "golang.org/x/text/encoding/charmap",
			"golang.org/x/text/encoding/unicode", "golang.org/x/text/transform", "golang.org/x/text/unicode/norm"}},
		{From: []string{"internal/queue/..."}, To: join(operation, "internal/queue/...", "internal/material/...", "internal/fleet/...", "internal/file/...", "internal/roster/...", "internal/org/...")},
		{From: []string{"internal/material/..."}, To: join(operation, "internal/queue/match", "internal/material/...", "internal/roster/...", "internal/org/...")},
		{From: []string{"internal/fleet/..."}, To: join(operation, "internal/queue/match", "internal/fleet/...", "internal/roster/...", "internal/org/...")},
		{From: []string{"internal/file/..."}, To: join(operation, "internal/file/...", "internal/roster/...", "internal/org/...")},
		{From: []string{"internal/roster/..."}, To: join(operation, "internal/roster/...", "internal/org/...")},
		{From: []string{"internal/org/..."}, To: join(operation, "internal/org/...")},
		{From: []string{"internal/webhook/..."}, To: join(operation, "internal/webhook/...")},
		{From: []string{"internal/notify/..."}, To: join(operation, "internal/notify/...")},
		{From: []string{"internal/sso/..."}, To: join(operation, "internal/sso/...", "internal/roster/...")}, // a sign-in enrolls people as a roster does
		{From: []string{"internal/password/..."}, To: join(operation, "internal/password/...", "internal/throttle")},
		{From: []string{"internal/apikey/..."}, To: join(operation, "internal/apikey/...")},
		{From: []string{"internal/report/..."}, To: join(operation, "internal/report/...")},
		{From: []string{"internal/live/..."}, To: join(operation, "internal/live/...", "internal/report/...")},

		// What touches the machine: each is used by the domain and knows nothing of it.
		{From: []string{"internal/store/migrategen"}, To: []string{"internal/store/...", "ent/migrate", "internal/testkit/pgserver"}}, // a program
		{From: []string{"internal/store/..."}, To: []string{"internal/store/...", "ent/migrate"}},
		{From: []string{"internal/egress"}, To: []string{"internal/errs", "internal/clock"}, Modules: standard()},
		{From: []string{"internal/secret/..."}},
		{From: []string{"internal/blob/..."}, To: []string{"!internal/blob/blobtest", "internal/blob/...", "internal/egress"}},
		{From: []string{"internal/connector/..."}, To: []string{"!internal/connector/connectortest", "internal/connector/...", "internal/egress"}},
		{From: []string{"internal/devicesim/..."}, To: []string{"internal/devicesim/..."}},

		// Adapters: never each other, never the layer that runs operations.
		{From: []string{"rest/..."}, To: join(adapter, "rest/...", "internal/idem")},
		{From: []string{"graph/..."}, To: join(adapter, "graph/...")},
		{From: []string{"web/..."}, To: join(adapter, "web/...", "internal/status")},
		{From: []string{"jobs/..."}, To: join(adapter, "jobs/...", "internal/jobrun")},

		// Wiring and programs.
		{From: []string{"internal/app/..."}, To: join(append([]string{"ent/jobrun", "ent/installation"}, client()...), "!internal/testkit/...", "!internal/bench/...", "!internal/e2e/...", "!internal/arch",
			"!internal/connector/connectortest", "!internal/blob/blobtest", "!internal/apiclient", ".", "internal/...", "rest/...", "graph/...", "web/...", "jobs/...")},
		{From: []string{"internal/apiclient"}, Modules: standard()}, // a client of any server: it knows HTTP and nothing of this program
		{From: []string{"cmd/..."}, To: []string{"internal/app/...", "internal/apiclient", "."}},
		{From: []string{"."}, Modules: standard()}, // files of the top level, embedded

		// Help for tests and measurements.
		{From: []string{"internal/testkit/...", "internal/bench/...", "internal/e2e/..."}, To: []string{"!cmd/...", "!internal/arch", "..."}},
		{From: []string{"internal/arch"}, Modules: standard()},
	}
}

func join(a []string, b ...string) []string { return append(slices.Clone(a), b...) }

// Arrows finds imports that no arrow allows. Test files may import anything but the programs: what a test needs to set up
// is not what the code depends on.
func Arrows(t *Tree) []Violation {
	var found []Violation
	rules := Rules()
	for _, p := range t.Packages {
		i := slices.IndexFunc(rules, func(r Rule) bool { return matches(r.From, p.Path) })
		if i < 0 {
			found = append(found, Violation{File: p.Path, Rule: "arrow", Text: "the package stands in no rule: say in internal/arch what it may import"})
			continue
		}
		for _, f := range p.Files {
			if !f.Program {
				found = append(found, t.arrowsOf(rules[i], p, f)...)
			}
		}
	}
	return found
}

func (t *Tree) arrowsOf(r Rule, p *Package, f *File) []Violation {
	var found []Violation
	for _, spec := range f.AST.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		if text := t.refuse(r, p, f, path); text != "" {
			found = append(found, Violation{File: f.Path, Line: t.line(spec.Pos()), Rule: "arrow", Text: text})
		}
	}
	return found
}

// refuse says why a file may not import a path, "" where it may.
func (t *Tree) refuse(r Rule, p *Package, f *File, path string) string {
	own, isOwn := strings.CutPrefix(path+"/", t.Module+"/")
	if own = strings.TrimSuffix(own, "/"); own == "" {
		own = "." // the module's root package
	}
	switch {
	case isOwn && own == p.Path:
		return "" // an external test of the package itself
	case f.Test && isOwn && matches([]string{"cmd/..."}, own):
		return p.Path + " -> " + own + ": nothing imports a program"
	case f.Test:
		return ""
	case isOwn && !matches(r.To, own) && (pure(r) || !matches(shared(), own)):
		return p.Path + " -> " + own + " is no arrow of docs/ARCHITECTURE.md; allowed: " + allowed(r)
	case !isOwn && r.Modules != nil && strings.Contains(firstPart(path), ".") && !slices.Contains(r.Modules, path):
		return p.Path + " -> " + path + ": the package uses the standard library only" + also(r.Modules)
	default:
		return ""
	}
}

// pure reports whether the rule's packages are kept free of even the shared leaves that it does not list.
func pure(r Rule) bool { return r.Modules != nil }

func allowed(r Rule) string {
	list := slices.DeleteFunc(slices.Clone(r.To), func(s string) bool { return strings.HasPrefix(s, "!") })
	if !pure(r) {
		list = append(list, "the leaves")
	}
	if len(list) == 0 {
		return "the standard library only"
	}
	return strings.Join(list, ", ")
}

func also(modules []string) string {
	if len(modules) == 0 {
		return ""
	}
	return " and " + strings.Join(modules, ", ")
}

func firstPart(path string) string {
	first, _, _ := strings.Cut(path, "/")
	return first
}

// matches reports whether a path fits one of the patterns. The first pattern that fits decides, so that an exclusion
// stands before what it excludes from.
func matches(patterns []string, path string) bool {
	for _, p := range patterns {
		p, not := strings.CutPrefix(p, "!")
		base, below := strings.CutSuffix(p, "...")
		base = strings.TrimSuffix(base, "/")
		if path == base || below && (base == "" || strings.HasPrefix(path, base+"/")) {
			return !not
		}
	}
	return false
}
