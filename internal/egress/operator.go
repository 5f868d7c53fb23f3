package egress

import (
	"context"
	"net"
	"net/netip"
)

// DialOperators connects to a host that the operator's own settings name, such as the mail server: it may be anywhere, this
// machine included. Nothing that a user of the program wrote may become such a host.
func (c *Client) DialOperators(ctx context.Context, hostPort string) (net.Conn, error) {
	host, port, err := splitHost(hostPort)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout*maxConnects)
	defer cancel()
	found, err := c.addresses(ctx, host)
	if err != nil {
		return nil, err
	}
	d := net.Dialer{Timeout: connectTimeout}
	for _, a := range found[:min(len(found), maxConnects)] {
		conn, err := d.DialContext(ctx, "tcp", netip.AddrPortFrom(a, port).String())
		if err == nil {
			return conn, nil
		}
	}
	return nil, failed(ConnectFailed)
}
