package live

import (
	"cmp"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/report"
)

// Change says that a row is not what it was. Events on one row that come together are one change.
type Change struct {
	ID         pid.ID
	Cursor     string   // the place behind it: whoever goes on there misses no change that follows
	Events     []string // types, in order
	OccurredAt time.Time

	last int64
}

// PrinterChange is a change of a printer.
type PrinterChange struct {
	Change
	Beside *Rows[*ent.Printer]
}

// QueueItemChange is a change of a queue item.
type QueueItemChange struct {
	Change
	Beside *Rows[*ent.QueueItem]
}

// Changes are the rows that the events touch, in the order of the last event on each.
func Changes(events []*ent.Event, touched func(*ent.Event) []pid.ID) []Change {
	of := map[pid.ID]*Change{}
	for _, e := range events {
		for _, id := range touched(e) {
			c := of[id]
			if c == nil {
				c = &Change{ID: id}
				of[id] = c
			}
			c.Events, c.OccurredAt, c.last = append(c.Events, e.Type), e.OccurredAt, e.Sequence
		}
	}
	all := make([]Change, 0, len(of))
	for _, c := range of {
		all = append(all, *c)
	}
	slices.SortFunc(all, func(a, b Change) int { return cmp.Or(cmp.Compare(a.last, b.last), cmp.Compare(a.ID, b.ID)) })
	for i := range all {
		place := all[i].last
		if i+1 < len(all) && all[i+1].last == place {
			place-- // another row follows that the same event touched
		}
		all[i].Cursor = report.Cursor(place)
	}
	return all
}

// Printers are the printers that an event touches: its subject, and the one that its subject is about.
func Printers(e *ent.Event) []pid.ID {
	if e.SubjectType == "printer" {
		return []pid.ID{pid.ID(e.SubjectID)}
	}
	if id := tells(e).PrinterID; id != "" {
		return []pid.ID{id}
	}
	return nil
}

// QueueItems are the items that an event touches: one, or the first hundred whose verdicts changed together.
func QueueItems(e *ent.Event) []pid.ID {
	switch e.SubjectType {
	case "queue_item":
		return []pid.ID{pid.ID(e.SubjectID)}
	case "queue":
		return tells(e).QueueItemIDs
	}
	return nil
}

// words are what an event tells of other rows.
type words struct {
	PrinterID    pid.ID   `json:"printer_id"`
	QueueItemIDs []pid.ID `json:"queue_item_ids"`
}

func tells(e *ent.Event) words {
	var data struct{ Object words }
	_ = json.Unmarshal(e.Data, &data) // what is not told there touches nothing else
	return data.Object
}

// Rows are the rows that the changes of a batch show, read together when the first of them is shown.
type Rows[E any] struct {
	IDs []pid.ID

	mu   sync.Mutex
	read map[string]map[pid.ID]E
}

// Find is a row, the zero value for one that is not among them. Rows are read once for each place in the answer, because
// the selections below differ.
func (r *Rows[E]) Find(id pid.ID, place string, read func([]pid.ID) (map[pid.ID]E, error)) (none E, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	rows, found := r.read[place]
	if !found {
		if rows, err = read(r.IDs); err != nil {
			return none, err
		}
		if r.read == nil {
			r.read = map[string]map[pid.ID]E{}
		}
		r.read[place] = rows
	}
	return rows[id], nil
}
