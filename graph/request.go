package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/soloprint/soloprint/internal/errs"
)

// Media types of an answer. The first is for clients that know GraphQL over HTTP and look at the status.
const (
	mediaGraphQL = "application/graphql-response+json"
	mediaJSON    = "application/json"
)

// post is the transport of queries and mutations: POST, one JSON document, one operation, one answer. There is no GET, form,
// upload, batch or persisted query.
type post struct{ limiter limiter }

// Supports implements graphql.Transport.
func (post) Supports(*http.Request) bool { return true }

// Do implements graphql.Transport: read, limit, parse and validate (CreateOperationContext), execute, answer.
func (t post) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	ctx, cancel := context.WithTimeout(r.Context(), timeout)
	defer cancel()
	p, err := readParams(r)
	if err != nil {
		writeResponse(w, r, unreadable(err), exec.DispatchError(ctx, gqlerror.List{gqlerror.Wrap(err)}))
		return
	}
	op, refusal := t.limiter.begin(ctx, p, exec)
	if refusal == nil && op.Operation.Operation == ast.Subscription {
		err := errs.New(errs.ValidationFailed, "A subscription is answered as text/event-stream, which Accept asks for, or over a WebSocket.")
		refusal = exec.DispatchError(ctx, gqlerror.List{gqlerror.Wrap(err)})
	}
	if refusal != nil {
		writeRefusal(w, r, refusal)
		return
	}
	answers, ctx := exec.DispatchOperation(ctx, op)
	writeResponse(w, r, http.StatusOK, answers(ctx))
}

// begin limits, parses and validates a document; refusal is the answer to one that is not executed.
func (l limiter) begin(ctx context.Context, p *graphql.RawParams, exec graphql.GraphExecutor) (op *graphql.OperationContext, refusal *graphql.Response) {
	if err := l.check(p); err != nil {
		return nil, exec.DispatchError(ctx, gqlerror.List{gqlerror.Wrap(err)})
	}
	op, list := exec.CreateOperationContext(ctx, p)
	if list != nil {
		return nil, exec.DispatchError(graphql.WithOperationContext(ctx, op), list)
	}
	return op, nil
}

// unreadable is the status for a body that could not be read.
func unreadable(err error) int {
	if errs.Is(err, errs.RequestTooLarge) {
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusBadRequest
}

// readParams reads the body, exactly one JSON object in UTF-8, as strictly as REST reads its bodies: a member that nobody
// knows is a mistake that would go unnoticed.
func readParams(r *http.Request) (*graphql.RawParams, error) {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return nil, errs.New(errs.RequestTooLarge, "A GraphQL request has at most %d bytes.", maxBody)
		}
		return nil, errs.Wrap(errs.New(errs.InvalidJSON, "The body could not be read."), err)
	}
	return paramsOf(body, r.Header)
}

// paramsOf is what the object says.
func paramsOf(body []byte, header http.Header) (*graphql.RawParams, error) {
	var members map[string]json.RawMessage
	if !utf8.Valid(body) || json.Unmarshal(body, &members) != nil || members == nil {
		return nil, errs.New(errs.InvalidJSON, "The body is one JSON object with query, variables and operationName, in UTF-8. Batches are not served.")
	}
	p := &graphql.RawParams{Headers: header}
	known := map[string]any{"query": &p.Query, "operationName": &p.OperationName, "variables": &p.Variables, "extensions": &p.Extensions}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if known[name] == nil {
			return nil, errs.New(errs.InvalidJSON, "The member %s is not known; there are query, variables, operationName and extensions.", strconv.Quote(name))
		}
	}
	for name, into := range known {
		if err := decodeMember(members[name], into); err != nil {
			return nil, errs.New(errs.InvalidJSON, "The member %s has the wrong type.", name)
		}
	}
	if strings.TrimSpace(p.Query) == "" {
		return nil, errs.New(errs.InvalidJSON, "The member query is missing. Persisted queries are not served.")
	}
	return p, nil
}

// decodeMember keeps numbers as they are written, so that a large integer stays exact.
func decodeMember(raw json.RawMessage, into any) error {
	if raw == nil {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	return d.Decode(into)
}

// isJSON reports whether the request says that its body is JSON.
func isJSON(r *http.Request) bool {
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := params["charset"]
	return err == nil && media == mediaJSON && (charset == "" || strings.EqualFold(charset, "utf-8"))
}

// knowsStatus reports whether the client asks for the media type whose status says what became of the request.
func knowsStatus(r *http.Request) bool {
	return strings.Contains(strings.Join(r.Header.Values("Accept"), ","), mediaGraphQL)
}

// writeRefusal answers a document that was not executed: 400, or 200 for clients of plain JSON, which take every other
// status for a fault of the network.
func writeRefusal(w http.ResponseWriter, r *http.Request, answer *graphql.Response) {
	status := http.StatusOK
	if knowsStatus(r) {
		status = http.StatusBadRequest
	}
	writeResponse(w, r, status, answer)
}

func writeResponse(w http.ResponseWriter, r *http.Request, status int, answer *graphql.Response) {
	media := mediaJSON
	if knowsStatus(r) {
		media = mediaGraphQL
	}
	w.Header().Set("Content-Type", media+"; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(shown(answer)) // the connection is gone where this fails
}

// shown is an answer as clients read it.
func shown(answer *graphql.Response) map[string]any {
	body := map[string]any{}
	if len(answer.Errors) > 0 {
		body["errors"] = answer.Errors
	}
	if answer.Data != nil { // absent where nothing was executed
		body["data"] = answer.Data
	}
	return body
}
