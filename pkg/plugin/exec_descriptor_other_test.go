//go:build unix && !linux

package plugin

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/vaultseal/kubectl-vaultseal/pkg/plugin/reserved"
)

// TestDescriptorsAreReserved: neither the runtime nor another package has taken what --fd may be asked for.
func TestDescriptorsAreReserved(t *testing.T) {
	for fd := reserved.First; fd <= reserved.Last; fd++ {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if inherited := err == nil && flags&unix.FD_CLOEXEC == 0; !inherited && !reserved.Holds(fd) {
			t.Errorf("--fd %d: not held", fd)
		}
	}
}
