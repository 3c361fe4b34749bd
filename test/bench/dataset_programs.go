package main

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
)

const agentOfLoop = "vaultseal-bareloop"

// What the programs are called in reports.
const (
	pluginName   = "plugin"
	bareLoopName = "bare loop"
)

// plugin is a command of the plugin's that works on count Secrets of the dataset.
func (d *dataset) plugin(count int, args ...string) command {
	argv := append([]string{d.stage.programs.plugin, "-n", d.namespace}, args...)
	return command{Name: pluginName, argv: argv, agent: agentOfPlugin, check: mentions(count)}
}

// bareLoop is the bare loop over the dataset.
func (d *dataset) bareLoop(args ...string) command {
	argv := slices.Concat([]string{d.stage.programs.bareLoop}, args, []string{d.namespace})
	return command{Name: bareLoopName, argv: argv, agent: agentOfLoop, check: mentions(d.size)}
}

// by is a command of the plugin's by another binary of it.
func (c command) by(other string) command {
	c.Name += " by " + filepath.Base(other)
	c.argv = append([]string{other}, c.argv[1:]...)
	return c
}

// mentions checks that the output has the number as a word of its own.
func mentions(count int) func([]byte) error {
	return func(stdout []byte) error {
		if !slices.ContainsFunc(bytes.Fields(stdout),
			func(word []byte) bool { return string(word) == strconv.Itoa(count) }) {
			return fmt.Errorf("printed no %d:\n%s", count, stdout)
		}
		return nil
	}
}

// run repeats a command over the dataset once. Beside other runs, the CPU time of the servers is not that of one.
func (d *dataset) run(ctx context.Context, c command) (sample, error) {
	before, err := d.stage.servers.cpu()
	if err != nil {
		return sample{}, err
	}
	s, err := c.runGauged(ctx, d.stage.programs.gauge, d.stage.environmentWith(d.key()))
	if err != nil {
		return s, err
	}
	after, err := d.stage.servers.cpu()
	s.servers = after.since(before).sum()
	return s, err
}

// counted is run, with what the command asks of the servers.
func (d *dataset) counted(ctx context.Context, c command) (requestTotals, error) {
	logs := d.stage.stack.auditLogs()
	if err := logs.skip(ctx); err != nil {
		return requestTotals{}, err
	}
	if _, err := d.run(ctx, c); err != nil {
		return requestTotals{}, err
	}
	return readTotals(ctx, logs, c.agent)
}

// alternate repeats the commands side by side as interleave does, and lets them begin
// by turns: A B, B A, A B …
func (d *dataset) alternate(ctx context.Context, commands []command, rounds int) ([]series, error) {
	all := make([]series, len(commands))
	for i, c := range commands {
		all[i].command = c
	}
	for round := range rounds {
		for turn := range commands {
			i := (round + turn) % len(commands)
			s, err := d.run(ctx, commands[i])
			if err != nil {
				return nil, err
			}
			all[i].samples = append(all[i].samples, s)
		}
	}
	return all, nil
}
