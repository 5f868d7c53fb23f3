package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/session"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
)

// The demo's invented people and organizations.
const (
	demoSlug     = "riverside"
	demoOwner    = "dana.reed@riverside.example"
	demoPassword = "riverside-demo"
	demoTeacher  = "amara.osei@riverside.example"
	demoStudent  = "student01@riverside.example"
)

// demoKeyLife is how long the demo's API keys are valid.
const demoKeyLife = 365 * 24 * time.Hour

// DemoKeys is DIR/demo.json: where the demo is, and with what it can be tried.
type DemoKeys struct {
	BaseURL             string `json:"base_url"`
	OrganizationID      pid.ID `json:"organization_id"`
	OrganizationSlug    string `json:"organization_slug"`
	APIKey              string `json:"api_key"`
	ReadOnlyAPIKey      string `json:"read_only_api_key"`
	OtherAPIKey         string `json:"other_api_key"`
	OwnerEmail          string `json:"owner_email"`
	OwnerPassword       string `json:"owner_password"`
	StudentToken        string `json:"student_token"`
	TeacherToken        string `json:"teacher_token"`
	StudentMembershipID pid.ID `json:"student_membership_id"`
	OwnerLoginURL       string `json:"owner_login_url"` // links that sign in, once
	TeacherLoginURL     string `json:"teacher_login_url"`
	StudentLoginURL     string `json:"student_login_url"`
}

// RemoveDemo throws the demo's data away: only what a demo writes, and only in a folder that a demo wrote.
func RemoveDemo(c Config) error {
	if c.DatabaseURL != "" {
		return errors.New("--fresh removes files only: drop and create the PostgreSQL database yourself")
	}
	if _, err := os.Stat(filepath.Join(c.Data, "demo.json")); errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(c.DatabaseFile()); err == nil {
			return fmt.Errorf("%s holds a database that no demo made: --fresh leaves it alone", c.Data)
		}
		return nil
	}
	lock, err := store.Lock(c.Data) // a server that runs keeps its data
	if err != nil {
		return err
	}
	defer func() { _ = lock.Unlock() }()
	for _, name := range []string{"soloprint.db", "soloprint.db-wal", "soloprint.db-shm", "files", "virtual", "backups", "demo.json", "master.key"} {
		if err := os.RemoveAll(filepath.Join(c.Data, name)); err != nil {
			return fmt.Errorf("remove demo data: %w", err)
		}
	}
	return nil
}

// SeedDemo makes the school where it is not there yet, and writes demo.json with sessions that are fresh.
func (a *App) SeedDemo(ctx context.Context) (*DemoKeys, error) {
	keys, err := a.readKeys()
	if err != nil {
		return nil, err
	}
	there, err := a.seeded(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for the demo: %w", err)
	}
	if !there {
		if err := a.writeKeys(keys); err != nil { // marks the folder as a demo's: --fresh may remove it from now on
			return nil, err
		}
		if err := a.seedSchool(ctx); err != nil {
			return nil, fmt.Errorf("seed the demo: %w", err)
		}
	}
	if keys.APIKey == "" {
		if err := a.demoAPIKeys(ctx, keys); err != nil {
			return nil, err
		}
	}
	keys.BaseURL, keys.OwnerEmail, keys.OwnerPassword, keys.OrganizationSlug = a.Config.PublicURL, demoOwner, demoPassword, demoSlug
	if err := a.demoSessions(ctx, keys); err != nil {
		return nil, err
	}
	return keys, a.writeKeys(keys)
}

// seeded reports whether the school is there.
func (a *App) seeded(ctx context.Context) (bool, error) {
	rows, err := a.Client.QueryRows(ctx, "SELECT id FROM organizations WHERE slug = ?", []any{demoSlug})
	if err != nil {
		return false, err
	}
	defer func() { _ = rows.Close() }()
	there := rows.Next()
	return there, rows.Err()
}

// demoAPIKeys makes the keys of the owners.
func (a *App) demoAPIKeys(ctx context.Context, keys *DemoKeys) error {
	for _, k := range []struct {
		organization, name string
		scopes             []string
		to                 *string
	}{
		{demoSlug, "Demo, all scopes", everyScope(), &keys.APIKey},
		{demoSlug, "Demo, read only", []string{string(authz.OperationsRead)}, &keys.ReadOnlyAPIKey},
		{otherSlug, "Demo, the other organization", everyScope(), &keys.OtherAPIKey},
	} {
		token, err := a.CreateKey(ctx, NewKey{Organization: k.organization, Name: k.name, Scopes: k.scopes, Life: demoKeyLife})
		if err != nil {
			return fmt.Errorf("make key %q: %w", k.name, err)
		}
		*k.to = token
	}
	return nil
}

func everyScope() []string {
	var all []string
	for _, c := range authz.Capabilities() {
		all = append(all, string(c))
	}
	return all
}

// demoSessions opens sessions for a teacher and a student: they end after 12 hours, so each start makes new ones.
func (a *App) demoSessions(ctx context.Context, keys *DemoKeys) error {
	for email, to := range map[string]*string{demoOwner: nil, demoTeacher: &keys.TeacherToken, demoStudent: &keys.StudentToken} {
		_, m, err := a.Person(ctx, demoSlug, email)
		if err != nil {
			return err
		}
		*map[string]*string{demoOwner: &keys.OwnerLoginURL, demoTeacher: &keys.TeacherLoginURL, demoStudent: &keys.StudentLoginURL}[email] = a.loginURL(m)
		if to == nil {
			continue
		}
		token, _, err := a.Authn.OpenSession(ctx, m, session.OpenedByOperator)
		if err != nil {
			return err
		}
		*to = token.String()
		if email == demoStudent {
			keys.StudentMembershipID, keys.OrganizationID = m.ID, m.OrganizationID
		}
	}
	return nil
}

func (a *App) keysPath() string { return filepath.Join(a.Config.Data, "demo.json") }

func (a *App) readKeys() (*DemoKeys, error) {
	keys := &DemoKeys{}
	b, err := os.ReadFile(a.keysPath())
	if errors.Is(err, fs.ErrNotExist) {
		return keys, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read demo keys: %w", err)
	}
	if err := json.Unmarshal(b, keys); err != nil {
		return nil, fmt.Errorf("%s is damaged; --fresh starts over: %w", a.keysPath(), err)
	}
	return keys, nil
}

func (a *App) writeKeys(keys *DemoKeys) error {
	b, err := json.MarshalIndent(keys, "", "  ")
	if err != nil {
		return fmt.Errorf("encode demo keys: %w", err)
	}
	if err := os.WriteFile(a.keysPath(), append(b, '\n'), 0o600); err != nil {
		return fmt.Errorf("write demo keys: %w", err)
	}
	return nil
}

// as is the context in which a member acts.
func (a *App) as(ctx context.Context, m *ent.Membership) (context.Context, error) {
	actor, err := a.Authn.Person(ctx, m.ID)
	if err != nil {
		return nil, err
	}
	return authz.With(ctx, actor), nil
}

// inDays is a time some days from now, for deadlines that stay believable.
func (a *App) inDays(n int) *time.Time {
	t := a.Config.Clock.Now().AddDate(0, 0, n)
	return &t
}
