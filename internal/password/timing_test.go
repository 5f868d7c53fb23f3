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

// How a refusal is timed: rounds of all cases in turn, so that what else the machine does falls on all of them, and medians, so
// that a pause now and then does not count.
const (
	timedRounds = 31
	timedBound  = 1.3 // of the slowest median and the fastest
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
	took := make([][]time.Duration, len(cases))
	for round := range timedRounds {
		b.Clock.Advance(2 * time.Minute) // the budgets of the accounts come back, that of the control does not
		_, _ = b.s.SignIn(spent, cases[len(cases)-1].in)
		for i, c := range cases {
			ctx := from(t, fmt.Sprintf("10.%d.%d.1", i, round))
			if c.code == errs.RateLimited {
				ctx = spent
			}
			began := time.Now()
			_, err := b.s.SignIn(ctx, c.in)
			took[i] = append(took[i], time.Since(began))
			wantCode(t, c.name, err, c.code)
		}
	}
	medians := make([]time.Duration, len(cases))
	for i, all := range took {
		slices.Sort(all)
		medians[i] = all[len(all)/2]
		t.Logf("%-28s %s", cases[i].name, medians[i])
	}
	real, control := medians[:len(medians)-1], medians[len(medians)-1]
	if slowest, fastest := slices.Max(real), slices.Min(real); float64(slowest) > timedBound*float64(fastest) {
		t.Errorf("refusals differ: from %s to %s", fastest, slowest)
	} else if float64(fastest) < timedBound*float64(control) {
		t.Errorf("the measurement does not tell a refusal without a hash, %s, from one with, %s", control, fastest)
	}
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
