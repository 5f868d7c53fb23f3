package op_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printertag"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// traced is an Input that tells what was asked of it.
type traced struct {
	Name  string `json:"name" minLength:"1" maxLength:"5"`
	Wrong string `json:"-"`
	Fails error  `json:"-"`
	told  *[]string
}

func (in traced) Validate() []errs.Field {
	*in.told = append(*in.told, "rules")
	if in.Wrong == "" {
		return nil
	}
	return []errs.Field{{Path: in.Wrong, Code: "not_allowed"}}
}

func (in traced) Prepare(context.Context) error {
	*in.told = append(*in.told, "prepare")
	return in.Fails
}

// Whoever may not do a thing learns nothing about its body, and nothing slow runs for a body that is wrong.
func TestTheOrderOfChecks(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		background := opTag
		background.System = true
		own := opTag
		own.Rows = true
		for _, c := range []struct {
			name string
			ctx  context.Context
			op   authz.Op
			in   traced
			want string
			code errs.Code
		}{
			{"all is well", b.ctx, opTag, traced{Name: "a"}, "rules prepare steps", ""},
			{"nobody with a wrong body", t.Context(), opTag, traced{Wrong: "x"}, "", errs.MissingBearerToken},
			{"somebody without the capability with a wrong body", b.us.As(t, authz.RoleTeacher), opTag, traced{Wrong: "x"}, "", errs.InsufficientPermissions},
			{"somebody without the capability with a right one", b.us.As(t, authz.RoleStudent), opTag, traced{Name: "a"}, "", errs.InsufficientPermissions},
			{"a key without the scope", b.us.Key(t, authz.SpoolManage), opTag, traced{Name: "a"}, "", errs.InsufficientPermissions},
			{"a key with the scope", b.us.Key(t, authz.PrinterManage), opTag, traced{Name: "a"}, "rules prepare steps", ""},
			{"a student where rows decide", b.us.As(t, authz.RoleStudent), own, traced{Name: "a"}, "rules prepare steps", ""},
			{"background work", b.us.System(t), opTag, traced{Name: "a"}, "", errs.InsufficientPermissions},
			{"background work in what is listed for it", b.us.System(t), background, traced{Name: "a"}, "rules prepare steps", ""},
			{"a wrong shape", b.ctx, opTag, traced{Name: "too long"}, "rules", errs.ValidationFailed},
			{"a broken rule", b.ctx, opTag, traced{Name: "a", Wrong: "x"}, "rules", errs.ValidationFailed},
			{"a preparation that fails", b.ctx, opTag, traced{Name: "a", Fails: errs.New(errs.FileNotReady)}, "rules prepare", errs.FileNotReady},
			{"a preparation that breaks", b.ctx, opTag, traced{Name: "a", Fails: io.EOF}, "rules prepare", "printer_tag_re_name_failed"},
		} {
			var told []string
			c.in.told = &told
			_, err := op.Do(c.ctx, b.Ops, c.op, c.in, func(context.Context, *ent.Tx) (none, error) {
				told = append(told, "steps")
				return none{}, nil
			})
			wantCode(t, c.name, err, c.code)
			if got := strings.Join(told, " "); got != c.want {
				t.Errorf("%s: %q, want %q", c.name, got, c.want)
			}
		}
	})
}

// The shape and the rules are reported together.
func TestAllThatIsWrongIsSaidAtOnce(t *testing.T) {
	b := newBundle(t, testkit.SQLite(t))
	var told []string
	_, err := op.Read(b.ctx, b.Ops, opTag, traced{Name: "too long", Wrong: "x", told: &told}, func(context.Context, *ent.Client) (none, error) { return none{}, nil })
	if e := errs.From(err); e.Code != errs.ValidationFailed || len(e.Fields) != 2 || e.Fields[0].Path != "name" || e.Fields[1].Path != "x" {
		t.Errorf("%+v", e)
	}
}

func TestAnOperationLeavesAllOrNothing(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		for name, c := range map[string]struct {
			steps func(ctx context.Context, tx *ent.Tx) error
			code  errs.Code
		}{
			"a step that fails at the end": {func(ctx context.Context, tx *ent.Tx) error {
				return errors.Join(makeTag(ctx, tx, "a"), errs.New(errs.PrinterInUse))
			}, errs.PrinterInUse},
			"a second step that fails": {func(ctx context.Context, tx *ent.Tx) error {
				return errors.Join(makeTag(ctx, tx, "a"), makeTag(ctx, tx, ""))
			}, errs.ValidationFailed},
			"an event that is none": {func(ctx context.Context, tx *ent.Tx) error {
				event.Emit(ctx, tx, event.Fact{Type: "printer_tag.praised", Resource: "printer_tag", ID: pid.New("tag")})
				return makeTag(ctx, tx, "a")
			}, "printer_tag_re_name_failed"},
			"an event that cannot be written": {func(ctx context.Context, tx *ent.Tx) error {
				event.Emit(ctx, tx, event.Created{Resource: "printer_tag", ID: pid.New("tag"), Object: map[string]any{"x": func() {}}})
				return makeTag(ctx, tx, "a")
			}, "printer_tag_re_name_failed"},
			"an operation in an operation": {func(ctx context.Context, tx *ent.Tx) error {
				return errors.Join(makeTag(ctx, tx, "a"), b.do(ctx, func(ctx context.Context, tx *ent.Tx) error { return makeTag(ctx, tx, "b") }))
			}, "printer_tag_re_name_failed"},
			"a read operation in an operation": {func(ctx context.Context, tx *ent.Tx) error {
				wide := opTag
				wide.Wide = true
				_, err := op.Read(ctx, b.Ops, wide, none{}, func(ctx context.Context, c *ent.Client) (int, error) { return c.PrinterTag.Query().Count(ctx) })
				return errors.Join(makeTag(ctx, tx, "a"), err)
			}, "printer_tag_re_name_failed"},
			"a caller who leaves": {func(ctx context.Context, tx *ent.Tx) error {
				return errors.Join(makeTag(ctx, tx, "a"), context.Canceled)
			}, "printer_tag_re_name_failed"},
		} {
			wantCode(t, name, b.do(b.ctx, c.steps), c.code)
			b.wantNothing(t, name)
		}
	})
}

func TestAPanicTakesEverythingBack(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		var late context.Context
		var ended *ent.Tx
		func() {
			defer func() {
				if p := recover(); p != "boom" {
					t.Errorf("the panic became %v", p)
				}
			}()
			_ = b.do(b.ctx, func(ctx context.Context, tx *ent.Tx) error {
				late, ended = context.WithoutCancel(ctx), tx
				must(t, makeTag(ctx, tx, "a"))
				panic("boom")
			})
		}()
		b.wantNothing(t, "a panic")
		if err := ended.PrinterTag.Create().SetName("b").Exec(late); err == nil {
			t.Error("the transaction goes on after a panic")
		}
		must(t, b.do(b.ctx, func(ctx context.Context, tx *ent.Tx) error { return makeTag(ctx, tx, "a") }))
		if n := b.tags(t); n != 1 {
			t.Errorf("the next operation left %d tags", n)
		}
	})
}

// The readers are woken after commit, with what they will find.
func TestCommittedIsToldAfterCommit(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		type call struct {
			organization pid.ID
			types        []event.Type
			seen         int
		}
		var calls []call
		r := *b.Ops
		r.Committed = func(organization pid.ID, types []event.Type) {
			calls = append(calls, call{organization, types, b.Raw.Event.Query().CountX(t.Context())})
		}
		run := func(ctx context.Context, steps func(ctx context.Context, tx *ent.Tx) error) {
			_, err := op.Do(ctx, &r, opTag, none{}, func(ctx context.Context, tx *ent.Tx) (none, error) { return none{}, steps(ctx, tx) })
			must(t, err)
		}
		run(b.ctx, func(context.Context, *ent.Tx) error { return nil })
		run(b.ctx, func(ctx context.Context, tx *ent.Tx) error {
			event.Emit(ctx, tx, event.Fact{Type: event.TestPing})
			return makeTag(ctx, tx, "a")
		})
		run(b.them.Session(t, b.them.Owner), func(ctx context.Context, tx *ent.Tx) error { return makeTag(ctx, tx, "a") })

		if len(calls) != 2 || calls[0].organization != b.us.ID || calls[1].organization != b.them.ID || calls[0].seen != 2 || calls[1].seen != 3 {
			t.Fatalf("%+v", calls)
		}
		if !slices.Equal(calls[0].types, []event.Type{"test.ping", "printer_tag.created"}) {
			t.Errorf("%v", calls[0].types)
		}
		r.Committed = nil
		run(b.ctx, func(ctx context.Context, tx *ent.Tx) error { return makeTag(ctx, tx, "b") })
	})
}

func TestOneOperationHasOneTime(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		began := b.Clock.Now()
		must(t, b.do(b.ctx, func(ctx context.Context, tx *ent.Tx) error {
			b.Clock.Advance(time.Minute)
			if now := op.Now(ctx); !now.Equal(began) {
				t.Errorf("now is %v", now)
			}
			return makeTag(ctx, tx, "a")
		}))
		rows := b.us.EventRows(t)
		if !rows[0].OccurredAt.Equal(began) || !b.Raw.PrinterTag.Query().OnlyX(t.Context()).CreatedAt.Equal(began) {
			t.Errorf("written at %v", rows[0].OccurredAt)
		}
	})
}

// An entity that an operation answered may be read on: its edges, but no change.
func TestTheAnswerMayBeReadOn(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		tag, err := op.Do(b.ctx, b.Ops, opTag, none{}, func(ctx context.Context, tx *ent.Tx) (*ent.PrinterTag, error) {
			return tx.PrinterTag.Create().SetName("a").Save(ctx)
		})
		must(t, err)
		if o, err := tag.QueryOrganization().Only(b.ctx); err != nil || o.ID != b.us.ID {
			t.Errorf("its organization: %v, %v", o, err)
		}
		if n, err := tag.QueryOrganization().Count(b.them.Session(t, b.them.Owner)); n != 0 || err != nil {
			t.Errorf("somebody else reads on: %d, %v", n, err)
		}
		if err := tag.Update().SetName("b").Exec(b.ctx); err == nil {
			t.Error("changed after the operation")
		}
	})
}

func TestEveryOperationHasADeadline(t *testing.T) {
	b := newBundle(t, testkit.SQLite(t))
	within := func(ctx context.Context) error {
		if at, ok := ctx.Deadline(); !ok || time.Until(at) > op.Timeout {
			t.Errorf("deadline %v, %v", at, ok)
		}
		return nil
	}
	must(t, b.do(b.ctx, func(ctx context.Context, _ *ent.Tx) error { return within(ctx) }))
	_, err := op.Read(b.ctx, b.Ops, opTag, none{}, func(ctx context.Context, _ *ent.Client) (none, error) { return none{}, within(ctx) })
	must(t, err)
}

// Whoever waits for the writer longer than the caller is willing to, does nothing.
func TestWaitingEndsWithTheDeadline(t *testing.T) {
	b := newBundle(t, testkit.SQLite(t))
	must(t, b.do(b.ctx, func(context.Context, *ent.Tx) error { // holds SQLite's only writer
		other, cancel := context.WithTimeout(b.ctx, 50*time.Millisecond)
		defer cancel()
		err := b.do(other, func(context.Context, *ent.Tx) error {
			t.Error("it ran")
			return nil
		})
		wantCode(t, "a caller who does not wait", err, "printer_tag_re_name_failed")
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the cause is lost: %v", err)
		}
		return nil
	}))
	b.wantNothing(t, "waiting")
}

func TestReadFollowsTheRowRulesUnlessItIsWide(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		for _, o := range []*testkit.Organization{b.us, b.them} {
			b.Raw.PrinterTag.Create().SetOrganizationID(o.ID).SetName("tag").ExecX(t.Context())
		}
		student := b.us.As(t, authz.RoleStudent)
		rows := authz.Op{Resource: "printer_tag", Verb: "list", Needs: authz.Any(authz.OperationsRead), Rows: true}
		wide, system := rows, authz.Op{Resource: "printer_tag", Verb: "work", System: true}
		wide.Wide = true
		for _, c := range []struct {
			name string
			ctx  context.Context
			op   authz.Op
			n    int
			code errs.Code
		}{
			{"an owner", b.ctx, rows, 1, ""},
			{"a student", student, rows, 0, errs.InsufficientPermissions},
			{"a student in a wide read", student, wide, 1, ""},
			{"a key without scope in a wide read", b.us.Key(t), wide, 0, errs.InsufficientPermissions},
			{"background work", b.us.System(t), system, 1, ""},
			{"nobody", t.Context(), wide, 0, errs.MissingBearerToken},
		} {
			var inside context.Context
			n, err := op.Read(c.ctx, b.Ops, c.op, none{}, func(ctx context.Context, client *ent.Client) (int, error) {
				inside = context.WithoutCancel(ctx)
				return client.PrinterTag.Query().Where(printertag.Name("tag")).Count(ctx)
			})
			wantCode(t, c.name, err, c.code)
			if n != c.n {
				t.Errorf("%s: %d rows", c.name, n)
			}
			if c.op.Wide && c.ctx == student {
				_, err := b.Ops.Client.PrinterTag.Query().Count(inside)
				wantCode(t, "after the wide read", err, errs.InsufficientPermissions)
			}
		}
	})
}

func TestWidened(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		b.Raw.PrinterTag.Create().SetOrganizationID(b.us.ID).SetName("ours").ExecX(t.Context())
		b.Raw.PrinterTag.Create().SetOrganizationID(b.them.ID).SetName("theirs").ExecX(t.Context())
		student, client := b.us.As(t, authz.RoleStudent), b.Ops.Client
		must(t, op.Widened(student, func(ctx context.Context) error {
			names, err := client.PrinterTag.Query().Select(printertag.FieldName).Strings(ctx)
			if !slices.Equal(names, []string{"ours"}) {
				t.Errorf("a widened read finds %v", names)
			}
			return err
		}))
		if _, err := client.PrinterTag.Query().Count(student); !errs.Is(err, errs.InsufficientPermissions) {
			t.Errorf("afterwards: %v", err)
		}
		if err := op.Widened(student, func(ctx context.Context) error { return client.PrinterTag.Create().SetName("x").Exec(ctx) }); err == nil {
			t.Error("a widened read writes")
		}
		if err := op.Widened(student, func(context.Context) error { return io.EOF }); !errors.Is(err, io.EOF) {
			t.Errorf("its error becomes %v", err)
		}
		must(t, b.do(b.ctx, func(ctx context.Context, tx *ent.Tx) error {
			return op.Widened(ctx, func(ctx context.Context) error {
				if _, err := client.PrinterTag.Query().Count(ctx); err == nil {
					t.Error("widened, the pool works inside an operation")
				}
				return makeTag(ctx, tx, "inside")
			})
		}))
	})
}
