//go:build unix && !linux

package coredump

func undumpable() {}
