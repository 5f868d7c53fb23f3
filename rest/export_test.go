package rest

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/page"
)

// listParts is the Input of a list that can be counted.
type listParts struct {
	Limit   *int     `query:"limit" minimum:"1" maximum:"200"`
	Cursor  string   `query:"cursor"`
	Include []string `query:"include,comma" enum:"total_count"`
	Expand  []string `query:"expand,comma" enum:"maker"`
	State   string   `query:"state"`
}

type piece struct {
	inner
	Name    string            `json:"name"`
	Grams   float64           `json:"grams_g"`
	Count   int               `json:"count"`
	Ready   bool              `json:"ready"`
	Due     *time.Time        `json:"due_at"`
	Size    *spot             `json:"size,omitempty"`
	Tags    []string          `json:"tags"`
	Groups  []maker           `json:"groups"`
	Uses    []spot            `json:"uses"`
	Meta    map[string]string `json:"metadata"`
	Raw     json.RawMessage   `json:"raw"`
	Maker   *maker            `json:"maker,omitempty"`
	Hidden  string            `json:"-"`
	Parent  *piece            `json:"parent"`
	Nothing *string           `json:"nothing"`
}

type inner struct {
	ID string `json:"id"`
}

type spot struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

type maker struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// parts is a store of rows that is read in pages.
type parts struct {
	rows  []piece
	total *int  // what it says, where it lies
	fail  error // after the first page
	calls int
}

func (p *parts) list(_ context.Context, in listParts) (page.List[piece], error) {
	p.calls++
	at, l := 0, page.List[piece]{}
	if _, err := fmt.Sscan(in.Cursor, &at); err == nil && p.fail != nil {
		return l, p.fail
	}
	if slices.Contains(in.Include, "total_count") {
		n := len(p.rows)
		if l.Total = &n; p.total != nil {
			l.Total = p.total
		}
	}
	end := min(at+page.Limit(in.Limit), len(p.rows))
	if l.Data = p.rows[at:end]; end < len(p.rows) {
		l.Next = fmt.Sprint(end)
	}
	return l, nil
}

func exporting(t *testing.T, p *parts) *bench {
	t.Helper()
	return setup(t, func(s *Server) {
		s.Routes = append(s.Routes, list("/v1/platform/parts", op("parts", authz.OperationsRead), p.list, func(v piece) piece { return v }))
	})
}

func records(t *testing.T, r reply) [][]string {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(r.body)).ReadAll()
	if err != nil || r.StatusCode != 200 {
		t.Fatalf("%d %v\n%s", r.StatusCode, err, r.body)
	}
	return all
}

// sheet reads the rows of a spreadsheet, cells as they are stored, with their types.
func sheet(t *testing.T, r reply) (rows [][]string, file *excelize.File) {
	t.Helper()
	file, err := excelize.OpenReader(bytes.NewReader([]byte(r.body)))
	if err == nil {
		rows, err = file.GetRows(file.GetSheetName(0), excelize.Options{RawCellValue: true})
	}
	if err != nil {
		t.Fatalf("%d %v", r.StatusCode, err)
	}
	return rows, file
}

func TestAnExportHasTheColumnsOfTheView(t *testing.T) {
	due := time.Date(2026, 4, 2, 8, 0, 0, 0, time.UTC)
	p := &parts{rows: []piece{
		{inner: inner{"prt_1"}, Name: `say "hi"`, Grams: 12.5, Count: -3, Ready: true, Due: &due, Size: &spot{1, 2.5}, Tags: []string{"a", "b"}, Groups: []maker{{"g1", "Lab 1"}, {"g2", "Lab 2"}},
			Uses: []spot{{1, 2}}, Meta: map[string]string{"k": "v"}, Raw: json.RawMessage(`{"a":1}`), Maker: &maker{"m", "Ada"}, Hidden: "no"},
		{inner: inner{"prt_2"}, Parent: &piece{Name: "itself"}},
	}}
	b := exporting(t, p)
	r := b.do("GET", "/v1/platform/parts", "", "Accept", "text/csv")
	got := records(t, r)
	want := [][]string{
		{"id", "name", "grams_g", "count", "ready", "due_at", "size.x", "size.y", "tags", "groups", "uses", "metadata", "raw", "parent", "nothing"},
		{"prt_1", `say "hi"`, "12.5", "-3", "true", "2026-04-02T08:00:00Z", "1", "2.5", "a; b", "Lab 1; Lab 2", `{"x":1,"y":2}`, `{"k":"v"}`, `{"a":1}`, "", ""},
	}
	if diff := cmp.Diff(want, got[:2]); diff != "" || len(got) != 3 || got[2][6] != "" {
		t.Errorf("(-want +got)\n%s%v", diff, got)
	}
	if got[2][13] == "" || !strings.Contains(got[2][13], "itself") {
		t.Errorf("what contains itself: %q", got[2][13])
	}
	if h := r.Header; h.Get("Content-Type") != "text/csv; charset=utf-8; header=present" || h.Get("Content-Disposition") != "attachment; filename=parts.csv" ||
		h.Get("X-SoLoPrint-API-Series") != "v1" || !strings.Contains(strings.Join(h.Values("Vary"), ","), "Accept") || h.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", h)
	}

	if titles := records(t, b.do("GET", "/v1/platform/parts?expand=maker", "", "Accept", "text/csv"))[0]; !slices.Contains(titles, "maker.name") {
		t.Errorf("asked for, the maker has no columns: %v", titles)
	}
	rows, file := sheet(t, b.do("GET", "/v1/platform/parts", "", "Accept", mediaXLSX))
	if diff := cmp.Diff(want[0], rows[0]) + cmp.Diff(want[1][:13], rows[1][:13]); diff != "" {
		t.Errorf("as a spreadsheet (-want +got)\n%s", diff)
	}
	if kind, err := file.GetCellType("Sheet1", "C2"); err != nil || kind == excelize.CellTypeInlineString || kind == excelize.CellTypeSharedString {
		t.Errorf("a number is %v, %v", kind, err)
	}
}

func TestFormulasAreNeutralised(t *testing.T) {
	hostile := []string{
		"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\ttab", "＝1+1", "＋1", "－1", "＠x", "﹦1", "=HYPERLINK(\"https://evil.example\",\"x\")",
		"=cmd|' /C calc'!A0", ";=1+1", `"=1`, " =1", "'=1", "\u00a0=1", "\u200b=1", "\ufeff=1", "\u202e=1", "-2+3+cmd|' /C calc'!A0", "|=1", ", =1",
	}
	harmlessTexts := []string{"PLA", "a=b", "1-2", "x@y.example", "Größe 5 °C", "「=」", "", " ", "5", "#REF!", "<script>", "{{ }}"}
	p := &parts{}
	for _, s := range append(slices.Clone(hostile), harmlessTexts...) {
		p.rows = append(p.rows, piece{Name: s, Count: -5, Grams: -1.5, Tags: []string{s}, Meta: map[string]string{}})
	}
	b := exporting(t, p)
	for media, read := range map[string]func(reply) [][]string{
		mediaCSV:  func(r reply) [][]string { return records(t, r) },
		mediaXLSX: func(r reply) [][]string { rows, _ := sheet(t, r); return rows },
	} {
		rows := read(b.do("GET", "/v1/platform/parts", "", "Accept", media))[1:]
		for i, s := range hostile {
			name, tags := rows[i][1], rows[i][8]
			if lines := strings.NewReplacer("\r\n", "\n", "\r", "\n"); lines.Replace(name) != lines.Replace("'"+s) || lines.Replace(tags) != lines.Replace("'"+s) {
				t.Errorf("%s: %q is %q, in a list %q", media, s, name, tags)
			}
			if rows[i][2] != "-1.5" || rows[i][3] != "-5" {
				t.Errorf("%s: numbers became %v", media, rows[i][2:4])
			}
		}
		for i, s := range harmlessTexts {
			if got := rows[len(hostile)+i][1]; got != s {
				t.Errorf("%s: %q became %q", media, s, got)
			}
		}
	}
	raw := b.do("GET", "/v1/platform/parts", "", "Accept", "text/csv").body
	if strings.Contains(raw, `,"`+";") || !strings.Contains(raw, `"';=1+1"`) || !strings.Contains(raw, ",-1.5,-5,") {
		t.Errorf("a text that is not quoted whole, or a number that is:\n%s", raw)
	}
}

func TestAnExportIsWholeOrRefused(t *testing.T) {
	p := &parts{}
	for i := range 450 {
		p.rows = append(p.rows, piece{Name: fmt.Sprint("part ", i)})
	}
	b := exporting(t, p)
	if n := len(records(t, b.do("GET", "/v1/platform/parts", "", "Accept", "text/csv"))); n != 451 || p.calls != 3 {
		t.Errorf("%d lines in %d reads", n, p.calls)
	}
	if r := b.do("GET", "/v1/platform/parts?cursor=400", "", "Accept", "text/csv"); len(records(t, r)) != 51 || r.Header.Get("Link") != "" {
		t.Errorf("from a cursor on: %v", r.Header)
	}
	r := b.do("GET", "/v1/platform/parts?limit=2&state=x", "", "Accept", "text/csv")
	if len(records(t, r)) != 3 || r.Header.Get("Link") != `<https://print.example/v1/platform/parts?cursor=2&limit=2&state=x>; rel="next"` {
		t.Errorf("one page: %v", r.Header)
	}
	if r := b.do("HEAD", "/v1/platform/parts", "", "Accept", "text/csv"); r.StatusCode != 200 || r.body != "" {
		t.Errorf("HEAD: %d %q", r.StatusCode, r.body)
	}

	p.total = new(maxExport + 1)
	b.want(b.do("GET", "/v1/platform/parts", "", "Accept", "text/csv"), 422, "report_too_large")
	b.want(b.do("GET", "/v1/platform/parts?nonsense=1", "", "Accept", "text/csv"), 400, "unknown_parameter")
	b.want(b.do("GET", "/v1/platform/parts", "", "Accept", "text/csv", "Authorization", ""), 401, "missing_bearer_token")
}

// Half of a table must not look like all of it.
func TestAnExportThatFailsOnItsWayIsCut(t *testing.T) {
	p := &parts{fail: errs.Failed("widget", "parts", errors.New("database is gone"))}
	for range 300 {
		p.rows = append(p.rows, piece{Name: "part"})
	}
	b := exporting(t, p)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+"/v1/platform/parts", nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"Authorization": "Bearer " + manager, "Accept": "text/csv", "X-Request-Id": "cut-1"} {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err == nil {
		_, err = io.ReadAll(resp.Body)
		_ = resp.Body.Close()
	}
	if err == nil {
		t.Error("the caller takes it for whole")
	}
	if line := b.logs.await(t, "cut-1"); !strings.Contains(line, "database is gone") {
		t.Errorf("logged %s", line)
	}
}

// The next page of the feed is named once, whatever the request called its place.
func TestTheNextPageHasOneName(t *testing.T) {
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/platform/events?after=a&limit=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	x := &exchange{base: "https://print.example", r: r, query: r.URL.Query()}
	if got := x.next("b"); got != "https://print.example/v1/platform/events?cursor=b&limit=1" {
		t.Error(got)
	}
}

func TestWhoGetsATable(t *testing.T) {
	for accept, want := range map[string]string{
		"":                                 "",
		"*/*":                              "",
		"application/json":                 "",
		"text/html, */*;q=0.8":             "",
		"image/png":                        "",
		"text/*":                           "",
		"text/csv":                         mediaCSV,
		"TEXT/CSV; charset=utf-8":          mediaCSV,
		"text/csv, */*;q=0.1":              mediaCSV,
		"application/json, text/csv":       mediaCSV,
		"application/json, text/csv;q=0.9": "",
		"text/csv;q=0.5, " + mediaXLSX:     mediaXLSX,
		"text/csv;q=0":                     "",
		"text/csv;q=much":                  "",
		";;;,text/csv":                     mediaCSV,
	} {
		if got := exported(http.Header{"Accept": {accept}}); got != want {
			t.Errorf("Accept: %s answers %q, want %q", accept, got, want)
		}
	}
}
