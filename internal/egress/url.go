package egress

import (
	"net/url"
	"strconv"
	"strings"
)

// maxURL is the longest URL, in bytes: what browsers and proxies agree on.
const maxURL = 2048

// ParseURL reads a URL that a stranger gave, and refuses with URLInvalid what two parsers might read differently. It says
// nothing about where the host is: Check does. The fragment, which is never sent, is dropped.
func ParseURL(raw string) (*url.URL, error) {
	if len(raw) > maxURL || strings.ContainsFunc(raw, ambiguous) {
		return nil, failed(URLInvalid)
	}
	u, err := url.Parse(raw)
	if err != nil || !plain(u) {
		return nil, failed(URLInvalid)
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

// ambiguous are characters that some parsers skip, and others take for a slash.
func ambiguous(r rune) bool { return r <= ' ' || r == 0x7f || r == '\\' }

// plain reports whether a URL is nothing but scheme, host, an existing port, path and query.
func plain(u *url.URL) bool {
	if u.Scheme != "http" && u.Scheme != "https" || u.Opaque != "" || u.User != nil || u.Hostname() == "" {
		return false
	}
	if strings.HasSuffix(u.Host, ":") {
		return false
	}
	return u.Port() == "" || validPort(u.Port())
}

// portOf is the port that a URL is called on.
func portOf(u *url.URL) uint16 {
	text := u.Port()
	if text == "" && u.Scheme == "https" {
		return 443
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return 80
	}
	return uint16(port)
}

// validPort reports whether a port is written as people write it: no sign, no zero in front.
func validPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0 && s == strconv.FormatUint(n, 10)
}
