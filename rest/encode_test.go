package rest

import (
	"reflect"
	"testing"
	"time"
)

type tree struct {
	Words  []string            `json:"words"`
	Spare  []string            `json:"spare,omitempty"`
	Kids   []tree              `json:"kids"`
	Next   *tree               `json:"next"`
	Groups map[string][]string `json:"groups"`
	At     time.Time           `json:"at"`
	Bytes  []byte              `json:"bytes"`
	Any    any                 `json:"any"`
	hidden []string
}

func TestCompleterLeavesNoNullLists(t *testing.T) {
	shared := &tree{Groups: map[string][]string{"a": nil}}
	v := tree{Kids: []tree{{}}, Next: shared, hidden: nil}
	kids := v.Kids

	own := v
	completerOf(reflect.TypeFor[tree]()).complete(reflect.ValueOf(&own).Elem())
	got, err := marshal(own)
	if err != nil {
		t.Fatal(err)
	}
	const zero = `"at":"0001-01-01T00:00:00Z","bytes":null,"any":null}`
	want := `{"words":[],"kids":[{"words":[],"kids":[],"next":null,"groups":{},` + zero + `],"next":{"words":[],"kids":[],"next":null,"groups":{"a":[]},` + zero + `,"groups":{},` + zero + "\n"
	if string(got) != want {
		t.Errorf("got  %swant %s", got, want)
	}
	if shared.Words != nil || shared.Groups["a"] != nil || kids[0].Words != nil {
		t.Error("what the view shares with the result was changed")
	}
}

func TestCompleterSkipsWhatHoldsNothing(t *testing.T) {
	c := completerOf(reflect.TypeFor[place]())
	if c.holds(reflect.TypeFor[place]()) {
		t.Error("a struct of texts is said to hold lists")
	}
}

func BenchmarkRespond(b *testing.B) {
	c := completerOf(reflect.TypeFor[Widget]())
	page := List[Widget]{Data: make([]Widget, 50)}
	b.ReportAllocs()
	for b.Loop() {
		own := page
		c.complete(reflect.ValueOf(&own).Elem())
		if _, err := marshal(own); err != nil {
			b.Fatal(err)
		}
	}
}
