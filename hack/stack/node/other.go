//go:build !linux

package node

import (
	"context"
	"errors"
	"os/exec"
)

// errNotLinux is what each function says where there are no namespaces.
var errNotLinux = errors.New("a node needs Linux")

// Check says that there is no node here.
func Check(...string) error { return errNotLinux }

// Hold is of Linux.
func Hold(context.Context, *exec.Cmd, func(pid int, namespace string) error) error {
	return errNotLinux
}

// Start is of Linux.
func (d Description) Start(*exec.Cmd) error { return errNotLinux }

// Init is of Linux.
func Init(string, []string) (int, error) { return 0, errNotLinux }
