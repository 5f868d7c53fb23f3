package fleet

import (
	"crypto/tls"
	"net"
	"net/http/httputil"
)

// What a signature may name.
func Use(d *net.Dialer, l net.Listener) {}

func reach() {
	_ = net.Dialer{}
	var d net.Dialer
	_ = d
	_, _ = net.Dial("tcp", "example.com:80")
	_, _ = tls.Dial("tcp", "example.com:443", nil)
	_ = &httputil.ReverseProxy{}
	_, _ = net.Listen("tcp", ":0")
}
