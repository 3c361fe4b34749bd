package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
)

// run gives the command args a stack of its own in a temporary directory, which ends in every case:
// when the command ends, when a signal ends this process, and when it is killed. The error is
// an exitStatus when the command has run.
func run(args []string, with supervisor) (err error) {
	repo, err := findRepository()
	if err != nil {
		return err
	}
	temp, err := os.MkdirTemp("", "vaultseal-stack-")
	if err != nil {
		return err
	}
	dir := stateDir(temp)
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)

	defer func() {
		if downErr := down(context.Background(), dir); downErr != nil {
			fmt.Fprintf(os.Stderr, "error: end the stack: %v\n", downErr)
			err = errors.Join(err, downErr)
		}
	}()
	if err := upUnlessSignalled(repo, dir, with, signals); err != nil {
		return err
	}
	if err := adoptEnvironment(repo, dir); err != nil {
		return err
	}
	start, err := starterFor(dir)
	if err != nil {
		return err
	}
	return attend(exec.Command(args[0], args[1:]...), start, signals)
}

// upUnlessSignalled brings the stack up; a signal ends the attempt.
func upUnlessSignalled(repo repository, dir stateDir, with supervisor, signals <-chan os.Signal) error {
	ctx, cancel := context.WithCancelCause(context.Background())
	done := make(chan error, 1)
	go func() {
		unlock, err := lockForUp(ctx, dir, os.Stderr)
		if err == nil {
			defer unlock()
			err = prepareAndStart(ctx, repo, dir, with, os.Stderr)
		}
		done <- err
	}()
	select {
	case err := <-done:
		cancel(nil)
		return err
	case got := <-signals:
		status := exitStatus(signalBase + int(got.(syscall.Signal)))
		cancel(status)
		return errors.Join(status, <-done)
	}
}

// adoptEnvironment makes the stack's environment this process's own, so that the
// command is looked for in the stack's PATH and inherits all of it.
func adoptEnvironment(repo repository, dir stateDir) error {
	variables, err := environment(dir)
	if err != nil {
		return err
	}
	path := searchPath(repo, dir) + string(os.PathListSeparator) + os.Getenv("PATH")
	for _, v := range append(variables, variable{"PATH", path}) {
		if err := os.Setenv(v.name, v.value); err != nil {
			return fmt.Errorf("set %s: %w", v.name, err)
		}
	}
	return nil
}

// signalBase plus a signal's number is the exit code of what the signal has ended.
const signalBase = 128

// starter starts a command where it can reach the stack.
type starter func(*exec.Cmd) error

// attend runs cmd, passes signals on to it and returns how it ended as an exitStatus,
// or nil for 0.
func attend(cmd *exec.Cmd, start starter, signals <-chan os.Signal) error {
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := start(cmd); err != nil {
		return fmt.Errorf("run %s: %w", strings.Join(cmd.Args, " "), err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case err := <-ended:
			return status(err)
		case got := <-signals:
			if got == syscall.SIGINT && hasTerminal() {
				continue // the terminal has sent it to cmd too
			}
			_ = cmd.Process.Signal(got)
		}
	}
}

// status turns the error of Wait into the exit code that a shell would give.
func status(err error) error {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	if wait, ok := exit.Sys().(syscall.WaitStatus); ok && wait.Signaled() {
		return exitStatus(signalBase + int(wait.Signal()))
	}
	return exitStatus(exit.ExitCode())
}

// hasTerminal reports whether the process has a controlling terminal.
func hasTerminal() bool {
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	return tty.Close() == nil
}
