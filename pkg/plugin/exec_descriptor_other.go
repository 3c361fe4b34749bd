//go:build unix && !linux

package plugin

import (
	"errors"

	"golang.org/x/sys/unix"

	"github.com/vaultseal/kubectl-vaultseal/pkg/plugin/reserved"
)

// readable is a text in a pipe: only Linux has sealed files in memory.
func readable(text []byte) (int, error) { return piped(text) }

// give makes a descriptor that the next program has a copy of another, unless the runtime has one of its own there.
func give(from, fd int) error {
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil && !reserved.Holds(fd) {
		return errors.New("this process uses it: choose another number")
	}
	return unix.Dup2(from, fd)
}
