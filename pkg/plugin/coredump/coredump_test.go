//go:build unix

package coredump

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestDisable(t *testing.T) {
	before := limit(t)
	t.Cleanup(func() { _ = unix.Setrlimit(unix.RLIMIT_CORE, &before) })
	own := unix.Rlimit{Cur: min(before.Max, 4096), Max: before.Max}
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &own); err != nil {
		t.Fatal(err)
	}
	l := Disable()
	none := unix.Rlimit{Cur: 0, Max: own.Max}
	if got := limit(t); got != none {
		t.Errorf("disabled: %+v", got)
	}
	back := l.Restore()
	if got := limit(t); got != own {
		t.Errorf("restored: %+v", got)
	}
	back()
	if got := limit(t); got != none {
		t.Errorf("back: %+v", got)
	}
}

func limit(t *testing.T) (limit unix.Rlimit) {
	t.Helper()
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &limit); err != nil {
		t.Fatal(err)
	}
	return limit
}
