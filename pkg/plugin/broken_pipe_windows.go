package plugin

import (
	"errors"
	"syscall"
)

// errPipeClosing is ERROR_NO_DATA, "the pipe is being closed".
const errPipeClosing = syscall.Errno(232)

// isBrokenPipe reports whether the reader of the output has gone. Windows never returns EPIPE; syscall only has the
// name.
func isBrokenPipe(err error) bool {
	return errors.Is(err, syscall.ERROR_BROKEN_PIPE) || errors.Is(err, errPipeClosing)
}
