package egress

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// Setting is the environment variable in which the operator lists addresses that are reached although they are not public.
const Setting = "SOLOPRINT_EGRESS_ALLOW_CIDRS"

// notPublic4 is what of IPv4 is not globally reachable: IANA's registry of special addresses (RFC 6890 and later), and one
// address that looks public and is a cloud's inner service.
var notPublic4 = prefixes(
	"0.0.0.0/8",        // this network; 0.0.0.0 connects to loopback
	"10.0.0.0/8",       // private
	"100.64.0.0/10",    // carriers' shared space, and a cloud's metadata
	"127.0.0.0/8",      // loopback
	"168.63.129.16/32", // Azure's host, reached from inside only
	"169.254.0.0/16",   // link-local, and the metadata of most clouds
	"172.16.0.0/12",    // private
	"192.0.0.0/24",     // protocol assignments
	"192.0.2.0/24",     // documentation
	"192.88.99.0/24",   // relays of 6to4
	"192.168.0.0/16",   // private
	"198.18.0.0/15",    // benchmarks
	"198.51.100.0/24",  // documentation
	"203.0.113.0/24",   // documentation
	"224.0.0.0/4",      // multicast
	"240.0.0.0/4",      // reserved, and broadcast
)

// global6 is all of IPv6 that was ever given out as public; loopback, mapped, unique-local, link-local, site-local and
// multicast lie outside.
var global6 = netip.MustParsePrefix("2000::/3")

// notPublic6 is what in global6 is not public after all.
var notPublic6 = prefixes(
	"2001::/23",     // protocol assignments, with Teredo, which hides an IPv4 address
	"2001:db8::/32", // documentation
	"2002::/16",     // 6to4, which hides an IPv4 address: given up in 2015, nobody's endpoint
	"3fff::/20",     // documentation
)

// nat64 carries an IPv4 address in its last four bytes (RFC 6052). Networks without IPv4 reach all of it this way, so the
// address inside is judged.
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, s := range list {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

// Public reports whether an address is a globally reachable unicast address. One with a zone never is.
func Public(a netip.Addr) bool {
	if !a.IsValid() || a.Zone() != "" {
		return false
	}
	a = a.Unmap()
	switch {
	case a.Is4():
		return !within(notPublic4, a)
	case nat64.Contains(a):
		b := a.As16()
		return Public(netip.AddrFrom4([4]byte(b[12:])))
	default:
		return global6.Contains(a) && !within(notPublic6, a)
	}
}

func within(list []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(a) })
}

// ParseAllow reads the operator's list: CIDRs, separated by commas. Its errors name the entry in one sentence.
func ParseAllow(list string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for s := range strings.SplitSeq(list, ",") {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		p, err := netip.ParsePrefix(s)
		switch {
		case err != nil:
			return nil, fmt.Errorf("%q is not a CIDR such as 10.20.0.0/16 or 127.0.0.1/32", s)
		case p.Addr().Is4In6():
			return nil, fmt.Errorf("%q is an IPv4 network written as IPv6; write it as IPv4", s)
		case p != p.Masked():
			return nil, fmt.Errorf("%q says more than its network; write %s, or one address with /%d", s, p.Masked(), p.Addr().BitLen())
		}
		out = append(out, p)
	}
	return out, nil
}

// machine are the addresses of this machine's own interfaces: what is public among them leads back to ourselves.
func machine() []netip.Addr {
	found, err := net.InterfaceAddrs()
	if err != nil {
		return nil // a sandbox may forbid it; the classes above hold all the same
	}
	var out []netip.Addr
	for _, f := range found {
		if n, ok := f.(*net.IPNet); ok {
			a, _ := netip.AddrFromSlice(n.IP)
			out = append(out, a.Unmap())
		}
	}
	return out
}
