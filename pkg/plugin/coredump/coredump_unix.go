//go:build unix

package coredump

import "golang.org/x/sys/unix"

// Limit is the limit of core files that the user has set.
type Limit struct {
	own     unix.Rlimit
	lowered bool
}

// Disable makes this process leave no core dump. Where the system refuses, the process goes on as it is.
func Disable() *Limit {
	undumpable()
	l := &Limit{}
	if unix.Getrlimit(unix.RLIMIT_CORE, &l.own) == nil {
		l.lowered = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{Cur: 0, Max: l.own.Max}) == nil
	}
	return l
}

// Restore sets the user's own limit, which programs inherit that are started before back is called.
func (l *Limit) Restore() (back func()) {
	if !l.lowered {
		return func() {}
	}
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &l.own)
	return func() { _ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{Cur: 0, Max: l.own.Max}) }
}
