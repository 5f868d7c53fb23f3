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
		{name: "an object with a state is its state, another one its members", pages: [][]string{{`{"id":"q","eligibility":{"state":"blocked","count":1},"connector":{"kind":"virtual"}}`}},
			want: "ID  ELIGIBILITY  CONNECTOR.KIND\nq   blocked      virtual\n"},
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

func TestRecord(t *testing.T) {
	long := strings.Repeat("x", 50)
	for _, tt := range []struct{ name, answer, want string }{
		{"a field a line, in the server's order", `{"b":1,"a":"x","c":true}`, "b  1\na  x\nc  true\n"},
		{"null is nothing", `{"a":null,"b":1}`, "a\nb  1\n"},
		{"what stands alone is not cut", `{"url":"` + long + `"}`, "url  " + long + "\n"},
		{"objects have dotted names", `{"user":{"id":"usr_1","home":{"city":"x"}},"n":2}`, "user.id         usr_1\nuser.home.city  x\nn               2\n"},
		{"a list of words is one text", `{"scopes":["a","b"],"none":[]}`, "scopes  a, b\nnone\n"},
		{"a list of objects is a table behind the fields", `{"points":[{"time":"t","prints":1},{"time":"u","prints":20}],"totals":{"prints":21}}`,
			"totals.prints  21\n\npoints\nTIME  PRINTS\nt     1\nu     20\n"},
		{"a list inside an object has its dotted name", `{"a":{"rows":[{"x":1}]}}`, "a.rows\nX\n1\n"},
		{"such a table has all of its columns", `{"r":[{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8}]}`, "r\nA  B  C  D  E  F  G  H\n1  2  3  4  5  6  7  8\n"},
		{"a list is a list", `{"data":[{"id":"a"}],"has_more":false,"next_cursor":null}`, "ID\na\n"},
		{"nothing steers a terminal, names neither", `{"a\u001b[1m":"\u001b[31m","b":["\u0007"]}`, "a [1m   [31m\nb\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			if err := apiclient.WriteTable(&out, []byte(tt.answer)); err != nil || out.String() != tt.want {
				t.Errorf("%v, got\n%swant\n%s", err, out.String(), tt.want)
			}
		})
	}
}
