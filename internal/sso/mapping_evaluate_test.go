package sso

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/ent/ssogroupmapping"
	"github.com/soloprint/soloprint/internal/pid"
)

// rule is a mapping in words: "10 teachers: groups equals Teachers -> role:teacher class:5b keep". It is revoked on loss where
// it does not say keep, and values of in are separated by |.
func rule(t testing.TB, words string) *ent.SSOGroupMapping {
	t.Helper()
	var m ent.SSOGroupMapping
	left, right, _ := strings.Cut(words, " -> ")
	head, match, _ := strings.Cut(left, ": ")
	parts := strings.SplitN(match, " ", 3)
	if _, err := fmt.Sscanf(head, "%d %s", &m.Priority, &m.ID); err != nil || len(parts) != 3 {
		t.Fatalf("%q is no mapping", words)
	}
	m.Match = schematype.Match{Claim: parts[0], Operator: parts[1], Value: parts[2]}
	if parts[1] == in {
		m.Match.Value, m.Match.Values = "", strings.Split(parts[2], "|")
	}
	m.OnLoss = ssogroupmapping.OnLossRevoke
	for _, w := range strings.Fields(right) {
		kind, what, _ := strings.Cut(w, ":")
		switch id := pid.ID(what); kind {
		case "role":
			r := ssogroupmapping.Role(what)
			m.Role = &r
		case "class":
			m.ClassID = &id
		case "teach":
			m.ClassID, m.IsTeacher = &id, true
		case "group":
			m.UserGroupID = &id
		case "keep":
			m.OnLoss = ssogroupmapping.OnLossKeep
		}
	}
	return &m
}

// said are grants in the same words.
func said(grants Grants) string {
	words := make([]string, len(grants))
	for i, g := range grants {
		switch {
		case g.Role != "":
			words[i] = "role:" + g.Role
		case g.UserGroupID != "":
			words[i] = "group:" + g.UserGroupID
		case g.Teacher:
			words[i] = "teach:" + g.ClassID
		default:
			words[i] = "class:" + g.ClassID
		}
	}
	return strings.Join(words, " ")
}

// outcome is what came of it in one line: each rule with a sign, then what is granted, kept and lost.
func outcome(o Outcome) string {
	var words []string
	for _, r := range o.Rules {
		sign := "-"
		switch {
		case r.Matched:
			sign = "+"
		case r.Unknown:
			sign = "?"
		}
		words = append(words, sign+string(r.MappingID))
	}
	words = append(words, "=")
	if len(o.Grants) > 0 {
		words = append(words, said(o.Grants))
	}
	if len(o.Kept) > 0 {
		words = append(words, "keeps "+said(o.Kept))
	}
	if len(o.Lost) > 0 {
		words = append(words, "loses "+said(o.Lost))
	}
	return strings.Join(words, " ")
}

func TestEvaluate(t *testing.T) {
	staff, students := "10 staff: groups equals Teachers -> role:teacher", "0 students: groups equals Students -> role:student"
	overage := `{"_claim_names":{"groups":"src1"},"_claim_sources":{"src1":{"endpoint":"https://graph.example"}}}`
	for _, test := range []struct {
		name   string
		rules  []string
		held   []string // rules whose grants are held from before
		claims string
		want   string
	}{
		{"no mappings grant nothing", nil, nil, `{"groups":["Teachers"]}`, "="},
		{"a group that is equal gives the role", []string{staff}, nil, `{"groups":["Teachers"]}`, "+staff = role:teacher"},
		{"upper and lower case are told apart", []string{staff}, nil, `{"groups":["teachers"]}`, "-staff ="},
		{"a claim that is one text is a list of one", []string{staff}, nil, `{"groups":"Teachers"}`, "+staff = role:teacher"},
		{"the highest priority gives the role, whatever the order", []string{students, staff}, nil, `{"groups":["Students","Teachers"]}`, "+staff +students = role:teacher"},
		{"the highest priority gives the role, a lower role too", []string{"10 low: groups equals A -> role:student", "0 high: groups equals A -> role:admin"}, nil, `{"groups":["A"]}`, "+low +high = role:student"},
		{"of equal priorities the newest gives the role", []string{"5 map_1: groups equals A -> role:student", "5 map_2: groups equals A -> role:teacher"}, nil, `{"groups":["A"]}`, "+map_2 +map_1 = role:teacher"},
		{"a match without a role does not decide on it", []string{"20 club: groups equals A -> group:club", "0 all: groups equals A -> role:teacher"}, nil, `{"groups":["A"]}`, "+club +all = group:club role:teacher"},
		{"classes and groups of all matches come together", []string{"2 a: groups equals A -> class:5a group:x", "1 b: groups equals B -> class:5b group:y"}, nil, `{"groups":["A","B"]}`,
			"+a +b = class:5a group:x class:5b group:y"},
		{"of two seats in one class the teacher's counts", []string{"2 a: groups equals A -> class:5a", "1 b: groups equals A -> teach:5a"}, nil, `{"groups":["A"]}`, "+a +b = teach:5a"},
		{"one group by two mappings is joined once", []string{"2 a: groups equals A -> group:x", "1 b: groups equals A -> group:x"}, nil, `{"groups":["A"]}`, "+a +b = group:x"},
		{"prefix takes the beginning", []string{"0 year: groups prefix year-9 -> class:9"}, nil, `{"groups":["year-9b"]}`, "+year = class:9"},
		{"prefix does not take the middle", []string{"0 year: groups prefix year-9 -> class:9"}, nil, `{"groups":["old-year-9b"]}`, "-year ="},
		{"regex matches whole values", []string{"0 admins: groups regex admins -> role:admin"}, nil, `{"groups":["not-admins","admins-of-nothing"]}`, "-admins ="},
		{"regex matches whole values of an alternative too", []string{"0 r: groups regex a|b -> role:admin"}, nil, `{"groups":["ax","xb"]}`, "-r ="},
		{"regex does not take a line of a text", []string{"0 r: groups regex admins -> role:admin"}, nil, `{"groups":["x\nadmins\ny","admins\n"]}`, "-r ="},
		{"regex takes what it says", []string{"0 year: groups regex year-[0-9]+[ab] -> class:9"}, nil, `{"groups":["year-10a"]}`, "+year = class:9"},
		{"in takes any of its values", []string{"0 some: groups in A|B -> group:x"}, nil, `{"groups":["B"]}`, "+some = group:x"},
		{"in takes no other", []string{"0 some: groups in A|B -> group:x"}, nil, `{"groups":["A|B"]}`, "-some ="},
		{"a name with dots leads into objects", []string{"0 r: realm_access.roles equals staff -> role:teacher"}, nil, `{"realm_access":{"roles":["staff"]}}`, "+r = role:teacher"},
		{"a claim whose whole name has dots comes first", []string{"0 r: a.b equals staff -> role:teacher"}, nil, `{"a.b":"staff","a":{"b":"x"}}`, "+r = role:teacher"},
		{"a name that is an address is looked up whole", []string{"0 r: https://school.example/roles equals staff -> role:teacher"}, nil, `{"https://school.example/roles":["staff"]}`, "+r = role:teacher"},
		{"numbers and truths are texts", []string{"1 n: grade equals 9 -> class:9", "0 b: staff equals true -> role:teacher"}, nil, `{"grade":9,"staff":true}`, "+n +b = class:9 role:teacher"},
		{"large numbers keep their digits", []string{"0 n: school equals 9007199254740993 -> class:9"}, nil, `{"school":9007199254740993}`, "+n = class:9"},
		{"objects in a list are not looked into", []string{staff}, nil, `{"groups":["Students",{"name":"Teachers"}]}`, "-staff ="},
		{"a value of 1,001 bytes matches nothing", []string{"0 p: groups prefix a -> role:admin"}, nil, `{"groups":["` + strings.Repeat("a", 1001) + `"]}`, "-p ="},

		{"what no longer matches is lost", []string{staff}, []string{staff}, `{"groups":["Students"]}`, "-staff = loses role:teacher"},
		{"what is to be kept on loss is managed no more, and stays", []string{staff + " keep"}, []string{staff + " keep"}, `{"groups":["Students"]}`, "-staff ="},
		{"on_loss is asked as it is now", []string{staff}, []string{staff + " keep"}, `{"groups":["Students"]}`, "-staff = loses role:teacher"},
		{"what a deleted mapping granted is lost", nil, []string{staff}, `{"groups":["Teachers"]}`, "= loses role:teacher"},
		{"what a deleted mapping granted for good stays", nil, []string{staff + " keep"}, `{"groups":["Teachers"]}`, "="},
		{"what another mapping grants too is not lost", []string{"0 b: groups equals B -> class:5a"}, []string{"0 a: groups equals A -> class:5a"}, `{"groups":["B"]}`, "+b = class:5a"},
		{"the last group gone is an empty claim, and all is lost", []string{staff}, []string{staff}, `{"groups":[]}`, "-staff = loses role:teacher"},

		{"a missing claim takes nothing away", []string{staff, "0 five: groups equals A -> class:5a"}, []string{staff, "0 five: groups equals A -> class:5a"}, `{}`, "?staff ?five = keeps role:teacher class:5a"},
		{"null is a missing claim", []string{staff}, []string{staff}, `{"groups":null}`, "?staff = keeps role:teacher"},
		{"a missing claim grants nothing", []string{staff}, nil, `{}`, "?staff ="},
		{"Entra's group overage takes nothing away", []string{staff}, []string{staff}, overage, "?staff = keeps role:teacher"},
		{"overage beside a part of the groups takes nothing away", []string{staff}, []string{staff}, `{"groups":["Students"],"_claim_names":{"groups":"src1"}}`, "?staff = keeps role:teacher"},
		{"hasgroups takes nothing away", []string{staff}, []string{staff}, `{"hasgroups":true}`, "?staff = keeps role:teacher"},
		{"a form that is not understood takes nothing away", []string{staff}, []string{staff}, `{"groups":{"0":"Students"}}`, "?staff = keeps role:teacher"},
		{"where nobody knows of a higher mapping, a lower one does not demote", []string{"10 staff: roles equals Teachers -> role:teacher", students}, []string{"10 staff: roles equals Teachers -> role:teacher"},
			`{"groups":["Students"]}`, "?staff +students = keeps role:teacher"},
		{"where nobody knows of a lower mapping, a higher one decides", []string{staff, "0 students: roles equals Students -> role:student"}, []string{"0 students: roles equals Students -> role:student"},
			`{"groups":["Teachers"]}`, "+staff ?students = role:teacher"},
		{"another claim is still known", []string{staff, "0 grade: grade equals 9 -> class:9"}, []string{staff, "0 grade: grade equals 9 -> class:9"}, `{"grade":10}`, "?staff -grade = keeps role:teacher loses class:9"},
		{"a teacher's seat of which nobody knows is not made a student's", []string{"1 t: roles equals T -> teach:5a", "0 s: groups equals S -> class:5a"}, []string{"1 t: roles equals T -> teach:5a"},
			`{"groups":["S"]}`, "?t +s = teach:5a"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var mappings []*ent.SSOGroupMapping
			for _, r := range test.rules {
				mappings = append(mappings, rule(t, r))
			}
			o := evaluate(mappings, &ent.SSOProvider{}, claims(t, test.claims), heldOf(t, test.held))
			if got := outcome(o); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			for _, r := range o.Rules {
				if len(r.Why) < 10 || !strings.HasSuffix(r.Why, ".") {
					t.Errorf("%s: %q says nothing", r.MappingID, r.Why)
				}
			}
		})
	}
}

// heldOf are grants that the rules made before.
func heldOf(t testing.TB, rules []string) Grants {
	t.Helper()
	var o Outcome
	for _, r := range rules {
		o.grant(rule(t, r))
	}
	return o.Grants
}

func claims(t testing.TB, text string) (c Claims) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&c); err != nil {
		t.Fatal(err)
	}
	return c
}

// The provider's claim of groups is what a mapping looks at that names none.
func TestEvaluateDefaultClaim(t *testing.T) {
	m := rule(t, "0 staff: x equals Teachers -> role:teacher")
	m.Match.Claim = ""
	p := &ent.SSOProvider{Claims: schematype.Claims{Groups: "memberOf"}}
	if o := evaluate([]*ent.SSOGroupMapping{m}, p, claims(t, `{"memberOf":["Teachers"],"groups":[]}`), nil); !o.Rules[0].Matched {
		t.Errorf("%s", o.Rules[0].Why)
	}
}

// A sentence for people names claim and value, in both directions.
func TestEvaluateExplains(t *testing.T) {
	mappings := []*ent.SSOGroupMapping{rule(t, "3 a: groups equals Teachers -> role:teacher"), rule(t, "2 b: groups regex year-[0-9] -> class:9"), rule(t, "1 c: roles equals x -> class:9"), rule(t, "0 d: hd equals school.example -> class:9")}
	o := evaluate(mappings, &ent.SSOProvider{}, claims(t, `{"groups":["Teachers","Band"],"hd":"other.example"}`), nil)
	for i, want := range []string{
		`groups has "Teachers", which equals "Teachers".`,
		`None of the 2 values of groups matches "year-[0-9]" as a whole.`,
		`The provider did not send roles. What this mapping granted before stays.`,
		`hd is "other.example", and it is not so that it equals "school.example".`,
	} {
		if got := o.Rules[i].Why; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// 10,000 groups against 500 mappings of the slowest kind are judged in the time of a sign-in; one group more is taken as cut
// off, and takes nothing away.
func TestEvaluateIsBounded(t *testing.T) {
	var mappings []*ent.SSOGroupMapping
	for i := range maxMappings {
		mappings = append(mappings, rule(t, fmt.Sprintf("%d map_%d: groups regex (a|ab)*c%d -> class:5a", i, i, i)))
	}
	many := make([]any, maxValues)
	for i := range many {
		many[i] = fmt.Sprintf("group-%d", i)
	}
	began := time.Now()
	o := evaluate(mappings, &ent.SSOProvider{}, Claims{"groups": many}, nil)
	if took := time.Since(began); o.Unchanged() || len(o.Grants) > 0 || took > 20*time.Second {
		t.Errorf("%d groups took %v: %s", len(many), took, o.Rules[0].Why)
	}

	held := heldOf(t, []string{"0 map_0: groups equals x -> role:teacher"})
	if o := evaluate(mappings, &ent.SSOProvider{}, Claims{"groups": append(many, "one more")}, held); said(o.Kept) != "role:teacher" || len(o.Lost) > 0 {
		t.Errorf("one group more: %s", outcome(o)[max(0, len(outcome(o))-100):])
	}
}
