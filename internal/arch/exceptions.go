package arch

// Exceptions are the package-level variables that may stay although State would refuse them: "file variable" and why.
func Exceptions() map[string]string {
	return map[string]string{
		"ent/extension/graphql_templates.go graphqlTemplates": "changes the templates of a library once, in a generator that ends after it",

		"internal/validate/validate.go plans": "remembers a pure function of a type; nothing that a caller can observe changes",
	}
}

// Extra are the file names of an adapter folder that are no noun of the domain: what the adapter itself is made of. Every
// other file is named after its noun, so that one noun has one name in every folder.
func Extra() map[string][]string {
	return map[string][]string{
		"rest": {
			"routes", "route", "handle", "handler", "errors", "error", "headers", "header", "idempotency", // the table and its machinery
			"server", "middleware", "auth", "log", "recover", "limit", "limits", "rate", "ratelimit", "cors", "deadline", // around every request
			"bind", "body", "strict", "query", "params", "encode", "decode", "render", "write", "list", "page", "etag", "expand", "export", "filter", "plan", "shape", // in and out
			"openapi", "schema", "docs", "reference", "view", "views", "common", "health", "metrics", "status", "events", // what describes or watches
			"public", "version", "me", "context", "upload", "blob", "builtin", // routes of no noun
		},
		"graph": {
			"server", "request", "limit", "resolver", "errors", "guard", "limits", "complexity", "fragments", "scalars", "scalar", "schema", "handler", "crud",
			"generate", "marshal", "node", "ent", "auth", "log", "events", "common", "query", "mutation", "transport", "cost", "fields",
		},
		"graph/schema": {"root", "types", "ent", "crud", "scalars", "schema", "common", "directives"},
		"web":          {"console", "server", "routes", "handle", "errors", "generate", "static", "layout", "landing", "form", "middleware", "page", "developers", "status", "dashboard", "search", "setup", "menu", "help", "wall", "scan", "profile", "history", "submit", "settings"},
		"web/page":     {"developers", "status", "layout", "landing", "error", "errors", "common", "dashboard", "list", "place", "problem", "search", "setup", "menu", "help", "wall", "scan", "profile", "history", "submit", "settings"},
		"jobs":         {"jobs", "cron", "run", "runner", "schedule", "scheduler", "reaper", "lease", "idempotency", "calendar", "timetable", "tick", "backup", "retention", "status"},
	}
}
