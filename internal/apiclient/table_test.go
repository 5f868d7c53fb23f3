package apiclient_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/soloprint/soloprint/internal/apiclient"
)

func TestTable(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		pages      [][]string
	}{
		{name: "no rows", pages: [][]string{{}}},
		{name: "what says most comes first, lists and what is empty in all rows stay out",
			pages: [][]string{{`{"tags":["a"],"note":"","zone":"x","state":"idle","name":"Ada","id":"prn_1"}`}},
			want:  "ID     NAME  STATE  ZONE\nprn_1  Ada   idle   x\n"},
		{name: "an object with a state is its state", pages: [][]string{{`{"id":"q","eligibility":{"state":"blocked"},"connector":{"kind":"virtual"}}`}},
			want: "ID  ELIGIBILITY\nq   blocked\n"},
		{name: "later pages keep the columns of the first", pages: [][]string{{`{"id":"a"}`}, {`{"id":"long","name":"b"}`}}, want: "ID\na\nlong\n"},
		{name: "seven columns at most", pages: [][]string{{`{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8}`}},
			want: "A  B  C  D  E  F  G\n1  2  3  4  5  6  7\n"},
		{name: "long words are cut", pages: [][]string{{`{"id":"` + strings.Repeat("x", 50) + `"}`}}, want: "ID\n" + strings.Repeat("x", 35) + "…\n"},
		{name: "null is nothing", pages: [][]string{{`{"id":"a","name":null}`, `{"id":"b","name":"n"}`}}, want: "ID  NAME\na\nb   n\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			table := &apiclient.Table{Out: &out}
			for _, page := range tt.pages {
				rows := make([]json.RawMessage, len(page))
				for i, row := range page {
					rows[i] = json.RawMessage(row)
				}
				if err := table.Write(rows); err != nil {
					t.Fatal(err)
				}
			}
			if out.String() != tt.want {
				t.Errorf("got\n%swant\n%s", out.String(), tt.want)
			}
		})
	}
}

func TestTableOfWhatIsNoObject(t *testing.T) {
	var out strings.Builder
	if err := apiclient.WriteTable(&out, []byte(`["a"]`)); err == nil || out.Len() > 0 {
		t.Errorf("%v: %s", err, out.String())
	}
}
