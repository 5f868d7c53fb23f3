package sso

import (
	"net/netip"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/soloprint/soloprint/ent/ssoprovider"
	"github.com/soloprint/soloprint/internal/egress"
	"github.com/soloprint/soloprint/internal/errs"
)

// wellKnown is where a provider describes itself, below its issuer.
const wellKnown = "/.well-known/openid-configuration"

// checkIssuer refuses an issuer that is not written as it is compared: tokens say it byte by byte, and two spellings of one
// issuer would be two sets of people. The empty one is somebody else's question.
func checkIssuer(profile ssoprovider.Profile, raw string) []errs.Field {
	if raw == "" {
		return nil
	}
	refuse := func(code, message string) []errs.Field {
		return []errs.Field{{Path: "issuer", Code: code, Message: message}}
	}
	canonical, ok := canonicalIssuer(raw)
	switch {
	case !ok:
		return refuse("invalid_format", "is not of the form https://host/path, without a user, query or fragment")
	case canonical != raw:
		return refuse("not_canonical", "is written "+canonical)
	case profile == ssoprovider.ProfileMicrosoft && anybodys(raw):
		return refuse("not_allowed", "lets the accounts of all organizations in; name your own tenant: https://login.microsoftonline.com/<tenant id>/v2.0")
	}
	return nil
}

// canonicalIssuer is the one spelling of an issuer: scheme and host in lower case, no port that goes without saying, no dot
// behind the host, a clean path without the address of the discovery document. A slash at the end belongs to it.
func canonicalIssuer(raw string) (string, bool) {
	u, err := egress.ParseURL(raw)
	if err != nil || u.RawQuery != "" || u.ForceQuery || strings.Contains(raw, "#") || !ascii(raw) {
		return "", false
	}
	u.Host = hostOf(u)
	u.Path, u.RawPath = strings.TrimSuffix(u.Path, wellKnown), ""
	if slash := strings.HasSuffix(u.Path, "/"); u.Path != "" {
		u.Path = path.Clean(u.Path)
		if slash && u.Path != "/" {
			u.Path += "/"
		}
	}
	return u.String(), true
}

// hostOf is the host in lower case, with a port only where it is not the scheme's own.
func hostOf(u *url.URL) string {
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port := u.Port(); port != "" && (u.Scheme != "https" || port != "443") && (u.Scheme != "http" || port != "80") {
		host += ":" + port
	}
	return host
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > 0x7e || r <= ' ' })
}

// anybodys reports whether the issuer is one of Microsoft's that every account there is of.
func anybodys(issuer string) bool {
	u, err := url.Parse(issuer)
	if err != nil {
		return true
	}
	tenant, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	return slices.Contains([]string{"", "common", "organizations", "consumers"}, strings.ToLower(tenant))
}

var scopeForm = regexp.MustCompile(`^[\x21\x23-\x5b\x5d-\x7e]+$`) // RFC 6749, 3.3

// checkScopes refuses scopes without openid, without which there is no token that says who somebody is.
func checkScopes(scopes []string) (fields []errs.Field) {
	if len(scopes) > 0 && !slices.Contains(scopes, "openid") {
		fields = append(fields, errs.Field{Path: "scopes", Code: "required", Message: "must have openid among them"})
	}
	for i, s := range scopes {
		if !scopeForm.MatchString(s) {
			fields = append(fields, errs.Field{Path: item("scopes", i), Code: "invalid_format", Message: "is no scope: letters, digits and signs, no spaces and quotes"})
		}
	}
	return fields
}

// checkRedirects refuses addresses that a sign-in must not return to: whoever reads them reads the code of the sign-in.
func checkRedirects(uris []string) (fields []errs.Field) {
	for i, raw := range uris {
		u, err := egress.ParseURL(raw)
		if err != nil || strings.Contains(raw, "#") || !ascii(raw) || u.Scheme != "https" && !loopback(u) {
			fields = append(fields, errs.Field{Path: item("redirect_uris", i), Code: "invalid_format", Message: "is not of the form https://host/path, without a user and fragment; http is for this machine alone"})
		}
	}
	return fields
}

// loopback reports whether a URL leads to the machine of whoever opens it.
func loopback(u *url.URL) bool {
	a, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && a.IsLoopback()
}
