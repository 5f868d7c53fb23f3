package queue

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"github.com/soloprint/soloprint/ent"
	entorganization "github.com/soloprint/soloprint/ent/organization"
	"github.com/soloprint/soloprint/ent/predicate"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// Fair queues: inside a priority the group that waited longest goes first, where a group is a class or a person. Each item
// carries its turn, a start tag of start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996): a group's next copy stands
// one step, divided by the class's weight, behind its one before, but never before the turn that is being served. So the
// order is a column, a new item costs one look at its group, and a dispatch costs what it costs without fairness.
const (
	fairClass = "class"
	fairUser  = "user"

	turnStep = int64(1) << 20 // of a group of weight 1; class weights go up to 1,000
)

// fairness is whose turns an organization counts; empty for nobody's.
func fairness(org *ent.Organization) string {
	switch by := org.Settings.Queue.Fairness; by {
	case fairClass, fairUser:
		return by
	}
	return ""
}

// group is whose turn an item's is: its class, or its submitter where turns are theirs or the item is for no class.
type group struct {
	class, person pid.ID
}

func groupOf(by string, it *ent.QueueItem) group {
	if by == fairClass && it.ClassID != nil {
		return group{class: *it.ClassID}
	}
	return group{person: it.SubmitterID}
}

// share is how far a group has come, and how far each copy takes it.
type share struct{ last, step int64 }

// take gives the next turns to so many copies and answers the first.
func (s *share) take(now int64, copies int) int64 {
	first := max(s.last, now)
	s.last = first + s.step*int64(max(copies, 1))
	return first
}

// load reads the group's share. Whoever does holds the organization's row: two items of a group never get one turn.
func (g group) load(ctx context.Context, tx *ent.Tx) (*share, error) {
	if g.class != "" {
		c, err := tx.Class.Get(ctx, g.class)
		if err != nil {
			return nil, fmt.Errorf("read class: %w", err)
		}
		return &share{c.Turn, turnStep / int64(max(c.Weight, 1))}, nil
	}
	m, err := tx.Membership.Get(op.WithRemoved(ctx), g.person)
	if err != nil {
		return nil, fmt.Errorf("read member: %w", err)
	}
	return &share{m.Turn, turnStep}, nil
}

// save keeps how far the group has come.
func (g group) save(ctx context.Context, tx *ent.Tx, s *share) (err error) {
	if g.class != "" {
		err = tx.Class.UpdateOneID(g.class).SetTurn(s.last).Exec(ctx)
	} else {
		err = tx.Membership.UpdateOneID(g.person).SetTurn(s.last).Exec(ctx)
	}
	if err != nil {
		return fmt.Errorf("keep turn: %w", err)
	}
	return nil
}

// turnFor is the turn of a new item; 0 where turns are not counted.
func turnFor(ctx context.Context, tx *ent.Tx, org *ent.Organization, it *ent.QueueItem) (int64, error) {
	by := fairness(org)
	if by == "" {
		return 0, nil
	}
	g := groupOf(by, it)
	s, err := g.load(ctx, tx)
	if err != nil {
		return 0, err
	}
	turn := s.take(org.Turn, it.CopiesRequested)
	return turn, g.save(ctx, tx, s)
}

// served moves the organization's turn on to that of a claimed item, and the item's to its next copy.
func served(ctx context.Context, tx *ent.Tx, org *ent.Organization, it *ent.QueueItem) error {
	by := fairness(org)
	if by == "" {
		return nil
	}
	which := []predicate.Organization{entorganization.ID(org.ID), entorganization.TurnLT(it.Turn)} // never back: others claim at the same time
	if err := tx.Organization.Update().Where(which...).SetTurn(it.Turn).Exec(ctx); err != nil {
		return fmt.Errorf("move turn: %w", err)
	}
	if copiesLeft(it) <= 1 { // the claimed copy is the last
		return nil
	}
	step := turnStep
	if g := groupOf(by, it); g.class != "" {
		c, err := tx.Class.Get(ctx, g.class)
		if err != nil {
			return fmt.Errorf("read class: %w", err)
		}
		step /= int64(max(c.Weight, 1))
	}
	if err := tx.QueueItem.UpdateOneID(it.ID).AddTurn(step).Exec(ctx); err != nil {
		return fmt.Errorf("move turn: %w", err)
	}
	return nil
}

// retagItems is how many items are read at once when an organization begins to count turns.
const retagItems = 1000

// recount gives every waiting item its turn anew, where an organization counts otherwise than before: the first of each
// group in today's order go first.
func recount(ctx context.Context, tx *ent.Tx, org *ent.Organization) error {
	by := fairness(org)
	if by == org.TurnsBy {
		return nil
	}
	if err := tx.Organization.UpdateOneID(org.ID).SetTurnsBy(by).SetTurn(0).Exec(ctx); err != nil {
		return fmt.Errorf("begin turns: %w", err)
	}
	if by == "" {
		err := tx.QueueItem.Update().Where(queueitem.OrganizationID(org.ID), queueitem.StateNotIn(endedStates...)).SetTurn(0).Exec(ctx)
		if err != nil {
			return fmt.Errorf("end turns: %w", err)
		}
		return nil
	}
	shares := map[group]*share{}
	for at := 0; ; at += retagItems {
		items, err := tx.QueueItem.Query().Where(queueitem.OrganizationID(org.ID), queueitem.StateNotIn(endedStates...)).
			Order(queueitem.ByPriorityRank(sql.OrderDesc()), queueitem.ByLatestStart(), queueitem.ByPosition(), queueitem.ByID()).
			Offset(at).Limit(retagItems).All(ctx)
		if err != nil {
			return fmt.Errorf("read queue items: %w", err)
		}
		if len(items) == 0 {
			break
		}
		if err := retag(ctx, tx, by, items, shares); err != nil {
			return err
		}
	}
	for g, s := range shares {
		if err := g.save(ctx, tx, s); err != nil {
			return err
		}
	}
	return nil
}

// retag gives items their turns, those with the same turn in one statement.
func retag(ctx context.Context, tx *ent.Tx, by string, items []*ent.QueueItem, shares map[group]*share) error {
	turns := map[int64][]pid.ID{}
	for _, it := range items {
		g := groupOf(by, it)
		if shares[g] == nil {
			s, err := g.load(ctx, tx)
			if err != nil {
				return err
			}
			s.last, shares[g] = 0, s
		}
		turn := shares[g].take(0, copiesLeft(it))
		turns[turn] = append(turns[turn], it.ID)
	}
	for turn, ids := range turns {
		if err := tx.QueueItem.Update().Where(queueitem.IDIn(ids...)).SetTurn(turn).Exec(ctx); err != nil {
			return fmt.Errorf("give turns: %w", err)
		}
	}
	return nil
}
