package graph

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/soloprint/soloprint/graph/generated"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/reqid"
)

// Config is what the handler needs. All fields but Limit are required.
type Config struct {
	Resolver     *Resolver
	Authenticate func(*http.Request) (*authz.Actor, error)
	Readable     func(a *authz.Actor, typ string) bool // guard.Readable
	Log          *slog.Logger
	// Limit counts a request for the actor, nil = a stranger, and refuses it when too many came; the headers are the answer's.
	Limit func(h http.Header, r *http.Request, a *authz.Actor) error
}

// Handler serves POST /graphql.
func Handler(c Config) http.Handler {
	es := generated.NewExecutableSchema(generated.Config{Resolvers: c.Resolver})
	return door(newServer(es, c.Log, fields(c.Readable)), c)
}

// cachedDocuments is how many validated documents are kept. Each was at most maxBody bytes of text.
const cachedDocuments = 100

// newServer is gqlgen with our transport, errors and rules around a schema.
func newServer(es graphql.ExecutableSchema, log *slog.Logger, fields graphql.FieldMiddleware) http.Handler {
	s := handler.New(es)
	s.AddTransport(post{limiter{es.Schema()}})
	s.SetQueryCache(lru.New[*ast.QueryDocument](cachedDocuments))
	s.SetErrorPresenter(presenter(log))
	s.SetRecoverFunc(panicked)
	s.SetParserTokenLimit(maxTokens)
	s.SetDisableSuggestion(true)
	s.SetValidationRulesFn(silentRules)
	s.Use(extension.Introspection{}) // the schema is public to everybody who is signed in
	s.AroundFields(fields)
	return s
}

// silentRules are the default rules without suggestions: "did you mean" tells a stranger names it did not know.
func silentRules() *rules.Rules {
	r := rules.NewDefaultRules()
	r.ReplaceRule(rules.ValuesOfCorrectTypeRule.Name, rules.ValuesOfCorrectTypeRuleWithoutSuggestions.RuleFunc)
	r.ReplaceRule(rules.KnownArgumentNamesRule.Name, rules.KnownArgumentNamesRuleWithoutSuggestions.RuleFunc)
	r.ReplaceRule(rules.KnownTypeNamesRule.Name, rules.KnownTypeNamesRuleWithoutSuggestions.RuleFunc)
	return r
}

// door lets in what is worth reading: POST, somebody we know, JSON. The order is that of the contract.
func door(next http.Handler, c Config) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		var a *authz.Actor
		w := &reply{ResponseWriter: out, status: http.StatusOK}
		defer func(began time.Time) { w.log(c.Log, r, a, time.Since(began)) }(time.Now())
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			writeError(w, http.StatusMethodNotAllowed, errs.New(errs.MethodNotAllowed, "GraphQL is asked with POST."))
			return
		}
		var err error
		a, err = c.Authenticate(r)
		if c.Limit != nil {
			if limit := c.Limit(w.Header(), r, a); limit != nil {
				err = limit
			}
		}
		if err != nil {
			refuse(w, errs.From(err))
			return
		}
		if !isJSON(r) {
			writeError(w, http.StatusUnsupportedMediaType, errs.New(errs.UnsupportedMediaType, "Send Content-Type: application/json."))
			return
		}
		ctx, cancel := context.WithTimeout(authz.With(r.Context(), a), timeout)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// reply remembers the status of an answer.
type reply struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *reply) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// log writes the line that REST writes of its requests.
func (w *reply) log(l *slog.Logger, r *http.Request, a *authz.Actor, took time.Duration) {
	attrs := []slog.Attr{slog.String("request_id", reqid.From(r.Context())), slog.String("method", r.Method), slog.String("route", "/graphql"),
		slog.Int("status", w.status), slog.Int64("ms", took.Milliseconds())}
	if a != nil {
		attrs = append(attrs, slog.String("organization", string(a.Organization)), slog.String("principal", string(a.Kind)+":"+string(a.ID)))
	}
	l.LogAttrs(r.Context(), slog.LevelInfo, "request", attrs...)
}

// refuse answers a request without a good token, or one too many.
func refuse(w http.ResponseWriter, e *errs.Error) {
	status := http.StatusInternalServerError
	switch e.Kind {
	case errs.KindUnauthenticated:
		w.Header().Set("WWW-Authenticate", "Bearer")
		status = http.StatusUnauthorized
	case errs.KindForbidden:
		status = http.StatusForbidden
	case errs.KindNotFound:
		status = http.StatusNotFound
	case errs.KindRateLimited:
		status = http.StatusTooManyRequests
	case errs.KindUnavailable:
		status = http.StatusServiceUnavailable
	}
	writeError(w, status, e)
}

// writeError answers outside GraphQL, in the form that REST has.
func writeError(w http.ResponseWriter, status int, e *errs.Error) {
	body := map[string]string{"error": string(e.Code)}
	if e.Details != "" {
		body["details"] = e.Details
	}
	w.Header().Set("Content-Type", mediaJSON)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the connection is gone where this fails
}
