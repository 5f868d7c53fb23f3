package roster

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/class"
	"github.com/soloprint/soloprint/ent/enrollment"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/usergroup"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/validate"
)

// readRows bounds what is read at once of a roster: a statement for a thousand rows, and their entities are forgotten
// before the next thousand.
const readRows = 1000

// roster is a batch of changes to people: read and judged as a whole by plan, then written by write. One person's change
// is a roster of one row.
type roster struct {
	service *Service
	tx      *ent.Tx
	actor   *authz.Actor
	source  membership.Source // how those who join come in
	rows    []row
	classes map[pid.ID]bool // those that exist, of those that the rows name; locked
	groups  map[pid.ID]*ent.UserGroup
}

// row is one person's change.
type row struct {
	identity
	in      *UserUpdate // nil once the row is judged
	was     *person     // nil for who joins
	now     *person     // nil where the row fails before that is known; was itself where nothing is other
	updated time.Time
	leaves  bool     // the person is removed: in names the classes and user groups that they are in
	seats   []seated // what they become in classes that they join, where that does not follow from their role
	faults  []fault
}

// seated is what somebody becomes in a class that they join.
type seated struct {
	class pid.ID
	Enrolling
}

// fault is why a row is refused.
type fault struct {
	code    errs.Code
	path    string // inside the row
	message string
}

// alone is the refusal of a change of one person.
func (f fault) alone() *errs.Error {
	switch f.code {
	case errs.InsufficientPermissions, errs.LastOwner:
		return errs.New(f.code, f.message)
	case notFoundUser, notFoundClass, notFoundGroup:
		return errs.NotFound(strings.TrimSuffix(string(f.code), "_not_found"))
	}
	return errs.From(errs.Invalid(errs.Field{Path: f.path, Code: string(f.code), Message: f.message}))
}

// Codes of what a row names and nobody has.
const (
	notFoundUser  errs.Code = "user_not_found"
	notFoundClass errs.Code = "class_not_found"
	notFoundGroup errs.Code = "user_group_not_found"
)

func (s *Service) roster(ctx context.Context, tx *ent.Tx, updates []UserUpdate) *roster {
	r := &roster{service: s, tx: tx, actor: authz.From(ctx), source: membership.SourceManual, rows: make([]row, len(updates)), classes: map[pid.ID]bool{}, groups: map[pid.ID]*ent.UserGroup{}}
	for i := range updates {
		r.rows[i].in = &updates[i]
	}
	return r
}

// refuse notes why the row is refused.
func (w *row) refuse(code errs.Code, path, message string, args ...any) {
	w.faults = append(w.faults, fault{code, path, fmt.Sprintf(message, args...)})
}

// forbid notes an error of mayGive or mayGrant.
func (w *row) forbid(path string, err error) {
	if err != nil {
		w.refuse(errs.InsufficientPermissions, path, "%s", errs.From(err).Details)
	}
}

// errors are the row's faults as a dry run answers them.
func (w *row) errors() []errs.Field {
	out := make([]errs.Field, len(w.faults))
	for i, f := range w.faults {
		out[i] = errs.Field{Path: f.path, Code: string(f.code), Message: f.message}
	}
	return out
}

func (w *row) action() BulkAction {
	switch {
	case len(w.faults) > 0:
		return BulkFailed
	case w.was == nil:
		return BulkCreated
	case w.was == w.now:
		return BulkUnchanged
	}
	return BulkChanged
}

// plan finds out what every row comes to, and what is to be refused of it. It locks what it reads: classes, user groups and
// people, each in the order of their identifiers. The Input is forgotten then.
func (r *roster) plan(ctx context.Context) error {
	ctx = op.ByKey(ctx)
	for _, step := range []func(context.Context) error{r.byKeys, r.loadClasses, r.loadGroups, r.find, r.read, r.keepOwners} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	for i := range r.rows {
		r.rows[i].in = nil
	}
	return nil
}

// lock locks the rows of a query where the database locks rows. Rows that point at them may be written meanwhile.
func lock[Q interface{ ForUpdate(...sql.LockOption) Q }](tx *ent.Tx, q Q) Q {
	if tx.Driver().Dialect() == dialect.Postgres {
		q.ForUpdate(sql.WithLockClause("FOR NO KEY UPDATE"))
	}
	return q
}

// named are the distinct identifiers that the rows name, sorted.
func (r *roster) named(of func(*UserUpdate) [][]pid.ID) []pid.ID {
	seen := map[pid.ID]bool{}
	for i := range r.rows {
		for _, ids := range of(r.rows[i].in) {
			for _, id := range ids {
				seen[id] = true
			}
		}
	}
	ids := make([]pid.ID, 0, len(seen))
	for id := range seen {
		ids = append(ids, id)
	}
	return distinct(ids)
}

// loadClasses reads the classes that the rows name.
func (r *roster) loadClasses(ctx context.Context) error {
	ids := r.named(func(u *UserUpdate) [][]pid.ID { return [][]pid.ID{u.ClassIDsAdd, u.ClassIDsRemove} })
	for chunk := range slices.Chunk(ids, readRows) {
		found, err := lock(r.tx, r.tx.Class.Query().Where(class.IDIn(chunk...)).Order(class.ByID())).All(ctx)
		if err != nil {
			return fmt.Errorf("read classes: %w", err)
		}
		for _, c := range found {
			r.classes[c.ID] = true
		}
	}
	return nil
}

// loadGroups reads the user groups that the rows name.
func (r *roster) loadGroups(ctx context.Context) error {
	ids := r.named(func(u *UserUpdate) [][]pid.ID { return [][]pid.ID{u.UserGroupIDsAdd, u.UserGroupIDsRemove} })
	for chunk := range slices.Chunk(ids, readRows) {
		found, err := lock(r.tx, r.tx.UserGroup.Query().Where(usergroup.IDIn(chunk...)).Order(usergroup.ByID())).All(ctx)
		if err != nil {
			return fmt.Errorf("read user groups: %w", err)
		}
		for _, g := range found {
			r.groups[g.ID] = g
		}
	}
	return nil
}

// find looks up who the rows name by mail address, and refuses whoever stands in the roster twice.
func (r *roster) find(ctx context.Context) error {
	var byMail []*row
	for i := range r.rows {
		w := &r.rows[i]
		w.id, w.email = w.in.MembershipID, w.in.address()
		if w.id == "" {
			byMail = append(byMail, w)
		}
	}
	for chunk := range slices.Chunk(byMail, readRows) {
		if err := r.findChunk(ctx, chunk); err != nil {
			return fmt.Errorf("look up members: %w", err)
		}
	}
	r.refuseTwice()
	return nil
}

// findChunk goes from mail addresses to accounts, and from these to memberships. It is written by hand because the guard would
// look through the whole organization for each thousand rows, and in two steps because PostgreSQL may do so for a join.
func (r *roster) findChunk(ctx context.Context, rows []*row) error {
	var addresses []any
	mails := make(map[pid.ID][]*row, len(rows))
	for _, w := range rows {
		addresses = append(addresses, w.email)
		mails[pid.ID(w.email)] = append(mails[pid.ID(w.email)], w)
	}
	var users []pid.ID
	accounts := map[pid.ID][]*row{}
	err := r.pairs(ctx, "SELECT id, email FROM users WHERE email IN ("+marks(len(rows))+")", addresses, func(user, email pid.ID) {
		users = append(users, user)
		accounts[user] = mails[email]
	})
	if err != nil || len(users) == 0 {
		return err
	}
	return r.pairs(ctx, "SELECT id, user_id FROM memberships WHERE "+op.Unindexed(r.tx.Driver().Dialect(), "organization_id")+" = ? AND deleted_at IS NULL AND user_id IN ("+marks(len(users))+")",
		append([]any{r.actor.Organization}, anys(users)...), func(id, user pid.ID) {
			for _, w := range accounts[user] {
				w.id = id
			}
		})
}

// addresses reads the mail addresses of members whom the rows name by identifier.
func (r *roster) addresses(ctx context.Context, rows []*row) error {
	of := make(map[pid.ID]*row, len(rows))
	for _, w := range rows {
		if w.email == "" && w.user != "" {
			of[w.user] = w
		}
	}
	if len(of) == 0 {
		return nil
	}
	users := slices.Collect(maps.Keys(of))
	return r.pairs(ctx, "SELECT id, email FROM users WHERE id IN ("+marks(len(users))+")", anys(users), func(user, email pid.ID) {
		of[user].email = string(email)
	})
}

// pairs runs a query that answers two texts a row.
func (r *roster) pairs(ctx context.Context, query string, args []any, visit func(a, b pid.ID)) error {
	rows, err := r.tx.Client().QueryRows(ctx, query, args)
	if err != nil {
		return err
	}
	return eachPair(rows, visit)
}

// byKeys keeps PostgreSQL, for the rest of the transaction, from reading whole tables for each thousand of many rows:
// everything a roster reads is found by its key, and statistics that are older than the last roster say otherwise.
func (r *roster) byKeys(ctx context.Context) error {
	if len(r.rows) < readRows || r.tx.Driver().Dialect() != dialect.Postgres {
		return nil
	}
	rows, err := r.tx.Client().QueryRows(ctx, "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),"+
		" set_config('enable_mergejoin', 'off', true)", nil)
	if err != nil {
		return fmt.Errorf("choose plans: %w", err)
	}
	return rows.Close()
}

// refuseTwice refuses whoever stands in the roster a second time.
func (r *roster) refuseTwice() {
	seen := make(map[string]int, len(r.rows))
	for i := range r.rows {
		w := &r.rows[i]
		key, path := string(w.id), "membership_id"
		if w.in.MembershipID == "" {
			path = "email"
		}
		if key == "" {
			key = w.email
		}
		if first, twice := seen[key]; twice {
			w.refuse(validate.Duplicate, path, "is the person of row %d", first)
			continue
		}
		seen[key] = i + 1
	}
}

func (u *UserUpdate) address() string { return strings.ToLower(u.Email) }

// read reads the people in the order of their identifiers, so that two rosters do not wait for each other, and judges
// their rows.
func (r *roster) read(ctx context.Context) error {
	known := make([]*row, 0, len(r.rows))
	for i := range r.rows {
		switch w := &r.rows[i]; {
		case len(w.faults) > 0:
		case w.id == "":
			w.join(op.Now(ctx), r.source)
			r.judge(w)
		default:
			known = append(known, w)
		}
	}
	slices.SortFunc(known, func(a, b *row) int { return cmp.Compare(a.id, b.id) })
	for chunk := range slices.Chunk(known, readRows) {
		if err := r.readChunk(ctx, chunk); err != nil {
			return err
		}
	}
	return nil
}

func (r *roster) readChunk(ctx context.Context, rows []*row) error {
	ids := make([]pid.ID, len(rows))
	for i, w := range rows {
		ids[i] = w.id
	}
	found, err := lock(r.tx, r.tx.Membership.Query().Where(membership.IDIn(ids...)).Order(membership.ByID())).All(ctx)
	if err != nil {
		return fmt.Errorf("read members: %w", err)
	}
	people := make(map[pid.ID]*ent.Membership, len(found))
	for _, m := range found {
		people[m.ID] = m
	}
	var seated, grouped []*row
	for _, w := range rows {
		m := people[w.id]
		if m == nil {
			w.id = ""
			w.refuse(notFoundUser, "membership_id", "there is no such member")
			continue
		}
		w.was, w.user, w.source, w.lastActive, w.created = personOf(m), m.UserID, m.Source, m.LastActiveAt, m.CreatedAt
		if w.in.moves() {
			w.was.in = &places{}
		}
		if len(w.in.ClassIDsAdd)+len(w.in.ClassIDsRemove) > 0 {
			seated = append(seated, w)
		}
		if len(w.in.UserGroupIDsAdd)+len(w.in.UserGroupIDsRemove) > 0 {
			grouped = append(grouped, w)
		}
	}
	if err := r.addresses(ctx, rows); err != nil {
		return fmt.Errorf("read mail addresses: %w", err)
	}
	if err := r.readSeats(ctx, seated); err != nil {
		return err
	}
	if err := r.readGroups(ctx, grouped); err != nil {
		return err
	}
	for _, w := range rows {
		if w.was != nil {
			w.change()
			r.judge(w)
		}
	}
	return nil
}

// readSeats reads in which classes people are.
func (r *roster) readSeats(ctx context.Context, rows []*row) error {
	if len(rows) == 0 {
		return nil
	}
	found, err := r.tx.Enrollment.Query().Where(enrollment.MembershipIDIn(idsOf(rows)...), enrollment.HasClassWith(class.DeletedAtIsNil())).
		Select(enrollment.FieldID, enrollment.FieldMembershipID, enrollment.FieldClassID).All(ctx)
	if err != nil {
		return fmt.Errorf("read enrollments: %w", err)
	}
	classes := map[pid.ID][]pid.ID{}
	for _, e := range found {
		classes[e.MembershipID] = append(classes[e.MembershipID], e.ClassID)
	}
	for _, w := range rows {
		w.was.in.classes = distinct(classes[w.id])
	}
	return nil
}

// readGroups reads in which user groups people are.
func (r *roster) readGroups(ctx context.Context, rows []*row) error {
	groups, err := groupsOf(ctx, r.tx.Client(), idsOf(rows))
	if err != nil {
		return err
	}
	for _, w := range rows {
		w.was.in.groups = groups[w.id]
	}
	return nil
}

func idsOf(rows []*row) []pid.ID {
	ids := make([]pid.ID, len(rows))
	for i, w := range rows {
		ids[i] = w.id
	}
	return ids
}
