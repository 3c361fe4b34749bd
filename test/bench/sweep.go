package main

import (
	"context"
	"fmt"
	"strconv"
)

// measureSweep rotates with each of the concurrencies to choose from, for the plugin's
// default.
func measureSweep(ctx context.Context, s *stage, o options, r *report) (err error) {
	d, err := s.newDataset(ctx, o.trialSize())
	if err != nil {
		return err
	}
	defer d.clearLate(&err)
	rows, err := d.trial(ctx, o.sweep, o.rounds(d.size), func(concurrency int) command {
		c := d.plugin(d.size, "rotate", "--concurrency", strconv.Itoa(concurrency))
		c.Name = fmt.Sprintf("%s --concurrency %d", pluginName, concurrency)
		return c
	})
	if err != nil {
		return err
	}
	r.Throughputs = append(r.Throughputs, rows...)
	return nil
}
