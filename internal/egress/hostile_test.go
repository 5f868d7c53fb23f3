package egress

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"
)

// hostile are hosts and URLs with which servers were talked into sending requests inwards. The second column is what the
// most obliging resolver makes of a host that is no address: not ours, but no verdict may rest on that.
var hostile = []struct{ host, resolved string }{
	// Loopback, in every spelling.
	{"127.0.0.1", ""}, {"127.255.255.254", ""}, {"127.1", "127.0.0.1"}, {"127.0.1", "127.0.0.1"}, {"2130706433", "127.0.0.1"},
	{"0x7f000001", "127.0.0.1"}, {"0x7f.0.0.1", "127.0.0.1"}, {"0177.0.0.1", "127.0.0.1"}, {"017700000001", "127.0.0.1"},
	{"0", "127.0.0.1"}, {"0.0.0.0", ""}, {"[::]", ""}, {"[::1]", ""}, {"[0:0:0:0:0:0:0:1]", ""}, {"[::ffff:127.0.0.1]", ""},
	{"[::ffff:7f00:1]", ""}, {"[::127.0.0.1]", ""}, {"[::1%25lo]", ""}, {"localhost", "127.0.0.1"}, {"LOCALHOST", "127.0.0.1"},
	{"localhost.", "127.0.0.1"}, {"x.localhost", "127.0.0.1"}, {"ip6-localhost", "::1"}, {"127。0。0。1", ""}, {"①②⑦.⓪.⓪.①", ""},
	{"127.0.0.1.", "127.0.0.1"}, {"0x7F.1", "127.0.0.1"}, {"127.0.0.0x1", "127.0.0.1"},

	// Private, link-local, shared.
	{"10.0.0.1", ""}, {"10.1", "10.0.0.1"}, {"172.16.0.1", ""}, {"172.31.255.255", ""}, {"192.168.0.1", ""}, {"192.168.257", "192.168.1.1"},
	{"0300.0250.0.1", "192.168.0.1"}, {"100.64.0.1", ""}, {"100.127.255.254", ""}, {"169.254.0.1", ""}, {"[fe80::1]", ""},
	{"[fe80::1%25eth0]", ""}, {"[fc00::1]", ""}, {"[fd12::1]", ""}, {"[fec0::1]", ""},

	// Where clouds keep their secrets.
	{"169.254.169.254", ""}, {"2852039166", "169.254.169.254"}, {"0xA9FEA9FE", "169.254.169.254"}, {"0251.0376.0251.0376", "169.254.169.254"},
	{"169.254.43518", "169.254.169.254"}, {"[::ffff:169.254.169.254]", ""}, {"[fd00:ec2::254]", ""}, {"169.254.170.2", ""},
	{"100.100.100.200", ""}, {"192.0.0.192", ""}, {"168.63.129.16", ""}, {"metadata.google.internal", "169.254.169.254"},

	// IPv4 inside IPv6.
	{"[64:ff9b::7f00:1]", ""}, {"[64:ff9b::a9fe:a9fe]", ""}, {"[64:ff9b:1::a00:1]", ""}, {"[2002:7f00:1::]", ""}, {"[2002:a00:1::1]", ""},
	{"[2001:0:4136:e378:8000:63bf:3fff:fdd2]", ""},

	// Reserved.
	{"192.0.2.1", ""}, {"198.51.100.1", ""}, {"203.0.113.1", ""}, {"198.18.0.1", ""}, {"192.88.99.1", ""}, {"240.0.0.1", ""},
	{"255.255.255.255", ""}, {"224.0.0.1", ""}, {"[ff02::1]", ""}, {"[2001:db8::1]", ""}, {"[3fff::1]", ""}, {"[5f00::1]", ""},
	{"[100::1]", ""}, {"[2001::1]", ""},

	// Public, but to a port that no web server has.
	{"8.8.8.8:22", ""}, {"8.8.8.8:25", ""}, {"8.8.8.8:5432", ""}, {"[2606:4700:4700::1111]:8080", ""},

	// Names with several answers.
	{"two-blocked.example", "10.0.0.1 ::1"}, {"cname-to-private.example", "192.168.7.7"}, {"mapped.example", "::ffff:10.0.0.1"},
	{"zoned.example", "fe80::1%eth0"}, {"own.example", "9.9.9.9"},
}

// misread are URLs that two parsers read differently, or that are no requests of the web.
var misread = []string{
	"http://user@127.0.0.1/", "http://user:secret@example.com/", "http://good.example\\@127.0.0.1/", "http://%31%32%37.0.0.1/", "http://127.0.0.1%00.good.example/",
	"http://127.0.0.1\t/", "http://127.0.0.1\r\n/", "http://127.0.0.1\n.good.example/", "http://[::1]x/", "http://[127.0.0.1]/", "http://[::1/", "http:///path", "http://:80/", "http://",
	"http://8.8.8.8:0/", "http://8.8.8.8:65536/", "http://8.8.8.8:-80/", "http://8.8.8.8:080/", "http://8.8.8.8:/", "http://a..example/", "http://a,b.example/",
	"file:///etc/passwd", "gopher://127.0.0.1/", "ftp://127.0.0.1/", "data:text/plain,x", "unix:///run/docker.sock", "ldap://127.0.0.1/", "jar:http://127.0.0.1!/",
	"//127.0.0.1/", "127.0.0.1", "", "http://example.com/" + strings.Repeat("a", 64<<10),
}

// obliging is a client whose resolver knows every row of the list.
func obliging() *Client {
	n := &names{of: map[string][]string{}}
	for _, h := range hostile {
		if h.resolved != "" {
			n.of[strings.TrimSuffix(strings.ToLower(h.host), ".")] = []string{h.resolved}
		}
	}
	return &Client{Resolver: n, Own: func() []netip.Addr { return []netip.Addr{netip.MustParseAddr("9.9.9.9")} }, Pace: time.Microsecond}
}

// Nothing is sent in this test: were a verdict wrong, Do would try to connect and fail with another reason.
func TestHostileHostsAreBlockedByTheDialler(t *testing.T) {
	c := obliging()
	for _, scheme := range []string{"http://", "https://", "HTTP://"} {
		for _, h := range hostile {
			t.Run(scheme+h.host, func(t *testing.T) {
				want(t, c.Check(t.Context(), Request{URL: scheme + h.host + "/x"}), AddressBlocked)
				_, err := c.Do(t.Context(), Request{URL: scheme + h.host + "/x#@good.example"})
				want(t, err, AddressBlocked)
			})
		}
	}
}

func TestMisreadURLsAreRefused(t *testing.T) {
	c := obliging()
	for _, raw := range misread {
		t.Run(raw[:min(len(raw), 40)], func(t *testing.T) {
			_, err := c.Do(t.Context(), Request{URL: raw})
			want(t, err, URLInvalid)
			want(t, c.Check(t.Context(), Request{URL: raw}), URLInvalid)
		})
	}
	for _, host := range c.Resolver.(*names).asked {
		t.Errorf("%q was looked up", host)
	}
}

func TestHostileHostsAreBlockedAsTargetsOfRedirects(t *testing.T) {
	var location string
	c, s := server(t, (*httptest.Server).Start, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", location)
		w.WriteHeader(http.StatusFound)
	})
	c.Resolver, c.Own = obliging().Resolver, obliging().Own
	for _, h := range hostile {
		location = "http://" + h.host + "/"
		_, err := c.Do(t.Context(), Request{URL: s.URL, Redirects: 3})
		if r, _ := ReasonOf(err); r != AddressBlocked {
			t.Errorf("redirect to %s: %v", h.host, err)
		}
	}
	for _, raw := range misread {
		if raw == "" || strings.ContainsAny(raw, "\r\n\t") || !strings.Contains(raw, ":") || strings.HasPrefix(raw, "//") {
			continue // a header cannot carry it, or it is a proper relative target
		}
		location = raw
		if _, err := c.Do(t.Context(), Request{URL: s.URL, Redirects: 3}); err == nil {
			t.Errorf("redirect to %s was followed", raw)
		}
	}
}

// The name is public while it is checked and private when it is called: what is dialled is judged.
func TestHostileHostsAreBlockedAfterRebinding(t *testing.T) {
	for _, h := range hostile {
		inner, err := url.Parse("http://" + h.host)
		if err != nil || !strings.Contains(inner.Hostname(), ":") && strings.Trim(inner.Hostname(), "0123456789.") != "" || inner.Port() != "" {
			continue // not an address
		}
		a, err := netip.ParseAddr(inner.Hostname())
		if err != nil {
			continue // a spelling: DNS answers addresses
		}
		c := obliging()
		c.Resolver = &names{of: map[string][]string{"rebinding.example": {"8.8.8.8", a.String()}}}
		want(t, c.Check(t.Context(), Request{URL: "https://rebinding.example/"}), "")
		_, err = c.Do(t.Context(), Request{URL: "https://rebinding.example/"})
		want(t, err, AddressBlocked)
	}
}

// Check gives the dialler's verdict and connects to nothing.
func TestWhatLiesJustOutsideIsAdmitted(t *testing.T) {
	c := obliging()
	c.Resolver = &names{of: map[string][]string{"public.example": {"8.8.8.8"}, "xn--bcher-kva.example": {"8.8.4.4"}, "mixed.example": {"10.0.0.1 8.8.8.8"}}}
	for _, raw := range []string{
		"http://100.63.255.254/", "http://100.128.0.1/", "https://172.32.0.1/", "https://[2606:4700:4700::1111]/", "http://172.15.255.255/", "http://9.255.255.255/",
		"http://11.0.0.0/", "http://126.255.255.255/", "http://128.0.0.1/", "http://169.253.255.255/", "http://192.167.255.255/", "http://223.255.255.255/",
		"https://[64:ff9b::808:808]/", "https://[2001:200::1]/", "http://[::ffff:8.8.8.8]/", "http://8.8.8.8:443/", "https://8.8.8.8:80/",
		"https://public.example/", "https://PUBLIC.example./", "https://bücher.example/", "https://mixed.example/",
	} {
		t.Run(raw, func(t *testing.T) { want(t, c.Check(t.Context(), Request{URL: raw}), "") })
	}
}

func FuzzNoURLLeadsToLoopback(f *testing.F) {
	for _, h := range hostile {
		f.Add("http://" + h.host + "/")
	}
	for _, raw := range misread {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		c := &Client{Resolver: always("127.0.0.1"), Own: func() []netip.Addr { return nil }, Pace: time.Microsecond}
		if err := c.Check(t.Context(), Request{URL: raw}); err != nil {
			return
		}
		u, err := ParseURL(raw)
		if err != nil {
			t.Fatalf("%q was admitted, but is no URL", raw)
		}
		again, err := ParseURL(u.String())
		if err != nil || again.Host != u.Host || u.User != nil {
			t.Fatalf("%q reads as %q, and then as %q (%v)", raw, u, again, err)
		}
		if a, err := netip.ParseAddr(strings.TrimSuffix(u.Hostname(), ".")); err == nil && !Public(a) {
			t.Fatalf("%q was admitted", raw)
		}
	})
}
