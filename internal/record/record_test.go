package record

import (
	"reflect"
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/pid"
)

func TestPrevious(t *testing.T) {
	before := map[string]any{"id": "a", "name": "old", "tag_ids": []pid.ID{"x"}, "updated_at": "1"}
	after := map[string]any{"id": "a", "name": "new", "tag_ids": []pid.ID{"x"}, "updated_at": "2"}
	if got, want := Previous(before, after), map[string]any{"name": "old"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := Previous(before, before); len(got) > 0 {
		t.Errorf("nothing changed, got %v", got)
	}
}

func TestTimesAreUTCAndSecretsStayHere(t *testing.T) {
	zone := time.FixedZone("CEST", 7200)
	opened := time.Date(2026, 4, 2, 10, 0, 0, 0, zone)
	spool := Spool(&ent.Spool{OpenedAt: &opened, CreatedAt: opened})
	if spool["opened_at"] != "2026-04-02T08:00:00Z" || spool["created_at"] != "2026-04-02T08:00:00Z" || spool["expires_at"] != nil {
		t.Errorf("times: %v", spool)
	}
	printer := Printer(&ent.Printer{ConnectorSecret: []byte("s"), LeaseToken: "t"})
	for _, name := range []string{"connector_secret", "lease_token", "organization_id", "version", "search", "deleted_at"} {
		if _, ok := printer[name]; ok {
			t.Errorf("%s is shown", name)
		}
	}
}
