package egress

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Time and number limits of a connection.
const (
	lookupTimeout  = 5 * time.Second
	connectTimeout = 5 * time.Second // for each address
	tlsTimeout     = 10 * time.Second
	maxAddresses   = 32 // judged; a name with more is cut
	maxConnects    = 4  // tried one after the other
	maxHost        = 253
)

// errAdmitted ends a Check: the dialler would have connected.
var errAdmitted = errors.New("the address is admitted")

// hop is one request's way to one host.
type hop struct {
	client *Client
	https  bool // demanded of public addresses
	probe  bool // judge, and go no further
}

// dial is the transport's way to a host without TLS.
func (h hop) dial(ctx context.Context, _, hostPort string) (net.Conn, error) {
	conn, _, err := h.connect(ctx, hostPort, false)
	return conn, err
}

// dialTLS is the transport's way to a host with TLS. The certificate must be that of the host, whatever address it has.
func (h hop) dialTLS(ctx context.Context, _, hostPort string) (net.Conn, error) {
	conn, host, err := h.connect(ctx, hostPort, true)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, tlsTimeout)
	defer cancel()
	secured := tls.Client(conn, &tls.Config{ServerName: host, RootCAs: h.client.RootCAs, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}})
	if err := secured.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		if ctx.Err() != nil {
			return nil, failed(TimedOut)
		}
		return nil, failed(TLSFailed)
	}
	return secured, nil
}

// connect looks the host up, judges, and connects to the first admitted address that answers. hostPort is what the
// transport made of the URL: names of other scripts are in ASCII already, as RFC 3490 and its heirs map them.
func (h hop) connect(ctx context.Context, hostPort string, secure bool) (net.Conn, string, error) {
	host, port, err := splitHost(hostPort)
	if err != nil {
		return nil, "", err
	}
	found, err := h.client.addresses(ctx, host)
	if err != nil {
		return nil, "", err
	}
	admitted := slices.DeleteFunc(found, func(a netip.Addr) bool { return !h.admits(netip.AddrPortFrom(a, port), secure) })
	switch {
	case len(admitted) == 0:
		return nil, "", failed(AddressBlocked)
	case h.probe:
		return nil, "", errAdmitted
	}
	conn, err := h.first(ctx, admitted[:min(len(admitted), maxConnects)], port, secure)
	return conn, host, err
}

// first connects to the first address that takes the connection.
func (h hop) first(ctx context.Context, to []netip.Addr, port uint16, secure bool) (net.Conn, error) {
	// What was judged is dialled as a number. Control looks at it once more, at the last moment before the system call.
	d := net.Dialer{Timeout: connectTimeout, Control: func(_, address string, _ syscall.RawConn) error {
		if at, err := netip.ParseAddrPort(address); err != nil || !h.admits(at, secure) {
			return failed(AddressBlocked)
		}
		return nil
	}}
	reason := ConnectFailed
	for _, a := range to {
		network := "tcp6"
		if a.Is4() {
			network = "tcp4"
		}
		conn, err := d.DialContext(ctx, network, netip.AddrPortFrom(a, port).String())
		if err == nil {
			return conn, nil
		}
		var slow net.Error
		if reason = ConnectFailed; errors.As(err, &slow) && slow.Timeout() {
			reason = TimedOut
		}
	}
	return nil, failed(reason)
}

// admits is the verdict on one address: the operator's list first, then its class, then port and scheme.
func (h hop) admits(to netip.AddrPort, secure bool) bool {
	c, a := h.client, to.Addr().Unmap()
	if within(c.Allow, a) {
		return true
	}
	return Public(a) && !slices.Contains(c.own(), a) && opens(to.Port(), secure, h.https)
}

// opens reports whether a public host may be called so: by https where that is demanded, and on the ports of the web.
func opens(port uint16, secure, https bool) bool {
	return (secure || !https) && (port == 80 || port == 443)
}

// addresses are those of a host: its own, where it is written as a number, else those that its name has now.
func (c *Client) addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	switch {
	case isNumber(host):
		return nil, failed(AddressBlocked) // 127.1, 0x7f.0.0.1, 2130706433: only some resolvers know what they mean
	case host == "localhost" || strings.HasSuffix(host, ".localhost"):
		return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}, nil // RFC 6761: no question for DNS
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	found, err := c.resolver().LookupNetIP(ctx, "ip", host)
	if err != nil || len(found) == 0 {
		return nil, failed(NameNotResolved)
	}
	out := make([]netip.Addr, 0, len(found))
	for _, a := range found[:min(len(found), maxAddresses)] {
		if a.Zone() == "" {
			a = a.Unmap()
		}
		out = append(out, a)
	}
	return out, nil
}

// splitHost takes host and port apart; the host is in lower case and without the dot of the root.
func splitHost(hostPort string) (string, uint16, error) {
	host, text, err := net.SplitHostPort(hostPort)
	if err != nil || !validPort(text) {
		return "", 0, failed(URLInvalid)
	}
	port, _ := strconv.ParseUint(text, 10, 16)
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if _, err := netip.ParseAddr(host); err == nil {
		return host, uint16(port), nil
	}
	if host == "" || len(host) > maxHost || strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" || strings.Contains("."+host+".", "..") {
		return "", 0, failed(URLInvalid)
	}
	return host, uint16(port), nil
}

// isNumber reports whether a host ends in a number and so means an IPv4 address to some parsers (the URL standard's
// "ends in a number"). Those that are one in full were recognised before.
func isNumber(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	if hex, ok := strings.CutPrefix(last, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return strings.Trim(last, "0123456789") == ""
}
