// Command stack runs the local stack: a real Kubernetes API server with etcd and a real
// Vault over TLS, built from Go modules and configured for vaultseal. README.md tells
// how to use it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

const usage = `usage: stack [-state DIR] COMMAND

  build            build the servers and kubectl into the user's cache directory
  kubectl ARCH     build kubectl for linux/ARCH there too, and print its path
  up [-raft]       start the stack in the background and configure it
  env              print the shell's export lines for the running stack
  down             end the stack and remove its state
  run [-bare] [-raft] -- CMD ...
                   run CMD with a stack of its own, which ends with it

  -bare            configure nothing of vaultseal's
  -raft            start Vault as three nodes with integrated storage behind a balancer
  -state DIR       the stack's state (default $VAULTSEAL_STACK_DIR, else .stack in the repository)
`

// exitUsage is the exit code of a command line that makes no sense.
const exitUsage = 2

func main() {
	err := dispatch(os.Args[1:])
	var status exitStatus
	switch {
	case err == nil:
	case errors.As(err, &status):
		os.Exit(int(status))
	case errors.Is(err, errUsage):
		fmt.Fprint(os.Stderr, usage)
		os.Exit(exitUsage)
	default:
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("usage")

// exitStatus is the exit code of a command that was run and has said itself what is
// wrong.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

func dispatch(args []string) error {
	flags := flag.NewFlagSet("stack", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	state, raft := flags.String("state", "", ""), flags.Bool("raft", false, "")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		_, err := fmt.Print(usage)
		return err
	case err != nil || flags.NArg() == 0:
		return errUsage
	}
	command, rest := flags.Arg(0), flags.Args()[1:]
	if command == "run" && *state == "" && !*raft {
		return runCommand(rest)
	}
	if command == "kubectl" && len(rest) == 1 {
		return kubectlCommand(rest[0])
	}
	// Flags may stand on either side of the command.
	if err := flags.Parse(rest); err != nil || flags.NArg() > 0 {
		return errUsage
	}
	if *raft && command != "up" && command != superviseCommand {
		return errUsage
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	return dispatchStateful(ctx, command, *state, *raft)
}

func runCommand(args []string) error {
	with := supervisor{withMe: true}
	flags := flag.NewFlagSet("run", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.BoolVar(&with.bare, "bare", false, "")
	flags.BoolVar(&with.raft, "raft", false, "")
	if err := flags.Parse(args); err != nil || flags.NArg() == 0 {
		return errUsage
	}
	return run(flags.Args(), with)
}

// kubectlCommand prints where kubectl for linux/arch lies.
func kubectlCommand(arch string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	repo, err := findRepository()
	if err != nil {
		return err
	}
	path, err := buildKubectl(ctx, repo, arch, os.Stderr)
	if err != nil {
		return err
	}
	_, err = fmt.Println(path)
	return err
}

// dispatchStateful runs one of the commands that work on a state directory.
func dispatchStateful(ctx context.Context, command, state string, raft bool) error {
	dir, err := findStateDir(state)
	if err != nil {
		return err
	}
	switch command {
	case "down":
		return down(ctx, dir)
	case superviseCommand:
		return supervise(ctx, dir, raft)
	}
	repo, err := findRepository()
	if err != nil {
		return err
	}
	switch command {
	case "build":
		_, err := buildAll(ctx, repo, os.Stderr)
		return err
	case "up":
		return up(ctx, repo, dir, raft, os.Stderr)
	case "env":
		return printEnv(os.Stdout, repo, dir)
	default:
		return errUsage
	}
}
