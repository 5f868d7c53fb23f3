package idem_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"testing"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printertag"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/idem"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// bundle is two organizations on a database, their keys, and an operation that makes a printer tag.
type bundle struct {
	*testkit.Kit
	t        *testing.T
	keys     *idem.Keys
	us, them *testkit.Organization
	ctx      context.Context // a session of our owner
}

func newBundle(t *testing.T, db *store.DB) *bundle {
	t.Helper()
	k := testkit.NewKit(t, db)
	b := &bundle{Kit: k, t: t, us: k.Organization(t, "riverside"), them: k.Organization(t, "hillside")}
	b.keys = &idem.Keys{Client: k.Raw, Secrets: k.Secrets, Clock: k.Clock, Log: slog.New(slog.DiscardHandler)}
	b.ctx = b.us.Session(t, b.us.Owner)
	return b
}

// eachBundle runs a test on both databases.
func eachBundle(t *testing.T, test func(t *testing.T, b *bundle)) {
	t.Helper()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) { test(t, newBundle(t, db)) })
}

var opTag = authz.Op{Resource: "printer_tag", Verb: "make", Needs: authz.Any(authz.PrinterManage), Write: true}

// request is one for opTag; what it asks for is its hash.
func request(key, what string) idem.Request {
	return idem.Request{Op: opTag, Route: "POST /v1/tags", Key: key, Hash: what, Encode: encode}
}

// encode shows a tag and a secret of it.
func encode(out any) (idem.Answer, error) {
	tag, ok := out.(*ent.PrinterTag)
	if !ok {
		return idem.Answer{}, fmt.Errorf("encode %T", out)
	}
	h := http.Header{"Location": {"/v1/tags/" + string(tag.ID)}, "Etag": {`"1-a"`}}
	return idem.Answer{Status: http.StatusCreated, Header: h, Body: []byte(tag.Name + " slp_live_shown_once")}, nil
}

// refusal is the answer for an error: its code.
func refusal(err error) idem.Answer {
	return idem.Answer{Status: http.StatusConflict, Header: http.Header{}, Body: []byte(errs.From(err).Code)}
}

// fault is the answer of an adapter whose operation did not come to its end.
func fault() idem.Answer {
	return idem.Answer{Status: http.StatusServiceUnavailable, Header: http.Header{}, Body: []byte(errs.NotReady)}
}

// make makes a tag of that name, as an adapter runs an operation.
func (b *bundle) make(name string) func(context.Context) idem.Answer { return b.makeOn(b.Ops, name) }

func (b *bundle) makeOn(r *op.Runner, name string) func(context.Context) idem.Answer {
	return func(ctx context.Context) idem.Answer {
		tag, err := op.Do(ctx, r, opTag, struct{}{}, func(ctx context.Context, tx *ent.Tx) (*ent.PrinterTag, error) {
			return tx.PrinterTag.Create().SetName(name).Save(ctx)
		})
		if err != nil {
			return refusal(err)
		}
		a, _ := encode(tag)
		return a
	}
}

// send keeps what run answers, as an adapter does; "replayed" or a code stands before what was answered.
func (b *bundle) send(ctx context.Context, r idem.Request, run func(context.Context) idem.Answer) string {
	a, replayed, err := b.keys.Keep(ctx, r, run)
	switch {
	case err != nil:
		return string(errs.From(err).Code)
	case replayed:
		return "replayed " + a.Header.Get("Location") + string(a.Body)
	}
	return a.Header.Get("Location") + string(a.Body)
}

// dies is a run that ends with its process: before or after what it does.
func (b *bundle) dies(r idem.Request, run func(context.Context) idem.Answer) {
	b.t.Helper()
	defer func() {
		if p := recover(); p != "killed" {
			b.t.Errorf("the process ended with %v", p)
		}
	}()
	_, _, err := b.keys.Keep(b.ctx, r, func(ctx context.Context) idem.Answer {
		if run != nil {
			run(ctx)
		}
		panic("killed")
	})
	b.t.Errorf("it was answered: %v", err)
}

// wantTags fails where other tags of that name were made.
func (b *bundle) wantTags(name string, n int) {
	b.t.Helper()
	if got := b.Raw.PrinterTag.Query().Where(printertag.Name(name)).CountX(b.t.Context()); got != n {
		b.t.Errorf("there are %d tags %s, want %d", got, name, n)
	}
}

func (b *bundle) want(what, got, want string) {
	b.t.Helper()
	if got != want {
		b.t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
