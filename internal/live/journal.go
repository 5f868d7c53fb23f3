package live

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/pid"
)

// newest is how many of an organization's newest events are held while somebody listens: a few hundred kB at most.
const newest = 512

// journal is the newest events of an organization, read once for all who listen.
type journal struct {
	organization pid.ID
	begin        func() error // finds the place from which the journal is kept; all callers get the first one's error

	listeners int  // guarded by the hub's mutex, as are kept and due
	kept      bool // it has begun
	due       bool // it waits to be read

	mu     sync.Mutex
	before int64         // the number before the first row
	rows   []*ent.Event  // in the order of their numbers; never changed once they are here
	last   int64         // the number up to which everything was read
	rights int64         // the number of the newest event that may have changed what somebody may do
	grown  chan struct{} // closed when rows come
}

// start says from which number on the journal is kept.
func (j *journal) start(last int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.before, j.last, j.grown = last, last, make(chan struct{})
}

// end is the number up to which everything was read.
func (j *journal) end() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.last
}

// add takes rows that follow, and wakes whoever waits for them.
func (j *journal) add(rows []*ent.Event) {
	if len(rows) == 0 {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.rows, j.last = append(j.rows, rows...), rows[len(rows)-1].Sequence
	if over := len(j.rows) - newest; over > 0 {
		j.before = j.rows[over-1].Sequence
		j.rows = slices.Clone(j.rows[over:]) // what listeners hold of the old ones stays as it is
	}
	for _, e := range rows {
		if altersRights(e.Type) {
			j.rights = e.Sequence
		}
	}
	close(j.grown)
	j.grown = make(chan struct{})
}

// news is what follows a place.
type news struct {
	rows   []*ent.Event
	last   int64           // the place after them
	rights int64           // see journal
	behind bool            // the journal does not reach back so far
	grown  <-chan struct{} // closed when more comes
}

// since is what follows the number.
func (j *journal) since(after int64) news {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := news{last: max(after, j.last), rights: j.rights, behind: after < j.before, grown: j.grown}
	if !n.behind {
		at, _ := slices.BinarySearchFunc(j.rows, after+1, func(e *ent.Event, number int64) int { return cmp.Compare(e.Sequence, number) })
		n.rows = j.rows[at:]
	}
	return n
}

// altersRights reports whether an event of the type may change what somebody may do or see.
func altersRights(typ string) bool {
	resource, _, _ := strings.Cut(typ, ".")
	switch resource {
	case "api_key", "user", "user_group", "class", "enrollment", "printer_group", "organization", "session", "sso":
		return true
	}
	return false
}
