package authn_test

import (
	"strings"
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/internal/authn"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

func TestHeaders(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		key := b.key(t, b.us.Owner).String()
		const auth = "Authorization"
		for name, c := range map[string]struct {
			headers []string
			code    errs.Code
		}{
			"the header as it is meant":         {[]string{auth, "Bearer " + key}, ""},
			"the scheme's case does not matter": {[]string{auth, "bEARER " + key}, ""},
			"no header":                         {nil, errs.MissingBearerToken},
			"an empty header":                   {[]string{auth, ""}, errs.MissingBearerToken},
			"the key in another header":         {[]string{"X-Api-Key", key}, errs.MissingBearerToken},
			"two headers":                       {[]string{auth, "Bearer " + key, auth, "Bearer " + key}, errs.InvalidToken},
			"two headers, one empty":            {[]string{auth, "Bearer " + key, auth, ""}, errs.InvalidToken},
			"two keys in one header":            {[]string{auth, "Bearer " + key + ", Bearer " + key}, errs.InvalidToken},
			"another scheme":                    {[]string{auth, "Basic " + key}, errs.InvalidToken},
			"no scheme":                         {[]string{auth, key}, errs.InvalidToken},
			"a scheme alone":                    {[]string{auth, "Bearer"}, errs.InvalidToken},
			"a scheme and a space":              {[]string{auth, "Bearer "}, errs.InvalidToken},
			"two spaces":                        {[]string{auth, "Bearer  " + key}, errs.InvalidToken},
			"a tab":                             {[]string{auth, "Bearer\t" + key}, errs.InvalidToken},
			"something behind the key":          {[]string{auth, "Bearer " + key + " x"}, errs.InvalidToken},
			"the key in quotes":                 {[]string{auth, `Bearer "` + key + `"`}, errs.InvalidToken},
			"a key that is cut":                 {[]string{auth, "Bearer " + key[:len(key)-1]}, errs.InvalidToken},
			"a megabyte":                        {[]string{auth, "Bearer " + strings.Repeat("_", 1<<20)}, errs.InvalidToken},
			"bytes that are no text":            {[]string{auth, "Bearer slp_live_\xff\xfe"}, errs.InvalidToken},
		} {
			_, err := b.s.Authenticate(request(t, c.headers...))
			wantCode(t, name, err, c.code)
		}
	})
}

func TestTokens(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		start := b.Clock.Now()
		at := func(d time.Duration) *time.Time { moment := start.Add(d); return &moment }
		for name, c := range map[string]struct {
			token authn.Token
			code  errs.Code
		}{
			"a key":                             {b.key(t, b.us.Owner), ""},
			"a key that never ends":             {b.key(t, b.us.Owner, func(k *ent.APIKeyCreate) { k.SetNillableExpiresAt(nil) }), ""},
			"a key before its end":              {b.key(t, b.us.Owner, func(k *ent.APIKeyCreate) { k.SetExpiresAt(*at(time.Microsecond)) }), ""},
			"a key at its end":                  {b.key(t, b.us.Owner, func(k *ent.APIKeyCreate) { k.SetExpiresAt(*at(0)) }), errs.TokenExpired},
			"a key after its end":               {b.key(t, b.us.Owner, func(k *ent.APIKeyCreate) { k.SetExpiresAt(*at(-time.Hour)) }), errs.TokenExpired},
			"a revoked key":                     {b.key(t, b.us.Owner, func(k *ent.APIKeyCreate) { k.SetRevokedAt(*at(-time.Hour)) }), errs.TokenRevoked},
			"a revoked key after its end":       {b.key(t, b.us.Owner, func(k *ent.APIKeyCreate) { k.SetRevokedAt(*at(-1)).SetExpiresAt(*at(-1)) }), errs.TokenRevoked},
			"a key of nobody":                   {b.unknownKey(), errs.InvalidToken},
			"a key with another's secret":       {b.forged(t), errs.InvalidToken},
			"a session's secret as a key":       {b.otherKind(t, "live"), errs.InvalidToken},
			"a key's secret as a session":       {b.otherKind(t, "sess"), errs.InvalidToken},
			"a key of a suspended member":       {b.key(t, b.member(t, authz.RoleOwner, status(membership.StatusSuspended))), errs.MembershipNotActive},
			"a key of a member who waits":       {b.key(t, b.member(t, authz.RoleOwner, status(membership.StatusPending))), errs.MembershipNotActive},
			"a session":                         {b.session(t, b.us.Owner), ""},
			"a session of a student":            {b.session(t, b.member(t, authz.RoleStudent)), ""},
			"a session of a suspended member":   {b.session(t, b.member(t, authz.RoleOwner, status(membership.StatusSuspended))), errs.MembershipNotActive},
			"a session of a member who waits":   {b.session(t, b.member(t, authz.RoleStudent, status(membership.StatusPending))), errs.MembershipNotActive},
			"an ended session":                  {b.ended(t), errs.TokenRevoked},
			"a token whose id is no identifier": {authn.Token{Kind: "live", ID: "\xff\xfe", Secret: strings.Repeat("0", 43)}, errs.InvalidToken},
		} {
			_, err := b.as(t, c.token)
			wantCode(t, name, err, c.code)
		}
	})
}

func status(s membership.Status) func(*ent.MembershipUpdateOne) {
	return func(m *ent.MembershipUpdateOne) { m.SetStatus(s) }
}

func (b *bundle) unknownKey() authn.Token {
	token, _ := b.s.NewKeyToken(pid.New("key"))
	return token
}

// forged names a key that exists and has a secret that it never had.
func (b *bundle) forged(t *testing.T) authn.Token {
	t.Helper()
	token := b.key(t, b.us.Owner)
	token.Secret = b.unknownKey().Secret
	return token
}

// otherKind is the token of a row under the other kind's name.
func (b *bundle) otherKind(t *testing.T, kind string) authn.Token {
	t.Helper()
	token := b.key(t, b.us.Owner)
	if kind == "live" {
		token = b.session(t, b.us.Owner)
	}
	token.Kind = kind
	return token
}

func (b *bundle) ended(t *testing.T) authn.Token {
	t.Helper()
	token := b.session(t, b.us.Owner)
	b.Raw.Session.UpdateOneID(pid.ID("ses_" + token.ID)).SetRevokedAt(b.Clock.Now()).ExecX(t.Context())
	return token
}

// An unknown token and a wrong secret are answered alike, and a typing error is answered without asking the database.
func TestARefusalSaysNothingAboutTheKey(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		_, unknown := b.as(t, b.unknownKey())
		_, wrong := b.as(t, b.forged(t))
		if unknown == nil || wrong == nil || unknown.Error() != wrong.Error() {
			t.Errorf("unknown: %v, wrong: %v", unknown, wrong)
		}

		key := b.key(t, b.us.Owner).String()
		ctx, statements := store.WithCounter(t.Context())
		for i := range key {
			turned := []byte(key)
			turned[i] = "01"[b2i(turned[i] == '0')]
			_, err := b.s.Authenticate(request(t, "Authorization", "Bearer "+string(turned)).WithContext(ctx))
			wantCode(t, "with character "+string(turned), err, errs.InvalidToken)
		}
		if statements.Count() != 0 {
			t.Errorf("typing errors cost %q", statements.Statements())
		}
	})
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestRotation(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		old := b.key(t, b.us.Owner)
		id := pid.ID("key_" + old.ID)
		fresh, hash := b.s.NewKeyToken(id)
		row := b.Raw.APIKey.GetX(t.Context(), id)
		row.Update().SetPreviousHash(row.SecretHash).SetPreviousUntil(b.Clock.Now().Add(time.Hour)).SetSecretHash(hash).ExecX(t.Context())

		for _, c := range []struct {
			name       string
			later      time.Duration
			old, fresh errs.Code
		}{
			{name: "during the overlap both keys pass"},
			{name: "a moment before its end both keys pass", later: time.Hour - time.Microsecond},
			{name: "at its end only the new one does", later: time.Microsecond, old: errs.InvalidToken},
			{name: "and ever after", later: 24 * time.Hour, old: errs.InvalidToken},
		} {
			b.Clock.Advance(c.later)
			_, err := b.as(t, old)
			wantCode(t, c.name+" (old)", err, c.old)
			_, err = b.as(t, fresh)
			wantCode(t, c.name+" (new)", err, c.fresh)
		}

		b.Raw.APIKey.UpdateOneID(id).SetPreviousUntil(b.Clock.Now().Add(time.Hour)).SetRevokedAt(b.Clock.Now()).ExecX(t.Context())
		for _, token := range []authn.Token{old, fresh} {
			_, err := b.as(t, token)
			wantCode(t, "a revoked key has no overlap", err, errs.TokenRevoked)
		}
	})
}

func TestASessionEndsAfterTwelveHours(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		token := b.session(t, b.us.Owner)
		row := b.Raw.Session.GetX(t.Context(), pid.ID("ses_"+token.ID))
		if !row.ExpiresAt.Equal(b.Clock.Now().Add(12*time.Hour)) || strings.Contains(string(row.SecretHash), token.Secret) || row.MembershipID != b.us.Owner.ID {
			t.Errorf("stored as %+v", row)
		}
		b.Clock.Advance(authn.SessionLife - time.Microsecond)
		_, err := b.as(t, token)
		wantCode(t, "before its end", err, "")
		b.Clock.Advance(time.Microsecond)
		_, err = b.as(t, token)
		wantCode(t, "at its end", err, errs.TokenExpired)
	})
}

func TestOrganizationHeader(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		guest := b.Raw.Membership.Create().SetOrganizationID(b.them.ID).SetUserID(b.us.Owner.UserID).SetRole("student").SaveX(t.Context())
		third := b.Organization(t, "lakeside")
		key, session := b.key(t, b.us.Owner), b.session(t, b.us.Owner)
		for name, c := range map[string]struct {
			named        string
			key, session errs.Code
		}{
			"nothing":                        {"", "", ""},
			"its own id":                     {string(b.us.ID), "", ""},
			"its own slug":                   {"riverside", "", ""},
			"another membership's id":        {string(b.them.ID), errs.OrganizationNotFound, errs.SSORequired},
			"another membership's slug":      {"hillside", errs.OrganizationNotFound, errs.SSORequired},
			"a foreign id":                   {string(third.ID), errs.OrganizationNotFound, errs.OrganizationNotFound},
			"a foreign slug":                 {"lakeside", errs.OrganizationNotFound, errs.OrganizationNotFound},
			"an unknown id":                  {string(pid.New("org")), errs.OrganizationNotFound, errs.OrganizationNotFound},
			"an unknown slug":                {"seaside", errs.OrganizationNotFound, errs.OrganizationNotFound},
			"a slug in another case":         {"Riverside", errs.OrganizationNotFound, errs.OrganizationNotFound},
			"a name with a space":            {" riverside", errs.OrganizationNotFound, errs.OrganizationNotFound},
			"words of SQL":                   {"' OR '1'='1", errs.OrganizationNotFound, errs.OrganizationNotFound},
			"bytes that are no text":         {"river\xffside", errs.OrganizationNotFound, errs.OrganizationNotFound},
			"the id of another kind of row":  {string(b.us.Owner.ID), errs.OrganizationNotFound, errs.OrganizationNotFound},
			"a membership of the other side": {string(guest.ID), errs.OrganizationNotFound, errs.OrganizationNotFound},
		} {
			_, err := b.as(t, key, authn.OrganizationHeader, c.named)
			wantCode(t, "a key names "+name, err, c.key)
			a, err := b.as(t, session, authn.OrganizationHeader, c.named)
			wantCode(t, "a session names "+name, err, c.session)
			if err == nil && a.Organization != b.us.ID {
				t.Errorf("%s: acts in %s", name, a.Organization)
			}
		}
	})
}

// A person in two organizations acts in that of the session, with what they are there.
func TestASessionBelongsToOneOrganization(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		guest := b.Raw.Membership.Create().SetOrganizationID(b.them.ID).SetUserID(b.us.Owner.UserID).SetRole("student").SaveX(t.Context())
		a, err := b.as(t, b.session(t, guest))
		must(t, err)
		if a.Organization != b.them.ID || a.Membership != guest.ID || a.User != b.us.Owner.UserID || a.Role != authz.RoleStudent || len(a.Can) != 0 {
			t.Errorf("%+v", a)
		}
	})
}

func TestARequestThatIsGivenUp(t *testing.T) {
	b := newBundle(t, testkit.SQLite(t))
	r := request(t, "Authorization", "Bearer "+b.key(t, b.us.Owner).String())
	ctx, cancel := contextThatEnded(t)
	defer cancel()
	if _, err := b.s.Authenticate(r.WithContext(ctx)); err == nil || errs.From(err).Kind != errs.KindInternal {
		t.Errorf("a database that does not answer is answered as %v", err)
	}
}
