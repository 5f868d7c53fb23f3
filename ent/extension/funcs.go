package extension

import (
	"maps"
	"strings"
	"text/template"

	"entgo.io/ent/entc/gen"
)

// funcs are what templates may call: Ent's own and ours.
var funcs = withOurs(template.FuncMap{
	"capabilities": capabilities,
})

func withOurs(ours template.FuncMap) template.FuncMap {
	all := maps.Clone(gen.Funcs)
	maps.Copy(all, ours)
	return all
}

// capabilities is a list of capabilities as Go: authz.Any(authz.PrinterManage).
func capabilities(words []string) string {
	names := make([]string, len(words))
	for i, w := range words {
		names[i] = "authz." + pascal(strings.ReplaceAll(w, ".", "_"))
	}
	return "authz.Any(" + strings.Join(names, ", ") + ")"
}

func plural(s string) string   { return gen.Funcs["plural"].(func(string) string)(s) }
func singular(s string) string { return gen.Funcs["singular"].(func(string) string)(s) }
func snake(s string) string    { return gen.Funcs["snake"].(func(string) string)(s) }
func pascal(s string) string   { return gen.Funcs["pascal"].(func(string) string)(s) }
