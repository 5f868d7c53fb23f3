package throttle_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
	"github.com/soloprint/soloprint/internal/throttle"
)

const owner = "riverside dana@riverside.example"

func setup(t *testing.T, db *store.DB) (*throttle.Limiter, *testkit.Kit) {
	k := testkit.NewKit(t, db)
	return &throttle.Limiter{Client: k.Raw, Clock: k.Clock, Secrets: k.Secrets}, k
}

func try(address, account string) throttle.Try {
	return throttle.Try{Kind: throttle.Password, Address: netip.MustParseAddr(address), Account: account}
}

// until tries up to a limit and answers how many were let through, and how long the first that was not has to wait.
func until(t *testing.T, limit int, take func(n int) error) (passed int, wait time.Duration) {
	t.Helper()
	for n := range limit {
		err := take(n)
		if errs.Is(err, errs.RateLimited) {
			return n, errs.From(err).Retry
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return limit, 0
}

func TestBudgets(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		l, k := setup(t, db)
		ctx := t.Context()
		take := func(address, account string) func(int) error {
			return func(int) error { return l.Take(ctx, try(address, account)) }
		}
		n, wait := until(t, 100, take("198.51.100.1", owner))
		if n != 5 || wait != 3*time.Minute {
			t.Errorf("an address has %d tries for an account, then waits %s", n, wait)
		}
		if n, _ := until(t, 3, take("198.51.100.2", owner)); n != 3 {
			t.Errorf("another address has %d tries", n)
		}
		if n, _ := until(t, 3, take("198.51.100.1", "riverside other@riverside.example")); n != 3 {
			t.Errorf("the same address has %d tries for another account", n)
		}
		k.Clock.Advance(wait - time.Microsecond)
		if err := l.Take(ctx, try("198.51.100.1", owner)); !errs.Is(err, errs.RateLimited) {
			t.Errorf("a moment too early: %v", err)
		}
		k.Clock.Advance(time.Microsecond)
		if n, _ := until(t, 3, take("198.51.100.1", owner)); n != 1 {
			t.Errorf("after the wait there are %d tries, want 1", n)
		}
		k.Clock.Advance(15 * time.Minute)
		if n, _ := until(t, 10, take("198.51.100.1", owner)); n != 5 {
			t.Errorf("after a quarter of an hour there are %d tries, want 5", n)
		}

		many := func(n int) error { return l.Take(ctx, try("198.51.100.9", fmt.Sprintf("account %d", n))) }
		if n, wait := until(t, 100, many); n != 30 || wait != 30*time.Second {
			t.Errorf("an address has %d tries for all accounts, then waits %s", n, wait)
		}
		if err := l.Take(ctx, try("2001:db8:1:2::1", owner)); err != nil {
			t.Error(err)
		}
	})
}

// A household of IPv6 addresses is one: nobody has 2⁶⁴ budgets.
func TestIPv6CountsByNetwork(t *testing.T) {
	l, _ := setup(t, testkit.SQLite(t))
	n, _ := until(t, 100, func(n int) error { return l.Take(t.Context(), try(fmt.Sprintf("2001:db8:1:2::%x", n+1), owner)) })
	if n != 5 {
		t.Errorf("a network has %d tries", n)
	}
}

// A thousand strange addresses spend an account's budget, and do not lock its owner out of where they have signed in before.
func TestNobodyLocksAnAccount(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		l, k := setup(t, db)
		ctx, home := t.Context(), try("203.0.113.5", owner)
		if err := errors.Join(l.Take(ctx, home), l.Succeeded(ctx, home)); err != nil {
			t.Fatal(err)
		}
		strangers := func(n int) error { return l.Take(ctx, try(fmt.Sprintf("10.%d.%d.1", n/250, n%250), owner)) }
		if n, wait := until(t, 1000, strangers); n != 60 || wait != time.Minute {
			t.Errorf("strange addresses have %d tries together, then wait %s", n, wait)
		}
		if n, _ := until(t, 100, func(int) error { return l.Take(ctx, home) }); n != 5 {
			t.Errorf("the known address has %d tries", n)
		}
		if err := l.Take(ctx, try("10.200.0.1", "riverside other@riverside.example")); err != nil {
			t.Errorf("another account: %v", err)
		}
		k.Clock.Advance(time.Minute)
		if err := l.Take(ctx, try("10.201.0.1", owner)); err != nil {
			t.Errorf("a minute later a new address: %v", err)
		}
		k.Clock.Advance(31 * 24 * time.Hour)
		if n, _ := until(t, 1000, strangers); n != 60 {
			t.Fatalf("a month later strange addresses have %d tries", n)
		}
		if err := l.Take(ctx, home); !errs.Is(err, errs.RateLimited) {
			t.Errorf("a month later the address is still known: %v", err)
		}
		if err := errors.Join(l.Forget(ctx, throttle.Password, owner), l.Take(ctx, try("10.202.0.1", owner))); err != nil {
			t.Errorf("after a rescue: %v", err)
		}
	})
}

func TestSuccessCostsNothing(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		l, _ := setup(t, db)
		ctx, home := t.Context(), try("203.0.113.5", owner)
		for n := range 200 {
			if err := errors.Join(l.Take(ctx, home), l.Succeeded(ctx, home)); err != nil {
				t.Fatalf("sign-in %d: %v", n, err)
			}
		}
		if n, _ := until(t, 100, func(int) error { return l.Take(ctx, home) }); n != 5 {
			t.Errorf("then there are %d tries", n)
		}
	})
}

// Tries at the same moment are all counted.
func TestTriesAtOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		l, _ := setup(t, db)
		var passed atomic.Int64
		var all sync.WaitGroup
		for range 40 {
			all.Go(func() {
				switch err := l.Take(t.Context(), try("198.51.100.1", owner)); {
				case err == nil:
					passed.Add(1)
				case !errs.Is(err, errs.RateLimited):
					t.Error(err)
				}
			})
		}
		all.Wait()
		if passed.Load() != 5 {
			t.Errorf("%d of 40 tries at once went through", passed.Load())
		}
	})
}

func TestInTwoSteps(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		l, _ := setup(t, db)
		bad := throttle.Try{Kind: throttle.SSO, Address: netip.MustParseAddr("198.51.100.1")}
		for range 500 { // looking costs nothing
			if err := l.Allow(t.Context(), bad); err != nil {
				t.Fatal(err)
			}
		}
		n, wait := until(t, 500, func(int) error { return errors.Join(l.Allow(t.Context(), bad), l.Failed(t.Context(), bad)) })
		if n != 100 || wait != 9*time.Second {
			t.Errorf("an address has %d bad answers, then waits %s", n, wait)
		}
		if err := l.Allow(t.Context(), try("198.51.100.1", owner)); err != nil {
			t.Errorf("passwords from there: %v", err)
		}
	})
}

func TestTheTableNamesNobodyAndForgets(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		l, k := setup(t, db)
		ctx, home := t.Context(), try("203.0.113.5", owner)
		if err := errors.Join(l.Take(ctx, home), l.Succeeded(ctx, home), l.Take(ctx, home)); err != nil {
			t.Fatal(err)
		}
		rows := k.Raw.Throttle.Query().AllX(ctx)
		if text := fmt.Sprint(rows); len(rows) != 4 || strings.Contains(text, "dana") || strings.Contains(text, "203.0") {
			t.Errorf("the table: %s", text)
		}
		k.Clock.Advance(time.Hour)
		if err := l.Expire(ctx); err != nil || k.Raw.Throttle.Query().CountX(ctx) != 1 {
			t.Errorf("an hour later %d rows are left: %v", k.Raw.Throttle.Query().CountX(ctx), err)
		}
		k.Clock.Advance(31 * 24 * time.Hour)
		if err := l.Expire(ctx); err != nil || k.Raw.Throttle.Query().CountX(ctx) != 0 {
			t.Errorf("a month later %d rows are left: %v", k.Raw.Throttle.Query().CountX(ctx), err)
		}
	})
}

func TestADatabaseThatDoesNotAnswer(t *testing.T) {
	l, _ := setup(t, testkit.SQLite(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Take(ctx, try("198.51.100.1", owner)); err == nil || errs.Is(err, errs.RateLimited) {
		t.Errorf("it lets through: %v", err)
	}
}
