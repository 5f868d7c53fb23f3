package graph

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/graph/generated"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/crud"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/live"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue"
	"github.com/soloprint/soloprint/internal/report"
)

// Bounds of a subscription.
const (
	maxWatched = 100                    // printers that one names
	maxShown   = 200                    // rows that are read together
	gather     = 200 * time.Millisecond // after a change, before the next is told: what comes meanwhile comes together
)

type (
	subscriptionResolver    struct{ *Resolver }
	printerChangeResolver   struct{ *Resolver }
	queueItemChangeResolver struct{ *Resolver }
)

// Subscription implements generated.ResolverRoot.
func (r *Resolver) Subscription() generated.SubscriptionResolver { return &subscriptionResolver{r} }

// PrinterChange implements generated.ResolverRoot.
func (r *Resolver) PrinterChange() generated.PrinterChangeResolver { return &printerChangeResolver{r} }

// QueueItemChange implements generated.ResolverRoot.
func (r *Resolver) QueueItemChange() generated.QueueItemChangeResolver {
	return &queueItemChangeResolver{r}
}

// PrinterChanged is the subscription printerChanged. Who may read printers reads all of them: nothing is left out.
func (r *subscriptionResolver) PrinterChanged(ctx context.Context, ids []pid.ID, after *string) (<-chan *live.PrinterChange, error) {
	if len(ids) > maxWatched {
		return nil, errs.Invalid(errs.Field{Path: "ids", Code: "too_many", Message: "has more than 100 identifiers"})
	}
	touched := func(e *ent.Event) []pid.ID {
		return slices.DeleteFunc(live.Printers(e), func(id pid.ID) bool { return len(ids) > 0 && !slices.Contains(ids, id) })
	}
	return watch(ctx, r.Resolver, crud.OpPrinterList, after, touched, func(_ context.Context, changes []live.Change) ([]*live.PrinterChange, error) {
		beside := &live.Rows[*ent.Printer]{IDs: changed(changes)}
		told := make([]*live.PrinterChange, len(changes))
		for i, c := range changes {
			told[i] = &live.PrinterChange{Change: c, Beside: beside}
		}
		return told, nil
	})
}

// QueueChanged is the subscription queueChanged. What the actor may not read is left out; of what the filter does not let
// through only the identifier is told, because it may have let it through before.
func (r *subscriptionResolver) QueueChanged(ctx context.Context, filter *queue.ListQueueItemsInput, after *string) (<-chan *live.QueueItemChange, error) {
	wish := or(filter, queue.ListQueueItemsInput{})
	if _, err := r.Items.Where(ctx, wish); err != nil {
		return nil, err
	}
	return watch(ctx, r.Resolver, queue.OpList, after, live.QueueItems, func(ctx context.Context, changes []live.Change) ([]*live.QueueItemChange, error) {
		readable, err := r.Client.QueueItem.Query().Where(queueitem.IDIn(changed(changes)...)).Limit(len(changes)).IDs(ctx)
		if err != nil {
			return nil, err
		}
		beside := &live.Rows[*ent.QueueItem]{}
		if beside.IDs, err = r.filtered(ctx, readable, filter); err != nil {
			return nil, err
		}
		var told []*live.QueueItemChange
		for _, c := range changes {
			if slices.Contains(readable, c.ID) {
				told = append(told, &live.QueueItemChange{Change: c, Beside: beside})
			}
		}
		return told, nil
	})
}

// filtered are those of the items that the filter lets through.
func (r *Resolver) filtered(ctx context.Context, ids []pid.ID, filter *queue.ListQueueItemsInput) ([]pid.ID, error) {
	if filter == nil {
		return ids, nil
	}
	conditions, err := r.Items.Where(ctx, *filter)
	if err != nil {
		return nil, err
	}
	items, err := r.Client.QueueItem.Query().Where(queueitem.IDIn(ids...)).Where(conditions...).Limit(len(ids)).All(ctx)
	if err == nil && len(filter.Eligibility) > 0 {
		err = r.Items.Summaries(ctx, items)
	}
	kept, _ := filter.Judged(items)
	return identifiers(kept), err
}

// Printer is the printer of a change as it is now.
func (r *printerChangeResolver) Printer(ctx context.Context, of *live.PrinterChange) (*ent.Printer, error) {
	return of.Beside.Find(of.ID, place(ctx), func(ids []pid.ID) (map[pid.ID]*ent.Printer, error) {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		q, err := r.Client.Printer.Query().Where(printer.IDIn(ids...)).Limit(len(ids)).CollectFields(ctx, "Printer")
		if err != nil {
			return nil, err
		}
		rows, err := q.All(ctx)
		return named(rows), err
	})
}

// QueueItem is the item of a change as it is now.
func (r *queueItemChangeResolver) QueueItem(ctx context.Context, of *live.QueueItemChange) (*ent.QueueItem, error) {
	return of.Beside.Find(of.ID, place(ctx), func(ids []pid.ID) (map[pid.ID]*ent.QueueItem, error) {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		q, err := r.Client.QueueItem.Query().Where(queueitem.IDIn(ids...)).Limit(len(ids)).CollectFields(ctx, "QueueItem")
		if err != nil {
			return nil, err
		}
		rows, err := q.All(ctx)
		return named(rows), err
	})
}

// named finds rows by their identifiers.
func named[E row](rows []E) map[pid.ID]E {
	found := make(map[pid.ID]E, len(rows))
	for _, e := range rows {
		found[e.RowID()] = e
	}
	return found
}

func changed(changes []live.Change) []pid.ID {
	ids := make([]pid.ID, len(changes))
	for i, c := range changes {
		ids[i] = c.ID
	}
	return ids
}

// watch tells the changes of rows that events touch, until the context ends or the caller has to go: then parting says why.
func watch[C any](ctx context.Context, r *Resolver, o authz.Op, after *string, touched func(*ent.Event) []pid.ID, show func(context.Context, []live.Change) ([]C, error)) (<-chan C, error) {
	w := live.Wish{Op: o}
	if cursor := or(after, ""); cursor != "" {
		place, err := report.EventsInput{After: cursor}.Place()
		if err != nil {
			return nil, err
		}
		w.After = &place
	}
	l, err := r.Live.Listen(ctx, caller(ctx), w)
	if err != nil {
		return nil, err
	}
	told := make(chan C)
	go func() {
		defer close(told)
		defer func() {
			if v := recover(); v != nil {
				part(ctx, panicked(ctx, v))
			}
		}()
		part(ctx, tell(ctx, l, touched, show, told))
	}()
	return told, nil
}

// tell waits for events and passes on the changes that they make.
func tell[C any](ctx context.Context, l *live.Listener, touched func(*ent.Event) []pid.ID, show func(context.Context, []live.Change) ([]C, error), told chan<- C) error {
	for {
		b, err := l.Next(ctx)
		if err != nil {
			return err
		}
		if !authz.Same(b.Actor, authz.From(ctx)) {
			return errs.New(errs.NotReady, "What you may do has changed. Subscribe again.")
		}
		changes := live.Changes(b.Events, touched)
		for some := range slices.Chunk(changes, maxShown) {
			limited, cancel := context.WithTimeout(ctx, timeout)
			shown, err := show(limited, some)
			cancel()
			if err != nil {
				return err
			}
			if !pass(ctx, shown, told) {
				return ctx.Err()
			}
		}
		if len(changes) > 0 {
			wait(ctx, gather)
		}
	}
}

// pass hands the changes on one by one, as fast as the client takes them.
func pass[C any](ctx context.Context, shown []C, told chan<- C) bool {
	for _, c := range shown {
		select {
		case told <- c:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

type (
	callerKey  struct{}
	partingKey struct{}
)

// withCaller says who subscribes.
func withCaller(ctx context.Context, c live.Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

func caller(ctx context.Context) live.Caller {
	c, _ := ctx.Value(callerKey{}).(live.Caller)
	return c
}

// parting is why a subscription ended, where it was not the client who ended it.
type parting struct {
	mu  sync.Mutex
	err error
}

func withParting(ctx context.Context) (context.Context, *parting) {
	p := &parting{}
	return context.WithValue(ctx, partingKey{}, p), p
}

// part says why the subscription of the context ends.
func part(ctx context.Context, err error) {
	p, ok := ctx.Value(partingKey{}).(*parting)
	if !ok || ctx.Err() != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = err
}

// word is the reason, nil where there is none.
func (p *parting) word() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}
