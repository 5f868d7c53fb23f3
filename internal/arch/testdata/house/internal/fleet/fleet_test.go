package fleet_test

import (
	"net/http"
	"time"

	_ "example.com/house/cmd/x"
	_ "example.com/house/internal/fleet"
	_ "example.com/house/rest"
)

var started = time.Now()

var client = &http.Client{}
