package egress

import (
	"net"
	"net/http"

	_ "example.com/house/internal/errs"
	_ "example.com/house/internal/pid"
	_ "golang.org/x/net/idna"
)

func Client() *http.Client { return &http.Client{} }

func dial() { _ = net.Dialer{} }
