package plugin

import (
	"errors"
	"syscall"
)

// errPipeClosing is ERROR_NO_DATA, "the pipe is being closed".
const errPipeClosing = syscall.Errno(232)

// isBrokenPipe tells that whoever read the output has gone. Windows never says EPIPE, which syscall only has for the name.
func isBrokenPipe(err error) bool {
	return errors.Is(err, syscall.ERROR_BROKEN_PIPE) || errors.Is(err, errPipeClosing)
}
