package graph_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// GraphQL's statistics and events are REST's, in its own names.
func TestReportsAreServed(t *testing.T) {
	eachServed(t, func(t *testing.T, w *served) {
		owner := w.north.owner(t)
		for range 3 {
			w.call(owner, t, "POST /v1/platform/queue", object{"name": "part"})
		}

		a := good(t, w.do(owner, t, "statistics", "{from to interval groupBy timeZone currency totals{prints succeeded failed cancelled printSeconds filamentG costMinor}"+
			" points{time group prints succeeded failed cancelled printSeconds filamentG costMinor}}", object{"groupBy": "printer"}))
		_, answer := w.call(owner, t, "GET /v1/statistics?group_by=printer", nil)
		if diff := cmp.Diff(camel(answer), camel(a.Data["statistics"])); diff != "" {
			t.Errorf("statistics (-REST +GraphQL)\n%s", diff)
		}

		const all = "{hasMore nextCursor events{id sequence type subjectType subjectId actorType actorId actorMembershipId requestId occurredAt data}}"
		a = good(t, w.do(owner, t, "events", all, object{"first": 2, "types": []string{"queue_item.*"}}))
		feed := a.Data["events"].(object)
		_, answer = w.call(owner, t, "GET /v1/platform/events?limit=2&types=queue_item.*", nil)
		if len(feed["events"].([]any)) != 2 || feed["hasMore"] != true || feed["nextCursor"] != answer["next_cursor"] {
			t.Fatalf("the first page: %s, REST %v", a.body, answer)
		}
		for i, row := range answer["data"].([]any) {
			e := row.(object)
			delete(e, "created_at")
			delete(e, "updated_at")
			data := e["data"]
			delete(e, "data") // what it says keeps its names
			shown := feed["events"].([]any)[i].(object)
			if diff := cmp.Diff(data, shown["data"]); diff != "" {
				t.Errorf("data (-REST +GraphQL)\n%s", diff)
			}
			delete(shown, "data")
			if diff := cmp.Diff(camel(e), camel(shown)); diff != "" {
				t.Errorf("event (-REST +GraphQL)\n%s", diff)
			}
		}
		a = good(t, w.do(owner, t, "events", all, object{"after": feed["nextCursor"], "types": []string{"queue_item.*"}}))
		if feed = a.Data["events"].(object); len(feed["events"].([]any)) != 1 || feed["hasMore"] != false {
			t.Errorf("the second page: %s", a.body)
		}
	})
}
