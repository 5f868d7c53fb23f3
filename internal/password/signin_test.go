package password_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent/session"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/password"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
	"github.com/soloprint/soloprint/internal/throttle"
)

func TestSignIn(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		teacher := b.us.Member(t, authz.RoleTeacher)
		owner := b.email(t, b.us.Owner)
		for name, c := range map[string]struct {
			in   password.SignInInput
			code errs.Code
		}{
			"by slug":                         {password.SignInInput{Organization: "riverside", Email: owner, Password: good}, ""},
			"by id":                           {password.SignInInput{Organization: string(b.us.ID), Email: owner, Password: good}, ""},
			"by the address alone":            {password.SignInInput{Email: owner, Password: good}, ""},
			"with capitals and spaces around": {password.SignInInput{Organization: " riverside ", Email: " " + strings.ToUpper(owner) + " ", Password: good}, ""},
			"with full-width letters":         {password.SignInInput{Email: owner, Password: "ｆour small grey horses"}, ""},
			"a code that nobody asked for":    {password.SignInInput{Email: owner, Password: good, Code: "123456"}, ""},
			"another password":                {password.SignInInput{Email: owner, Password: good + "!"}, errs.SignInFailed},
			"in another case":                 {password.SignInInput{Email: owner, Password: strings.ToUpper(good)}, errs.SignInFailed},
			"with a space around":             {password.SignInInput{Email: owner, Password: good + " "}, errs.SignInFailed},
			"none":                            {password.SignInInput{Email: owner}, errs.SignInFailed},
			"a megabyte":                      {password.SignInInput{Email: owner, Password: strings.Repeat("x", 1<<20)}, errs.SignInFailed},
			"another organization's password": {password.SignInInput{Email: owner, Password: good + " there"}, errs.SignInFailed},
			"at another organization":         {password.SignInInput{Organization: "hillside", Email: owner, Password: good}, errs.SignInFailed},
			"at no organization":              {password.SignInInput{Organization: "nowhere", Email: owner, Password: good}, errs.SignInFailed},
			"somebody who has none":           {password.SignInInput{Email: b.email(t, teacher), Password: good}, errs.SignInFailed},
			"nobody":                          {password.SignInInput{Email: "nobody@riverside.example", Password: good}, errs.SignInFailed},
			"nothing at all":                  {password.SignInInput{}, errs.SignInFailed},
			"words of SQL":                    {password.SignInInput{Organization: "' OR 1=1 --", Email: "' OR 1=1 --", Password: good}, errs.SignInFailed},
			"bytes that are no text":          {password.SignInInput{Organization: "river\xffside", Email: "\xff\x00", Password: "\xff\xfe\x00"}, errs.SignInFailed},
			"the hash itself":                 {password.SignInInput{Email: owner, Password: b.Raw.Password.Query().FirstX(t.Context()).Hash}, errs.SignInFailed},
		} {
			done, err := b.signIn(t, c.in)
			wantCode(t, name, err, c.code)
			if err == nil && (done.Membership.ID != b.us.Owner.ID || done.Setup == nil || done.Setup.Required) {
				t.Errorf("%s: %+v", name, done)
			}
			if err != nil && strings.Contains(errs.From(err).Details, "organization") {
				t.Errorf("%s: it says %s", name, errs.From(err).Details)
			}
		}
	})
}

// Whoever may use a password may do so as things stand when they come.
func TestWhoMayUseAPassword(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		teacher := b.us.Member(t, authz.RoleTeacher)
		_, err := b.s.Set(b.system(t, teacher), b.input(t, teacher, good))
		wantCode(t, "a teacher has none", err, errs.InsufficientPermissions)
		b.rescue(t, teacher, good)
		in := func(m pid.ID) errs.Code {
			who := b.Raw.Membership.GetX(t.Context(), m)
			_, err := b.signIn(t, password.SignInInput{Email: b.email(t, who), Password: good})
			if err != nil {
				return errs.From(err).Code
			}
			return ""
		}
		both := func(when string, owner, rescued errs.Code) {
			t.Helper()
			if got := in(b.us.Owner.ID); got != owner {
				t.Errorf("%s: the owner gets %q, want %q", when, got, owner)
			}
			if got := in(teacher.ID); got != rescued {
				t.Errorf("%s: who was rescued gets %q, want %q", when, got, rescued)
			}
		}
		both("at first", "", "")

		provider := b.Raw.SSOProvider.Create().SetOrganizationID(b.us.ID).SetName("x").SetSlug("x").SetIssuer("https://id.example.org").SetClientID("x").SetForceSSO(true).SaveX(t.Context())
		both("SSO is forced by a draft", "", "")
		provider.Update().SetState("enabled").ExecX(t.Context())
		both("SSO is forced", "", errs.SignInFailed)
		provider.Update().SetForceSSO(false).ExecX(t.Context())
		both("SSO is a choice", "", "")
		b.Raw.SSOProvider.Create().SetOrganizationID(b.them.ID).SetName("x").SetSlug("x").SetIssuer("https://id.example.org").SetClientID("x").SetForceSSO(true).SetState("enabled").ExecX(t.Context())
		both("SSO is forced elsewhere", "", "")

		for _, m := range []pid.ID{b.us.Owner.ID, teacher.ID} {
			b.Raw.Membership.UpdateOneID(m).SetStatus("suspended").ExecX(t.Context())
		}
		both("suspended", errs.SignInFailed, errs.SignInFailed)
		for _, m := range []pid.ID{b.us.Owner.ID, teacher.ID} {
			b.Raw.Membership.UpdateOneID(m).SetStatus("active").SetRole("admin").ExecX(t.Context())
		}
		both("an owner no more", errs.SignInFailed, "")
		for _, m := range []pid.ID{b.us.Owner.ID, teacher.ID} {
			b.Raw.Membership.UpdateOneID(m).SetRole("owner").SetDeletedAt(b.Clock.Now()).ExecX(t.Context())
		}
		both("removed", errs.SignInFailed, errs.SignInFailed)
	})
}

// One password of a person opens one organization; who has several says which is meant.
func TestAPersonWithTwoPasswords(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		guest := b.Raw.Membership.Create().SetOrganizationID(b.them.ID).SetUserID(b.us.Owner.UserID).SetRole("owner").SaveX(t.Context())
		b.set(t, guest, good+" as a guest")
		owner := b.email(t, b.us.Owner)
		for _, c := range []struct {
			organization, text string
			want               pid.ID
		}{
			{"riverside", good, b.us.Owner.ID}, {"hillside", good + " as a guest", guest.ID},
			{"riverside", good + " as a guest", ""}, {"hillside", good, ""}, {"", good, ""},
		} {
			done, err := b.signIn(t, password.SignInInput{Organization: c.organization, Email: owner, Password: c.text})
			if err == nil && done.Membership.ID != c.want || (err == nil) != (c.want != "") {
				t.Errorf("%q with %q: %+v %v", c.organization, c.text, done, err)
			}
		}
	})
}

func TestTOTP(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		app, recovery := b.enrolled(t, b.us.Owner, good)
		row := b.Raw.Password.Query().Where().AllX(t.Context())
		if stored := fmt.Sprintf("%s %+v", row[0].TotpSecret, row); strings.Contains(stored, app) || len(recovery) != 10 || strings.Contains(stored, recovery[0]) {
			t.Errorf("stored: %s", stored)
		}
		const rescued = "after a rescue, without a code"
		try := func(what, code string, want errs.Code) {
			t.Helper()
			done, err := b.signIn(t, password.SignInInput{Email: b.email(t, b.us.Owner), Password: good, Code: code})
			wantCode(t, what, err, want)
			if err == nil && (done.Setup != nil) != (what == rescued) {
				t.Errorf("%s: %+v", what, done)
			}
		}
		now := b.code(t, app)
		try("no code", "", errs.SignInFailed)
		try("a wrong code", "000000", errs.SignInFailed)
		try("a code with letters", "12345a", errs.SignInFailed)
		try("the code", now[:3]+" "+now[3:], "")
		try("the code again", now, errs.SignInFailed)
		b.Clock.Advance(30 * time.Second)
		next := b.code(t, app)
		b.Clock.Advance(-60 * time.Second)
		early := b.code(t, app)
		b.Clock.Advance(30 * time.Second)
		try("a code that is older than one that was used", early, errs.SignInFailed)
		try("the next code, from a phone whose clock is 30 s fast", next, "")
		try("it again", next, errs.SignInFailed)
		b.Clock.Advance(90 * time.Second)
		late := b.code(t, app)
		b.Clock.Advance(60 * time.Second)
		try("a code of two steps ago", late, errs.SignInFailed)
		b.Clock.Advance(-30 * time.Second)
		try("a code of one step ago", late, "")

		try("a recovery code", strings.ToLower(recovery[3]), "")
		try("the recovery code again", recovery[3], errs.SignInFailed)
		try("another, without hyphens", strings.ReplaceAll(recovery[0], "-", ""), "")
		try("half of one", recovery[1][:9], errs.SignInFailed)
		_, err := b.signIn(t, password.SignInInput{Email: b.email(t, b.us.Owner), Password: good + "?", Code: recovery[1]})
		wantCode(t, "a recovery code with a wrong password", err, errs.SignInFailed)
		try("which did not use it up", recovery[1], "")

		theirs, _ := b.enrolled(t, b.them.Owner, good+" there")
		try("the code of another member's app", b.code(t, theirs), errs.SignInFailed)

		b.set(t, b.us.Owner, good+" anew")
		_, err = b.signIn(t, password.SignInInput{Email: b.email(t, b.us.Owner), Password: good + " anew"})
		wantCode(t, "a new password leaves the app", err, errs.SignInFailed)
		b.rescue(t, b.us.Owner, good)
		try(rescued, "", "")
	})
}

// Of two who come with one code at the same moment, one is let in.
func TestOneCodeAtOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		app, recovery := b.enrolled(t, b.us.Owner, good)
		email := b.email(t, b.us.Owner)
		for _, code := range []string{b.code(t, app), recovery[0]} {
			var let atomic.Int64
			var all sync.WaitGroup
			for n := range 6 {
				all.Go(func() {
					_, err := b.s.SignIn(from(t, fmt.Sprintf("10.9.%d.%d", len(code), n)), password.SignInInput{Email: email, Password: good, Code: code})
					if err == nil {
						let.Add(1)
					} else if !errs.Is(err, errs.SignInFailed) {
						t.Error(err)
					}
				})
			}
			all.Wait()
			if let.Load() != 1 {
				t.Errorf("%d of 6 came in with one code", let.Load())
			}
		}
	})
}

func TestSettingUpAnApp(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		email := b.email(t, b.us.Owner)
		in, err := b.signIn(t, password.SignInInput{Email: email, Password: good})
		must(t, err)
		if !strings.HasPrefix(in.Setup.URI, "otpauth://totp/SoLoPrint%20riverside:") || !strings.Contains(in.Setup.URI, "secret="+in.Setup.Secret) || !strings.HasPrefix(string(in.Setup.PNG), "\x89PNG") {
			t.Errorf("%+v", in.Setup)
		}
		confirm := func(what, ticket, code string, want errs.Code) {
			t.Helper()
			_, err := b.s.ConfirmTOTP(t.Context(), password.ConfirmTOTPInput{Ticket: ticket, Code: code})
			wantCode(t, what, err, want)
		}
		other, err := b.signIn(t, password.SignInInput{Email: email, Password: good})
		must(t, err)
		confirm("a wrong code", in.Setup.Ticket, "000000", errs.ValidationFailed)
		confirm("the code of another setup", in.Setup.Ticket, b.code(t, other.Setup.Secret), errs.ValidationFailed)
		confirm("no ticket", "", b.code(t, in.Setup.Secret), errs.SignInFailed)
		confirm("a ticket that was altered", in.Setup.Ticket[:40]+"A"+in.Setup.Ticket[41:]+"A", b.code(t, in.Setup.Secret), errs.SignInFailed)
		again, err := b.s.Again(in.Setup.Ticket)
		must(t, err)
		if again.Secret != in.Setup.Secret {
			t.Error("the page that is shown once more has another key")
		}
		confirm("the code", again.Ticket, b.code(t, in.Setup.Secret), "")
		confirm("twice", in.Setup.Ticket, b.code(t, in.Setup.Secret), errs.SignInFailed)
		confirm("another setup meanwhile", other.Setup.Ticket, b.code(t, other.Setup.Secret), errs.SignInFailed)
		_, err = b.signIn(t, password.SignInInput{Email: email, Password: good, Code: b.code(t, in.Setup.Secret)})
		wantCode(t, "the code that set it up does not sign in", err, errs.SignInFailed)

		late, err := b.signIn(t, password.SignInInput{Email: b.email(t, b.them.Owner), Password: good + " there"})
		must(t, err)
		b.Clock.Advance(15 * time.Minute)
		confirm("a quarter of an hour later", late.Setup.Ticket, b.code(t, late.Setup.Secret), errs.SignInFailed)
		stale, err := b.signIn(t, password.SignInInput{Email: b.email(t, b.them.Owner), Password: good + " there"})
		must(t, err)
		b.rescue(t, b.them.Owner, good+" anew")
		confirm("after a new password", stale.Setup.Ticket, b.code(t, stale.Setup.Secret), errs.SignInFailed)
	})
}

func TestTOTPIsRequired(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		b.s.RequireTOTP = true
		in, err := b.signIn(t, password.SignInInput{Email: b.email(t, b.us.Owner), Password: good})
		must(t, err)
		if in.Membership != nil || in.Setup == nil || !in.Setup.Required {
			t.Fatalf("let in without: %+v", in)
		}
		if got := b.us.Events(t); slices.Contains(got, "password.signed_in") {
			t.Errorf("events say that somebody came in: %v", got)
		}
		done, err := b.s.ConfirmTOTP(t.Context(), password.ConfirmTOTPInput{Ticket: in.Setup.Ticket, Code: b.code(t, in.Setup.Secret)})
		must(t, err)
		if done.Membership.ID != b.us.Owner.ID || len(done.RecoveryCodes) != 10 {
			t.Errorf("%+v", done)
		}
		b.Raw.Membership.UpdateOneID(b.them.Owner.ID).SetRole("admin").ExecX(t.Context())
		_, err = b.signIn(t, password.SignInInput{Email: b.email(t, b.them.Owner), Password: good + " there"})
		wantCode(t, "who may not use it is not offered an app", err, errs.SignInFailed)
	})
}

func TestTheEventsOfPasswords(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		email := b.email(t, b.us.Owner)
		_, _ = b.s.SignIn(from(t, "203.0.113.7"), password.SignInInput{Email: email, Password: "wrong " + good})
		app, recovery := b.enrolled(t, b.us.Owner, good)
		_, _ = b.signIn(t, password.SignInInput{Email: email, Password: good, Code: "000000"})
		_, _ = b.signIn(t, password.SignInInput{Email: email, Password: good, Code: recovery[0]})
		_, _ = b.signIn(t, password.SignInInput{Email: email, Password: good, Code: b.code(t, app)})
		b.rescue(t, b.us.Owner, good)
		want := "password.set owner; password.sign_in_failed password 203.0.113.7; password.signed_in none; password.totp_enabled; " +
			"password.sign_in_failed code; password.signed_in recovery_code 9; password.signed_in totp 9; password.set rescue"
		rows := b.us.EventRows(t)
		var got []string
		for i, r := range rows {
			data := string(r.Data)
			got = append(got, r.Type)
			for _, word := range strings.Fields(strings.Split(want, "; ")[min(i, 7)])[1:] {
				if !strings.Contains(data, word) {
					t.Errorf("event %d, %s, does not say %s: %s", i, r.Type, word, data)
				}
			}
			if r.SubjectID != string(b.us.Owner.ID) || strings.Contains(data, good) || strings.Contains(data, email) {
				t.Errorf("event %d: %+v", i, r)
			}
		}
		if len(got) != 8 || len(b.them.Events(t)) != 1 {
			t.Errorf("events %v", got)
		}
		if text := b.log.String(); strings.Contains(text, good) || strings.Contains(text, email) || strings.Contains(text, app) || strings.Count(text, "refused") != 2 || !strings.Contains(text, "203.0.113.7") {
			t.Errorf("the log: %s", text)
		}
	})
}

func TestARescue(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		for _, m := range []pid.ID{b.us.Owner.ID, b.them.Owner.ID} {
			row := b.Raw.Membership.GetX(t.Context(), m)
			b.Raw.Session.Create().SetOrganizationID(row.OrganizationID).SetMembershipID(m).SetSecretHash([]byte{1}).SetOpenedBy("password").SetExpiresAt(b.Clock.Now().Add(time.Hour)).ExecX(t.Context())
		}
		email := b.email(t, b.us.Owner)
		for range 10 { // from one address, until it is refused
			_, _ = b.s.SignIn(from(t, "203.0.113.7"), password.SignInInput{Email: email, Password: "no"})
		}
		_, err := b.s.SignIn(from(t, "203.0.113.7"), password.SignInInput{Email: email, Password: good})
		wantCode(t, "after too many tries", err, errs.RateLimited)
		if errs.From(err).Retry <= 0 {
			t.Error("it does not say how long to wait")
		}
		b.rescue(t, b.us.Owner, good+" anew")
		_, err = b.s.SignIn(from(t, "203.0.113.7"), password.SignInInput{Email: email, Password: good + " anew"})
		wantCode(t, "after a rescue", err, "")
		if n := b.Raw.Session.Query().Where(session.RevokedAtIsNil()).CountX(t.Context()); n != 1 {
			t.Errorf("%d sessions are open", n)
		}
		_, err = b.s.Set(b.us.System(t), b.input(t, b.them.Owner, good))
		wantCode(t, "a member of another organization", err, "user_not_found")
		_, err = b.s.Set(b.us.Session(t, b.us.Owner), b.input(t, b.us.Owner, good))
		wantCode(t, "an owner in their own name", err, errs.InsufficientPermissions)
	})
}

func TestChange(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		app, _ := b.enrolled(t, b.us.Owner, good)
		teacher := b.us.Member(t, authz.RoleTeacher)
		b.rescue(t, teacher, good)
		change := func(what, email, old, code, fresh string, want errs.Code) {
			t.Helper()
			b.calls++
			_, err := b.s.Change(from(t, fmt.Sprintf("10.1.0.%d", b.calls)), password.ChangeInput{New: fresh, SignInInput: password.SignInInput{Email: email, Password: old, Code: code}})
			wantCode(t, what, err, want)
		}
		owner := b.email(t, b.us.Owner)
		b.Raw.Session.Create().SetOrganizationID(b.us.ID).SetMembershipID(b.us.Owner.ID).SetSecretHash([]byte{1}).SetOpenedBy("password").SetExpiresAt(b.Clock.Now().Add(time.Hour)).ExecX(t.Context())
		change("a wrong password", owner, "no", b.code(t, app), good+" anew", errs.SignInFailed)
		change("no code", owner, good, "", good+" anew", errs.SignInFailed)
		change("a weak one, by who does not know the old", owner, "no", "", "password1234", errs.SignInFailed)
		change("a weak one", owner, good, b.code(t, app), "password1234", errs.ValidationFailed)
		b.Clock.Advance(30 * time.Second)
		if n := b.Raw.Session.Query().Where(session.RevokedAtIsNil()).CountX(t.Context()); n != 1 {
			t.Errorf("nothing was changed, and %d sessions are open", n)
		}
		change("another", owner, good, b.code(t, app), good+" anew", "")
		b.Clock.Advance(30 * time.Second)
		if n := b.Raw.Session.Query().Where(session.RevokedAtIsNil()).CountX(t.Context()); n != 0 {
			t.Errorf("%d sessions are open", n)
		}
		_, err := b.signIn(t, password.SignInInput{Email: owner, Password: good, Code: b.code(t, app)})
		wantCode(t, "the old one", err, errs.SignInFailed)
		_, err = b.signIn(t, password.SignInInput{Email: owner, Password: good + " anew", Code: b.code(t, app)})
		wantCode(t, "the new one, with the same app", err, "")
		change("who was rescued", b.email(t, teacher), good, "", good+" again", "")
		_, err = b.signIn(t, password.SignInInput{Email: b.email(t, teacher), Password: good + " again"})
		wantCode(t, "who was rescued, with the new one", err, "")
		b.s.RequireTOTP = true
		change("an app is required first", b.email(t, teacher), good+" again", "", good, errs.SignInFailed)
	})
}

// Every way to fail costs a try, and success gives it back.
func TestTriesAreCounted(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		b.enrolled(t, b.us.Owner, good)
		teacher := b.us.Member(t, authz.RoleTeacher)
		for i, in := range []password.SignInInput{
			{Email: "nobody@riverside.example", Password: good}, {Email: b.email(t, teacher), Password: good},
			{Email: b.email(t, b.us.Owner), Password: good, Code: "000000"}, {Email: b.email(t, b.them.Owner), Password: "no"},
		} {
			ctx := from(t, fmt.Sprintf("203.0.113.%d", i))
			for n := range 5 {
				_, err := b.s.SignIn(ctx, in)
				wantCode(t, fmt.Sprintf("%s, try %d", in.Email, n), err, errs.SignInFailed)
			}
			_, err := b.s.SignIn(ctx, in)
			wantCode(t, in.Email+", one more", err, errs.RateLimited)
			in.Organization = "riverside"
			_, err = b.s.SignIn(ctx, in)
			wantCode(t, in.Email+", with the organization's name", err, errs.RateLimited)
		}
		for range 20 {
			_, err := b.s.SignIn(from(t, "203.0.113.99"), password.SignInInput{Email: b.email(t, b.them.Owner), Password: good + " there"})
			must(t, err)
		}
		if err := b.s.Tries.Take(from(t, "203.0.113.99"), throttle.Try{Kind: throttle.Password, Account: b.email(t, b.them.Owner)}); err != nil {
			t.Error(err)
		}
	})
}
