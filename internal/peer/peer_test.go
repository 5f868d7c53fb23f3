package peer_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/soloprint/soloprint/internal/peer"
)

const trusted = "10.0.0.0/8, fd00::/8, 192.0.2.7"

func TestTheAddressOfARequest(t *testing.T) {
	for name, tc := range map[string]struct {
		remote    string
		forwarded []string
		want      string
	}{
		"IPv4":                                     {"198.51.100.1:99", nil, "198.51.100.1"},
		"IPv4 in IPv6":                             {"[::ffff:198.51.100.1]:99", nil, "198.51.100.1"},
		"IPv6":                                     {"[2001:db8:1:2:3:4:5:6]:99", nil, "2001:db8:1:2:3:4:5:6"},
		"a zone does not matter":                   {"[fe80::1%eth0]:99", nil, "fe80::1"},
		"a Unix socket":                            {"@", []string{"203.0.113.5"}, ""},
		"no connection":                            {"", []string{"203.0.113.5"}, ""},
		"forged by a stranger":                     {"198.51.100.1:99", []string{"203.0.113.5"}, "198.51.100.1"},
		"a stranger claims to be a proxy":          {"198.51.100.1:99", []string{"203.0.113.5, 10.0.0.1"}, "198.51.100.1"},
		"a stranger claims to be this machine":     {"198.51.100.1:99", []string{"127.0.0.1"}, "198.51.100.1"},
		"a stranger beside a trusted address":      {"192.0.2.8:99", []string{"203.0.113.5"}, "192.0.2.8"},
		"forwarded by a proxy":                     {"10.0.0.1:99", []string{"203.0.113.5"}, "203.0.113.5"},
		"by a proxy that is a single address":      {"192.0.2.7:99", []string{"203.0.113.5"}, "203.0.113.5"},
		"by a proxy as IPv4 in IPv6":               {"[::ffff:10.0.0.1]:99", []string{"203.0.113.5"}, "203.0.113.5"},
		"by a proxy with a zone":                   {"[fd00::1%eth0]:99", []string{"203.0.113.5"}, "203.0.113.5"},
		"what a client wrote before is not looked": {"10.0.0.1:99", []string{"1.1.1.1, 203.0.113.5"}, "203.0.113.5"},
		"garbage that a client wrote before":       {"10.0.0.1:99", []string{"'; DROP TABLE, ::::, 203.0.113.5"}, "203.0.113.5"},
		"through two proxies":                      {"10.0.0.1:99", []string{"1.1.1.1, 203.0.113.5, 10.0.0.2"}, "203.0.113.5"},
		"a line for each proxy":                    {"10.0.0.1:99", []string{"1.1.1.1, 203.0.113.5", "10.0.0.2"}, "203.0.113.5"},
		"three lines, the first forged":            {"10.0.0.1:99", []string{"1.1.1.1", "203.0.113.5", "fd00::2"}, "203.0.113.5"},
		"a client inside the trusted network":      {"10.0.0.1:99", []string{"10.9.9.9"}, "10.9.9.9"},
		"nonsense from a proxy":                    {"10.0.0.1:99", []string{"unknown"}, "10.0.0.1"},
		"nonsense behind the second proxy":         {"10.0.0.1:99", []string{"203.0.113.5, _hidden, 10.0.0.2"}, "10.0.0.2"},
		"an empty hop from a proxy":                {"10.0.0.1:99", []string{"203.0.113.5,"}, "10.0.0.1"},
		"nothing from a proxy":                     {"10.0.0.1:99", nil, "10.0.0.1"},
		"IPv4 with a port":                         {"10.0.0.1:99", []string{"203.0.113.5:4711"}, "203.0.113.5"},
		"IPv6 with a port":                         {"10.0.0.1:99", []string{"[2001:db8::9]:4711"}, "2001:db8::9"},
		"IPv6 in brackets":                         {"10.0.0.1:99", []string{"[2001:db8::9]"}, "2001:db8::9"},
		"IPv6 as it stands":                        {"10.0.0.1:99", []string{"2001:db8::9"}, "2001:db8::9"},
		"IPv6 with a zone":                         {"10.0.0.1:99", []string{"fe80::9%en0"}, "fe80::9"},
		"IPv4 in IPv6, forwarded":                  {"10.0.0.1:99", []string{"::ffff:203.0.113.5"}, "203.0.113.5"},
		"IPv4 in brackets":                         {"10.0.0.1:99", []string{"[203.0.113.5]"}, "10.0.0.1"},
		"an address with leading zeros":            {"10.0.0.1:99", []string{"203.0.113.005"}, "10.0.0.1"},
		"an address as one number":                 {"10.0.0.1:99", []string{"3405803781"}, "10.0.0.1"},
		"a port that is none":                      {"10.0.0.1:99", []string{"203.0.113.5:99999"}, "10.0.0.1"},
		"a name":                                   {"10.0.0.1:99", []string{"client.example.org"}, "10.0.0.1"},
		"quotes":                                   {"10.0.0.1:99", []string{`"203.0.113.5"`}, "10.0.0.1"},
		"spaces and tabs around":                   {"10.0.0.1:99", []string{" \t203.0.113.5 "}, "203.0.113.5"},
		"a thousand proxies":                       {"10.0.0.1:99", []string{"203.0.113.5" + strings.Repeat(",10.0.0.2", 1000)}, "203.0.113.5"},
	} {
		proxies, err := peer.Parse(trusted)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		r.RemoteAddr, r.Header = tc.remote, http.Header{"X-Forwarded-For": tc.forwarded, "Forwarded": {"for=1.2.3.4"}, "X-Real-Ip": {"1.2.3.4"}}
		got := "not called"
		proxies.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			got = peer.Text(peer.From(r.Context()))
			if again := peer.Text(peer.Of(r)); again != got {
				t.Errorf("%s: Of says %q", name, again)
			}
		})).ServeHTTP(httptest.NewRecorder(), r)
		if got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
		if tc.forwarded == nil {
			if got := peer.Text(peer.Of(r)); got != tc.want {
				t.Errorf("%s: without a handler it is %q", name, got)
			}
		}
	}
}

func TestHousehold(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.1:1": "192.0.2.1", "[2001:db8:1:2:3:4:5:6]:1": "2001:db8:1:2::/64", "[fe80::1%eth0]:1": "fe80::/64", "@": "unknown",
	} {
		if got := peer.Household(peer.Of(&http.Request{RemoteAddr: remote})); got != want {
			t.Errorf("%s is kept under %s, want %s", remote, got, want)
		}
	}
}

func TestTheListOfProxies(t *testing.T) {
	for list, wrong := range map[string]string{
		"": "", " , ": "", trusted: "", "::1": "", "::ffff:10.0.0.1": "", "127.0.0.1/32,::1/128": "",
		"10.0.0.1/8": "more than its network", "0.0.0.0/0": "everybody", "::/0": "everybody", "::ffff:10.0.0.0/104": "as IPv4",
		"proxy.example.org": "not an address", "10.0.0.0/33": "not an address", "fe80::1%eth0": "not an address", "10.0.0.1:80": "not an address", "*": "not an address",
	} {
		_, err := peer.Parse(list)
		if (err == nil) != (wrong == "") || err != nil && !strings.Contains(err.Error(), wrong) {
			t.Errorf("%q: %v, want %q", list, err, wrong)
		}
	}
}

// No bytes of a header make the address of a stranger anything else, and none panics.
func FuzzForged(f *testing.F) {
	f.Add("203.0.113.5, 10.0.0.1")
	f.Add("[::1]:99,,%")
	proxies, err := peer.Parse(trusted)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, header string) {
		for remote, stranger := range map[string]bool{"198.51.100.1:99": true, "10.0.0.1:99": false} {
			r := &http.Request{RemoteAddr: remote, Header: http.Header{"X-Forwarded-For": {header}}}
			proxies.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if a := peer.From(r.Context()); !a.IsValid() || stranger && a.String() != "198.51.100.1" {
					t.Errorf("%q makes %s %s", header, remote, a)
				}
			})).ServeHTTP(nil, r)
		}
	})
}
