//go:build !windows

package plugin

import (
	"errors"
	"syscall"
)

// isBrokenPipe tells that whoever read the output has gone.
func isBrokenPipe(err error) bool { return errors.Is(err, syscall.EPIPE) }
