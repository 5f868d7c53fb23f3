package graph

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vikstrous/dataloadgen"

	"github.com/soloprint/soloprint/internal/pid"
)

// batchWait is how long a batch waits for rows of further lists. Rows of one list come together by themselves.
const batchWait = time.Millisecond

// batchesKey names the batches of a request among what gqlgen keeps with it.
const batchesKey = "SoLoPrintBatches"

// batch collects the rows of a request for which one field is computed.
type batch[R comparable, V any] struct {
	loader *dataloadgen.Loader[R, V]
	mu     sync.Mutex
	known  map[R]bool // rows that the loader was told of
}

// together answers a computed field of a row from one read for all rows of its list, and for rows of other lists that ask
// at the same time. What read leaves out of its map is null.
func together[R comparable, V any](ctx context.Context, r *Resolver, row R, read func(context.Context, []R) (map[R]V, error)) (V, error) {
	b := batchOf(ctx, r, func() *batch[R, V] {
		return &batch[R, V]{loader: dataloadgen.NewLoader(fetch(read), dataloadgen.WithWait(batchWait)), known: map[R]bool{}}
	})
	b.tell(ctx, row)
	return b.loader.Load(ctx, row)
}

// tell makes the loader load the row and those beside it.
func (b *batch[R, V]) tell(ctx context.Context, row R) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.known[row] {
		return
	}
	for _, one := range append(beside(ctx, row), row) {
		b.known[one] = true
		b.loader.LoadThunk(ctx, one)
	}
}

// fetch is read as the loader wants it. The loader runs it in a goroutine of its own, where nothing else stops a panic.
func fetch[R comparable, V any](read func(context.Context, []R) (map[R]V, error)) func(context.Context, []R) ([]V, []error) {
	return func(ctx context.Context, rows []R) (values []V, failed []error) {
		defer func() {
			if v := recover(); v != nil {
				values, failed = nil, []error{panicked(ctx, v)}
			}
		}()
		found, err := read(ctx, rows)
		if err != nil {
			return nil, []error{err}
		}
		values = make([]V, len(rows))
		for i, row := range rows {
			values[i] = found[row]
		}
		return values, nil
	}
}

// batchOf is the batch of the current field: one for each place in the answer, because the selections below differ.
func batchOf[B any](ctx context.Context, r *Resolver, begin func() *B) *B {
	r.batches.Lock()
	defer r.batches.Unlock()
	request := &graphql.GetOperationContext(ctx).Stats
	batches, _ := request.GetExtension(batchesKey).(map[string]any)
	if batches == nil {
		batches = map[string]any{}
		request.SetExtension(batchesKey, batches)
	}
	at := place(ctx)
	b, found := batches[at].(*B)
	if !found {
		b = begin()
		batches[at] = b
	}
	return b
}

// anew lets every answer of a subscription have batches of its own: its rows are new ones each time.
func anew(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	if graphql.HasOperationContext(ctx) {
		graphql.GetOperationContext(ctx).Stats.SetExtension(batchesKey, nil)
	}
	return next(ctx)
}

// place is where the current field stands in the answer, whatever the row: printers.edges.node.activeSpool.
func place(ctx context.Context) string {
	var names []string
	for _, step := range graphql.GetFieldContext(ctx).Path() {
		if name, ok := step.(ast.PathName); ok {
			names = append(names, string(name))
		}
	}
	return strings.Join(names, ".")
}

// beside are the rows at the same place in the other elements of the nearest list above: the field's own way leads to them,
// over edges that are loaded.
func beside[R comparable](ctx context.Context, row R) (rows []R) {
	var way []string // from the row up to an element of the list
	at := graphql.GetFieldContext(ctx).Parent
	for ; at != nil && at.Index == nil && at.Field.Field != nil; at = at.Parent {
		way = append(way, at.Field.Name)
	}
	if at == nil || at.Index == nil { // the root, which a subscription's answers do not have: no list above
		return nil
	}
	slices.Reverse(way)
	list := reflect.ValueOf(at.Parent.Result)
	for i := range list.Len() {
		if other, ok := follow(list.Index(i), way).(R); ok && other != row {
			rows = append(rows, other)
		}
	}
	return rows
}

// follow walks from an element of a list over nodes and to-one edges; nil where the way ends before.
func follow(v reflect.Value, way []string) any {
	for _, name := range way {
		if v.Kind() != reflect.Pointer || v.IsNil() {
			return nil
		}
		v = v.Elem()
		if edges := v.FieldByName("Edges"); edges.IsValid() {
			v = edges
		}
		v = v.FieldByNameFunc(func(field string) bool { return strings.EqualFold(field, name) })
	}
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return nil
	}
	return v.Interface()
}

// identifiers are those of the rows.
func identifiers[E row](rows []E) []pid.ID {
	ids := make([]pid.ID, len(rows))
	for i, e := range rows {
		ids[i] = e.RowID()
	}
	return ids
}

// each maps rows to what is found for them.
func each[R comparable, V any](rows []R, find func(R) V) map[R]V {
	found := make(map[R]V, len(rows))
	for _, row := range rows {
		found[row] = find(row)
	}
	return found
}
