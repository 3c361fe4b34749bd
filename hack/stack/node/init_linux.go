package node

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"golang.org/x/sys/unix"
)

// Init is the first process of the namespaces: it sets them up for a node whose files are
// below dir, runs a command, and returns the command's exit code. It collects all other
// processes that end.
func Init(dir string, args []string) (code int, err error) {
	if os.Getpid() != 1 {
		return 0, errors.New("this command is the first process of a node")
	}
	if err := mountAll(dir); err != nil {
		return 0, err
	}
	if err := unix.Sethostname([]byte(Name)); err != nil {
		return 0, fmt.Errorf("set the host name: %w", err)
	}
	if err := setUpNetwork(); err != nil {
		return 0, err
	}
	path, err := exec.LookPath(args[0])
	if err != nil {
		return 0, err
	}
	child, err := os.StartProcess(path, args, &os.ProcAttr{Files: []*os.File{os.Stdin, os.Stdout, os.Stderr}})
	if err != nil {
		return 0, err
	}
	return reapUntil(child.Pid)
}

// reapUntil collects processes until pid has ended.
func reapUntil(pid int) (code int, err error) {
	const signalBase = 128
	for {
		var status unix.WaitStatus
		ended, err := unix.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return 0, fmt.Errorf("wait for processes: %w", err)
		case ended == pid && status.Signaled():
			return signalBase + int(status.Signal()), nil
		case ended == pid:
			return status.ExitStatus(), nil
		}
	}
}
