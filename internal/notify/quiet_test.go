package notify

import (
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent/notificationrule"
	"github.com/soloprint/soloprint/ent/schematype"
)

func moment(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at.UTC()
}

func TestAwake(t *testing.T) {
	night, noon := &schematype.QuietHours{From: "20:00", To: "07:00"}, &schematype.QuietHours{From: "12:00", To: "13:30"}
	for _, tt := range []struct {
		name     string
		quiet    *schematype.QuietHours
		zone     string
		at, want string
	}{
		{"no quiet hours", nil, "UTC", "2026-04-02T03:00:00Z", "2026-04-02T03:00:00Z"},
		{"by day", night, "UTC", "2026-04-02T12:00:00Z", "2026-04-02T12:00:00Z"},
		{"in the evening, until the next morning", night, "UTC", "2026-04-02T22:15:00Z", "2026-04-03T07:00:00Z"},
		{"after midnight, until the same morning", night, "UTC", "2026-04-02T03:00:00Z", "2026-04-02T07:00:00Z"},
		{"when they begin", night, "UTC", "2026-04-02T20:00:00Z", "2026-04-03T07:00:00Z"},
		{"when they end", night, "UTC", "2026-04-02T07:00:00Z", "2026-04-02T07:00:00Z"},
		{"in the middle of the day", noon, "UTC", "2026-04-02T12:59:00Z", "2026-04-02T13:30:00Z"},
		{"night in New York is day in Greenwich", night, "America/New_York", "2026-04-02T03:00:00Z", "2026-04-02T11:00:00Z"},
		{"day in Tokyo is night in Greenwich", night, "Asia/Tokyo", "2026-04-02T03:00:00Z", "2026-04-02T03:00:00Z"},
		{"half an hour's zone", night, "Asia/Kolkata", "2026-04-02T20:00:00Z", "2026-04-03T01:30:00Z"},
		{"over the last day of the year", night, "Pacific/Auckland", "2026-12-31T08:00:00Z", "2026-12-31T18:00:00Z"},
		{"over 29 February", night, "UTC", "2028-02-28T21:00:00Z", "2028-02-29T07:00:00Z"},
		{"the night in which clocks go forward", night, "Europe/Berlin", "2026-03-28T21:00:00Z", "2026-03-29T05:00:00Z"},
		{"the night in which clocks go back", night, "Europe/Berlin", "2026-10-24T21:00:00Z", "2026-10-25T06:00:00Z"},
		{"an end that does not exist", &schematype.QuietHours{From: "20:00", To: "02:30"}, "Europe/Berlin", "2026-03-28T21:00:00Z", "2026-03-29T01:30:00Z"},
		{"an end that comes twice", &schematype.QuietHours{From: "20:00", To: "02:30"}, "Europe/Berlin", "2026-10-24T21:00:00Z", "2026-10-25T00:30:00Z"},
		{"the second time of an hour that comes twice", &schematype.QuietHours{From: "20:00", To: "02:30"}, "Europe/Berlin", "2026-10-25T01:10:00Z", "2026-10-25T01:30:00Z"},
	} {
		got := awake(tt.quiet, moment(t, tt.at), zone(tt.zone))
		if want := moment(t, tt.want); !got.Equal(want) {
			t.Errorf("%s: %s, want %s", tt.name, got, want)
		}
	}
}

func TestWindow(t *testing.T) {
	for _, tt := range []struct {
		name   string
		digest notificationrule.Digest
		zone   string
		at     string
		want   string
	}{
		{"none", notificationrule.DigestNone, "UTC", "2026-04-02T06:10:00Z", "0001-01-01T00:00:00Z"},
		{"the next full hour", notificationrule.DigestHourly, "UTC", "2026-04-02T06:10:00Z", "2026-04-02T07:00:00Z"},
		{"at a full hour, the next one", notificationrule.DigestHourly, "UTC", "2026-04-02T06:00:00Z", "2026-04-02T07:00:00Z"},
		{"the same morning", notificationrule.DigestDaily, "UTC", "2026-04-02T06:10:00Z", "2026-04-02T07:00:00Z"},
		{"the next morning", notificationrule.DigestDaily, "UTC", "2026-04-02T07:00:00Z", "2026-04-03T07:00:00Z"},
		{"a morning in New York", notificationrule.DigestDaily, "America/New_York", "2026-04-02T12:00:00Z", "2026-04-03T11:00:00Z"},
		{"the morning after the clocks went forward", notificationrule.DigestDaily, "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T05:00:00Z"},
		{"the morning after they went back", notificationrule.DigestDaily, "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T06:00:00Z"},
		{"a zone that the machine does not know is UTC", notificationrule.DigestDaily, "Mars/Olympus", "2026-04-02T06:10:00Z", "2026-04-02T07:00:00Z"},
	} {
		if got, want := window(tt.digest, moment(t, tt.at), zone(tt.zone)), moment(t, tt.want); !got.Equal(want) {
			t.Errorf("%s: %s, want %s", tt.name, got, want)
		}
	}
}

func TestHolds(t *testing.T) {
	f := fact{Event: happened("queue_item.updated"), object: map[string]any{"state": "queued", "grams": 12.5, "class_id": nil, "draft": false, "needs": map[string]any{"type": "PLA"}},
		previous: map[string]any{"state": "draft"}}
	for _, tt := range []struct {
		name                   string
		field, operator, value string
		want                   bool
	}{
		{"the same text", "state", "equals", "queued", true},
		{"another text", "state", "equals", "draft", false},
		{"a number as text", "grams", "equals", "12.5", true},
		{"what is not there equals nothing", "missing", "equals", "", false},
		{"it was something else", "state", "becomes", "queued", true},
		{"it was the same, as far as anybody says", "grams", "becomes", "12.5", false},
		{"it is something else", "state", "not_equals", "draft", true},
		{"it is not", "state", "not_equals", "queued", false},
		{"one of several", "state", "in", "draft, queued", true},
		{"none of several", "state", "not_in", "draft, queued", false},
		{"more", "grams", "greater", "12", true},
		{"not more", "grams", "greater", "12.5", false},
		{"less", "grams", "less", "13", true},
		{"text is neither", "state", "greater", "1", false},
		{"null is empty", "class_id", "empty", "", true},
		{"false is empty", "draft", "empty", "", true},
		{"what is not there is empty", "missing", "empty", "", true},
		{"text is not", "state", "not_empty", "", true},
		{"a member of a member", "needs.type", "equals", "PLA", true},
		{"a member of what has none", "state.type", "equals", "PLA", false},
	} {
		if got := holds(schematype.Condition{Field: tt.field, Operator: tt.operator, Value: tt.value}, f); got != tt.want {
			t.Errorf("%s: %t", tt.name, got)
		}
	}
	f.Event = happened("queue_item.created")
	if !holds(schematype.Condition{Field: "grams", Operator: "becomes", Value: "12.5"}, f) {
		t.Error("what is new became what it is")
	}
}

func TestLine(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"a plain title", "Gear was approved", "Gear was approved"},
		{"a header that somebody would like to add", "Gear\r\nBcc: all@example.org", "Gear Bcc: all@example.org"},
		{"all kinds of line ends", "a\u2028b\u0085c\vd\x00e", "a b c d e"},
		{"what turns text round", "gear\u202egpj.exe", "geargpj.exe"},
		{"what is no UTF-8", "a\xffb", "ab"},
	} {
		if got := line(tt.text, 100); got != tt.want {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
	if got := line("abcdef", 4); got != "abc…" {
		t.Errorf("a long one: %q", got)
	}
}
