package validate_test

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"

	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/validate"
)

type tool struct {
	ColorHex string `json:"color_hex,omitempty" format:"color"`
	Need     *tool  `json:"need,omitempty"`
}

type base struct {
	Reason string `json:"reason,omitempty" maxLength:"5"`
}

type input struct {
	base
	Base2    `json:""`
	ID       pid.ID                      `path:"printer_id"`
	Limit    *int                        `query:"limit" minimum:"1" maximum:"200"`
	State    []string                    `query:"state" enum:"idle,printing" maxItems:"3"`
	Name     string                      `json:"name" required:"true" minLength:"2" maxLength:"4"`
	Kind     string                      `json:"kind,omitempty" enum:"a,b"`
	Priority int                         `json:"priority" minimum:"-1" maximum:"9"`
	Level    int                         `json:"level,omitempty" enum:"1,2,3"`
	Grams    float64                     `json:"grams" exclusiveMinimum:"-1" exclusiveMaximum:"10.5"`
	UsedG    graphql.Omittable[*float64] `json:"used_g"`
	Price    *int                        `json:"price,omitempty" dependentRequired:"currency"`
	Currency *string                     `json:"currency,omitempty" dependentRequired:"price"`
	Cost     graphql.Omittable[*int]     `json:"cost" dependentRequired:"paid_in"`
	PaidIn   graphql.Omittable[*string]  `json:"paid_in" dependentRequired:"cost"`
	Details  string                      `json:"details,omitempty" multiline:"true"`
	Why      string                      `json:"why,omitempty" minLength:"1" multiline:"true"`
	Place    string                      `json:"place,omitempty"`
	Cursor   string                      `query:"cursor" format:"cursor"`
	Tags     []string                    `json:"tags,omitempty" minItems:"1" maxItems:"3" uniqueItems:"true" maxLength:"3"`
	Tools    []tool                      `json:"tools,omitempty"`
	Meta     map[string]string           `json:"meta,omitempty" maxProperties:"2" keyMaxLength:"4" valueMaxLength:"3"`
	Free     map[string]any              `json:"free,omitempty"`
	Note     graphql.Omittable[*string]  `json:"note" maxLength:"3" pattern:"^[a-z]*$" patternText:"lower case"`
	Title    graphql.Omittable[*string]  `json:"title" nullable:"false"`
	Weight   graphql.Omittable[*float64] `json:"weight" minimum:"0"`
	Groups   graphql.Omittable[[]string] `json:"groups" maxItems:"1" nullable:"false"`
	Mail     *string                     `json:"mail,omitempty" format:"email"`
	URL      string                      `json:"url,omitempty" format:"uri"`
	Day      string                      `json:"day,omitempty" format:"date"`
	At       time.Time                   `json:"at,omitzero"`
	Raw      json.RawMessage             `json:"raw,omitempty"`
	Internal string                      `json:"-" maxLength:"1"`
}

// Base2 is embedded: its fields stand beside the others.
type Base2 struct {
	Slot int `json:"slot" minimum:"0"`
}

func set[T any](v T) graphql.Omittable[T] { return graphql.OmittableOf(v) }

// Its length is a row for each rule.
func TestStruct(t *testing.T) {
	ok := func(change func(*input)) input {
		in := input{Name: "abc"}
		if change != nil {
			change(&in)
		}
		return in
	}
	for name, tc := range map[string]struct {
		in   input
		want string // path code, comma separated
	}{
		"nothing optional is needed":           {ok(nil), ""},
		"a required text is missing":           {input{}, "name required"},
		"a text is too short":                  {ok(func(in *input) { in.Name = "a" }), "name too_short"},
		"characters are counted, not bytes":    {ok(func(in *input) { in.Name = "äöüß" }), ""},
		"a text is too long":                   {ok(func(in *input) { in.Name = "abcde" }), "name too_long"},
		"an omitted enum is absent":            {ok(func(in *input) { in.Kind = "" }), ""},
		"a word outside the enum":              {ok(func(in *input) { in.Kind = "c" }), "kind not_allowed"},
		"a number outside the enum":            {ok(func(in *input) { in.Level = 4 }), "level not_allowed"},
		"a number in the enum":                 {ok(func(in *input) { in.Level = 2 }), ""},
		"an integer below":                     {ok(func(in *input) { in.Priority = -2 }), "priority out_of_range"},
		"an integer above":                     {ok(func(in *input) { in.Priority = 10 }), "priority out_of_range"},
		"on the exclusive bound":               {ok(func(in *input) { in.Grams = 10.5 }), "grams out_of_range"},
		"below the exclusive bound":            {ok(func(in *input) { in.Grams = -1 }), "grams out_of_range"},
		"not a number":                         {ok(func(in *input) { in.Grams = math.NaN() }), "grams out_of_range"},
		"infinite":                             {ok(func(in *input) { in.Grams = math.Inf(-1) }), "grams out_of_range"},
		"an embedded field":                    {ok(func(in *input) { in.Slot = -1 }), "slot out_of_range"},
		"a field of an unexported part":        {ok(func(in *input) { in.Reason = "abcdef" }), "reason too_long"},
		"a query number behind a pointer":      {ok(func(in *input) { in.Limit = new(int) }), "limit out_of_range"},
		"an item of a query list":              {ok(func(in *input) { in.State = []string{"idle", "sleeping"} }), "state not_allowed"},
		"a cursor is its maker's matter":       {ok(func(in *input) { in.Cursor = "\x00" }), ""},
		"grams of two decimals":                {ok(func(in *input) { in.Grams = 1.15 }), ""},
		"grams of three decimals":              {ok(func(in *input) { in.Grams = 1.005 }), "grams invalid_format"},
		"grams that are too precise, patched":  {ok(func(in *input) { in.UsedG = set(new(0.001)) }), "used_g invalid_format"},
		"a price without its currency":         {ok(func(in *input) { in.Price = new(1) }), "currency required"},
		"a currency without a price":           {ok(func(in *input) { in.Currency = new("EUR") }), "price required"},
		"a price with its currency":            {ok(func(in *input) { in.Price, in.Currency = new(1), new("EUR") }), ""},
		"a cost set beside a cleared currency": {ok(func(in *input) { in.Cost, in.PaidIn = set(new(1)), set[*string](nil) }), "paid_in required"},
		"a cost cleared alone":                 {ok(func(in *input) { in.Cost = set[*int](nil) }), "paid_in required"},
		"a cost cleared with its currency":     {ok(func(in *input) { in.Cost, in.PaidIn = set[*int](nil), set[*string](nil) }), ""},
		"too many query values":                {ok(func(in *input) { in.State = []string{"idle", "idle", "idle", "idle"} }), "state too_many"},
		"a list that is there but empty":       {ok(func(in *input) { in.Tags = []string{} }), "tags too_few"},
		"a list with a value twice":            {ok(func(in *input) { in.Tags = []string{"a", "b", "a"} }), "tags[2] duplicate"},
		"an item too long":                     {ok(func(in *input) { in.Tags = []string{"abcd"} }), "tags[0] too_long"},
		"a value deep inside":                  {ok(func(in *input) { in.Tools = []tool{{}, {Need: &tool{ColorHex: "red"}}} }), "tools[1].need.color_hex invalid_format"},
		"a colour":                             {ok(func(in *input) { in.Tools = []tool{{ColorHex: "#00ffAA"}} }), ""},
		"too many keys":                        {ok(func(in *input) { in.Meta = map[string]string{"a": "", "b": "", "c": ""} }), "meta too_many"},
		"a long key":                           {ok(func(in *input) { in.Meta = map[string]string{"abcde": ""} }), "meta too_long"},
		"a long value":                         {ok(func(in *input) { in.Meta = map[string]string{"k": "abcd"} }), "meta.k too_long"},
		"a key with NUL":                       {ok(func(in *input) { in.Meta = map[string]string{"k\x00": ""} }), "meta invalid_characters"},
		"free-form values are searched":        {ok(func(in *input) { in.Free = map[string]any{"a": []any{1.0, map[string]any{"b": "\u202e"}, nil}} }), "free.a[1].b invalid_characters"},
		"an omittable that is not set":         {ok(func(in *input) { in.Note = graphql.Omittable[*string]{} }), ""},
		"an omittable cleared":                 {ok(func(in *input) { in.Note = set[*string](nil) }), ""},
		"an omittable set":                     {ok(func(in *input) { in.Note = set(new("AB")) }), "note invalid_format"},
		"an omittable set, too long":           {ok(func(in *input) { in.Note = set(new("abcd")) }), "note too_long"},
		"an omittable number":                  {ok(func(in *input) { in.Weight = set(new(-0.1)) }), "weight out_of_range"},
		"what cannot be cleared":               {ok(func(in *input) { in.Title = set[*string](nil) }), "title required"},
		"a list that cannot be cleared":        {ok(func(in *input) { in.Groups = set[[]string](nil) }), "groups required"},
		"an omittable list, too long":          {ok(func(in *input) { in.Groups = set([]string{"a", "b"}) }), "groups too_many"},
		"a mail address":                       {ok(func(in *input) { in.Mail = new("ann@example.com") }), ""},
		"a mail address with a name":           {ok(func(in *input) { in.Mail = new("Ann <ann@example.com>") }), "mail invalid_format"},
		"an address of the web":                {ok(func(in *input) { in.URL = "https://example.com/x?y=1" }), ""},
		"an address that is a script":          {ok(func(in *input) { in.URL = "javascript://example.com/%0aalert(1)" }), "url invalid_format"},
		"an address without host":              {ok(func(in *input) { in.URL = "https:///x" }), "url invalid_format"},
		"a day":                                {ok(func(in *input) { in.Day = "2026-02-28" }), ""},
		"a day that does not exist":            {ok(func(in *input) { in.Day = "2026-02-30" }), "day invalid_format"},
		"invalid UTF-8":                        {ok(func(in *input) { in.Name = "a\xffb" }), "name invalid_characters"},
		"a NUL in an id":                       {ok(func(in *input) { in.ID = "prn_\x00" }), "printer_id invalid_characters"},
		"a carriage return":                    {ok(func(in *input) { in.Name = "a\rb" }), "name invalid_characters"},
		"a line feed in a name":                {ok(func(in *input) { in.Name = "a\nb" }), "name invalid_characters"},
		"a tab in a name":                      {ok(func(in *input) { in.Name = "a\tb" }), "name invalid_characters"},
		"a line separator in a name":           {ok(func(in *input) { in.Name = "a\u2028b" }), "name invalid_characters"},
		"a control character of C1":            {ok(func(in *input) { in.Name = "a\u0085b" }), "name invalid_characters"},
		"a description of several lines":       {ok(func(in *input) { in.Details = "a\n\tb\n" }), ""},
		"a name of blanks":                     {ok(func(in *input) { in.Name = "   " }), "name required"},
		"a name of what nobody sees":           {ok(func(in *input) { in.Name = "\u200b\u00a0" }), "name required"},
		"a patched name of blanks":             {ok(func(in *input) { in.Title = set(new(" ")) }), "title required"},
		"a reason of blank lines":              {ok(func(in *input) { in.Why = "\n \n" }), "why required"},
		"a reason that ends in a line feed":    {ok(func(in *input) { in.Why = "so\n" }), ""},
		"a name that begins with a blank":      {ok(func(in *input) { in.Name = " ab" }), "name invalid_format"},
		"a name that ends with a blank":        {ok(func(in *input) { in.Name = "ab " }), "name invalid_format"},
		"what may be empty may be blank":       {ok(func(in *input) { in.Place = " x " }), ""},
		"an isolate":                           {ok(func(in *input) { in.Name = "a\u2066b" }), "name invalid_characters"},
		"what callers cannot send is not read": {ok(func(in *input) { in.Internal = "long" }), ""},
		"several values are reported in order": {input{Kind: "c", Priority: 10, Tags: []string{"abcd", "abcd"}}, "name required, kind not_allowed, priority out_of_range, tags[1] duplicate, tags[0] too_long, tags[1] too_long"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, brief(validate.Struct(&tc.in))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func brief(fields []errs.Field) string {
	var parts []string
	for _, f := range fields {
		parts = append(parts, f.Path+" "+f.Code)
	}
	return strings.Join(parts, ", ")
}

func TestRequirementsUseTheirTags(t *testing.T) {
	in := schematype.Requirements{ColorHex: "#ff", Tools: []schematype.ToolNeed{{FilamentG: -1}}, MinVolumeMM: &schematype.Size{X: -1, Y: 1}}
	want := "color_hex invalid_format, tools[0].filament_g out_of_range, min_volume_mm.x out_of_range, min_volume_mm.z out_of_range"
	if got := brief(validate.Struct(in)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestReportIsBounded(t *testing.T) {
	in := schematype.Requirements{Tools: make([]schematype.ToolNeed, 16)}
	type many struct {
		Rows []schematype.ToolNeed `json:"rows"`
	}
	rows := many{Rows: make([]schematype.ToolNeed, 50_000)}
	for i := range rows.Rows {
		rows.Rows[i].FilamentG = -1
	}
	if got := len(validate.Struct(rows)); got != validate.MaxFields {
		t.Errorf("%d fields are reported, want %d", got, validate.MaxFields)
	}
	if got := validate.Struct(in); got != nil {
		t.Errorf("got %v", got)
	}
}

func TestCheckRefusesTagsThatDoNothing(t *testing.T) {
	for name, typ := range map[string]reflect.Type{
		"a length of a number": reflect.TypeFor[struct {
			A int `json:"a" maxLength:"3"`
		}](),
		"a bound of a text": reflect.TypeFor[struct {
			A string `json:"a" minimum:"3"`
		}](),
		"items of a text": reflect.TypeFor[struct {
			A string `json:"a" maxItems:"3"`
		}](),
		"keys of a list": reflect.TypeFor[struct {
			A []string `json:"a" keyMaxLength:"3"`
		}](),
		"an unknown format": reflect.TypeFor[struct {
			A string `json:"a" format:"zip"`
		}](),
		"a broken pattern": reflect.TypeFor[struct {
			A string `json:"a" pattern:"("`
		}](),
		"a length that is none": reflect.TypeFor[struct {
			A string `json:"a" maxLength:"x"`
		}](),
		"a word that is no bool": reflect.TypeFor[struct {
			A string `json:"a" required:"yes"`
		}](),
		"what is not checked": reflect.TypeFor[struct {
			A int `json:"a" multipleOf:"2"`
		}](),
		"unique maps": reflect.TypeFor[struct {
			A []map[string]int `json:"a" uniqueItems:"true"`
		}](),
		"an enum of a bool": reflect.TypeFor[struct {
			A bool `json:"a" enum:"true"`
		}](),
		"half a pair": reflect.TypeFor[struct {
			A *int `json:"a" dependentRequired:"b"`
		}](),
		"rules of a struct": reflect.TypeFor[struct {
			A struct{ B int } `json:"a" minLength:"1"`
		}](),
		"keys that are not texts": reflect.TypeFor[struct {
			A map[int]string `json:"a"`
		}](),
		"a value that is not readable": reflect.TypeFor[struct {
			A chan int `json:"a"`
		}](),
		"not a struct": reflect.TypeFor[int](),
	} {
		if validate.Check(typ) == nil {
			t.Errorf("%s: Check accepts %v", name, typ)
		}
	}
}

func TestNeeded(t *testing.T) {
	typ := reflect.TypeFor[struct {
		A string                     `json:"a" required:"true"`
		B string                     `json:"b" minLength:"1"`
		C string                     `json:"c,omitempty" minLength:"1"`
		D int                        `json:"d" minimum:"1"`
		E *int                       `json:"e" minimum:"1"`
		F graphql.Omittable[*string] `json:"f" minLength:"1"`
		G bool                       `json:"g" required:"true"`
		H tool                       `json:"h"`
	}]()
	for i, want := range []bool{true, true, false, true, false, false, true, false} {
		if got, err := validate.Needed(typ.Field(i)); err != nil || got != want {
			t.Errorf("%s: Needed = %v, %v, want %v", typ.Field(i).Name, got, err, want)
		}
	}
}

func TestNilIsFine(t *testing.T) {
	if got := validate.Struct((*input)(nil)); got != nil {
		t.Errorf("got %v", got)
	}
}

func BenchmarkStruct(b *testing.B) {
	in := input{Name: "abc", Kind: "a", Tags: []string{"a", "b"}, Tools: []tool{{ColorHex: "#00ff00"}}, Note: set(new("ab"))}
	b.ReportAllocs()
	for b.Loop() {
		if validate.Struct(&in) != nil {
			b.Fatal("refused")
		}
	}
}
