package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// namespaces are those of a node. The mount namespace is the last that a process enters:
// after that it sees another /proc.
var namespaces = []struct {
	name string
	flag int
}{
	{"ipc", unix.CLONE_NEWIPC}, {"uts", unix.CLONE_NEWUTS}, {"net", unix.CLONE_NEWNET}, {"pid", unix.CLONE_NEWPID},
	{"mnt", unix.CLONE_NEWNS},
}

// Hold runs cmd as the first process of new namespaces, until it ends or ctx is done.
// All processes in them end with it, and it ends with this process. started gets its
// process ID, and the name of its mount namespace.
func Hold(ctx context.Context, cmd *exec.Cmd, started func(pid int, namespace string) error) error {
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // the kernel watches the parent's thread, so it must live as long as cmd
		defer runtime.UnlockOSThread()
		result <- hold(ctx, cmd, started)
	}()
	return <-result
}

func hold(ctx context.Context, cmd *exec.Cmd, started func(pid int, namespace string) error) error {
	flags := 0
	for _, n := range namespaces {
		flags |= n.flag
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: uintptr(flags), Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("create namespaces: %w", err)
	}
	defer context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })()
	namespace, err := os.Readlink(namespaceOf(strconv.Itoa(cmd.Process.Pid), "mnt"))
	if err == nil {
		err = started(cmd.Process.Pid, namespace)
	}
	if err != nil {
		_ = cmd.Process.Kill()
		return errors.Join(err, cmd.Wait())
	}
	err = cmd.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func namespaceOf(process, kind string) string { return filepath.Join("/proc", process, "ns", kind) }

// Start starts cmd inside the namespaces of a node, where this process may be already.
func (d Description) Start(cmd *exec.Cmd) error {
	mine, err := os.Readlink(namespaceOf("self", "mnt"))
	if err != nil {
		return err
	}
	if mine == d.Namespace {
		return cmd.Start()
	}
	if cmd.Dir == "" {
		dir, err := os.Getwd()
		if err != nil {
			return err
		}
		cmd.Dir = dir
	}
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with this goroutine
		if err := enter(d.PID); err != nil {
			result <- fmt.Errorf("enter the node's namespaces: %w", err)
			return
		}
		result <- cmd.Start()
	}()
	return <-result
}

// enter moves the calling thread.
func enter(pid int) error {
	root, err := os.Open(filepath.Join("/proc", strconv.Itoa(pid), "root")) // not the namespace's in a changed root
	if err != nil {
		return err
	}
	defer root.Close()
	var files []*os.File
	for _, n := range namespaces {
		file, err := os.Open(namespaceOf(strconv.Itoa(pid), n.name))
		if err != nil {
			return err
		}
		defer file.Close()
		files = append(files, file)
	}
	if err := unix.Unshare(unix.CLONE_FS); err != nil { // threads share their root directory
		return err
	}
	for i, n := range namespaces {
		if err := unix.Setns(int(files[i].Fd()), n.flag); err != nil {
			return fmt.Errorf("%s: %w", n.name, err)
		}
	}
	if err := root.Chdir(); err != nil {
		return err
	}
	return unix.Chroot(".")
}
