package queue

import (
	"context"
	"fmt"
	"slices"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/predicate"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue/match"
)

// rekeyItems is how many items are read, or written, at once.
const rekeyItems = 1000

// refreshItemsOf fills items whose file has arrived, and gives items whose file, size or access counts otherwise now their
// profile. It answers the profiles that gained items.
func refreshItemsOf(ctx context.Context, tx *ent.Tx, org *ent.Organization, t *touch) (moved []pid.ID, err error) {
	if err := refillItems(ctx, tx, keys(t.files)); err != nil {
		return nil, err
	}
	scope, some := t.items()
	if !some {
		return nil, nil
	}
	k := &keyring{org: org, people: map[pid.ID][]string{}, classes: map[pid.ID][]string{}, profiles: map[string]pid.ID{}}
	for after := pid.ID(""); ; {
		items, err := tx.QueueItem.Query().Where(queueitem.IDGT(after), queueitem.StateNotIn(endedStates...)).Where(scope...).
			Order(queueitem.ByID()).Limit(rekeyItems).All(ctx)
		if err != nil {
			return nil, fmt.Errorf("read queue items: %w", err)
		}
		if len(items) == 0 {
			return moved, nil
		}
		to, err := k.move(ctx, tx, items)
		if err != nil {
			return nil, err
		}
		moved, after = append(moved, to...), items[len(items)-1].ID
	}
}

// items says whose profiles are to be found anew; drafts too, because their turn may come.
func (t *touch) items() (scope []predicate.QueueItem, some bool) {
	classes, files, people := keys(t.classes), keys(t.files), keys(t.submitters)
	if t.everyItem || t.sizes {
		return nil, true
	}
	return []predicate.QueueItem{queueitem.Or(queueitem.ClassIDIn(classes...), queueitem.FileIDIn(files...), queueitem.SubmitterIDIn(people...))},
		len(classes)+len(files)+len(people) > 0
}

// keyring finds profiles of many items: what they share is read once.
type keyring struct {
	org      *ent.Organization
	people   map[pid.ID][]string // printer groups that a submitter may use
	classes  map[pid.ID][]string // and those of a class
	profiles map[string]pid.ID   // by key
}

// move gives the items the profiles that they need, a statement for each profile.
func (k *keyring) move(ctx context.Context, tx *ent.Tx, items []*ent.QueueItem) (to []pid.ID, err error) {
	wrong := map[pid.ID][]pid.ID{}
	for _, it := range items {
		id, err := k.profile(ctx, tx, it)
		if err != nil {
			return nil, err
		}
		if it.ProfileID == nil || *it.ProfileID != id {
			wrong[id] = append(wrong[id], it.ID)
		}
	}
	for id := range wrong {
		to = append(to, id)
	}
	slices.Sort(to)
	for _, id := range to {
		if err := tx.QueueItem.Update().Where(queueitem.IDIn(wrong[id]...)).SetProfileID(id).Exec(ctx); err != nil {
			return nil, fmt.Errorf("change profiles: %w", err)
		}
	}
	return to, nil
}

func (k *keyring) profile(ctx context.Context, tx *ent.Tx, it *ent.QueueItem) (id pid.ID, err error) {
	n := needFrom(it)
	if n.UserGroupIDs, err = k.submitter(ctx, tx, it); err != nil {
		return "", err
	}
	if n.ClassGroupIDs, err = k.class(ctx, tx, it.ClassID); err != nil {
		return "", err
	}
	key := match.Key(n, match.VolumeMask(n.Volume, k.org.Volumes))
	if id, ok := k.profiles[key]; ok {
		return id, nil
	}
	if id, err = ensureProfile(ctx, tx, k.org, n); err == nil {
		k.profiles[key] = id
	}
	return id, err
}

func (k *keyring) submitter(ctx context.Context, tx *ent.Tx, it *ent.QueueItem) ([]string, error) {
	if groups, ok := k.people[it.SubmitterID]; ok {
		return groups, nil
	}
	m, err := ownerOf(ctx, tx, it)
	if err != nil {
		return nil, err
	}
	k.people[it.SubmitterID] = userPrinterGroups(m)
	return k.people[it.SubmitterID], nil
}

func (k *keyring) class(ctx context.Context, tx *ent.Tx, id *pid.ID) (groups []string, err error) {
	if id == nil {
		return nil, nil
	}
	groups, ok := k.classes[*id]
	if !ok {
		groups, err = classPrinterGroups(ctx, tx, *id)
		k.classes[*id] = groups
	}
	return groups, err
}

// refillItems looks at the items of files anew: what the file says fills the requirements until a copy has started, and
// only a file that is ready can be dispatched.
func refillItems(ctx context.Context, tx *ent.Tx, files []pid.ID) error {
	if len(files) == 0 {
		return nil
	}
	items, err := tx.QueueItem.Query().Where(queueitem.FileIDIn(files...), queueitem.StateNotIn(endedStates...)).Order(queueitem.ByID()).All(ctx)
	if err != nil {
		return fmt.Errorf("read queue items: %w", err)
	}
	for _, it := range items {
		if it.CopiesRunning == 0 && it.CopiesDone == 0 {
			if it, err = refillFromFile(ctx, tx, it); err != nil {
				return err
			}
		}
		if _, err := settleItem(ctx, tx, it); err != nil {
			return err
		}
	}
	return nil
}

// refillFromFile fills an item that was made before its file was analysed.
func refillFromFile(ctx context.Context, tx *ent.Tx, it *ent.QueueItem) (*ent.QueueItem, error) {
	f, err := fileOf(ctx, tx, it)
	if err != nil || f == nil || f.Metadata == nil {
		return it, err
	}
	before := *it
	seconds := &before.EstimatedSeconds
	if before.EstimatedSeconds == 0 {
		seconds = nil
	}
	require(it, it.Requested, f, seconds, nil)
	if sameNeeds(it, &before) {
		return it, nil
	}
	out, err := tx.QueueItem.UpdateOneID(it.ID).SetRequirements(it.Requirements).SetRequested(it.Requested).SetEstimatedSeconds(it.EstimatedSeconds).
		SetEstimatedG(it.EstimatedG).SetSizeClass(sizeClass(it.EstimatedG)).SetLatestStart(latestStart(it.DeadlineAt, it.EstimatedSeconds)).Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("fill queue item: %w", err)
	}
	return out, nil
}
