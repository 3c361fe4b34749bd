//go:build unix && !linux

package reserved

import "syscall"

var held = hold()

// Holds reports whether a descriptor was free when the process began, and is held.
func Holds(fd int) bool { return fd >= 0 && fd <= Last && held[fd] }

func hold() (held [Last + 1]bool) {
	for {
		fd, err := syscall.Open("/dev/null", syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
		if err != nil {
			return held
		}
		if fd > Last {
			_ = syscall.Close(fd)
			return held
		}
		held[fd] = true
	}
}
