package live

import (
	"context"
	"sync"
	"time"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/clock"
)

// How often it is asked whether a caller still may.
const (
	fresh  = 5 * time.Second        // an answer holds that long where nothing says otherwise: keys and sessions end by themselves
	settle = 250 * time.Millisecond // and at least that long where events say so: a roster of thousands asks four times a second
)

// Caller is who listens, and how to ask who that is now.
type Caller struct {
	Key   string // callers with the same key are one: they are asked about once
	Again func(ctx context.Context) (*authz.Actor, error)
}

// standing is what a caller may do, shared by all their listeners.
type standing struct {
	caller    Caller
	clock     clock.Clock
	listeners int // guarded by the hub's mutex

	mu    sync.Mutex
	actor *authz.Actor
	at    time.Time // when it was asked
	seen  int64     // the events on rights that it took into account
}

// now is the caller as of the events up to the number, and an error where they may no longer sign in.
func (s *standing) now(ctx context.Context, rights int64) (*authz.Actor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	age := s.clock.Now().Sub(s.at)
	if s.actor != nil && s.seen >= rights && age < fresh {
		return s.actor, nil
	}
	if s.actor != nil && age < settle && !pause(ctx, settle-age) {
		return nil, ctx.Err()
	}
	at := s.clock.Now()
	a, err := s.caller.Again(ctx)
	if err != nil {
		return nil, err
	}
	s.actor, s.at, s.seen = a, at, max(s.seen, rights)
	return a, nil
}
