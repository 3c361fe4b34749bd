package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// down ends the stack and removes its state. Nothing to end is a success.
func down(ctx context.Context, dir stateDir) error {
	if !dir.exists() {
		return nil
	}
	lock, err := waitLock(ctx, dir.path(operationLock), func() {
		fmt.Fprintf(os.Stderr, "waiting for another stack command in %s\n", dir)
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil // the other command was down
	}
	if err != nil {
		return fmt.Errorf("state directory %s: %w", dir, err)
	}
	defer lock.unlock()
	unclean := returnVault(ctx, dir, os.Stderr)
	if err := endSupervisor(dir); err != nil {
		return errors.Join(unclean, err)
	}
	return errors.Join(unclean, os.RemoveAll(string(dir)))
}

// endTimeout is how long the supervisor gets to end its servers, which it gives
// stopTimeout each.
const endTimeout = 2*stopTimeout + 5*time.Second

// endSupervisor returns when the supervisor and all servers have ended: the lock that
// they share is free only then. It kills a supervisor that does not end, which ends the
// servers too.
func endSupervisor(dir stateDir) error {
	for _, step := range []struct {
		signal syscall.Signal
		wait   time.Duration
	}{{syscall.SIGTERM, endTimeout}, {syscall.SIGKILL, stopTimeout}} {
		alive, err := dir.running()
		if err != nil || !alive {
			return err
		}
		if err := signalSupervisor(dir, step.signal); err != nil {
			return err
		}
		if ended, err := waitEnded(dir, step.wait); ended || err != nil {
			return err
		}
	}
	return fmt.Errorf("some process of the stack in %s does not end: look for programs in %s", dir, dir.path(binDir))
}

// waitEnded waits for the end of every process that shares the lock.
func waitEnded(dir stateDir, timeout time.Duration) (bool, error) {
	for deadline := time.Now().Add(timeout); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if alive, err := dir.running(); !alive {
			return err == nil, err
		}
	}
	return false, nil
}

// signalSupervisor signals the process that the running lock names. While the lock is held, it is the supervisor, or no
// process if the supervisor was killed and its servers have not noticed yet.
func signalSupervisor(dir stateDir, signal syscall.Signal) error {
	text, err := os.ReadFile(dir.path(runningLock))
	if err != nil {
		return err
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid <= 1 {
		return fmt.Errorf("%s does not name a process: %q", dir.path(runningLock), text)
	}
	if err := syscall.Kill(pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("signal supervisor %d: %w", pid, err)
	}
	return nil
}
