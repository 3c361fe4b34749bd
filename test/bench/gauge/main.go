// Command gauge runs a program and tells what it took. The benchmark starts what it
// measures through this small process, because the kernel lets the peak memory of a
// program begin with that of the process which started it.
//
//	gauge PROGRAM [ARG ...]
//
// The program has gauge's standard streams, and gauge its exit code. File descriptor
// 3 gets one line: nanoseconds from before the fork until the process has been waited
// for, nanoseconds of CPU (user and system), and bytes of peak resident memory.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: gauge PROGRAM [ARG ...]")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:])
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Exited() {
		os.Exit(exit.ExitCode())
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "gauge: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, argv []string) error {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start)
	if err != nil {
		return err
	}
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	_, err = fmt.Fprintln(os.NewFile(3, "measurements"), int64(wall), int64(cpu), peak(cmd.ProcessState))
	return err
}

// peak is in bytes.
func peak(state *os.ProcessState) int64 {
	usage, ok := state.SysUsage().(*syscall.Rusage)
	switch {
	case !ok:
		return 0
	case runtime.GOOS == "darwin":
		return usage.Maxrss
	}
	return usage.Maxrss << 10
}
