//go:build ignore

package main

import _ "example.com/house/internal/op"
