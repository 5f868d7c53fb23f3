package apiclient

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strings"
)

// DefaultBaseURL is a server on this machine that was started without further words.
const DefaultBaseURL = "http://127.0.0.1:8080"

// Settings are where to call, and as whom.
type Settings struct {
	BaseURL string
	Key     string
}

// Sources are where settings come from. A key file wins over the key of the environment, and both over the profile, unless
// the profile was named.
type Sources struct {
	BaseURL string // of a flag or the environment
	Key     string // of the environment
	KeyFile string
	Config  string // path of the config file
	Profile string // empty: the file's default
}

// config is the config file.
type config struct {
	Default  string             `json:"default"`
	Profiles map[string]profile `json:"profiles"`
}

type profile struct {
	BaseURL string `json:"base_url"`
	APIKey  string `json:"api_key"`
}

// Resolve reads the sources. Every error says in one sentence what to mend.
func (s Sources) Resolve() (Settings, error) {
	p, err := s.profile()
	if err != nil {
		return Settings{}, err
	}
	out := Settings{BaseURL: s.BaseURL, Key: s.Key}
	if s.KeyFile != "" {
		text, err := private(s.KeyFile)
		if err != nil {
			return Settings{}, err
		}
		out.Key = strings.TrimSpace(string(text))
	}
	if s.KeyFile == "" && (out.Key == "" || s.Profile != "") && p.APIKey != "" {
		out.Key = p.APIKey
		if out.BaseURL != "" && p.BaseURL != "" && strings.TrimRight(out.BaseURL, "/") != strings.TrimRight(p.BaseURL, "/") {
			return Settings{}, fmt.Errorf("the profile's key is for %s and is not sent to %s: name a profile for that server", p.BaseURL, out.BaseURL)
		}
	}
	if out.BaseURL == "" {
		out.BaseURL = p.BaseURL
	}
	if out.BaseURL == "" {
		out.BaseURL = DefaultBaseURL
	}
	u, err := url.Parse(out.BaseURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" {
		return Settings{}, fmt.Errorf("the base URL %q is not of the form https://print.example.org", out.BaseURL)
	}
	return out, nil
}

// profile is the one that was named, or the file's default; an empty one where there is no file and none was named.
func (s Sources) profile() (profile, error) {
	text, err := private(s.Config)
	if errors.Is(err, fs.ErrNotExist) && s.Profile == "" {
		return profile{}, nil
	}
	if err != nil {
		return profile{}, err
	}
	var c config
	if err := json.Unmarshal(text, &c); err != nil {
		return profile{}, fmt.Errorf("read %s: %w", s.Config, err)
	}
	name := s.Profile
	if name == "" {
		name = c.Default
	}
	p, ok := c.Profiles[name]
	if !ok && name != "" {
		names := make([]string, 0, len(c.Profiles))
		for n := range c.Profiles {
			names = append(names, n)
		}
		slices.Sort(names)
		return profile{}, fmt.Errorf("%s has no profile %q; it has %s", s.Config, name, strings.Join(names, ", "))
	}
	return p, nil
}

// private reads a file that holds a key: nobody else on the machine may read it.
func private(path string) ([]byte, error) {
	if path == "" {
		return nil, fs.ErrNotExist
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("%s can be read by others (mode %04o): chmod 600 it", path, mode)
	}
	return os.ReadFile(path)
}
