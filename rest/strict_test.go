package rest

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/soloprint/soloprint/internal/errs"
)

func shapeOf[T any](t testing.TB) *shape {
	t.Helper()
	s, err := bodyShape(reflect.TypeFor[T]())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// verdict is what strict says: "" for accepted, the code, or the fields of a 422.
func verdict(_ []byte, err error) string {
	e := errs.From(err)
	switch {
	case e == nil:
		return ""
	case e.Code != errs.ValidationFailed:
		return string(e.Code)
	}
	parts := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		parts[i] = f.Path + " " + f.Code
	}
	return strings.Join(parts, ", ")
}

func nest(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

// bodies are bodies for createWidget with what strict says about them.
func bodies() map[string][2]string {
	return map[string][2]string{
		"an empty object":               {`{}`, ""},
		"all kinds of values":           {`{"name":"a","count":3,"grams":1.5e1,"draft":true,"at":"2026-04-02T08:00:00Z","tags":["x"],"metadata":{"k":"v"},"options":{"a":[1,{"b":null}]},"any":null,"raw":{"x":1},"blob":"aGk=","requirements":{"tools":[{"color_hex":"#ffffff"}],"min_volume_mm":null}}`, ""},
		"white space around":            {" \n\t{\"name\" : \"a\"}\r\n", ""},
		"null where it may stand":       {`{"at":null,"tags":null,"metadata":null,"options":null,"any":null}`, ""},
		"a pair of surrogates":          {`{"name":"\ud83d\ude00"}`, ""},
		"an escaped backslash before u": {`{"name":"\\ud83d"}`, ""},
		"an escaped name":               {`{"n\u0061me":"a"}`, ""},
		"integers at their bounds":      {`{"small":-128,"size":65535}`, ""},
		"integers with a fraction of 0": {`{"count":3.0,"small":-1.280e2,"size":65535.00}`, ""},
		"integers with an exponent":     {`{"count":1e3,"small":-12E+1,"size":500e-2}`, ""},
		"nothing, in many forms":        {`{"count":-0.0e-99999999999999999999,"size":0e9}`, ""},
		"an integer beyond 2^53":        {`{"count":9007199254740993.0}`, ""},
		"the largest integer":           {`{"count":9.223372036854775807e18}`, ""},
		"depth 32":                      {`{"any":` + nest(31) + `}`, ""},
		"brackets in a text":            {`{"name":"` + strings.Repeat("[", 50) + `"}`, ""},

		"nothing":                      {``, "invalid_json"},
		"white space only":             {` `, "invalid_json"},
		"a word":                       {`hello`, "invalid_json"},
		"cut off":                      {`{"name":"a"`, "invalid_json"},
		"cut off in a text":            {`{"name":"a`, "invalid_json"},
		"cut off in an escape":         {`{"name":"\u00`, "invalid_json"},
		"two documents":                {`{"name":"a"}{"name":"b"}`, "invalid_json"},
		"two documents on two lines":   {"{}\n{}", "invalid_json"},
		"a comma at the end":           {`{"name":"a",}`, "invalid_json"},
		"a comment":                    {`{"name":"a"/*x*/}`, "invalid_json"},
		"single quotes":                {`{'name':'a'}`, "invalid_json"},
		"a name without quotes":        {`{name:"a"}`, "invalid_json"},
		"a byte order mark":            {"\xef\xbb\xbf{}", "invalid_json"},
		"UTF-16":                       {"\xff\xfe{\x00}\x00", "invalid_json"},
		"invalid UTF-8":                {"{\"name\":\"\xc3\x28\"}", "invalid_json"},
		"an overlong encoding":         {"{\"name\":\"\xc0\xaf\"}", "invalid_json"},
		"a NUL byte":                   {"{\"name\":\"a\x00b\"}", "invalid_json"},
		"a NUL byte after the end":     {"{}\x00", "invalid_json"},
		"a raw line feed in a text":    {"{\"name\":\"a\nb\"}", "invalid_json"},
		"half a surrogate, high":       {`{"name":"\ud83d"}`, "invalid_json"},
		"half a surrogate, low":        {`{"name":"\ude00"}`, "invalid_json"},
		"half a surrogate before text": {`{"name":"\ud83dab"}`, "invalid_json"},
		"two high surrogates":          {`{"name":"\ud83d\ud83d"}`, "invalid_json"},
		"half a surrogate in a name":   {`{"\ud83d":1}`, "invalid_json"},
		"depth 33":                     {`{"any":` + nest(32) + `}`, "invalid_json"},
		"depth 100,000":                {strings.Repeat(`{"any":`, 100_000), "invalid_json"},
		"NaN":                          {`{"grams":NaN}`, "invalid_json"},
		"Infinity":                     {`{"grams":-Infinity}`, "invalid_json"},
		"a number with a zero before":  {`{"count":01}`, "invalid_json"},
		"a hexadecimal number":         {`{"count":0x10}`, "invalid_json"},
		"a number with a plus":         {`{"count":+1}`, "invalid_json"},

		"a list":                       {`[]`, " wrong_type"},
		"a text":                       {`"x"`, " wrong_type"},
		"null":                         {`null`, " wrong_type"},
		"an unknown name":              {`{"colour":"red"}`, "colour unknown_field"},
		"the name of no field":         {`{"Internal":"x"}`, "Internal unknown_field"},
		"an empty name":                {`{"":1}`, `"" unknown_field`},
		"a long name":                  {`{"` + strings.Repeat("x", 70) + `":1}`, strings.Repeat("x", 64) + "… unknown_field"},
		"a name twice":                 {`{"name":"a","name":"b"}`, "name duplicate_field"},
		"a name twice, once escaped":   {`{"name":"a","n\u0061me":"b"}`, "name duplicate_field"},
		"an unknown name twice":        {`{"x":1,"x":2}`, "x unknown_field, x unknown_field, x duplicate_field"},
		"a name in capitals":           {`{"NAME":"a"}`, "NAME wrong_case"},
		"a name and its capitals":      {`{"name":"a","Name":"b"}`, "Name wrong_case"},
		"a nested name in capitals":    {`{"requirements":{"File_Format":"gcode"}}`, "requirements.File_Format wrong_case"},
		"a name twice in a map":        {`{"metadata":{"a":"1","a":"2"}}`, "metadata.a duplicate_field"},
		"a name twice in free JSON":    {`{"options":{"x":[{"a":1,"a":2}]}}`, "options.x[0].a duplicate_field"},
		"a name twice in raw JSON":     {`{"raw":{"a":1,"a":2}}`, "raw.a duplicate_field"},
		"an unknown name deep inside":  {`{"requirements":{"tools":[{},{"nozzle":1}]}}`, "requirements.tools[1].nozzle unknown_field"},
		"a number for a text":          {`{"name":1}`, "name wrong_type"},
		"a text for a number":          {`{"count":"1"}`, "count wrong_type"},
		"a text for a truth":           {`{"draft":"true"}`, "draft wrong_type"},
		"a number for a truth":         {`{"draft":1}`, "draft wrong_type"},
		"an object for a text":         {`{"name":{"a":1}}`, "name wrong_type"},
		"a list for an object":         {`{"requirements":[]}`, "requirements wrong_type"},
		"an object for a list":         {`{"tags":{}}`, "tags wrong_type"},
		"a text for a list":            {`{"tags":"a"}`, "tags wrong_type"},
		"a number in a list of texts":  {`{"tags":["a",1]}`, "tags[1] wrong_type"},
		"null in a list":               {`{"tags":[null]}`, "tags[0] wrong_type"},
		"null in a map":                {`{"metadata":{"k":null}}`, "metadata.k wrong_type"},
		"null for a text":              {`{"name":null}`, "name wrong_type"},
		"null for a number":            {`{"count":null}`, "count wrong_type"},
		"null for a time":              {`{"due":null}`, "due wrong_type"},
		"null for an object":           {`{"requirements":null}`, "requirements wrong_type"},
		"a fraction for an integer":    {`{"count":1.5}`, "count wrong_type"},
		"a tiny fraction":              {`{"count":1.00000000000000000000000000001}`, "count wrong_type"},
		"a fraction by its exponent":   {`{"count":15e-1}`, "count wrong_type"},
		"next to nothing":              {`{"count":1e-99999999999999999999}`, "count wrong_type"},
		"an exponent without end":      {`{"count":1e99999999999999999999}`, "count out_of_range"},
		"an integer of 400 digits":     {`{"count":1e400}`, "count out_of_range"},
		"the largest integer plus 1":   {`{"count":9.223372036854775808e18}`, "count out_of_range"},
		"a small integer as 1.28e2":    {`{"small":1.28e2}`, "small out_of_range"},
		"a natural number as -1.0":     {`{"size":-1.0}`, "size out_of_range"},
		"a text like 1e3":              {`{"count":"1e3"}`, "count wrong_type"},
		"an integer that is too large": {`{"count":9223372036854775808}`, "count out_of_range"},
		"a small integer too large":    {`{"small":128}`, "small out_of_range"},
		"a negative natural number":    {`{"size":-1}`, "size out_of_range"},
		"a float that is too large":    {`{"grams":1e999}`, "grams out_of_range"},
		"a short float too large":      {`{"ratio":1e39}`, "ratio out_of_range"},
		"a free number too large":      {`{"any":-1e999}`, "any out_of_range"},
		"a time that is none":          {`{"at":"yesterday"}`, "at invalid_format"},
		"a number for a time":          {`{"at":1775116800}`, "at wrong_type"},
		"bytes that are not base64":    {`{"blob":"*"}`, "blob invalid_format"},
		"several faults":               {`{"name":1,"x":2,"count":"3"}`, "name wrong_type, x unknown_field, count wrong_type"},
		"inside what contains itself":  {`{"self":{"self":{"list":[{"name":"a"},{"nome":"b"}]}}}`, "self.self.list[1].nome unknown_field"},
	}
}

func TestStrict(t *testing.T) {
	s := shapeOf[createWidget](t)
	for name, tc := range bodies() {
		t.Run(name, func(t *testing.T) {
			if got := verdict(strict([]byte(tc[0]), s)); got != tc[1] {
				t.Errorf("got %q, want %q", got, tc[1])
			}
		})
	}
}

// An integer is read as it was meant, to the last digit, however it is written; what stands around it stays.
func TestIntegersAreReadExactly(t *testing.T) {
	for body, want := range map[string]string{
		`{"count":1000.0}`:                         `{"count":1000}`,
		`{"count":1e3,"name":"1e3","grams":1.0}`:   `{"count":1000,"name":"1e3","grams":1.0}`,
		` { "count" : -12.50E+2 , "size":3.0 } `:   ` { "count" : -1250 , "size":3 } `,
		`{"count":9007199254740993.0}`:             `{"count":9007199254740993}`,
		`{"count":-9223372036854775808.000}`:       `{"count":-9223372036854775808}`,
		`{"count":0.0012e+4,"options":{"a":2.0}}`:  `{"count":12,"options":{"a":2.0}}`,
		`{"size":5.0,"count":700E-2}`:              `{"size":5,"count":7}`,
		`{"count":-0.0}`:                           `{"count":0}`,
		`{"count":42,"name":"untouched \u0031.0"}`: `{"count":42,"name":"untouched \u0031.0"}`,
	} {
		if got, err := strict([]byte(body), shapeOf[createWidget](t)); err != nil || string(got) != want {
			t.Errorf("%s is read as %s, %v", body, got, err)
		}
	}
}

func TestStrictReadsOmittables(t *testing.T) {
	s := shapeOf[updateWidget](t)
	for body, want := range map[string]string{
		`{"name":null,"note":null,"tags":null,"size":null,"until":null}`: "",
		`{"size":{"x":1,"X":2,"y":1,"z":1}}`:                             "size.X wrong_case",
		`{"size":{"x":1,"x":2,"y":1,"z":1}}`:                             "size.x duplicate_field",
		`{"size":{"x":1}}`:                                               "size.y required, size.z required",
		`{"limits":{"max_queued_items":1.5,"unknown":1}}`:                "limits.max_queued_items wrong_type, limits.unknown unknown_field",
		`{"until":"soon"}`:                                               "until invalid_format",
		`{"tags":["a",null]}`:                                            "tags[1] wrong_type",
		`{"widget_id":"x"}`:                                              "widget_id unknown_field",
		`{"ID":"x"}`:                                                     "ID unknown_field",
		`{"IfMatch":"x"}`:                                                "IfMatch unknown_field",
		`{"limits":[],"size":"x","until":{},"name":[{"a":1,"a":2}],"n":{}}`: "limits wrong_type, size wrong_type, until wrong_type, name wrong_type, name[0].a duplicate_field, n unknown_field",
	} {
		if got := verdict(strict([]byte(body), s)); got != want {
			t.Errorf("%s: got %q, want %q", body, got, want)
		}
	}
}

func TestStrictAsksForWhatHasNoZero(t *testing.T) {
	s := shapeOf[confirmWidget](t)
	for body, want := range map[string]string{`{}`: "started required", `{"started":false}`: ""} {
		if got := verdict(strict([]byte(body), s)); got != want {
			t.Errorf("%s: got %q, want %q", body, got, want)
		}
	}
}

func TestStrictReportIsBounded(t *testing.T) {
	body := `{"any":1` + strings.Repeat(`,"x":1`, 50_000) + `}`
	_, err := strict([]byte(body), shapeOf[createWidget](t))
	if got := len(errs.From(err).Fields); got != 100 {
		t.Errorf("%d fields are reported, want 100", got)
	}
}

func TestShapesThatCannotWork(t *testing.T) {
	for name, typ := range map[string]reflect.Type{
		"two names that differ in case": reflect.TypeFor[struct {
			A int `json:"a"`
			B int `json:"A"`
		}](),
		"numbers in texts": reflect.TypeFor[struct {
			A int `json:"a,string"`
		}](),
		"keys that are numbers": reflect.TypeFor[struct {
			A map[int]int `json:"a"`
		}](),
		"channels": reflect.TypeFor[struct {
			A chan int `json:"a"`
		}](),
		"pointers to pointers": reflect.TypeFor[struct {
			A **int `json:"a"`
		}](),
		"not a struct": reflect.TypeFor[[]int](),
	} {
		if _, err := bodyShape(typ); err == nil {
			t.Errorf("%s: %v has a shape", name, typ)
		}
	}
}

// FuzzStrict looks for a body that the walk lets through and encoding/json would read differently: with unknown fields,
// or not at all.
func FuzzStrict(f *testing.F) {
	for _, tc := range bodies() {
		if len(tc[0]) < 1000 {
			f.Add([]byte(tc[0]))
		}
	}
	create, update := shapeOf[createWidget](f), shapeOf[updateWidget](f)
	f.Fuzz(func(t *testing.T, body []byte) {
		agrees[createWidget](t, body, create)
		agrees[updateWidget](t, body, update)
	})
}

func agrees[In any](t *testing.T, body []byte, s *shape) {
	t.Helper()
	body, err := strict(body, s)
	if err != nil {
		return
	}
	var in In
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		t.Errorf("strict accepts %q, encoding/json says: %v", body, err)
	}
	if d.More() {
		t.Errorf("strict accepts %q, in which something follows the document", body)
	}
	if err := json.Unmarshal(body, &in); err != nil {
		t.Errorf("strict accepts %q, json.Unmarshal says: %v", body, err)
	}
}

func BenchmarkStrict(b *testing.B) {
	s := shapeOf[createWidget](b)
	body := []byte(bodies()["all kinds of values"][0])
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := strict(body, s); err != nil {
			b.Fatal("refused")
		}
	}
}
