package org

import (
	"embed"
	"encoding/base32"
	"errors"
	"os"
	"regexp"
	"sync"
	"time"

	"example.com/house/internal/authz"
)

type Service[T any] struct{ n int }

type kind string

// What may stay.
var (
	ErrGone  = errors.New("gone")
	pattern  = regexp.MustCompile("x")
	encoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
	table    = map[string]int{"a": 1}
	kinds    = []kind{"a", "b"}
	index    = invert(table)
	both     = append(append([]kind{}, kinds...), "c")
	OpGone   = system("gone")
	_        = Service[int]{}
	//go:embed *.go
	files embed.FS
)

// What may not.
var (
	counter int
	limit   = 3 * time.Second
	cache   = map[string]int{}
	seen    = []string{}
	last    = 0
	now     = time.Now
	out     = os.Stdout
	shared  = &Service[int]{}
	made    = newService()
	mu      = sync.Mutex{}
	hook    = func() {}
)

func init() { counter++ }

func newService() *Service[int] { return &Service[int]{} }

func system(verb string) authz.Op { return authz.Op{Verb: verb} }

func invert(m map[string]int) map[int]string { return map[int]string{} }

func change() {
	cache["x"] = 1
	seen = append(seen, "x")
	p := &last
	*p = 2
	table := map[string]int{} // shadows: no change of the table
	table["a"] = 2
	limit := time.Duration(0)
	limit++
}
