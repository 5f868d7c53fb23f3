package graph

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/errs"
)

// What a read says goes to all of its rows, in a goroutine where nothing else would stop a panic.
func TestFetch(t *testing.T) {
	values, failed := fetch(func(context.Context, []string) (map[string]int, error) { return map[string]int{"a": 1, "c": 3}, nil })(t.Context(), []string{"a", "b", "c"})
	if !reflect.DeepEqual(values, []int{1, 0, 3}) || failed != nil {
		t.Errorf("found %v, %v", values, failed)
	}
	if _, failed := fetch(func(context.Context, []string) (map[string]int, error) { return nil, errors.New("gone") })(t.Context(), []string{"a"}); len(failed) != 1 {
		t.Errorf("failed with %v", failed)
	}
	if _, failed := fetch(func(context.Context, []string) (map[string]int, error) { panic("bug") })(t.Context(), []string{"a"}); len(failed) != 1 || !errs.Is(failed[0], errs.InternalError) {
		t.Errorf("panicked with %v", failed)
	}
}

func TestFollow(t *testing.T) {
	it := &ent.QueueItem{}
	run := &ent.PrintRun{}
	run.Edges.QueueItem = it
	edge := reflect.ValueOf(&ent.PrintEdge{Node: run})
	for _, tt := range []struct {
		name string
		from reflect.Value
		way  []string
		want any
	}{
		{"no way", reflect.ValueOf(it), nil, it},
		{"the node of an edge", edge, []string{"node"}, run},
		{"a row over an edge", edge, []string{"node", "queueItem"}, it},
		{"an edge that is not loaded", edge, []string{"node", "printer"}, nil},
		{"beyond it", edge, []string{"node", "printer", "activeSpool"}, nil},
		{"a field that is computed", edge, []string{"node", "activeSpool", "slot"}, nil},
		{"nothing", reflect.ValueOf((*ent.PrintEdge)(nil)), []string{"node"}, nil},
	} {
		if got := follow(tt.from, tt.way); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
