package webhook

import (
	"cmp"
	"slices"
	"time"

	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// laneLife is how long a lane stays that nothing goes through.
const laneLife = time.Minute

// load puts claimed parcels on the lane of their endpoint and sends what may be sent. more says that the database has more.
func (c *Courier) load(to *endpoint, parcels []*parcel, more bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l, now := c.lane(to), c.now()
	l.more = more
	for _, p := range parcels {
		if _, have := c.held[p.id]; !have { // one that was reaped although it is here is simply held on
			l.waiting = append(l.waiting, p)
		}
		c.held[p.id] = now
	}
	c.start(l)
}

// lane is the endpoint's, made where there is none. The caller holds the lock.
func (c *Courier) lane(to *endpoint) *lane {
	l := c.lanes[to.id]
	if l == nil {
		l = &lane{width: minWidth, used: c.now(), poster: c.poster()}
		c.lanes[to.id] = l
	}
	l.to = to
	return l
}

func (c *Courier) poster() Poster {
	if c.Posters != nil {
		return c.Posters()
	}
	return line{c.Webhooks.Egress.Line(true, maxWidth), cmp.Or(c.Limit, postLimit)}
}

// room is how many deliveries more the server takes for an endpoint.
func (c *Courier) room(webhook pid.ID) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.lanes[webhook]
	if l == nil {
		l = &lane{width: minWidth}
	}
	if c.closed {
		return 0
	}
	return min(l.room(c.now()), max(maxHeld-len(c.held), 0))
}

// start sends on a lane as much as may be sent now. The caller holds the lock.
func (c *Courier) start(l *lane) {
	for s := c.next(l); s != nil; s = c.next(l) {
		c.running.Go(func() { c.send(l, s) })
	}
	if l.more && len(l.waiting) <= l.room(c.now())/4 {
		l.more = false
		c.want(l.to.id)
	}
}

// want has a lane claim more. The caller holds the lock.
func (c *Courier) want(webhook pid.ID) {
	c.wanting[webhook] = true
	nudge(c.hungry)
}

// sending is a parcel on its way, with the endpoint as it was when it left.
type sending struct {
	*parcel
	to *endpoint
}

// next is what may be sent on a lane now, nil where nothing may. The caller holds the lock.
func (c *Courier) next(l *lane) *sending {
	if c.closed || !l.open(c.now()) {
		return nil
	}
	if c.flying >= maxFlying || c.share[l.to.organization] >= maxShare {
		c.stuck[l.to.id] = true
		return nil
	}
	s := &sending{l.waiting[0], l.to}
	l.waiting = l.waiting[1:]
	l.inFlight++
	c.flying++
	c.share[l.to.organization]++
	return s
}

// send makes attempts on a lane, one after the other, as long as there is one to make.
func (c *Courier) send(l *lane, s *sending) {
	for s != nil {
		e, r := c.attempt(c.flight, l, s)
		s = c.sent(l, s.to, e, r)
	}
}

// sent takes note of an attempt and answers what its sender goes on with.
func (c *Courier) sent(l *lane, to *endpoint, e end, r result) *sending {
	aborted := c.flight.Err() != nil && !r.ok // by us, not by the endpoint: it is given back as if nothing had been tried

	c.mu.Lock()
	defer c.mu.Unlock()
	l.inFlight--
	c.flying--
	if c.share[to.organization]--; c.share[to.organization] == 0 {
		delete(c.share, to.organization)
	}
	if aborted {
		return nil
	}
	now := c.now()
	l.used = now
	l.learn(r, now)
	c.ends = append(c.ends, e)
	nudge(c.ended)
	if rest := l.rests.Sub(now); rest > 0 {
		time.AfterFunc(rest, func() { c.wake(to.id) })
	}
	more := c.next(l)
	c.start(l)
	c.unstick()
	return more
}

// wake goes on with a lane that rested.
func (c *Courier) wake(webhook pid.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l := c.lanes[webhook]; l != nil {
		c.start(l)
	}
}

// unstick lets lanes go on that waited for others. The caller holds the lock.
func (c *Courier) unstick() {
	for id := range c.stuck {
		if c.flying >= maxFlying {
			return
		}
		delete(c.stuck, id)
		if l := c.lanes[id]; l != nil {
			c.start(l)
		}
	}
}

// takeWanting answers the lanes that could take more.
func (c *Courier) takeWanting() []op.Claimed {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []op.Claimed
	for id := range c.wanting {
		if l := c.lanes[id]; l != nil {
			out = append(out, op.Claimed{Organization: l.to.organization, ID: id})
		}
	}
	clear(c.wanting)
	return out
}

// refresh gives the lanes of an organization their endpoints as they are now. What waits for one that is not enabled any
// more is given back.
func (c *Courier) refresh(organization pid.ID, enabled []*endpoint) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, l := range c.lanes {
		if l.to.organization != organization {
			continue
		}
		if i := slices.IndexFunc(enabled, func(e *endpoint) bool { return e.id == id }); i >= 0 {
			l.to = enabled[i]
			continue
		}
		c.dismiss(l)
	}
}

// dismiss gives back what waits on a lane. The caller holds the lock.
func (c *Courier) dismiss(l *lane) {
	for _, p := range l.waiting {
		c.ends = append(c.ends, end{parcel: p, to: l.to, status: "queued", attempts: p.attempts, next: new(c.now()), untried: true})
	}
	l.waiting, l.more = nil, false
	nudge(c.ended)
}

// old are deliveries whose leases are to be renewed. They count as renewed: should that fail, another server takes them.
func (c *Courier) old() (ids []pid.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	for id, since := range c.held {
		if now.Sub(since) >= beat {
			ids = append(ids, id)
			c.held[id] = now
		}
	}
	return ids
}

// tidy closes lanes that nothing goes through.
func (c *Courier) tidy() {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	for id, l := range c.lanes {
		if len(l.waiting) == 0 && l.inFlight == 0 && !now.Before(l.rests) && now.Sub(l.used) >= laneLife {
			l.poster.Close()
			delete(c.lanes, id)
		}
	}
}

// close lets nothing new go.
func (c *Courier) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
}

// nudge wakes a loop that waits, and never waits for one that works.
func nudge(wake chan struct{}) {
	select {
	case wake <- struct{}{}:
	default:
	}
}
