//go:build unix

package plugin

import "github.com/moby/term"

// echoOff lets a terminal show nothing of what is typed until restore is called.
func echoOff(fd int) (restore func() error, err error) {
	before, err := term.SaveState(uintptr(fd))
	if err != nil {
		return nil, err
	}
	return func() error { return term.RestoreTerminal(uintptr(fd), before) }, term.DisableEcho(uintptr(fd), before)
}
