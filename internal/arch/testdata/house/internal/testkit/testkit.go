package testkit

var template []byte
