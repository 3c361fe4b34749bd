package delivery

import (
	"context"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// watch sends an event when the files of one of the directories may have changed, until ctx ends. Events come while it
// waits for the receiver are one event.
func watch(ctx context.Context, dirs []string) (<-chan struct{}, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, os.NewSyscallError("inotify_init1", err)
	}
	events := os.NewFile(uintptr(fd), "inotify")
	for _, dir := range dirs {
		const kinds = unix.IN_MOVED_TO | unix.IN_CREATE | unix.IN_DELETE | unix.IN_CLOSE_WRITE | unix.IN_ONLYDIR
		if _, err := unix.InotifyAddWatch(fd, dir, kinds); err != nil {
			_ = events.Close()
			return nil, fmt.Errorf("%s: %w", dir, err)
		}
	}
	context.AfterFunc(ctx, func() { _ = events.Close() })
	sent := make(chan struct{}, 1)
	go func() {
		buffer := make([]byte, 16<<10)
		for {
			if _, err := events.Read(buffer); err != nil {
				return
			}
			select {
			case sent <- struct{}{}:
			default:
			}
		}
	}()
	return sent, nil
}
