package outbox

import (
	"sync"

	"github.com/soloprint/soloprint/internal/pid"
)

// Bell tells a reader whose organizations have new events. Ringing never blocks, and what was rung while the reader worked
// is not lost: it hears of each organization once more.
type Bell struct {
	mu   sync.Mutex
	rung map[pid.ID]bool
	wake chan struct{}
}

// NewBell makes a bell.
func NewBell() *Bell { return &Bell{rung: map[pid.ID]bool{}, wake: make(chan struct{}, 1)} }

// Ring says that the organization has new events.
func (b *Bell) Ring(organization pid.ID) {
	b.mu.Lock()
	b.rung[organization] = true
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// C is readable while somebody has rung since the last Take.
func (b *Bell) C() <-chan struct{} { return b.wake }

// Take answers the organizations that were rung for since the last time.
func (b *Bell) Take() []pid.ID {
	b.mu.Lock()
	defer b.mu.Unlock()
	ids := make([]pid.ID, 0, len(b.rung))
	for id := range b.rung {
		ids = append(ids, id)
	}
	clear(b.rung)
	return ids
}
