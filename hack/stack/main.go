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
	"slices"
	"syscall"
)

const usage = `usage: stack [-state DIR] COMMAND

  build [-node]    build the servers and kubectl into the user's cache directory
  kubectl ARCH     build kubectl for linux/ARCH there too, and print its path
  up [-bare] [-raft|-node]
                   start the stack in the background and configure it
  env              print the shell's export lines for the running stack
  enter -- CMD ... run CMD with the running stack, in the namespaces of its node
  image NAME [-entrypoint=PATH] [-user=UID] TARGET=SOURCE ...
                   give the running node an image of files
  down             end the stack and remove its state
  run [-bare] [-raft|-node] -- CMD ...
                   run CMD with a stack of its own, which ends with it

  -bare            configure nothing of vaultseal's
  -raft            start Vault as three nodes with integrated storage behind a balancer
  -node            run pods: start kubelet, containerd and the controllers in namespaces of their own; Linux, as root
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
	state := flags.String("state", "", "")
	var v variant
	flags.BoolVar(&v.raft, "raft", false, "")
	flags.BoolVar(&v.node, "node", false, "")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		_, err := fmt.Print(usage)
		return err
	case err != nil || flags.NArg() == 0:
		return errUsage
	}
	command, rest := flags.Arg(0), flags.Args()[1:]
	switch {
	case command == "run" && *state == "" && v == variant{}:
		return runCommand(rest)
	case command == "kubectl" && len(rest) == 1:
		return kubectlCommand(rest[0])
	case (command == "enter" || command == "image") && v == variant{}:
		return nodeCommand(command, *state, rest)
	}
	// Flags may stand on either side of the command.
	if command == "up" || isInternal(command) {
		flags.BoolVar(&v.bare, "bare", false, "")
	}
	if err := flags.Parse(rest); err != nil || flags.NArg() > 0 || !v.fits(command) {
		return errUsage
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	return dispatchStateful(ctx, command, *state, v)
}

// isInternal reports whether this program starts itself with the command.
func isInternal(command string) bool {
	return slices.Contains([]string{superviseCommand, initCommand, serveCommand, configureCommand}, command)
}

// fits reports whether the command can have this variant.
func (v variant) fits(command string) bool {
	if v.raft && v.node {
		return false // pods reach one Vault
	}
	return v == variant{} || command == "up" || isInternal(command) || command == "build" && !v.raft
}

func runCommand(args []string) error {
	with := supervisor{withMe: true}
	flags := flag.NewFlagSet("run", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.BoolVar(&with.bare, "bare", false, "")
	flags.BoolVar(&with.raft, "raft", false, "")
	flags.BoolVar(&with.node, "node", false, "")
	if err := flags.Parse(args); err != nil || flags.NArg() == 0 || !with.fits("up") {
		return errUsage
	}
	return run(flags.Args(), with)
}

// nodeCommand runs a command that the stack's node takes part in.
func nodeCommand(command, state string, args []string) error {
	flags := flag.NewFlagSet(command, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&state, "state", state, "")
	if command == "enter" { // the flags of image come behind its name
		if err := flags.Parse(args); err != nil {
			return errUsage
		}
		args = flags.Args()
	}
	dir, err := findStateDir(state)
	if err != nil || len(args) == 0 {
		return errors.Join(err, errUsage)
	}
	if command == "image" {
		return loadImage(context.Background(), dir, args)
	}
	repo, err := findRepository()
	if err != nil {
		return err
	}
	return enter(repo, dir, args)
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
func dispatchStateful(ctx context.Context, command, state string, v variant) error {
	dir, err := findStateDir(state)
	if err != nil {
		return err
	}
	switch command {
	case "down":
		return down(ctx, dir)
	case superviseCommand:
		return supervise(ctx, dir, v)
	case initCommand:
		return initNode(dir)
	case serveCommand:
		return serve(ctx, dir, v)
	case configureCommand:
		return configure(ctx, dir, v.bare)
	}
	repo, err := findRepository()
	if err != nil {
		return err
	}
	switch command {
	case "build":
		_, err := v.build(ctx, repo, true, os.Stderr)
		return err
	case "up":
		return up(ctx, repo, dir, v, os.Stderr)
	case "env":
		return printEnv(os.Stdout, repo, dir)
	default:
		return errUsage
	}
}
