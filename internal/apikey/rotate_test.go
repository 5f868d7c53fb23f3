package apikey_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/event"
	"github.com/soloprint/soloprint/internal/apikey"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// made is a new key of the member.
func (b *bundle) made(m *ent.Membership, in apikey.CreateInput) apikey.Created {
	b.Helper()
	k, err := b.keys.Create(b.as(m), in)
	if err != nil {
		b.Fatal(err)
	}
	return k
}

// opens says what a token does now: "" where it opens, else the code of the refusal.
func (b *bundle) opens(token string) string {
	if _, err := b.with(token); err != nil {
		return string(errs.From(err).Code)
	}
	return ""
}

func (b *bundle) check(name string, err error, want errs.Code, say string) bool {
	b.Helper()
	e := errs.From(err)
	if (err == nil) != (want == "") || err != nil && (e.Code != want || !strings.Contains(words(e), say)) {
		b.Errorf("%s: %v %s, want %q %q", name, err, words(e), want, say)
	}
	return err == nil
}

func TestTheOldSecretOpensForTheOverlap(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		for _, tt := range []struct {
			name    string
			overlap *int
			until   time.Duration // 0: it ends at once
		}{
			{"24 hours where nothing is said", nil, 24 * time.Hour},
			{"as long as is said", new(60), time.Minute},
			{"not at all", new(0), 0},
			{"30 days at most", new(2_592_000), 720 * time.Hour},
		} {
			first := b.made(b.owner, apikey.CreateInput{Name: "Sync", Scopes: []string{"spool.manage"}})
			second, err := b.keys.Rotate(b.as(b.owner), apikey.RotateInput{APIKeyID: first.Key.ID, OverlapSeconds: tt.overlap})
			if !b.check(tt.name, err, "", "") {
				continue
			}
			if second.Key.ID != first.Key.ID || second.Secret == first.Secret || b.opens(second.Secret) != "" {
				t.Errorf("%s: the new secret opens %q", tt.name, b.opens(second.Secret))
			}
			if tt.until > 0 {
				b.clock.Advance(tt.until - time.Microsecond)
				if code := b.opens(first.Secret); code != "" {
					t.Errorf("%s: just before the end the old one is %s", tt.name, code)
				}
				b.clock.Advance(time.Microsecond)
			}
			if code := b.opens(first.Secret); code != "invalid_token" {
				t.Errorf("%s: at the end the old one is %q", tt.name, code)
			}
			if code := b.opens(second.Secret); code != "" {
				t.Errorf("%s: the new one ended too: %s", tt.name, code)
			}
		}

		_, err := b.keys.Rotate(b.as(b.owner), apikey.RotateInput{APIKeyID: "key_x", OverlapSeconds: new(2_592_001)})
		b.check("more than 30 days", err, errs.ValidationFailed, "overlap_seconds")
	})
}

// Of two rotations in one overlap only the last secret stays, and none outlives the key.
func TestOverlapsDoNotAddUp(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		hour := start.Add(time.Hour)
		first := b.made(b.owner, apikey.CreateInput{Name: "Sync", Scopes: []string{"integrations.manage"}, ExpiresAt: graphql.OmittableOf(&hour)})
		itself, err := b.with(first.Secret)
		b.check("sign in", err, "", "")
		second, err := b.keys.Rotate(itself, apikey.RotateInput{APIKeyID: first.Key.ID})
		b.check("a key rotates itself", err, "", "")
		third, err := b.keys.Rotate(b.as(b.owner), apikey.RotateInput{APIKeyID: first.Key.ID})
		b.check("again", err, "", "")
		if got := []string{b.opens(first.Secret), b.opens(second.Secret), b.opens(third.Secret)}; !cmp.Equal(got, []string{"invalid_token", "", ""}) {
			t.Errorf("after two rotations: %q", got)
		}
		if third.Key.ExpiresAt == nil || !third.Key.ExpiresAt.Equal(hour) || third.Key.CreatedByID != b.owner.ID {
			t.Errorf("a rotation changed more than the secret: %v", third.Key)
		}
		b.clock.Advance(time.Hour)
		if got := []string{b.opens(second.Secret), b.opens(third.Secret)}; !cmp.Equal(got, []string{"token_expired", "token_expired"}) {
			t.Errorf("after the key's end: %q", got)
		}
		_, err = b.keys.Rotate(b.as(b.owner), apikey.RotateInput{APIKeyID: first.Key.ID})
		b.check("rotating what has expired", err, errs.APIKeyNotActive, "expired")

		for _, e := range b.client.Event.Query().AllX(b.system) {
			for _, secret := range []string{first.Secret, second.Secret, third.Secret} {
				if strings.Contains(string(e.Data), strings.Split(secret, "_")[3]) || strings.Contains(string(e.Data), "hash") {
					t.Errorf("the event %s holds a secret: %s", e.Type, e.Data)
				}
			}
		}
	})
}

func TestWhoRotatesAndRevokes(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		owners := b.made(b.owner, apikey.CreateInput{Name: "owner's", Scopes: []string{"queue.manage"}}).Key
		wide := b.made(b.owner, apikey.CreateInput{Name: "wide", Scopes: []string{"printer.manage"}}).Key
		teachers := b.made(b.teacher, apikey.CreateInput{Name: "teacher's", Scopes: []string{"queue.manage"}}).Key
		foreign := b.made(b.other, apikey.CreateInput{Name: "foreign", Scopes: []string{"queue.manage"}}).Key
		narrow := b.key(b.owner, "integrations.manage")
		for _, tt := range []struct {
			name  string
			actor context.Context
			key   pid.ID
			want  errs.Code
			words string
		}{
			{"one's own", b.as(b.owner), owners.ID, "", ""},
			{"that of somebody below", b.as(b.owner), teachers.ID, "", ""},
			{"that of somebody above acts with their role", b.as(b.teacher), owners.ID, errs.InsufficientPermissions, "above your own"},
			{"with a scope that one lacks", b.as(b.teacher), wide.ID, errs.InsufficientPermissions, "printer.manage"},
			{"by a key with fewer scopes", narrow, wide.ID, errs.InsufficientPermissions, "printer.manage"},
			{"another organization's", b.as(b.owner), foreign.ID, "api_key_not_found", ""},
			{"one that is none", b.as(b.owner), "key_x", "api_key_not_found", ""},
			{"without the capability", b.key(b.owner, "queue.manage"), owners.ID, errs.InsufficientPermissions, "integrations.manage"},
			{"by background work", authz.With(b.Context(), authz.System(b.owner.OrganizationID, "sweep")), owners.ID, errs.InsufficientPermissions, ""},
		} {
			_, err := b.keys.Rotate(tt.actor, apikey.RotateInput{APIKeyID: tt.key})
			b.check("rotate "+tt.name, err, tt.want, tt.words)
		}
		_, err := b.keys.Rotate(b.as(b.owner), apikey.RotateInput{APIKeyID: owners.ID, IfMatch: `"1-x"`})
		b.check("rotate a stale version", err, errs.PreconditionFailed, "")
		_, err = b.keys.Revoke(b.as(b.owner), apikey.RevokeInput{APIKeyID: owners.ID, IfMatch: `"1-x"`})
		b.check("revoke a stale version", err, errs.PreconditionFailed, "")
		_, err = b.keys.Revoke(b.as(b.owner), apikey.RevokeInput{APIKeyID: foreign.ID})
		b.check("revoke another organization's", err, "api_key_not_found", "")
		_, err = b.keys.Revoke(b.key(b.owner, "queue.manage"), apikey.RevokeInput{APIKeyID: owners.ID})
		b.check("revoke without the capability", err, errs.InsufficientPermissions, "integrations.manage")
	})
}

// Revoking takes away, so that who could not have given the key may do it; it ends both secrets at once, and only once.
func TestRevoke(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		first := b.made(b.owner, apikey.CreateInput{Name: "Sync", Scopes: []string{"printer.manage"}})
		second, err := b.keys.Rotate(b.as(b.owner), apikey.RotateInput{APIKeyID: first.Key.ID})
		b.check("rotate", err, "", "")
		for range 2 {
			k, err := b.keys.Revoke(b.as(b.teacher), apikey.RevokeInput{APIKeyID: first.Key.ID})
			if !b.check("revoke", err, "", "") || k.RevokedAt == nil || !k.RevokedAt.Equal(start) {
				t.Errorf("revoked: %v", k)
			}
		}
		if got := []string{b.opens(first.Secret), b.opens(second.Secret)}; !cmp.Equal(got, []string{"token_revoked", "token_revoked"}) {
			t.Errorf("afterwards: %q", got)
		}
		_, err = b.keys.Rotate(b.as(b.owner), apikey.RotateInput{APIKeyID: first.Key.ID})
		b.check("rotate what was revoked", err, errs.APIKeyNotActive, "revoked")
		types, err := b.client.Event.Query().Order(event.BySequence()).Select("type").Strings(b.system)
		if err != nil || !cmp.Equal(types, []string{"api_key.created", "api_key.rotated", "api_key.revoked"}) {
			t.Errorf("events %v, %v", types, err)
		}
	})
}

func TestAKeyIsToldOfOnceBeforeItEnds(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		job := authz.With(b.Context(), authz.System(b.owner.OrganizationID, "api_key_expiry"))
		told := func() int {
			t.Helper()
			n, err := b.keys.Expire(job, apikey.ExpireInput{})
			b.check("expire", err, "", "")
			return n
		}
		month := start.AddDate(0, 0, 30)
		k := b.made(b.owner, apikey.CreateInput{Name: "Sync", Scopes: []string{"spool.manage"}, ExpiresAt: graphql.OmittableOf(&month)})
		b.made(b.owner, apikey.CreateInput{Name: "for ever", Scopes: []string{"spool.manage"}, ExpiresAt: graphql.OmittableOf[*time.Time](nil)})
		gone := b.made(b.owner, apikey.CreateInput{Name: "revoked", Scopes: []string{"spool.manage"}, ExpiresAt: graphql.OmittableOf(&month)})
		_, err := b.keys.Revoke(b.as(b.owner), apikey.RevokeInput{APIKeyID: gone.Key.ID})
		b.check("revoke", err, "", "")
		b.made(b.other, apikey.CreateInput{Name: "foreign", Scopes: []string{"spool.manage"}, ExpiresAt: graphql.OmittableOf(&month)})

		b.clock.Advance(16*24*time.Hour - time.Second)
		if n := told(); n != 0 {
			t.Errorf("told of %d keys more than 14 days before", n)
		}
		b.clock.Advance(time.Second)
		if n := told() + told(); n != 1 {
			t.Errorf("told of %d keys, want one, once", n)
		}
		e := b.client.Event.Query().Where(event.Type("api_key.expiring")).OnlyX(b.system)
		row := b.client.APIKey.GetX(b.system, k.Key.ID)
		if e.SubjectID != string(k.Key.ID) || e.ActorType != "system" || row.Version != 1 {
			t.Errorf("event %v of version %d: to be told of is no change", e, row.Version)
		}

		year := start.AddDate(1, 0, 0)
		_, err = b.keys.Rotate(b.as(b.owner), apikey.RotateInput{APIKeyID: k.Key.ID, ExpiresAt: graphql.OmittableOf(&year), OverlapSeconds: new(60)})
		b.check("rotate", err, "", "")
		b.clock.Advance(time.Hour)
		told()
		if row := b.client.APIKey.GetX(b.system, k.Key.ID); row.PreviousHash != nil || row.PreviousUntil != nil || row.WarnedAt != nil {
			t.Errorf("an old secret stays after its overlap: %v", row.PreviousUntil)
		}
		b.clock.Advance(340 * 24 * time.Hour)
		if n := told(); n != 1 {
			t.Errorf("told of %d keys before the new end", n)
		}
	})
}

func TestListKeys(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		soon := start.Add(time.Hour)
		for _, name := range []string{"active", "expired", "revoked", "revoked and expired"} {
			in := apikey.CreateInput{Name: name, Scopes: []string{"spool.manage"}}
			if strings.Contains(name, "expired") {
				in.ExpiresAt = graphql.OmittableOf(&soon)
			}
			b.clock.Advance(time.Second) // one after the other: of the same moment any could be first
			k := b.made(b.owner, in)
			if strings.Contains(name, "revoked") {
				_, err := b.keys.Revoke(b.as(b.owner), apikey.RevokeInput{APIKeyID: k.Key.ID})
				b.check("revoke", err, "", "")
			}
		}
		b.made(b.other, apikey.CreateInput{Name: "foreign", Scopes: []string{"spool.manage"}})
		b.clock.Advance(time.Hour)
		for _, tt := range []struct {
			name   string
			status []string
			want   []string
		}{
			{"the active ones where nothing is said", nil, []string{"active"}},
			{"the expired ones", []string{"expired"}, []string{"expired"}},
			{"the revoked ones, also those that have expired since", []string{"revoked"}, []string{"revoked", "revoked and expired"}},
			{"all", []string{"revoked", "active", "expired"}, []string{"active", "expired", "revoked", "revoked and expired"}},
		} {
			ctx, statements := store.WithCounter(b.as(b.owner))
			l, err := b.keys.List(ctx, apikey.ListInput{APIKeys: listing.APIKeys{Sort: "created_at"}, Status: tt.status})
			names := []string{}
			for _, k := range l.Data {
				names = append(names, k.Name)
			}
			if b.check(tt.name, err, "", "") && !cmp.Equal(names, tt.want) || statements.Count() != 1 {
				t.Errorf("%s: %v in %d statements", tt.name, names, statements.Count())
			}
		}
		_, err := b.keys.List(b.key(b.owner, "spool.manage"), apikey.ListInput{})
		b.check("without the capability", err, errs.InsufficientPermissions, "integrations.manage")
		_, err = b.keys.List(b.as(b.owner), apikey.ListInput{Status: []string{"lost"}})
		b.check("a status that is none", err, errs.ValidationFailed, "status")
	})
}
