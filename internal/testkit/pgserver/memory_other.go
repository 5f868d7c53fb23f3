//go:build unix && !linux

package pgserver

// memoryDir is known on Linux only.
func memoryDir() string { return "" }
