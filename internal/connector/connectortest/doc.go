// Package connectortest is the suite that every connector passes: what package connector promises, tried on a device.
//
// A connector's test gives Run a factory of Bench values. A bench is one idle printer, real or a stand-in, together with
// what a person beside it can do: wait, press stop, count how often it began to print, and restart our side.
package connectortest
