// Command bench measures the plugin beside what it is compared with, in one run on
// the local stack, and says of each target whether it holds. It is no test: a missed
// target is reported, and only what does not run or prints something wrong is an
// error, unless -strict is given. `make bench` runs it with a stack of its own.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"
)

func main() {
	o, err := parseOptions(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	var old *report
	if o.old != "" {
		var err error
		if old, err = readReport(o.old); err != nil {
			return err
		}
	}
	result, err := measure(ctx, o)
	if err != nil {
		return err
	}
	if o.json != "" {
		if err := result.writeJSON(o.json); err != nil {
			return err
		}
	}
	if o.markdown != "" {
		if err := result.writeMarkdown(o.markdown); err != nil {
			return err
		}
	}
	if err := result.print(os.Stdout); err != nil {
		return err
	}
	if old != nil {
		if err := printComparison(os.Stdout, compareReports(old, result)); err != nil {
			return err
		}
	}
	if o.strict {
		return result.missed()
	}
	return nil
}

// measure runs the suites that were asked for.
func measure(ctx context.Context, o options) (*report, error) {
	stack, err := stackFromEnvironment()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "vaultseal-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	stage, err := newStage(ctx, stack, dir)
	if err != nil {
		return nil, err
	}
	defer func() {
		if cleanErr := stage.clean(); cleanErr != nil {
			fmt.Fprintf(os.Stderr, "warning: clean up: %v\n", cleanErr)
		}
	}()

	result := &report{Machine: machineFacts(ctx), Rounds: o.repeats, Warmups: o.warmups}
	for _, suite := range suites() {
		if !slices.Contains(o.suites, suite.name) {
			continue
		}
		if err := suite.measure(ctx, stage, o, result); err != nil {
			return nil, fmt.Errorf("%s: %w", suite.name, err)
		}
	}
	return result, nil
}

// progress tells what takes so long; the report alone goes to stdout.
func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
}
