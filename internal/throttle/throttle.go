// Package throttle counts failed tries to sign in, in the database, so that several servers count together and a restart
// forgets nothing.
//
// The flow: Take charges a try to three budgets, that of the address for the account, that of the address, and that of the
// account for all strange addresses together, and refuses it where one is spent -> Succeeded gives the charge back, forgets
// what the address got wrong before, and remembers the address as known to the account. Who fails does nothing: a try that
// breaks off counts as failed. Allow and Failed are the same in two steps, for tries whose secret nobody can guess: they only
// have to be few.
//
// No account is locked: the budget of one address is no other's, and the account's own budget, which is much larger, does not
// hold addresses back from which it was signed in to within 30 days. Budgets refill steadily, by the generic cell rate
// algorithm (ITU-T I.371): a row has the one time at which its budget is whole again.
//
// The table holds keyed hashes and says of nobody that they tried. Only this package reads it.
package throttle

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/throttle"
	"github.com/soloprint/soloprint/internal/clock"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/peer"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/secret"
)

// Kind is what is tried.
type Kind string

// The kinds.
const (
	Password Kind = "password" // a local password with its code
	SSO      Kind = "sso"      // an answer of an identity provider: a state that is none, a token that is refused
)

// budget is that many tries in a window; each comes back after its share of it.
type budget struct {
	tries  int64
	window time.Duration
}

func (b budget) each() int64 { return b.window.Microseconds() / b.tries }

// limits are the budgets of a kind. One without tries does not limit.
type limits struct{ pair, address, account budget }

const (
	quarter = 15 * time.Minute
	known   = 30 * 24 * time.Hour // how long an address stays known to an account
)

func limitsOf(k Kind) limits {
	if k == SSO { // a school is one address, and reloaded pages send states again
		return limits{address: budget{100, quarter}}
	}
	return limits{pair: budget{5, quarter}, address: budget{30, quarter}, account: budget{60, time.Hour}}
}

// Try is one.
type Try struct {
	Kind    Kind
	Address netip.Addr // of the client; none = unknown, which all share
	Account string     // whom it is for, in one spelling, whether or not there is such an account; "" = nobody in particular
}

// Limiter keeps the budgets.
type Limiter struct {
	Client  *ent.Client // without guard
	Clock   clock.Clock
	Secrets *secret.Box
}

// charge is a budget and the row that it is kept in.
type charge struct {
	budget
	key, account string
}

// charges are the budgets of a try, the narrowest first: who spends that of one account is not charged further.
func (l *Limiter) charges(t Try) []charge {
	lim, address := limitsOf(t.Kind), peer.Household(t.Address)
	all := []charge{
		{lim.pair, l.key(t.Kind, "pair", address, t.Account), l.account(t)},
		{lim.address, l.key(t.Kind, "address", address, ""), ""},
		{lim.account, l.key(t.Kind, "account", "", t.Account), l.account(t)},
	}
	out := all[:0]
	for _, c := range all {
		if c.tries > 0 && (t.Account != "" || c.account == "") {
			out = append(out, c)
		}
	}
	return out
}

func (l *Limiter) key(k Kind, what, address, account string) string {
	return hex.EncodeToString(l.Secrets.Hash("throttle", strings.Join([]string{string(k), what, address, account}, "\x00")))
}

// account names all rows of an account.
func (l *Limiter) account(t Try) string {
	if t.Account == "" {
		return ""
	}
	return l.key(t.Kind, "of", "", t.Account)
}

func (l *Limiter) known(t Try) string { return l.key(t.Kind, "known", peer.Household(t.Address), t.Account) }

// Take charges a try, or refuses it with rate_limited, which says how long to wait.
func (l *Limiter) Take(ctx context.Context, t Try) error {
	due, err := l.due(ctx, t)
	if err != nil {
		return err
	}
	for _, c := range due {
		if err := l.charge(ctx, c, true); err != nil {
			return err
		}
	}
	return nil
}

// Allow refuses a try whose budget is spent and charges nothing.
func (l *Limiter) Allow(ctx context.Context, t Try) error {
	_, err := l.due(ctx, t)
	return err
}

// Failed charges a try that Allow let through.
func (l *Limiter) Failed(ctx context.Context, t Try) error {
	due, err := l.due(ctx, t)
	if errs.Is(err, errs.RateLimited) {
		return nil // others spent it meanwhile
	}
	for _, c := range due {
		if err := l.charge(ctx, c, false); err != nil {
			return err
		}
	}
	return err
}

// due are the budgets that a try has to be charged to, if none of them is spent.
func (l *Limiter) due(ctx context.Context, t Try) ([]charge, error) {
	all, now := l.charges(t), l.Clock.Now().UnixMicro()
	keys := []string{l.known(t)}
	for _, c := range all {
		keys = append(keys, c.key)
	}
	rows, err := l.Client.Throttle.Query().Where(throttle.KeyIn(keys...)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read tries: %w", err)
	}
	whole := map[string]int64{}
	for _, r := range rows {
		whole[r.Key] = r.WholeUs
	}
	isKnown := whole[keys[0]] > now
	due := all[:0]
	for i, c := range all {
		if c.key == l.key(t.Kind, "account", "", t.Account) && isKnown {
			continue
		}
		if wait := c.wait(whole[keys[i+1]], now); wait > 0 {
			return nil, refused(wait)
		}
		due = append(due, c)
	}
	return due, nil
}

// wait is how long a try has to wait, in microseconds; 0 where it may go on.
func (c charge) wait(whole, now int64) int64 {
	return max(0, max(whole, now)+c.each()-c.window.Microseconds()-now)
}

func refused(us int64) error {
	wait := time.Duration(us) * time.Microsecond
	e := errs.New(errs.RateLimited, "Too many tries. Wait, then try again.")
	e.Retry = max(wait, time.Second)
	return e
}

// charge spends one try of a budget in one statement, so that tries at the same moment on several servers are all counted.
func (l *Limiter) charge(ctx context.Context, c charge, refuse bool) error {
	at := l.Clock.Now()
	now := at.UnixMicro()
	rows, err := l.Client.QueryRows(ctx, "INSERT INTO throttles (id, created_at, updated_at, version, key, account, whole_us) VALUES (?, ?, ?, 1, ?, ?, ?)"+
		" ON CONFLICT (key) DO UPDATE SET updated_at = excluded.updated_at, whole_us = CASE WHEN throttles.whole_us > ? THEN throttles.whole_us + ? ELSE excluded.whole_us END"+
		" WHERE throttles.whole_us <= ? RETURNING whole_us",
		[]any{string(pid.New("thr")), at, at, c.key, c.account, now + c.each(), now, c.each(), now + c.window.Microseconds() - c.each()})
	if err != nil {
		return fmt.Errorf("charge a try: %w", err)
	}
	defer func() { _ = rows.Close() }()
	if rows.Next() {
		return rows.Err()
	}
	if err := rows.Err(); err != nil || !refuse {
		return err
	}
	return refused(c.each())
}

// Succeeded gives back what Take charged, forgets what the address got wrong before with this account, and remembers it.
func (l *Limiter) Succeeded(ctx context.Context, t Try) error {
	now := l.Clock.Now()
	for _, c := range l.charges(t) {
		var err error
		if c.budget == limitsOf(t.Kind).pair {
			_, err = l.Client.Throttle.Delete().Where(throttle.Key(c.key)).Exec(ctx)
		} else {
			err = l.Client.Throttle.Update().Where(throttle.Key(c.key)).AddWholeUs(-c.each()).Exec(ctx)
		}
		if err != nil {
			return fmt.Errorf("give a try back: %w", err)
		}
	}
	if t.Account == "" {
		return nil
	}
	return l.remember(ctx, t, now)
}

func (l *Limiter) remember(ctx context.Context, t Try, now time.Time) error {
	rows, err := l.Client.QueryRows(ctx, "INSERT INTO throttles (id, created_at, updated_at, version, key, account, whole_us) VALUES (?, ?, ?, 1, ?, ?, ?)"+
		" ON CONFLICT (key) DO UPDATE SET updated_at = excluded.updated_at, whole_us = excluded.whole_us RETURNING whole_us",
		[]any{string(pid.New("thr")), now, now, l.known(t), l.account(t), now.Add(known).UnixMicro()})
	if err != nil {
		return fmt.Errorf("remember an address: %w", err)
	}
	defer func() { _ = rows.Close() }()
	rows.Next()
	return rows.Err()
}

// Forget makes the budgets of an account whole and its addresses strange: the operator has rescued it.
func (l *Limiter) Forget(ctx context.Context, k Kind, account string) error {
	if _, err := l.Client.Throttle.Delete().Where(throttle.Account(l.account(Try{Kind: k, Account: account}))).Exec(ctx); err != nil {
		return fmt.Errorf("forget tries: %w", err)
	}
	return nil
}

// Expire removes budgets that are whole and addresses that are known no more.
func (l *Limiter) Expire(ctx context.Context) error {
	if _, err := l.Client.Throttle.Delete().Where(throttle.WholeUsLT(l.Clock.Now().UnixMicro())).Exec(ctx); err != nil {
		return fmt.Errorf("remove tries: %w", err)
	}
	return nil
}
