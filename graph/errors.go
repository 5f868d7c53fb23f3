package graph

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/reqid"
)

// presenter turns an error into what a client sees. Resolvers' errors are *errs.Error when they come here (see fields);
// whatever else comes was said by gqlgen about the document or its variables.
func presenter(log *slog.Logger) graphql.ErrorPresenterFunc {
	return func(ctx context.Context, err error) *gqlerror.Error {
		out := &gqlerror.Error{Path: graphql.GetPath(ctx)}
		var said *gqlerror.Error
		if errors.As(err, &said) {
			out.Message, out.Locations = said.Message, said.Locations
			if said.Path != nil {
				out.Path = said.Path
			}
		}
		var e *errs.Error
		if !errors.As(err, &e) {
			e = errs.New(errs.ValidationFailed)
			e.Details = out.Message
		}
		e = overdue(ctx, e)
		if e.Kind == errs.KindInternal && !errors.Is(ctx.Err(), context.Canceled) { // a client that left is no fault
			log.ErrorContext(ctx, "graphql", "request_id", reqid.From(ctx), "path", out.Path.String(), "code", string(e.Code), "error", e.Error())
		}
		out.Message = message(e)
		out.Extensions = extensions(ctx, e)
		return out
	}
}

// overdue says what happened where the request's time was over: the database only reports that it was interrupted.
func overdue(ctx context.Context, e *errs.Error) *errs.Error {
	if e.Kind != errs.KindInternal || !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return e
	}
	return errs.New(errs.QueryTooComplex, "The limit is %s for one request; ask for less at once.", timeout)
}

// message is a sentence for a person: the details, or the code in words.
func message(e *errs.Error) string {
	if e.Details != "" {
		return e.Details
	}
	return strings.ReplaceAll(string(e.Code), "_", " ")
}

// extensions are the same members as REST has, in the letters of GraphQL.
func extensions(ctx context.Context, e *errs.Error) map[string]any {
	ext := map[string]any{"code": string(e.Code)}
	if e.Details != "" {
		ext["details"] = e.Details
	}
	if len(e.Fields) > 0 {
		fields := make([]errs.Field, len(e.Fields))
		for i, f := range e.Fields {
			f.Path = lowerCamelPath(f.Path)
			fields[i] = f
		}
		ext["fields"] = fields
	}
	if len(e.Reasons) > 0 {
		ext["reasons"] = reasons(e.Reasons)
	}
	if id := reqid.From(ctx); e.Kind == errs.KindInternal && id != "" {
		ext["requestId"] = id
	}
	return ext
}

func reasons(rs []errs.Reason) []map[string]any {
	out := make([]map[string]any, len(rs))
	for i, r := range rs {
		m := map[string]any{"code": r.Code, "axis": r.Axis, "severity": r.Severity, "expected": r.Expected, "actual": r.Actual, "fix": r.Fix}
		for name, g := range map[string]*float64{"neededG": r.NeededG, "remainingG": r.RemainingG, "reservedG": r.ReservedG} {
			if g != nil {
				m[name] = *g
			}
		}
		out[i] = m
	}
	return out
}

// lowerCamelPath turns requirements.nozzle_diameter_mm into requirements.nozzleDiameterMm.
func lowerCamelPath(path string) string {
	var b strings.Builder
	up := false
	for _, r := range path {
		switch {
		case r == '_':
			up = true
		case up && r >= 'a' && r <= 'z':
			b.WriteRune(r - 'a' + 'A')
			up = false
		default:
			b.WriteRune(r)
			up = false
		}
	}
	return b.String()
}

// panicked is the error of a resolver that panicked: logged with its stack, shown as nothing.
func panicked(_ context.Context, v any) error {
	return errs.From(fmt.Errorf("panic: %v\n%s", v, debug.Stack()))
}
