package main

import (
	"context"
	"fmt"
	"strconv"
)

// measureSweep rotates with each of the concurrencies to choose from, for the plugin's
// default.
func measureSweep(ctx context.Context, s *stage, o options, r *report) (err error) {
	l, err := s.sow(ctx, o.trialSize())
	if err != nil {
		return err
	}
	defer l.clearLate(&err)
	rows, err := l.trial(ctx, o.sweep, o.rounds(l.size), func(concurrency int) command {
		c := l.plugin(l.size, "rotate", "--concurrency", strconv.Itoa(concurrency))
		c.Name = fmt.Sprintf("%s --concurrency %d", pluginName, concurrency)
		return c
	})
	if err != nil {
		return err
	}
	r.Throughputs = append(r.Throughputs, rows...)
	return nil
}
