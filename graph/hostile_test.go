package graph_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/soloprint/soloprint/internal/pid"
)

// hostile is a request that must be refused, or do no harm, within a tenth of a second.
type hostile struct {
	name string
	request
	query      string // stands for a body that is well made
	vars       string // JSON
	want       string // the code of the first error; empty = answered, and small
	wantStatus int    // 200 where it is zero
}

func (h hostile) whole() request {
	if h.query != "" {
		if h.vars == "" {
			h.vars = "{}"
		}
		q, _ := json.Marshal(h.query)
		h.body = `{"query":` + string(q) + `,"variables":` + h.vars + `}`
	}
	return h.request
}

const (
	maxTime   = time.Second * slower // what these documents cost an unguarded server is many times that, and a test machine is busy
	maxAnswer = 600_000 // bytes: the whole schema is the largest harmless answer
)

// hostiles is one list with a line for each request, so that it reads as one.
func hostiles(w *world) []hostile {
	const tooComplex, invalid = "query_too_complex", "validation_failed"
	const tooLarge, badRequest = http.StatusRequestEntityTooLarge, http.StatusBadRequest
	page := func(args string) string { return "{printers" + args + "{edges{node{id}}}}" }
	deep := func(n int) string { return "{" + strings.Repeat("printers{", n) + "id" + strings.Repeat("}", n+1) }
	fragments := func(n int, spread string) string {
		var b strings.Builder
		b.WriteString("{printers{...f0}}")
		for i := range n {
			fmt.Fprintf(&b, " fragment f%d on PrinterConnection{%s}", i, strings.ReplaceAll(spread, "?", fmt.Sprint(i+1)))
		}
		fmt.Fprintf(&b, " fragment f%d on PrinterConnection{totalCount}", n)
		return b.String()
	}
	times := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	create := "mutation($in: CreatePrinterTagInput!){createPrinterTag(input: $in){id}}"
	price := "mutation($in: CreateMaterialInput!){createMaterial(input: $in){id}}"
	return []hostile{
		{name: "depth 9", query: deep(9), want: tooComplex},
		{name: "depth 100", query: deep(100), want: tooComplex},
		{name: "depth 10k", query: deep(10_000), want: "request_too_large", wantStatus: tooLarge},
		{name: "one field 900 times", query: "{" + strings.Repeat("x ", 900) + "}", want: tooComplex},
		{name: "one field 2,000 times", query: "{" + strings.Repeat("x ", 2000) + "}", want: tooComplex},
		{name: "one field 2,000 times in inline fragments", query: "{" + strings.Repeat("...{x}", 2000) + "}", want: tooComplex},
		{name: "16 aliases", query: "{" + times(16, "a%d:printers{totalCount} ") + "}", want: tooComplex},
		{name: "101 aliases", query: "{" + times(101, "a%d:printers{totalCount} ") + "}", want: tooComplex},
		{name: "10k aliases", query: "{" + times(10_000, "a%d:x ") + "}", want: "request_too_large", wantStatus: tooLarge},
		{name: "guessing with aliases", query: "{" + times(40, `a%d:node(id:"inv_01jd4c0n5xe2vb8w6h3ks9qt7m"){id} `) + "}", want: tooComplex},
		{name: "24 doubling fragments", query: fragments(24, "...f? ...f?"), want: tooComplex},
		{name: "30 doubling fragments", query: fragments(30, "...f? ...f?"), want: tooComplex},
		{name: "19 doubling fragments", query: fragments(19, "...f? ...f?"), want: tooComplex},
		{name: "fragment cycle", query: "{printers{...a}} fragment a on PrinterConnection{...b} fragment b on PrinterConnection{...a}", want: tooComplex},
		{name: "100 chained fragments", query: fragments(100, "...f?"), want: tooComplex},
		{name: "7,500 chained fragments", query: fragments(7500, "...f?"), want: "request_too_large", wantStatus: tooLarge},
		{name: "unused fragments", query: "{printers{totalCount}}" + times(19, " fragment u%d on Printer{id}"), want: invalid},
		{name: "many unused fragments", query: "{printers{totalCount}}" + times(150, " fragment u%d on Printer{id}"), want: tooComplex},
		{name: "11 directives", query: "{printers " + strings.Repeat("@include(if:true)", 11) + "{totalCount}}", want: tooComplex},
		{name: "10k directives", query: "{printers " + strings.Repeat("@a", 10_000) + "{totalCount}}", want: "request_too_large", wantStatus: tooLarge},
		{name: "repeated @include", query: "{printers @include(if:true) @include(if:false){totalCount}}", want: invalid},
		{name: "1 MB document", query: "{" + strings.Repeat(" ", 1<<20) + "x}", want: "request_too_large", wantStatus: tooLarge},
		{name: "1 MB comment", query: "#" + strings.Repeat("x", 1<<20) + "\n{x}", want: "request_too_large", wantStatus: tooLarge},
		{name: "1 MB text as a variable", query: create, vars: `{"in":{"name":"` + strings.Repeat("x", 1<<20) + `"}}`, want: "request_too_large", wantStatus: tooLarge},
		{name: "15 kB text as a variable", query: create, vars: `{"in":{"name":"` + strings.Repeat("x", 15<<10) + `"}}`, want: invalid},
		{name: "list of 5,000 as a variable", query: "query($s:[PrinterState!]){printers(where:{state:$s}){totalCount}}", vars: `{"s":[1` + strings.Repeat(",1", 5000) + `]}`, want: tooComplex},
		{name: "object 2,000 deep as a variable", query: create, vars: `{"in":` + strings.Repeat(`{"a":`, 2000) + "1" + strings.Repeat("}", 2000) + "}", want: tooComplex},
		{name: "1e400", query: price, vars: `{"in":{"name":"x","type":"PLA","diameterMm":1e400}}`, want: invalid},
		{name: "1e400 in the document", query: `mutation{createMaterial(input:{name:"x",type:"PLA",diameterMm:1e400}){id}}`, want: invalid},
		{name: "2^63", query: price, vars: `{"in":{"name":"x","type":"PLA","priceMinor":9223372036854775808}}`, want: invalid},
		{name: "2^63 in the document", query: `mutation{createMaterial(input:{name:"x",type:"PLA",priceMinor:9223372036854775808}){id}}`, want: invalid},
		{name: "NaN", request: request{body: `{"query":"{x}","variables":{"a":NaN}}`}, want: "invalid_json", wantStatus: badRequest},
		{name: "NaN in the document", query: `mutation{createMaterial(input:{name:"x",type:"PLA",diameterMm:NaN}){id}}`, want: invalid},
		{name: "null for what must be there", query: create, vars: `{"in":null}`, want: invalid},
		{name: "null in a required field", query: create, vars: `{"in":{"name":null}}`, want: invalid},
		{name: "a number for a text", query: create, vars: `{"in":{"name":7}}`, want: invalid},
		{name: "an unknown field in the input", query: create, vars: `{"in":{"name":"x","organizationId":"` + string(w.south.ID) + `"}}`, want: invalid},
		{name: "batch of 10", request: request{body: "[" + strings.Repeat(`{"query":"{x}"},`, 9) + `{"query":"{x}"}]`}, want: "invalid_json", wantStatus: badRequest},
		{name: "two documents", request: request{body: `{"query":"{x}"}{"query":"{x}"}`}, want: "invalid_json", wantStatus: badRequest},
		{name: "no document", request: request{body: `{}`}, want: "invalid_json", wantStatus: badRequest},
		{name: "document of another type", request: request{body: `{"query":{"a":1}}`}, want: "invalid_json", wantStatus: badRequest},
		{name: "nothing", request: request{body: ``}, want: "invalid_json", wantStatus: badRequest},
		{name: "null", request: request{body: `null`}, want: "invalid_json", wantStatus: badRequest},
		{name: "byte order mark", request: request{body: "\ufeff" + `{"query":"{x}"}`}, want: "invalid_json", wantStatus: badRequest},
		{name: "invalid UTF-8", request: request{body: "{\"query\":\"{x(a:\\\"\xff\\\")}\"}"}, want: "invalid_json", wantStatus: badRequest},
		{name: "NUL in the document", query: "{printers\x00{totalCount}}", want: invalid},
		{name: "NUL in a filter", query: `{printers(where:{q:"\u0000"}){totalCount}}`, want: ""},
		{name: "unpaired surrogate", request: request{body: `{"query":"{printers(where:{q:\"\ud800\"}){totalCount}}"}`}},
		{name: "GET query", request: request{method: http.MethodGet}, want: "method_not_allowed", wantStatus: http.StatusMethodNotAllowed},
		{name: "PUT", request: request{method: http.MethodPut}, want: "method_not_allowed", wantStatus: http.StatusMethodNotAllowed},
		{name: "form", request: request{media: "application/x-www-form-urlencoded", body: "query={x}"}, want: "unsupported_media_type", wantStatus: http.StatusUnsupportedMediaType},
		{name: "text/plain", request: request{media: "text/plain", body: `{"query":"{x}"}`}, want: "unsupported_media_type", wantStatus: http.StatusUnsupportedMediaType},
		{name: "no media type", request: request{media: "none", body: `{"query":"{x}"}`}, want: "unsupported_media_type", wantStatus: http.StatusUnsupportedMediaType},
		{name: "UTF-16", request: request{media: "application/json; charset=utf-16", body: `{"query":"{x}"}`}, want: "unsupported_media_type", wantStatus: http.StatusUnsupportedMediaType},
		{name: "multipart upload", request: request{media: "multipart/form-data; boundary=x", body: "--x--"}, want: "unsupported_media_type", wantStatus: http.StatusUnsupportedMediaType},
		{name: "two operations", query: "query a{printers{totalCount}} query b{printers{totalCount}}", want: tooComplex},
		{name: "another operation's name", request: request{body: `{"query":"query a{printers{totalCount}}","operationName":"b"}`}, want: invalid},
		{name: "persisted query", request: request{body: `{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"x"}}}`}, want: "invalid_json", wantStatus: badRequest},
		{name: "persisted query with its text", request: request{body: `{"query":"{printers{totalCount}}","extensions":{"persistedQuery":{"version":1,"sha256Hash":"x"},"tracing":true}}`}},
		{name: "introspection without a key", request: request{token: "none", body: `{"query":"{__schema{types{name}}}"}`}, want: "missing_bearer_token", wantStatus: http.StatusUnauthorized},
		{name: "a bad token", request: request{token: "Bearer bad", body: `{"query":"{x}"}`}, want: "invalid_token", wantStatus: http.StatusUnauthorized},
		{name: "a bad token and a bad body", request: request{token: "Bearer bad", media: "text/plain", body: "x"}, want: "invalid_token", wantStatus: http.StatusUnauthorized},
		{name: "circular introspection", query: "{__schema{types{fields{type{fields{type{fields{type{fields{type{fields{type{name}}}}}}}}}}}}}", want: invalid},
		{name: "introspection of everything", query: wholeSchema},
		{name: "introspection of everything, again and again", query: "{a:__schema{...s} b:__schema{...s} c:__schema{...s}} fragment s on __Schema{types{name fields{name}}}", want: tooComplex},
		{name: "a field that is not there", query: "{printer{totalCount}}", want: invalid},
		{name: "an argument that is not there", query: "{printers(frist:1){totalCount}}", want: invalid},
		{name: "a type that is not there", query: "query($a:Printr){printers(first:$a){totalCount}}", want: invalid},
		{name: "an enum value that is not there", query: "{printers(where:{state:idel}){totalCount}}", want: invalid},
		{name: "an input field that is not there", query: "{printers(where:{stat:idle}){totalCount}}", want: invalid},
		{name: "no selection", query: "{printers}", want: invalid},
		{name: "first: 1e6", query: page("(first:1e6)"), want: invalid},
		{name: "first: 1000000", query: page("(first:1000000)"), want: invalid},
		{name: "first: 201", query: page("(first:201)"), want: invalid},
		{name: "first: 200", query: page("(first:200)")},
		{name: "last by a variable: 201", request: request{body: `{"query":"query($n:Int){printers(last:$n){totalCount}}","variables":{"n":201}}`}, want: invalid},
		{name: "a member that nobody knows", request: request{body: `{"query":"{printers{totalCount}}","varables":{}}`}, want: "invalid_json", wantStatus: badRequest},
		{name: "a negative first", query: page("(first:-1)"), want: invalid},
		{name: "first and last", query: page("(first:1,last:1)"), want: invalid},
		{name: "pages in pages", query: "{printers(first:200){edges{node{prints(first:200){edges{node{id}}}}}}}", want: tooComplex},
		{name: "a filter with 1,000 values", query: "{printers(where:{model:[" + strings.Repeat(`"a",`, 900) + `]}){totalCount}}`},
		{name: "a filter with arms", query: `{printers(where:{or:[{state:idle}]}){totalCount}}`, want: invalid},
		{name: "a filter over an edge", query: `{queueItems(where:{hasSubmitterWith:[{role:owner}]}){totalCount}}`, want: invalid},
		{name: "% in a filter", query: `{printers(where:{q:"` + strings.Repeat("%_", 3000) + `"}){totalCount}}`},
		{name: "node of another organization", query: `{node(id:"` + string(w.south.printers[0].ID) + `"){id}}`, want: "printer_not_found"},
		{name: "node of a malformed identifier", query: `{node(id:"prn_nonsense"){id}}`, want: "printer_not_found"},
		{name: "node of an unknown prefix", query: `{node(id:"xyz_nonsense"){id}}`, want: "node_not_found"},
		{name: "node of a hidden type", query: `{node(id:"` + string(pid.New("ses")) + `"){id}}`, want: "node_not_found"},
		{name: "hidden field by a fragment", query: `{node(id:"` + string(w.north.printers[0].ID) + `"){... on Printer{connectorSecret}}}`, want: invalid},
		{name: "hidden column", query: "{printers{edges{node{organizationId}}}}", want: invalid},
		{name: "hidden type by a fragment", query: `{node(id:"` + string(w.north.printers[0].ID) + `"){... on Session{id}}}`, want: invalid},
		{name: "a damaged cursor", query: page(`(after:"%%%")`), want: "invalid_cursor"},
		{name: "a cursor that is no text", query: page(`(after:7)`), want: invalid},
		{name: "a long cursor", query: page(`(after:"` + strings.Repeat("A", 15_000) + `")`), want: "invalid_cursor"},
		{name: "a cursor that claims lists of 4 billion", query: page(`(after:"` + base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("\xdd\xff\xff\xff\xff", 2000))) + `")`), want: "invalid_cursor"},
		{name: "such a cursor below a page", query: `{printers{edges{node{prints(after:"` + base64.RawStdEncoding.EncodeToString([]byte("\x82\xa1i\xa1x\xa1v"+strings.Repeat("\xdd\xff\xff\xff\xff", 2000))) + `"){edges{node{id}}}}}}}`, want: "invalid_cursor"},
		{name: "subscription", query: "subscription{printers{totalCount}}", want: invalid},
		{name: "__typename 1,000 times", query: "{" + strings.Repeat("__typename ", 1000) + "}", want: tooComplex},
		{name: "comments", query: strings.Repeat("#\n", 2000) + "{printers{totalCount}}", want: tooComplex},
	}
}

// wholeSchema is what explorers ask first.
const wholeSchema = `{__schema{queryType{name} mutationType{name} types{kind name description fields(includeDeprecated:true){name description args{name description type{...t} defaultValue} type{...t}}
	inputFields{name description type{...t} defaultValue} interfaces{...t} enumValues{name description} possibleTypes{...t}} directives{name description locations args{name type{...t}}}}}
	fragment t on __Type{kind name ofType{kind name ofType{kind name ofType{kind name ofType{kind name ofType{kind name ofType{kind name ofType{kind name ofType{kind name}}}}}}}}}`

func TestHostile(t *testing.T) {
	w := newWorld(t, sqlite(t))
	owner := w.north.owner(t)
	for _, h := range hostiles(w) {
		t.Run(h.name, func(t *testing.T) {
			if h.wantStatus == 0 {
				h.wantStatus = http.StatusOK
			}
			q := h.whole()
			var a answer
			took := time.Hour
			for try := 0; try < 3 && took > maxTime; try++ { // the machine may be busy with other tests
				begin := time.Now()
				a = w.send(owner, t, q)
				took = min(took, time.Since(begin))
			}
			if took > maxTime {
				t.Errorf("took %s", took)
			}
			if got := firstCode(a); got != h.want || a.status != h.wantStatus {
				t.Errorf("%d %q, want %d %q: %.300s", a.status, got, h.wantStatus, h.want, a.body)
			}
			if len(a.body) > maxAnswer {
				t.Errorf("%d bytes of answer", len(a.body))
			}
			if strings.Contains(strings.ToLower(a.body), "did you mean") && !strings.Contains(a.body, "__schema") {
				t.Errorf("a suggestion: %s", a.body)
			}
		})
	}
	if w.log.String() != "" {
		t.Errorf("a hostile request was taken for a fault of ours: %.2000s", w.log)
	}
	if n := w.Raw.PrinterTag.Query().CountX(t.Context()); n != 4 {
		t.Errorf("%d tags", n)
	}
}

// firstCode is the code of an answer in either form.
func firstCode(a answer) string {
	if len(a.Errors) > 0 {
		return fmt.Sprint(a.Errors[0].Extensions["code"])
	}
	var rest struct {
		Error string `json:"error"`
	}
	_ = json.Unmarshal([]byte(a.body), &rest)
	return rest.Error
}

// Another organization's rows are nowhere in what an owner can reach, not even in counts.
func TestOtherOrganization(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		a := good(t, w.ask(w.north.owner(t), t, `{
			printers{totalCount edges{node{tags{printers{totalCount}} slots{spool{material{spools{totalCount}}}}}}}
			printerTags{totalCount} queueItems{totalCount} prints{totalCount} spools{totalCount} memberships{totalCount edges{node{user{email}}}}}`))
		for page, want := range map[string]float64{"printers": printersEach, "printerTags": 2, "queueItems": 2, "prints": 1, "spools": printersEach, "memberships": 2} {
			if got := a.at(page, "totalCount"); got != want {
				t.Errorf("%d %s of %v", int(want), page, got)
			}
		}
		for _, id := range []pid.ID{w.south.ID, w.south.printers[0].ID, w.south.Owner.ID} {
			if strings.Contains(a.body, string(id)) {
				t.Errorf("%s is in the answer", id)
			}
		}
	})
}
