package plugin

import (
	"context"
	"errors"
	"os"
	"runtime/debug"
	"strings"

	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// Process is what the plugin has of the process it runs in.
type Process struct {
	genericiooptions.IOStreams
	Args      []string // without the program's name
	LookupEnv func(name string) (string, bool)
	Build     Build // what is missing of it is taken from what Go notes in the program
	// Abort, once closed, ends at once what the end of the context lets finish.
	Abort <-chan struct{}
	// LeaveInterrupts leaves the terminal's interrupts to a child until the function that it returns is called; nil:
	// they cannot be told apart.
	LeaveInterrupts func() (back func())
	// OwnCoreLimit gives the process the user's limit of core files, for a program that is started before the function
	// that it returns is called; nil: the process has that limit.
	OwnCoreLimit func() (back func())
	// HTTPDebugTaken reports whether GODEBUG asks for a log of HTTP headers, which is not written.
	HTTPDebugTaken bool
}

// ownCoreLimit is OwnCoreLimit where there is one.
func (p Process) ownCoreLimit() (back func()) {
	if p.OwnCoreLimit == nil {
		return func() {}
	}
	return p.OwnCoreLimit()
}

// Signal is the cause of a context that a signal has ended.
type Signal struct {
	os.Signal
	// Code is the exit code, 128 and the signal's number.
	Code int
}

func (s Signal) Error() string { return s.String() }

// Is makes a Signal a cancellation: net/http gives a context's cause as its error.
func (s Signal) Is(target error) bool { return target == context.Canceled }

// Main runs one command and returns the process's exit code. A context that
// ends with a Signal as its cause ends the command with that signal's code.
func Main(ctx context.Context, process Process) int {
	process.Build = process.Build.completed(debug.ReadBuildInfo)
	process = process.filtered()
	root := newRoot(process)
	root.SetArgs(process.Args)
	err := unknownCommand(root, root.ExecuteContext(ctx))
	if err == nil {
		return exitDone
	}
	var child childExit
	if errors.As(err, &child) {
		return int(child) // it has said why itself
	}
	if isBrokenPipe(err) {
		return exitBrokenPipe // who closed the pipe wants no message
	}
	_ = say(process.ErrOut, "error: %s\n", message(ctx, err))
	var report *reportError
	_, signalled := context.Cause(ctx).(Signal) //nolint:errorlint // a cause is never wrapped
	if signalled && !errors.As(err, &report) {
		return exitCode(ctx, err) // who stopped it knows why
	}
	for line := range strings.Lines(hint(err)) {
		_ = say(process.ErrOut, "hint: %s\n", strings.TrimSuffix(line, "\n"))
	}
	return exitCode(ctx, err)
}
