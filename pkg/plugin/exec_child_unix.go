//go:build unix

package plugin

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// run makes this process the command. It returns only where that fails.
func (c child) run(ctx context.Context) error {
	signal.Reset() // what was ignored is so again, and what comes now ends this process as it would the command
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	defer c.process.ownCoreLimit()()
	return notRun(c.args[0], syscall.Exec(c.path, c.args, c.env)) //nolint:gosec // it is what the user asks for
}

// runWith is run with a text to be read from a file descriptor, which this process must not have open.
func (c child) runWith(ctx context.Context, fd int, text []byte) error {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	if err == nil && flags&unix.FD_CLOEXEC == 0 {
		return usagef("--fd %d: it is already open", fd)
	}
	from, err := readable(text)
	if err != nil {
		return err
	}
	away, err := unix.FcntlInt(uintptr(from), unix.F_DUPFD_CLOEXEC, lastDescriptor+1)
	if err != nil {
		return err
	}
	_ = unix.Close(from)   // it may be at the number itself
	runtime.LockOSThread() // the descriptor may be this thread's alone
	if err := give(away, fd); err != nil {
		return fmt.Errorf("--fd %d: %w", fd, err)
	}
	return c.run(ctx)
}

// piped writes a text to a pipe. The pipe must take all of it at once, because no process is left to write.
func piped(text []byte) (int, error) {
	var ends [2]int
	if err := unix.Pipe(ends[:]); err != nil {
		return 0, err
	}
	reading, writing := ends[0], ends[1]
	defer func() { _ = unix.Close(writing) }()
	unix.CloseOnExec(reading)
	if err := unix.SetNonblock(writing, true); err != nil {
		return 0, err
	}
	n, err := unix.Write(writing, text)
	if n < len(text) && (err == nil || errors.Is(err, unix.EAGAIN)) {
		return 0, fmt.Errorf("--fd: a pipe takes %d bytes of the document's %d here", max(n, 0), len(text))
	}
	return reading, err
}
