package webhook

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	mathrand "math/rand/v2"
	"sync"
	"time"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/outbox"
	"github.com/soloprint/soloprint/internal/pid"
)

// How deliveries are claimed, and how many at once.
const (
	leaseTime   = 30 * time.Second
	beat        = 10 * time.Second // how often leases are renewed
	pollTime    = time.Second      // how often the database is asked for what nobody woke this server for
	maxFlying   = 1024             // requests of this server
	maxShare    = 128              // of them, those of one organization
	maxHeld     = 8192             // deliveries that this server has claimed
	maxBodies   = 4096             // bodies of events that are kept for the next claims
	soon        = time.Minute      // retries within it have a timer; for later ones a second more is within the jitter
	drainTime   = 3 * time.Second  // for requests on their way when the server ends
	behindLimit = 100
)

// Courier sends. Everything that must not be lost is in the database: one that is killed loses nothing, the next one, or
// another server, goes on when the leases are over.
type Courier struct {
	Webhooks *Service
	Bell     *outbox.Bell
	Log      *slog.Logger
	Posters  func() Poster  // a way to an endpoint; nil = through Webhooks.Egress
	Chance   func() float64 // from 0 to 1, for the jitter; nil = by chance
	Limit    time.Duration  // until the end of an answer; 0 = 15 s

	token  string
	bodies map[pid.ID][]byte // feed's alone, as is idle
	idle   map[pid.ID]bool   // organizations without an endpoint: once a second is enough for their events, and costs no commit for each
	hungry chan struct{}
	ended  chan struct{}
	flight context.Context // ends requests on their way

	mu      sync.Mutex
	lanes   map[pid.ID]*lane
	held    map[pid.ID]time.Time // since when deliveries are claimed, or were renewed
	share   map[pid.ID]int       // requests on their way, of each organization
	flying  int
	stuck   map[pid.ID]bool // lanes that wait for others
	wanting map[pid.ID]bool // lanes that could take more
	ends    []end           // not written yet
	closed  bool
	running sync.WaitGroup
}

// Run sends until the context ends. Requests on their way have a moment to end; what is not sent by then is given back.
func (c *Courier) Run(ctx context.Context) {
	flight, abort := context.WithCancel(context.WithoutCancel(ctx))
	defer abort()
	c.prepare(flight)
	if op.Alone(c.ops()) {
		c.try(ctx, "take leases back", func() error { return op.ReleaseDeliveries(ctx, c.ops(), "") })
	}

	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var loops sync.WaitGroup
	loops.Go(func() { c.record(working) })
	loops.Go(func() { c.keep(working) })
	loops.Go(func() { c.reap(working) })
	c.feed(ctx)

	c.close()
	defer time.AfterFunc(drainTime, abort).Stop()
	c.running.Wait()
	stop()
	loops.Wait()
	last := context.WithoutCancel(ctx)
	c.try(last, "give leases back", func() error { return op.ReleaseDeliveries(last, c.ops(), c.token) })
}

func (c *Courier) prepare(flight context.Context) {
	c.token, c.flight = rand.Text(), flight
	c.idle = map[pid.ID]bool{}
	c.bodies, c.hungry, c.ended = map[pid.ID][]byte{}, make(chan struct{}, 1), make(chan struct{}, 1)
	c.lanes, c.held, c.share = map[pid.ID]*lane{}, map[pid.ID]time.Time{}, map[pid.ID]int{}
	c.stuck, c.wanting = map[pid.ID]bool{}, map[pid.ID]bool{}
}

func (c *Courier) ops() *op.Runner { return c.Webhooks.Ops }

func (c *Courier) now() time.Time { return c.Webhooks.Ops.Clock.Now() }

func (c *Courier) chance() float64 {
	if c.Chance != nil {
		return c.Chance()
	}
	return mathrand.Float64()
}

// try does what may fail and is done again later anyway.
func (c *Courier) try(ctx context.Context, what string, do func() error) bool {
	err := do()
	if err != nil && ctx.Err() == nil {
		c.Log.Error("webhooks: "+what, "error", err)
	}
	return err == nil
}

// feed turns events into deliveries and claims what is due, one after the other: on SQLite there is one writer anyway.
func (c *Courier) feed(ctx context.Context) {
	tick := time.NewTicker(pollTime)
	defer tick.Stop()
	c.sweep(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			c.sweep(ctx)
		case <-c.Bell.C():
			for _, organization := range c.Bell.Take() {
				if !c.idle[organization] {
					c.fanOut(ctx, organization)
				}
			}
		case <-c.hungry:
			for _, l := range c.takeWanting() {
				c.claim(ctx, l)
			}
		}
	}
}

// sweep looks for everything that there is to do, of this server and of others.
func (c *Courier) sweep(ctx context.Context) {
	c.try(ctx, "find new events", func() error {
		behind, err := op.BehindReader(ctx, c.ops(), reader, behindLimit)
		for _, organization := range behind {
			c.fanOut(ctx, organization)
		}
		return err
	})
	for after := pid.ID(""); ; {
		due, err := op.DueWebhooks(ctx, c.ops(), after, behindLimit)
		c.try(ctx, "find due deliveries", func() error { return err })
		for _, d := range due {
			c.claim(ctx, d)
			after = d.ID
		}
		if len(due) < behindLimit || ctx.Err() != nil {
			return
		}
	}
}

// fanOut writes the deliveries of one organization's new events and sends what there is room for.
func (c *Courier) fanOut(ctx context.Context, organization pid.ID) {
	as := authz.With(ctx, authz.System(organization, "webhook_courier"))
	out, err := c.Webhooks.FanOut(as, FanOutInput{room: c.room, token: c.token, lease: leaseTime})
	if errors.Is(err, outbox.ErrBusy) {
		return
	}
	if !c.try(ctx, "fan out", func() error { return err }) {
		return
	}
	c.idle[organization] = len(out.endpoints) == 0
	c.refresh(organization, out.endpoints)
	for _, to := range out.endpoints {
		if n := len(out.parcels[to.id]); n > 0 || out.waiting[to.id] {
			c.load(to, out.parcels[to.id], out.waiting[to.id])
		}
	}
	if out.more {
		c.Bell.Ring(organization) // behind those who wait already
	}
}

// claim takes what is due at an endpoint, as much as there is room for.
func (c *Courier) claim(ctx context.Context, due op.Claimed) {
	room := c.room(due.ID)
	if room == 0 {
		return
	}
	var out fetched
	var claimed []op.Claimed
	if !c.try(ctx, "claim deliveries", func() (err error) {
		claimed, err = op.ClaimDeliveries(ctx, c.ops(), due.ID, c.token, leaseTime, room)
		if err != nil || len(claimed) == 0 {
			return err
		}
		if len(c.bodies) > maxBodies {
			clear(c.bodies)
		}
		in := FetchInput{webhook: due.ID, known: c.bodies}
		for _, d := range claimed {
			in.deliveries = append(in.deliveries, d.ID)
		}
		out, err = c.Webhooks.Fetch(authz.With(ctx, authz.System(due.Organization, "webhook_courier")), in)
		if errs.Is(err, "webhook_delivery_not_found") {
			claimed, err = nil, nil // the endpoint was deleted meanwhile, and its deliveries with it
		}
		return err
	}) || len(claimed) == 0 {
		return
	}
	c.load(out.endpoint, out.parcels, len(claimed) == room)
}

// reap gives deliveries back that servers left behind, in small batches: its own loop, which nothing else can hold up.
func (c *Courier) reap(ctx context.Context) {
	const batch = 200
	tick := time.NewTicker(beat / 2)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for n := batch; n == batch && ctx.Err() == nil; {
			n = 0
			c.try(ctx, "reap", func() (err error) { n, err = op.ReapDeliveries(ctx, c.ops(), batch); return err })
		}
	}
}

// keep renews the leases of what takes longer, and closes lanes that nothing goes through.
func (c *Courier) keep(ctx context.Context) {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if old := c.old(); len(old) > 0 {
			c.try(ctx, "renew leases", func() error { return op.RenewDeliveries(ctx, c.ops(), c.token, old, leaseTime) })
		}
		c.tidy()
	}
}
