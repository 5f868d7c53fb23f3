// Package peer says from which address a request comes. Behind proxies that the operator named it is the right-most address of
// X-Forwarded-For that is none of theirs; what anybody else writes there does not count.
//
// The flow: Parse reads the operator's list -> Proxies.Handler finds the address once, around all other handlers, and puts it
// into the context -> rate limits, sessions and events read it with From. Standard library only.
package peer

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are the networks of the proxies that the operator trusts.
type Proxies []netip.Prefix

// Parse reads the operator's list: CIDRs or single addresses, separated by commas. Its errors name the entry in one sentence.
func Parse(list string) (Proxies, error) {
	var out Proxies
	for s := range strings.SplitSeq(list, ",") {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
			a = a.Unmap()
			out = append(out, netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(s)
		switch {
		case err != nil:
			return nil, fmt.Errorf("%q is not an address or a CIDR such as 10.20.0.7 or 10.20.0.0/16", s)
		case p.Addr().Is4In6():
			return nil, fmt.Errorf("%q is an IPv4 network written as IPv6; write it as IPv4", s)
		case p.Bits() == 0:
			return nil, fmt.Errorf("%q is everybody: who is trusted may claim any address", s)
		case p != p.Masked():
			return nil, fmt.Errorf("%q says more than its network; write %s, or one address", s, p.Masked())
		}
		out = append(out, p)
	}
	return out, nil
}

// Handler puts the address of each request into its context.
func (p Proxies) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(With(r.Context(), p.find(r))))
	})
}

// find walks from the connection's own address through the hops that proxies noted, from the last to the first, and ends at
// the first that is no trusted proxy. What is no address ends the walk, too: then the proxy before it is all that is known.
func (p Proxies) find(r *http.Request) netip.Addr {
	at := address(r.RemoteAddr)
	if !p.trusts(at) {
		return at
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		next := address(strings.TrimSpace(hop))
		if !next.IsValid() {
			return at
		}
		if at = next; !p.trusts(at) {
			return at
		}
	}
	return at
}

func (p Proxies) trusts(a netip.Addr) bool {
	return slices.ContainsFunc(p, func(n netip.Prefix) bool { return n.Contains(a) })
}

// address reads an address with or without a port, IPv6 in brackets or not. Zones are taken off, because they mean something
// on the machine that wrote them only. What is none, a Unix socket among them, is the zero Addr.
func address(s string) netip.Addr {
	var a netip.Addr
	if with, err := netip.ParseAddrPort(s); err == nil {
		a = with.Addr()
	} else if plain, err := netip.ParseAddr(s); err == nil {
		a = plain
	} else if inner, ok := strings.CutPrefix(s, "["); ok && strings.HasSuffix(inner, "]") {
		a, _ = netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		if !a.Is6() {
			return netip.Addr{}
		}
	}
	return a.WithZone("").Unmap()
}

type key struct{}

// With puts an address into the context.
func With(ctx context.Context, a netip.Addr) context.Context { return context.WithValue(ctx, key{}, a) }

// From is the address of the context's request; the zero Addr where there is none: background work, the command line, a Unix
// socket.
func From(ctx context.Context) netip.Addr {
	a, _ := ctx.Value(key{}).(netip.Addr)
	return a
}

// Of is the address of a request: what Handler found, or the connection's own where no Handler is around.
func Of(r *http.Request) netip.Addr {
	if a, ok := r.Context().Value(key{}).(netip.Addr); ok {
		return a
	}
	return address(r.RemoteAddr)
}

// Text is the address for people, "" for none.
func Text(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// Household is what the limits of strangers are kept under: the IPv4 address, or the IPv6 network of 64 bits, which is the
// least that one household holds. All who have no address share "unknown".
func Household(a netip.Addr) string {
	switch {
	case !a.IsValid():
		return "unknown"
	case a.Is6():
		network, _ := a.Prefix(64) // 64 bits are always valid for IPv6
		return network.String()
	}
	return a.String()
}
