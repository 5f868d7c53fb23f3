package app

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/soloprint/soloprint/internal/clock"
	"github.com/soloprint/soloprint/internal/egress"
	"github.com/soloprint/soloprint/internal/notify"
	"github.com/soloprint/soloprint/internal/peer"
)

// MaxSpeed is the most simulated seconds that a second of virtual printers may have.
const MaxSpeed = 1_000_000

// Config is the settings of a server.
type Config struct {
	Addr        string  // where to listen: host:port
	Data        string  // folder of database, files, keys and simulated printers
	DatabaseURL string  // PostgreSQL; empty = SQLite in Data
	PublicURL   string  // how clients reach it; empty = http://<addr>
	RateLimit   int     // requests a minute for a key; 0 = no limit
	Speed       float64 // simulated seconds a second of virtual printers; 0 = 60
	MasterKey   string  // base64; empty = a file in Data
	MetricsAddr string  // where /metrics is served to everybody; empty = on Addr, to this machine only
	SMTPURL     string  // mail server: smtp://user:password@host:587?from=address; empty = no mail is sent
	EgressAllow string  // CIDRs, separated by commas, that requests may go to although they are not public
	Proxies     string  // addresses and CIDRs, separated by commas, of the proxies whose X-Forwarded-For counts
	RequireTOTP bool    // nobody signs in with a password alone
	Version     string
	Log         *slog.Logger
	Clock       clock.Clock // nil = the machine's
	Volatile    bool        // tests: no fsync

	anyHost bool // PublicURL is a default
	proxies peer.Proxies
}

// Check refuses settings that cannot work, each with one sentence.
func (c Config) Check() error {
	if c.Data == "" {
		return errors.New("--data names no folder")
	}
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		return fmt.Errorf("--addr %q is not host:port", c.Addr)
	}
	if _, _, err := net.SplitHostPort(c.MetricsAddr); c.MetricsAddr != "" && err != nil {
		return fmt.Errorf("--metrics-addr %q is not host:port", c.MetricsAddr)
	}
	if c.RateLimit < 0 {
		return fmt.Errorf("--rate-limit %d is negative; 0 turns the limit off", c.RateLimit)
	}
	if !(c.Speed >= 0 && c.Speed <= MaxSpeed) {
		return fmt.Errorf("--speed %g is not a number above 0, up to %d", c.Speed, MaxSpeed)
	}
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
			return fmt.Errorf("--public-url %q is not of the form https://print.example.org", c.PublicURL)
		}
	}
	if c.DatabaseURL != "" && !strings.HasPrefix(c.DatabaseURL, "postgres://") && !strings.HasPrefix(c.DatabaseURL, "postgresql://") {
		return errors.New("--database-url does not begin with postgres://")
	}
	if _, err := egress.ParseAllow(c.EgressAllow); err != nil {
		return fmt.Errorf("--egress-allow-cidrs: %w", err)
	}
	if _, err := peer.Parse(c.Proxies); err != nil {
		return fmt.Errorf("--trusted-proxies: %w", err)
	}
	if c.SMTPURL != "" {
		if _, err := notify.ParseSMTP(c.SMTPURL, nil); err != nil {
			return fmt.Errorf("--smtp-url %w", err) // without the value, which holds a password
		}
	}
	return nil
}

// withDefaults fills what may be left out.
func (c Config) withDefaults() Config {
	if c.PublicURL == "" {
		c.anyHost = true
		host, port, _ := net.SplitHostPort(c.Addr)
		if host == "" || host == "0.0.0.0" || host == "::" {
			host = "localhost"
		}
		c.PublicURL = "http://" + net.JoinHostPort(host, port)
	}
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	c.proxies, _ = peer.Parse(c.Proxies) // Check has read it
	if c.Clock == nil {
		c.Clock = clock.System{}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Speed == 0 {
		c.Speed = 60
	}
	return c
}

// DatabaseFile is where SQLite lies.
func (c Config) DatabaseFile() string { return filepath.Join(c.Data, "soloprint.db") }

// VirtualFile is where the simulated printers keep their state, apart from the database.
func (c Config) VirtualFile() string { return filepath.Join(c.Data, "virtual", "printers.journal") }
