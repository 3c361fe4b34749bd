package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
)

// tuningRounds is how often each number of writers is tried.
const tuningRounds = 2

// bestWriters finds how many writers at once suit the bare loop best.
func bestWriters(ctx context.Context, s *stage, o options, r *report) (best int, err error) {
	d, err := s.newDataset(ctx, o.trialSize())
	if err != nil {
		return 0, err
	}
	defer d.clearLate(&err)
	tried := []int{16, 32, 64, 128}
	rows, err := d.trial(ctx, tried, tuningRounds, func(writers int) command {
		c := d.bareLoop("-writers", strconv.Itoa(writers))
		c.Name = fmt.Sprintf("%s -writers %d", bareLoopName, writers)
		return c
	})
	if err != nil {
		return 0, err
	}
	r.Throughputs = append(r.Throughputs, rows...)
	best = tried[fastest(rows)]
	progress("the bare loop is at its best with %d writers", best)
	r.BareLoopWriters = best
	return best, nil
}

// trial rotates the dataset with a command for each of the values, side by side.
func (d *dataset) trial(ctx context.Context, values []int, rounds int,
	with func(value int) command) ([]throughput, error) {
	commands := make([]command, len(values))
	for i, value := range values {
		commands[i] = with(value)
	}
	progress("%d rounds of rotation of %d Secrets, from %s to %s", rounds, d.size, commands[0].Name,
		commands[len(commands)-1].Name)
	if _, err := d.run(ctx, commands[0]); err != nil { // to warm up
		return nil, err
	}
	all, err := d.alternate(ctx, commands, rounds)
	if err != nil {
		return nil, err
	}
	var rows []throughput
	for _, one := range all {
		rows = append(rows, throughputOf(rotateWork, one, d.size))
	}
	return rows, nil
}

// fastest is the index of the row with the highest throughput.
func fastest(rows []throughput) int {
	rates := make([]float64, len(rows))
	for i, row := range rows {
		rates[i] = row.PerSecond.Median
	}
	return slices.Index(rates, slices.Max(rates))
}
