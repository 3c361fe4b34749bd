package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// errLocked: another process holds the lock.
var errLocked = errors.New("locked by another process")

// fileLock is an exclusive lock that the system drops when the last process that has
// the file open ends, however it ends.
type fileLock struct{ file *os.File }

// tryLock takes the lock or fails with errLocked at once.
func tryLock(path string) (*fileLock, error) {
	for {
		file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, err
		}
		if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
			_ = file.Close()
			if errors.Is(err, unix.EWOULDBLOCK) {
				return nil, errLocked
			}
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		if sameFile(file, path) {
			return &fileLock{file}, nil
		}
		_ = file.Close() // removed by its last holder in the meantime
	}
}

// waitLock takes the lock as soon as it is free, or fails with errLocked when ctx is
// done first. It calls waiting, if given, when it does not get the lock at once.
func waitLock(ctx context.Context, path string, waiting func()) (*fileLock, error) {
	for {
		lock, err := tryLock(path)
		if !errors.Is(err, errLocked) {
			return lock, err
		}
		if waiting != nil {
			waiting()
			waiting = nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", errLocked, context.Cause(ctx))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// isLocked reports whether a process holds the lock. Two concurrent checks do not disturb each other.
func isLocked(path string) (bool, error) {
	file, err := os.Open(path)
	if err != nil {
		return false, ignoreMissing(err)
	}
	defer file.Close()
	err = unix.Flock(int(file.Fd()), unix.LOCK_SH|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}

// inheritable lets every process that this one starts hold the lock too: it is free
// once all of them are gone.
func (l *fileLock) inheritable() error {
	if _, err := unix.FcntlInt(l.file.Fd(), unix.F_SETFD, 0); err != nil {
		return fmt.Errorf("make lock %s inheritable: %w", l.file.Name(), err)
	}
	return nil
}

func (l *fileLock) unlock() { _ = l.file.Close() }

func sameFile(file *os.File, path string) bool {
	opened, err := file.Stat()
	if err != nil {
		return false
	}
	onDisk, err := os.Stat(path)
	return err == nil && os.SameFile(opened, onDisk)
}

// write replaces what the lock file holds.
func (l *fileLock) write(text string) error {
	if err := l.file.Truncate(0); err != nil {
		return err
	}
	_, err := l.file.WriteAt([]byte(text), 0)
	return err
}
