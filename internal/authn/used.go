package authn

import (
	"context"
	"sync"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/guard"
	"github.com/soloprint/soloprint/internal/pid"
)

// UseLog remembers when keys, SCIM tokens and sessions were used and writes it now and then, so that no request waits for a write.
type UseLog struct {
	mu   sync.Mutex
	used map[pid.ID]use
}

type use struct {
	kind authz.Kind
	at   time.Time
}

// maxUses bounds the memory between two flushes.
const maxUses = 10_000

func (l *UseLog) note(a *authz.Actor, at time.Time) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.used == nil {
		l.used = map[pid.ID]use{}
	}
	if len(l.used) < maxUses {
		l.used[a.ID] = use{kind: a.Kind, at: at}
	}
}

// Flush writes what was noted since the last time, to the minute: more would only say when somebody works. A job calls it
// every minute.
func (l *UseLog) Flush(ctx context.Context, c *ent.Client) error {
	l.mu.Lock()
	used := l.used
	l.used = nil
	l.mu.Unlock()
	ctx = guard.AsSystem(ctx)
	for id, u := range used {
		var err error
		u.at = u.at.Truncate(time.Minute)
		switch u.kind {
		case authz.KindAPIKey:
			err = c.APIKey.UpdateOneID(id).SetLastUsedAt(u.at).Exec(ctx)
		case authz.KindSCIM:
			err = c.SSOProvider.UpdateOneID(id).SetScimLastUsedAt(u.at).Exec(ctx)
		default:
			err = c.Session.UpdateOneID(id).SetLastUsedAt(u.at).Exec(ctx)
		}
		if err != nil && !ent.IsNotFound(err) {
			return err
		}
	}
	return nil
}
