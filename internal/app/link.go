package app

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"sync"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/internal/clock"
	"github.com/soloprint/soloprint/internal/pid"
)

// linkLife is how long a link that nobody uses works.
const linkLife = 12 * time.Hour

// links are addresses that sign somebody in, once. They are kept by this process alone, as hashes, and end with it.
type links struct {
	clock clock.Clock
	mu    sync.Mutex
	all   map[[sha256.Size]byte]link
}

type link struct {
	member pid.ID // "" = whoever sets the server up
	ends   time.Time
}

// add makes a link and answers its token, which is not kept.
func (l *links) add(member pid.ID) string {
	secret := make([]byte, 24)
	_, _ = rand.Read(secret) // never fails
	token := base64.RawURLEncoding.EncodeToString(secret)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = map[[sha256.Size]byte]link{}
	}
	l.all[sha256.Sum256([]byte(token))] = link{member: member, ends: l.clock.Now().Add(linkLife)}
	return token
}

// take uses a link up.
func (l *links) take(token string) (link, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	sum := sha256.Sum256([]byte(token))
	found, ok := l.all[sum]
	delete(l.all, sum)
	return found, ok && l.clock.Now().Before(found.ends)
}

// byLink is the member whom a link signs in, nil where it was used up, is over or never was.
func (a *App) byLink(ctx context.Context, token string) (*ent.Membership, error) {
	found, ok := a.links.take(token)
	if !ok || found.member == "" {
		return nil, nil
	}
	return a.Client.Membership.Query().Where(membership.ID(found.member), membership.StatusEQ(membership.StatusActive)).WithOrganization().Only(everybody(ctx))
}

// loginURL is a link that signs a member in.
func (a *App) loginURL(m *ent.Membership) string {
	return a.Config.PublicURL + "/sign-in/link/" + a.links.add(m.ID)
}
