// Command bench measures the plugin beside what it is compared with, in one run on
// the local stack, and says of each target whether it holds. It is no test: a missed
// target is reported, and only what does not run or prints something wrong is an
// error. `make bench` runs it with a stack of its own.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

type options struct {
	rounds, warmups int
	json            string // file to write the report to, empty for none
}

func main() {
	var o options
	flag.IntVar(&o.rounds, "rounds", 40, "measured repetitions of each command")
	flag.IntVar(&o.warmups, "warmups", 3, "repetitions before them that are not counted")
	flag.StringVar(&o.json, "json", "", "write the report as JSON to `FILE` too")
	flag.Parse()
	if flag.NArg() > 0 || o.rounds < 1 || o.warmups < 0 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		os.Exit(1)
	}
}

// suite is a part of the benchmark: it measures on the stage and adds to the report.
type suite func(ctx context.Context, s *stage, o options, r *report) error

// suites run one after the other, on the same stage.
var suites = []suite{measureCommands}

func run(ctx context.Context, o options) (err error) {
	stack, err := stackFromEnvironment()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "vaultseal-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	stage, err := newStage(ctx, stack, dir)
	if err != nil {
		return err
	}
	defer func() {
		if cleanErr := stage.clean(); cleanErr != nil {
			fmt.Fprintf(os.Stderr, "warning: clean up: %v\n", cleanErr)
		}
	}()

	result := &report{Machine: machineFacts(ctx), Rounds: o.rounds, Warmups: o.warmups}
	for _, measure := range suites {
		if err := measure(ctx, stage, o, result); err != nil {
			return err
		}
	}
	if o.json != "" {
		if err := result.writeJSON(o.json); err != nil {
			return err
		}
	}
	return result.print(os.Stdout)
}

// progress tells what takes so long; the report alone goes to stdout.
func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
}
