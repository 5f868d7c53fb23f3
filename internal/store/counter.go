package store

import (
	"context"
	"slices"
	"sync"
)

// Counter keeps the statements that ran under a context, so that a test can say how many a request may use. BEGIN and
// COMMIT are not among them.
type Counter struct {
	mu         sync.Mutex
	statements []string
}

type counterKey struct{}

// WithCounter counts the statements that run under the returned context.
func WithCounter(ctx context.Context) (context.Context, *Counter) {
	c := &Counter{}
	return context.WithValue(ctx, counterKey{}, c), c
}

// Count is how many statements have run.
func (c *Counter) Count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.statements)
}

// Statements lists the statements in the order in which they began, without their arguments.
func (c *Counter) Statements() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.statements)
}

// Reset forgets what was counted.
func (c *Counter) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.statements = nil
}

func count(ctx context.Context, query string) {
	c, ok := ctx.Value(counterKey{}).(*Counter)
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.statements = append(c.statements, query)
}
