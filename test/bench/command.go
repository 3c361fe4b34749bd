package main

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// command is one of the measured programs with its arguments.
type command struct {
	Name string
	argv []string
	// agent begins the User-Agent of its requests; empty: they are not counted.
	agent string
	// prepare runs before each repetition, outside of the measurement; may be nil.
	prepare func(context.Context) error
	// check says what is wrong with the output.
	check func(stdout []byte) error
}

// sample is one repetition.
type sample struct {
	wall time.Duration // from before the fork until the process has been waited for
	cpu  time.Duration // user and system
	peak int64         // bytes of resident memory, 0 where it was not measured
	// servers is the CPU time of the API server, etcd and Vault, 0 where it was not measured.
	servers time.Duration
}

// run repeats the command once.
func (c command) run(ctx context.Context, environment []string) (sample, error) {
	cmd := exec.CommandContext(ctx, c.argv[0], c.argv[1:]...)
	cmd.Env = environment
	var wall time.Duration
	err := c.try(ctx, cmd, func() error {
		start := time.Now()
		defer func() { wall = time.Since(start) }()
		return cmd.Run()
	})
	if err != nil {
		return sample{}, err
	}
	return sample{wall: wall, cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}, nil
}

// try prepares, runs cmd, which is the command or starts it, and checks what it prints.
func (c command) try(ctx context.Context, cmd *exec.Cmd, run func() error) error {
	if c.prepare != nil {
		if err := c.prepare(ctx); err != nil {
			return fmt.Errorf("prepare %s: %w", c.Name, err)
		}
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := run(); err != nil {
		return fmt.Errorf("%s: %s: %w\n%s", c.Name, strings.Join(c.argv, " "), err, stderr.Bytes())
	}
	if err := c.check(stdout.Bytes()); err != nil {
		return fmt.Errorf("%s: %w", c.Name, err)
	}
	return nil
}

// interleave repeats the commands A B C A B C …, so that whatever else the machine
// does falls on all of them alike. The samples have the commands' order.
func interleave(ctx context.Context, commands []command, environment []string, o options) ([][]sample, error) {
	samples := make([][]sample, len(commands))
	for round := range o.warmups + o.repeats {
		for i, c := range commands {
			s, err := c.run(ctx, environment)
			if err != nil {
				return nil, err
			}
			if round >= o.warmups {
				samples[i] = append(samples[i], s)
			}
		}
	}
	return samples, nil
}

// isExactly checks that the output is want, and quotes neither.
func isExactly(want []byte) func([]byte) error {
	return func(stdout []byte) error {
		if !bytes.Equal(stdout, want) {
			return fmt.Errorf("printed %d bytes that are not the %d expected", len(stdout), len(want))
		}
		return nil
	}
}

func contains(want string) func([]byte) error {
	return func(stdout []byte) error {
		if !bytes.Contains(stdout, []byte(want)) {
			return fmt.Errorf("printed no %q", want)
		}
		return nil
	}
}
