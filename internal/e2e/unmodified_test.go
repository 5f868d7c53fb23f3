package e2e_test

import (
	"strings"
	"testing"
)

// Whoever has read one thing and asks again is told that it is still the same: each route of one thing by its identifier
// answers an ETag, and 304 to it. What lives (a printer that prints, a delivery on its way) may have changed between the
// two, and is read again until it has not.
func TestWhatIsReadTwiceIsNotSentTwice(t *testing.T) {
	t.Parallel()
	s := newServer(t, database{path: sqliteInData}, 60)
	examples := s.examples(t)
	var names []string
	for name, id := range examples {
		names = append(names, name, id)
	}
	named, api, walked := strings.NewReplacer(names...), s.api(t), 0
	for _, r := range contract(t) {
		if r.method != "GET" || !strings.HasSuffix(r.path, "}") {
			continue
		}
		c := api
		if len(r.access) == 1 && r.access[0] == "self" {
			c = s.student(t)
		}
		walked++
		path := named.Replace(r.path)
		eventually(t, patience, func() string {
			tag := c.get(path).header.Get("ETag")
			if tag == "" {
				t.Errorf("%s has no ETag", r)
				return ""
			}
			if a := c.do("GET", path, nil, "If-None-Match", tag); a.status != 304 || len(a.body) > 0 {
				return r.String() + " was sent again to whoever has it: " + string(a.body)
			}
			return ""
		})
	}
	if walked < 15 {
		t.Errorf("%d routes of one thing were walked", walked)
	}
}
