package queue

import (
	"net/http"
	"time"

	"example.com/house/internal/guard"
	_ "example.com/house/internal/material"
	_ "example.com/house/internal/queue/match"
	_ "example.com/house/rest"
)

type Service struct {
	Client *http.Client
	Now    func() time.Time
}

func (s *Service) Dispatch() {
	guard.AsSystem()
	_ = time.Now()
	_ = time.Since(s.Now())
	_, _ = http.Get("http://example.com")
	_ = &http.Client{Timeout: time.Second}
	_ = new(http.Client)
	_ = http.DefaultClient
	_ = http.StatusOK
}
