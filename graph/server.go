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
	"github.com/soloprint/soloprint/internal/live"
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
	// Origins are hosts whose pages may open a WebSocket, beside the one that it is opened to.
	Origins []string
}

// Handler serves /graphql: POST, and GET for WebSockets.
func Handler(c Config) http.Handler {
	es := generated.NewExecutableSchema(generated.Config{Resolvers: c.Resolver})
	l := limiter{es.Schema()}
	return door(newServer(es, c.Log, fields(c.Readable), sockets{l, c}, streams{l, c.Resolver.Live}, post{l}), c)
}

// cachedDocuments is how many validated documents are kept. Each was at most maxBody bytes of text.
const cachedDocuments = 100

// newServer is gqlgen with our transports, errors and rules around a schema. The first transport that fits a request takes it.
func newServer(es graphql.ExecutableSchema, log *slog.Logger, fields graphql.FieldMiddleware, transports ...graphql.Transport) http.Handler {
	s := handler.New(es)
	for _, t := range transports {
		s.AddTransport(t)
	}
	s.SetQueryCache(lru.New[*ast.QueryDocument](cachedDocuments))
	s.SetErrorPresenter(presenter(log))
	s.SetRecoverFunc(panicked)
	s.SetParserTokenLimit(maxTokens)
	s.SetDisableSuggestion(true)
	s.SetValidationRulesFn(silentRules)
	s.Use(extension.Introspection{}) // the schema is public to everybody who is signed in
	s.AroundFields(fields)
	s.AroundResponses(anew)
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

// door lets in what is worth reading: POST, somebody we know, JSON. The order is that of the contract. Who opens a WebSocket
// says who they are when it is open: browsers send no header with it.
func door(next http.Handler, c Config) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		var a *authz.Actor
		w := &reply{ResponseWriter: out, status: http.StatusOK}
		defer func(began time.Time) { w.log(c.Log, r, a, time.Since(began)) }(time.Now())
		if opensSocket(r) {
			next.ServeHTTP(w, r)
			return
		}
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			writeError(w, http.StatusMethodNotAllowed, errs.New(errs.MethodNotAllowed, "GraphQL is asked with POST."))
			return
		}
		var err error
		if a, err = c.admit(w.Header(), r); err != nil {
			refuse(w, errs.From(err))
			return
		}
		if !isJSON(r) {
			writeError(w, http.StatusUnsupportedMediaType, errs.New(errs.UnsupportedMediaType, "Send Content-Type: application/json."))
			return
		}
		next.ServeHTTP(w, r.WithContext(withCaller(authz.With(r.Context(), a), c.caller(r))))
	})
}

// admit says who sends the request, and counts it for them or, where nobody is known, for their address.
func (c Config) admit(h http.Header, r *http.Request) (*authz.Actor, error) {
	a, err := c.Authenticate(r)
	if c.Limit != nil {
		if limit := c.Limit(h, r, a); limit != nil {
			err = limit
		}
	}
	return a, err
}

// caller is how the sender of the request is asked about while they listen.
func (c Config) caller(r *http.Request) live.Caller {
	return live.Caller{Key: r.Header.Get("Authorization"), Again: func(ctx context.Context) (*authz.Actor, error) { return c.Authenticate(r.WithContext(ctx)) }}
}

// reply remembers the status of an answer.
type reply struct {
	http.ResponseWriter
	status int
}

// Unwrap lets streams and WebSockets reach the connection.
func (w *reply) Unwrap() http.ResponseWriter { return w.ResponseWriter }

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
