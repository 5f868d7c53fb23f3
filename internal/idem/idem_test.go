package idem_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/idempotencykey"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/idem"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/testkit"
)

const (
	inUse  = string(errs.IdempotencyKeyInUse)
	reused = string(errs.IdempotencyKeyReused)
)

func TestTheSameAgainIsAnsweredTheSame(t *testing.T) {
	eachBundle(t, func(t *testing.T, b *bundle) {
		first, replayed, err := b.keys.Keep(b.ctx, request("k", "a"), b.make("a"))
		must(t, err)
		if replayed || first.Status != http.StatusCreated || first.Header.Get("Location") == "" {
			t.Errorf("first: %+v, replayed %v", first, replayed)
		}
		for range 2 {
			again, replayed, err := b.keys.Keep(b.ctx, request("k", "a"), b.make("a"))
			must(t, err)
			if d := cmp.Diff(first, again); d != "" || !replayed {
				t.Errorf("again, replayed %v (-first +again):\n%s", replayed, d)
			}
		}
		b.wantTags("a", 1)
	})
}

func TestWhatAKeyIsBoundTo(t *testing.T) {
	eachBundle(t, func(t *testing.T, b *bundle) {
		key := b.us.Key(t, authz.PrinterManage)
		route := request("k", "a")
		route.Route = "POST /v1/labels"
		for name, c := range map[string]struct {
			ctx  context.Context
			r    idem.Request
			want string // "" for a tag of its own
		}{
			"another request":                        {b.ctx, request("k", "b"), reused},
			"another key":                            {b.ctx, request("K", "a"), ""},
			"another route":                          {b.ctx, route, ""},
			"another session of the same person":     {b.us.Session(t, b.us.Owner), request("k", "a"), ""},
			"an API key of the same person":          {key, request("k", "a"), ""},
			"another organization":                   {b.them.Session(t, b.them.Owner), request("k", "a"), ""},
			"the same session in other capabilities": {authz.With(t.Context(), &authz.Actor{Kind: authz.KindSession, ID: authz.From(b.ctx).ID, Organization: b.them.ID, Can: authz.Capabilities()}), request("k", "a"), ""},
		} {
			b.Raw.IdempotencyKey.Delete().ExecX(t.Context())
			b.Raw.PrinterTag.Delete().ExecX(t.Context())
			b.send(b.ctx, request("k", "a"), b.make("first"))
			got := b.send(c.ctx, c.r, b.make(name))
			if c.want != "" {
				b.want(name, got, c.want)
				b.wantTags(name, 0)
				continue
			}
			b.wantTags(name, 1)
			b.want(name+", again", b.send(c.ctx, c.r, b.make(name)), "replayed "+got)
		}
	})
}

func TestWhileTheFirstRunsNobodyElseDoes(t *testing.T) {
	eachBundle(t, func(t *testing.T, b *bundle) {
		b.send(b.ctx, request("k", "a"), func(ctx context.Context) idem.Answer {
			b.want("the same", b.send(b.ctx, request("k", "a"), b.make("second")), inUse)
			b.want("another request", b.send(b.ctx, request("k", "b"), b.make("second")), reused)
			b.Clock.Advance(idem.Lease - time.Microsecond)
			b.want("the same, late", b.send(b.ctx, request("k", "a"), b.make("second")), inUse)
			return b.make("first")(ctx)
		})
		b.wantTags("first", 1)
		b.wantTags("second", 0)
	})
}

// Many send the same at the same moment: one runs, the others are told to wait or get its answer.
func TestOfManyAtOnceOneRuns(t *testing.T) {
	eachBundle(t, func(t *testing.T, b *bundle) {
		for round := range 5 {
			name := fmt.Sprint("round-", round)
			if round > 2 { // the first one died: all want to take over
				b.dies(request(name, name), nil)
				b.Clock.Advance(idem.Lease)
			}
			var all sync.WaitGroup
			answers := make([]string, 8)
			for i := range answers {
				all.Go(func() { answers[i] = b.send(b.ctx, request(name, name), b.make(name)) })
			}
			all.Wait()
			b.wantTags(name, 1)
			kept := b.send(b.ctx, request(name, name), b.make(name))
			for _, a := range answers {
				if a != inUse && a != kept && "replayed "+a != kept {
					t.Errorf("%s: one was answered %q, kept is %q", name, a, kept)
				}
			}
		}
	})
}

func TestAProcessThatDies(t *testing.T) {
	eachBundle(t, func(t *testing.T, b *bundle) {
		b.dies(request("before", "a"), nil)
		b.want("at once", b.send(b.ctx, request("before", "a"), b.make("before")), inUse)
		b.Clock.Advance(idem.Lease)
		b.want("another request, when the lease is over", b.send(b.ctx, request("before", "b"), b.make("before")), reused)
		first := b.send(b.ctx, request("before", "a"), b.make("before"))
		b.want("when it ran", b.send(b.ctx, request("before", "a"), b.make("before")), "replayed "+first)
		b.wantTags("before", 1)

		b.dies(request("after", "a"), b.make("after"))
		got := b.send(b.ctx, request("after", "a"), b.make("after"))
		if !strings.HasPrefix(got, "replayed /v1/tags/tag_") {
			t.Errorf("the effect is there, its answer was lost: %q", got)
		}
		b.wantTags("after", 1)
	})
}

// A request that is slower than its lease finds that somebody else has run: it takes back what it did.
func TestWhoIsTooSlowCommitsNothing(t *testing.T) {
	eachBundle(t, func(t *testing.T, b *bundle) {
		var taker string
		slow := b.send(b.ctx, request("k", "a"), func(ctx context.Context) idem.Answer {
			b.Clock.Advance(idem.Lease)
			taker = b.send(b.ctx, request("k", "a"), b.make("taker"))
			return b.make("slow")(ctx)
		})
		b.want("the slow one", slow, inUse)
		b.want("later", b.send(b.ctx, request("k", "a"), b.make("later")), "replayed "+taker)
		b.wantTags("taker", 1)
		b.wantTags("slow", 0)

		slow = b.send(b.ctx, request("l", "a"), func(ctx context.Context) idem.Answer {
			b.Clock.Advance(idem.Lease)
			b.dies(request("l", "a"), nil)
			return b.make("slow")(ctx)
		})
		b.want("slow while another one has it", slow, inUse)
		b.wantTags("slow", 0)
	})
}

func TestRefusalsAreKeptToo(t *testing.T) {
	eachBundle(t, func(t *testing.T, b *bundle) {
		b.make("taken")(b.ctx)
		calls := 0
		for _, c := range []struct{ name, want string }{{"refused-by-the-operation", "already_exists"}, {"another-refusal", "already_exists"}} {
			run := func(ctx context.Context) idem.Answer {
				calls++
				_, err := op.Do(ctx, b.Ops, opTag, struct{}{}, func(ctx context.Context, tx *ent.Tx) (*ent.PrinterTag, error) {
					return tx.PrinterTag.Create().SetName(c.name).SaveX(ctx), errs.New(errs.AlreadyExists)
				})
				return refusal(err)
			}
			b.want(c.name, b.send(b.ctx, request(c.name, "a"), run), c.want)
			b.want(c.name+", again", b.send(b.ctx, request(c.name, "a"), run), "replayed "+c.want)
			b.wantTags(c.name, 0)
		}
		if calls != 2 {
			t.Errorf("%d runs, want 2", calls)
		}
	})
}

// A fault whose transaction was rolled back did nothing: who comes back, as Retry-After says, has the request run.
func TestAFaultThatLeftNothingIsNotKept(t *testing.T) {
	eachBundle(t, func(t *testing.T, b *bundle) {
		for name, steps := range map[string]func(ctx context.Context) error{
			"the-time-was-over": func(context.Context) error { return context.DeadlineExceeded },
			"a-panic":           func(context.Context) error { panic("boom") },
			"an-unknown-error":  func(context.Context) error { return errors.New("boom") },
		} {
			var first string
			b.send(b.ctx, request(name, "a"), func(ctx context.Context) (a idem.Answer) {
				defer func() { // as the adapter does
					if p := recover(); p != nil {
						a = fault()
					}
				}()
				_, err := op.Do(ctx, b.Ops, opTag, struct{}{}, func(ctx context.Context, tx *ent.Tx) (*ent.PrinterTag, error) {
					return tx.PrinterTag.Create().SetName(name).SaveX(ctx), steps(ctx)
				})
				if err == nil {
					t.Errorf("%s: it had an effect", name)
				}
				return fault()
			})
			b.wantTags(name, 0)
			first = b.send(b.ctx, request(name, "b"), b.make(name)) // the key is bound to nothing any more
			b.want(name+", when it ran", b.send(b.ctx, request(name, "b"), b.make(name)), "replayed "+first)
			b.wantTags(name, 1)
		}
	})
}

// Where an effect may stand, a fault is the answer for good: to run again would be to do it twice.
func TestAFaultAfterAnEffectIsKept(t *testing.T) {
	eachBundle(t, func(t *testing.T, b *bundle) {
		part := opTag
		part.Verb = "prepare"
		half := func(ctx context.Context) idem.Answer {
			_, err := op.Do(ctx, b.Ops, part, struct{}{}, func(ctx context.Context, tx *ent.Tx) (*ent.PrinterTag, error) {
				return tx.PrinterTag.Create().SetName("half").Save(ctx)
			})
			must(t, err)
			return fault()
		}
		b.want("the first", b.send(b.ctx, request("half", "a"), half), "not_ready")
		b.want("again", b.send(b.ctx, request("half", "a"), half), "replayed not_ready")
		b.wantTags("half", 1)

		whole := func(ctx context.Context) idem.Answer { // it was committed, and then the adapter could not answer
			b.make("whole")(ctx)
			return fault()
		}
		first := b.send(b.ctx, request("whole", "a"), whole)
		b.want("what was committed", b.send(b.ctx, request("whole", "a"), whole), "replayed "+first)
		b.wantTags("whole", 1)
	})
}

// What an operation answers that is only a part of the request is not the request's answer.
func TestOnlyTheRequestsOwnOperationIsKept(t *testing.T) {
	eachBundle(t, func(t *testing.T, b *bundle) {
		part := opTag
		part.Verb = "prepare"
		run := func(ctx context.Context) idem.Answer {
			_, err := op.Do(ctx, b.Ops, part, struct{}{}, func(ctx context.Context, tx *ent.Tx) (*ent.PrinterTag, error) {
				return tx.PrinterTag.Create().SetName("part").Save(ctx)
			})
			must(t, err)
			return b.make("whole")(ctx)
		}
		first := b.send(b.ctx, request("k", "a"), run)
		b.want("again", b.send(b.ctx, request("k", "a"), run), "replayed "+first)
		if !strings.Contains(first, "whole") {
			t.Errorf("kept is %q", first)
		}
	})
}

func TestAnAnswerThatCannotBeEncodedHasNoEffect(t *testing.T) {
	eachBundle(t, func(t *testing.T, b *bundle) {
		r := request("k", "a")
		r.Encode = func(any) (idem.Answer, error) { return idem.Answer{}, opTag.Failed(nil) }
		b.want("answered", b.send(b.ctx, r, b.make("a")), "printer_tag_make_failed")
		b.wantTags("a", 0)
	})
}

// Whoever asked may leave: the work goes on, and the answer is there when they come back.
func TestTheCallerMayLeave(t *testing.T) {
	eachBundle(t, func(t *testing.T, b *bundle) {
		ctx, leave := context.WithTimeout(b.ctx, time.Minute)
		first := b.send(ctx, request("k", "a"), func(ctx context.Context) idem.Answer {
			leave()
			if _, limited := ctx.Deadline(); !limited || ctx.Err() != nil {
				t.Errorf("it works with a deadline: %v, and ends with the caller: %v", limited, ctx.Err())
			}
			return b.make("a")(ctx)
		})
		b.want("back again", b.send(b.ctx, request("k", "a"), b.make("a")), "replayed "+first)
		b.wantTags("a", 1)
	})
}

func TestTheTableShowsNothing(t *testing.T) {
	eachBundle(t, func(t *testing.T, b *bundle) {
		b.send(b.ctx, request("my-own-key", "my-own-body"), b.make("a"))
		rows, err := b.Raw.QueryRows(t.Context(), "SELECT * FROM idempotency_keys", nil)
		must(t, err)
		defer rows.Close()
		columns, err := rows.Columns()
		must(t, err)
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new([]byte)
		}
		if !rows.Next() {
			t.Fatal("there is no row")
		}
		must(t, rows.Scan(values...))
		for i, v := range values {
			for _, word := range []string{"my-own-key", "my-own-body", "slp_live", "Location"} {
				if strings.Contains(string(*v.(*[]byte)), word) {
					t.Errorf("%s shows %s", columns[i], word)
				}
			}
		}
		must(t, rows.Close())

		row := b.Raw.IdempotencyKey.Query().OnlyX(t.Context())
		b.send(b.ctx, request("other", "a"), b.make("b"))
		b.Raw.IdempotencyKey.Update().Where(idempotencykey.IDNEQ(row.ID)).SetAnswer(row.Answer).ExecX(t.Context())
		b.want("an answer that was moved to another row", b.send(b.ctx, request("other", "a"), b.make("b")), "printer_tag_make_failed")
	})
}

func TestKeysThatAreNone(t *testing.T) {
	b := newBundle(t, testkit.SQLite(t))
	keys := map[string]bool{
		"k": true, "!": true, "~": true, `a,b;"c"`: true, strings.Repeat("x", 255): true,
		"": false, strings.Repeat("x", 256): false, "two words": false, "one, two": false, " k": false, "k\t": false, "k\x00": false, "k\x7f": false, "Schlüssel": false, "\xff": false,
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		got := b.send(b.ctx, request(key, "a"), b.make(fmt.Sprintf("%q", key)))
		if valid := got != string(errs.IdempotencyKeyInvalid); valid != keys[key] {
			t.Errorf("%q: %s", key, got)
		}
	}
	if n := b.Raw.IdempotencyKey.Query().CountX(t.Context()); n != 5 {
		t.Errorf("%d keys were kept, want 5", n)
	}
}

func TestAnswersAreKeptForADay(t *testing.T) {
	eachBundle(t, func(t *testing.T, b *bundle) {
		first := b.send(b.ctx, request("k", "a"), b.make("a"))
		b.Clock.Advance(idem.Kept - time.Microsecond)
		must(t, b.keys.Expire(t.Context()))
		b.want("to the end of the day", b.send(b.ctx, request("k", "a"), b.make("a")), "replayed "+first)
		b.Clock.Advance(time.Microsecond)
		second := b.send(b.ctx, request("k", "b"), b.make("b"))
		b.wantTags("b", 1)
		b.want("another request, when the day is over", b.send(b.ctx, request("k", "b"), b.make("b")), "replayed "+second)
	})
}

func TestExpireRemovesWhatIsOverAndNothingElse(t *testing.T) {
	eachBundle(t, func(t *testing.T, b *bundle) {
		const old = 1001 // more than one statement removes
		rows := make([]*ent.IdempotencyKeyCreate, old)
		for i := range rows {
			rows[i] = b.Raw.IdempotencyKey.Create().SetOrganizationID(b.them.ID).SetPrincipalType("session").SetPrincipalID("s").SetRoute("POST /").
				SetKeyHash(fmt.Append(nil, i)).SetRequestHash([]byte{1}).SetLeaseToken("x").SetLeaseUntil(b.Clock.Now()).SetExpiresAt(b.Clock.Now())
		}
		b.Raw.IdempotencyKey.CreateBulk(rows...).ExecX(t.Context())
		b.Clock.Advance(time.Microsecond)
		first := b.send(b.ctx, request("k", "a"), b.make("a"))
		must(t, b.keys.Expire(t.Context()))
		if n := b.Raw.IdempotencyKey.Query().CountX(t.Context()); n != 1 {
			t.Errorf("%d keys are left", n)
		}
		b.want("the one that is left", b.send(b.ctx, request("k", "a"), b.make("a")), "replayed "+first)
	})
}

func TestALeaseOutlastsAnOperation(t *testing.T) {
	if idem.Lease < op.Timeout {
		t.Errorf("a lease of %s, and operations of %s", idem.Lease, op.Timeout)
	}
}
