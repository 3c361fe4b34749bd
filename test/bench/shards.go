package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

const rewrapWork = "rewrap"

// measureShards rewraps the same Secrets with one process and with several at once,
// each with a part of them, against one API server.
func measureShards(ctx context.Context, s *stage, o options, r *report) (err error) {
	d, err := s.newDataset(ctx, o.largest())
	if err != nil {
		return err
	}
	defer d.clearLate(&err)
	divisions := []int{1, 2, shardCount}
	all := make([]series, len(divisions))
	rounds := max(1, o.rotations)
	progress("%d rounds of rewrap of %d Secrets with 1, 2 and %d processes", rounds, d.size, shardCount)
	if _, err := d.rewrapIn(ctx, 1); err != nil { // to warm up
		return err
	}
	for range rounds {
		for i, processes := range divisions {
			sample, err := d.rewrapIn(ctx, processes)
			if err != nil {
				return err
			}
			all[i].command.Name = fmt.Sprintf("%s, processes: %d", pluginName, processes)
			all[i].samples = append(all[i].samples, sample)
		}
	}
	for i, one := range all {
		r.Throughputs = append(r.Throughputs, throughputOf(rewrapWork, one, d.size))
		if i > 0 {
			v := compareRates(one, all[0], limit{})
			v.Target = fmt.Sprintf("%s %d: %d processes / 1, Secrets/s", rewrapWork, d.size, divisions[i])
			r.Verdicts = append(r.Verdicts, v)
		}
	}
	return nil
}

// rewrapIn rotates the key and has so many processes rewrap, each its part of the dataset.
// The sample has the time of all, their CPU together, and the peak of the largest.
func (d *dataset) rewrapIn(ctx context.Context, processes int) (sample, error) {
	if err := d.stage.vault.rotateKey(ctx, d.keyName); err != nil {
		return sample{}, err
	}
	type outcome struct {
		sample
		err error
	}
	outcomes := make(chan outcome, processes)
	start := time.Now()
	for part := range processes {
		go func() {
			s, err := d.run(ctx, d.rewrapOf(part, processes))
			outcomes <- outcome{s, err}
		}()
	}
	var whole sample
	var errs []error
	for range processes {
		one := <-outcomes
		whole.cpu += one.cpu
		whole.peak = max(whole.peak, one.peak)
		errs = append(errs, one.err)
	}
	whole.wall = time.Since(start)
	return whole, errors.Join(errs...)
}

// rewrapOf is the command for one part of the dataset's shards.
func (d *dataset) rewrapOf(part, parts int) command {
	var shards []string
	count := 0
	for shard := part; shard < shardCount; shard += parts {
		shards = append(shards, fmt.Sprint(shard))
		count += (d.size - shard + shardCount - 1) / shardCount
	}
	return d.plugin(count, "rotate", "--rewrap-only", "-l",
		fmt.Sprintf("%s in (%s)", shardLabel, strings.Join(shards, ",")))
}
