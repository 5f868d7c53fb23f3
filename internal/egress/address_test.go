package egress

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestEachClassEndsWhereItsRegistrySaysSo(t *testing.T) {
	for _, list := range [][]netip.Prefix{notPublic4, notPublic6} {
		for _, p := range list {
			if Public(p.Addr()) || Public(last(p)) {
				t.Errorf("%s is not public from end to end", p)
			}
		}
	}
	for _, s := range []string{"1.0.0.0", "9.255.255.255", "100.63.255.255", "100.128.0.0", "168.63.129.15", "168.63.129.17", "169.253.255.255", "169.255.0.0", "191.255.255.255",
		"192.0.1.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "2001:200::", "2003::", "2000::", "3ffe::", "64:ff9b::8.8.8.8", "::ffff:8.8.8.8"} {
		if !Public(netip.MustParseAddr(s)) {
			t.Errorf("%s is public", s)
		}
	}
	for _, s := range []string{"::", "::1", "::8.8.8.8", "::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::8.8.8.8", "1fff:ffff::", "4000::", "fe80::1%eth0", "2606:4700::1%eth0", "fd00::1"} {
		if Public(netip.MustParseAddr(s)) {
			t.Errorf("%s is not public", s)
		}
	}
	if Public(netip.Addr{}) {
		t.Error("no address is public")
	}
}

// last is the last address of a prefix.
func last(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

func TestTheOperatorsListIsReadStrictly(t *testing.T) {
	got, err := ParseAllow(" 10.0.0.0/8, 127.0.0.1/32,,::1/128 ")
	want := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("::1/128")}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	for _, row := range []struct{ list, want string }{
		{"10.0.0.0", "is not a CIDR"},
		{"10.0.0.0/33", "is not a CIDR"},
		{"10.0.0.0/8 192.168.0.0/16", "is not a CIDR"},
		{"example.com", "is not a CIDR"},
		{"fe80::1%eth0/64", "is not a CIDR"},
		{"::ffff:10.0.0.0/104", "write it as IPv4"},
		{"10.1.2.3/8", "write 10.0.0.0/8, or one address with /32"},
	} {
		if _, err := ParseAllow(row.list); err == nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", row.list, err, row.want)
		}
	}
}
