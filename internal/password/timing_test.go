package password_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/password"
	"github.com/soloprint/soloprint/internal/testkit"
)

// How a refusal is timed: rounds of all cases in turn, so that what else the machine does falls on all of them, and the lower
// quartiles, because what else it does can only make one longer. A machine that is busy may spoil a measurement, but not three: a
// difference that is real shows in each.
const (
	timedRounds = 25
	timedBound  = 1.3 // of the slowest quartile and the fastest
	timedTries  = 3
)

// How long a refusal takes does not say whether there is such an account, whether it has a password, or which of password and
// code was wrong: without the floor, which hides what is left of a difference.
func TestTimingShowsNothing(t *testing.T) {
	b := newBundle(t, testkit.SQLite(t))
	b.enrolled(t, b.us.Owner, good)
	teacher := b.us.Member(t, authz.RoleTeacher)
	spent := from(t, "203.0.113.1")
	for range 5 {
		_, _ = b.s.SignIn(spent, password.SignInInput{Email: "spent@riverside.example", Password: good})
	}
	cases := []struct {
		name string
		in   password.SignInInput
		code errs.Code
	}{
		{"no account", password.SignInInput{Email: "nobody@riverside.example", Password: good}, errs.SignInFailed},
		{"no organization", password.SignInInput{Organization: "nowhere", Email: b.email(t, b.us.Owner), Password: good}, errs.SignInFailed},
		{"no password", password.SignInInput{Email: b.email(t, teacher), Password: good}, errs.SignInFailed},
		{"wrong password", password.SignInInput{Email: b.email(t, b.them.Owner), Password: "wrong " + good}, errs.SignInFailed},
		{"wrong code", password.SignInInput{Email: b.email(t, b.us.Owner), Password: good, Code: "000000"}, errs.SignInFailed},
		{"a megabyte", password.SignInInput{Email: b.email(t, b.them.Owner), Password: string(make([]byte, 1<<20))}, errs.SignInFailed},
		{"control: nothing is hashed", password.SignInInput{Email: "spent@riverside.example", Password: good}, errs.RateLimited},
	}
	for n := range timedTries {
		said := ""
		quartiles := measure(t, b, len(cases), func(i, round int) func() {
			c, ctx := cases[i], from(t, fmt.Sprintf("10.%d.%d.%d", i, round, n+1))
			if c.code == errs.RateLimited {
				ctx = spent
				_, _ = b.s.SignIn(ctx, c.in) // what has come back meanwhile
			}
			return func() {
				_, err := b.s.SignIn(ctx, c.in)
				wantCode(t, c.name, err, c.code)
			}
		})
		for i, q := range quartiles {
			said += fmt.Sprintf("%s %s; ", cases[i].name, q)
		}
		t.Log(said)
		hashed, control := quartiles[:len(quartiles)-1], quartiles[len(quartiles)-1]
		if float64(slices.Min(hashed)) < timedBound*float64(control) {
			t.Fatal("the measurement does not tell a refusal without a hash from one with")
		}
		if float64(slices.Max(hashed)) <= timedBound*float64(slices.Min(hashed)) {
			return
		}
	}
	t.Error("refusals differ by how long they take")
}

// measure times each case in turn, many times, and answers the lower quartile of each.
func measure(t *testing.T, b *bundle, cases int, prepare func(i, round int) func()) (quartiles []time.Duration) {
	t.Helper()
	took := make([][]time.Duration, cases)
	for round := range timedRounds {
		b.Clock.Advance(2 * time.Minute) // the budgets of the accounts come back, that of the control does not
		for i := range cases {
			do := prepare(i, round)
			began := time.Now()
			do()
			took[i] = append(took[i], time.Since(began))
		}
	}
	for _, all := range took {
		slices.Sort(all)
		quartiles = append(quartiles, all[len(all)/4])
	}
	return quartiles
}

func TestRefusalsLeaveAtAFixedTime(t *testing.T) {
	b := newBundle(t, testkit.SQLite(t))
	b.s.Floor = time.Second
	began := time.Now()
	_, err := b.signIn(t, password.SignInInput{Email: b.email(t, b.us.Owner), Password: "no"})
	wantCode(t, "a wrong password", err, errs.SignInFailed)
	if took := time.Since(began); took < time.Second {
		t.Errorf("a refusal left after %s", took)
	}
	began = time.Now()
	_, err = b.signIn(t, password.SignInInput{Email: b.email(t, b.us.Owner), Password: good})
	must(t, err)
	if took := time.Since(began); took >= time.Second {
		t.Errorf("who comes in waits %s", took)
	}
}
