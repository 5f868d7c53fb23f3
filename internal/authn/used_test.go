package authn_test

import (
	"sync"
	"testing"
	"time"

	"github.com/soloprint/soloprint/internal/authn"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

func TestUseLog(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		key, session, unused := b.key(t, b.us.Owner), b.session(t, b.us.Owner), b.key(t, b.them.Owner)
		for range 3 {
			_, err := b.as(t, key)
			must(t, err)
			_, err = b.as(t, session)
			must(t, err)
			b.Clock.Advance(time.Second)
		}
		last := b.Clock.Now().Add(-time.Second).Truncate(time.Minute)
		_, err := b.as(t, unused, authn.OrganizationHeader, string(b.us.ID))
		wantCode(t, "a refused request", err, errs.OrganizationNotFound)

		ctx, statements := store.WithCounter(t.Context())
		must(t, b.s.Used.Flush(ctx, b.Ops.Client))
		k, s := b.Raw.APIKey.GetX(t.Context(), pid.ID("key_"+key.ID)), b.Raw.Session.GetX(t.Context(), pid.ID("ses_"+session.ID))
		if k.LastUsedAt == nil || !k.LastUsedAt.Equal(last) || s.LastUsedAt == nil || !s.LastUsedAt.Equal(last) {
			t.Errorf("used at %v and %v, want %v", k.LastUsedAt, s.LastUsedAt, last)
		}
		if k.Version != 1 || s.Version != 1 {
			t.Errorf("versions %d and %d: to be used is no change", k.Version, s.Version)
		}
		if u := b.Raw.APIKey.GetX(t.Context(), pid.ID("key_"+unused.ID)).LastUsedAt; u != nil {
			t.Errorf("refused, it counts as used at %v", u)
		}

		statements.Reset()
		must(t, b.s.Used.Flush(ctx, b.Ops.Client))
		if statements.Count() != 0 {
			t.Errorf("flushed twice: %q", statements.Statements())
		}
	})
}

func TestUseLogOfARowThatIsGone(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		gone, stays := b.key(t, b.us.Member(t, authz.RoleOwner)), b.key(t, b.us.Owner)
		for _, token := range []authn.Token{gone, stays} {
			_, err := b.as(t, token)
			must(t, err)
		}
		b.Raw.APIKey.DeleteOneID(pid.ID("key_" + gone.ID)).ExecX(t.Context())
		must(t, b.s.Used.Flush(t.Context(), b.Ops.Client))
		if b.Raw.APIKey.GetX(t.Context(), pid.ID("key_"+stays.ID)).LastUsedAt == nil {
			t.Error("the key that stayed was not written")
		}
	})
}

func TestUseLogWhileRequestsRun(t *testing.T) {
	b := newBundle(t, testkit.SQLite(t))
	key := b.key(t, b.us.Owner)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				if _, err := b.as(t, key); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 10 {
		must(t, b.s.Used.Flush(t.Context(), b.Ops.Client))
	}
	wg.Wait()
	must(t, b.s.Used.Flush(t.Context(), b.Ops.Client))
	if b.Raw.APIKey.GetX(t.Context(), pid.ID("key_"+key.ID)).LastUsedAt == nil {
		t.Error("the last use was lost")
	}
}

func TestNoUseLog(t *testing.T) {
	b := newBundle(t, testkit.SQLite(t))
	b.s.Used = nil
	if _, err := b.as(t, b.key(t, b.us.Owner)); err != nil {
		t.Error(err)
	}
}
