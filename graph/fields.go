package graph

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/page"
)

// readable is guard.Readable: may the actor read rows of the Ent type at all?
type readable func(a *authz.Actor, typ string) bool

// fields stands around every field. A field of rows that the actor may not read is null with a code, while its siblings
// answer; guard has found nothing for it anyway. Answers of mutations are the operation's matter.
func fields(may readable) graphql.FieldMiddleware {
	types := typeNames()
	return func(ctx context.Context, next graphql.Resolver) (any, error) {
		fc := graphql.GetFieldContext(ctx)
		typ, ok := types[fc.Field.Definition.Type.Name()]
		if ok && !answered(fc) && !may(authz.From(ctx), typ) {
			return nil, errs.New(errs.InsufficientPermissions, "This needs a capability to read the resource %s.", resourceOf(typ))
		}
		v, err := next(ctx)
		return v, known(err)
	}
}

// resourceOf names an Ent type as clients know it, in the words of its error codes.
func resourceOf(typ string) string {
	all := entities()
	i := slices.IndexFunc(all, func(e entity) bool { return e.ent == typ })
	return all[i].resource
}

// answered reports whether the field is what a mutation answers: its own result, or a part of one that holds several.
func answered(fc *graphql.FieldContext) bool {
	return fc.Object == "Mutation" || fc.Parent != nil && fc.Parent.Object == "Mutation" && strings.HasSuffix(fc.Object, "Result")
}

// known is the error as one of ours. What gqlgen and entgql say of a client's arguments stays as it is.
func known(err error) error {
	var said *gqlerror.Error
	switch {
	case err == nil, errors.As(err, &said):
		return err
	case errors.Is(err, page.ErrCursor):
		return errs.New(errs.InvalidCursor, "The cursor is damaged or was made for another list or order.")
	}
	return errs.From(err)
}
