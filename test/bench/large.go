package main

import (
	"context"
	"fmt"
)

const (
	largePlaintext = 786_000 // bytes, which are a Secret of nearly 1 MiB when they are sealed
	largePeak      = 256     // MiB
)

// measureLarge rotates and verifies Secrets as large as Kubernetes stores, once each: what counts is the peak memory.
func measureLarge(ctx context.Context, s *stage, o options, r *report) (err error) {
	d, err := s.newDatasetOf(ctx, o.large, largePlaintext)
	if err != nil {
		return err
	}
	defer d.clearLate(&err)
	for _, work := range []string{rotateWork, "verify"} {
		progress("%s of %d Secrets of 1 MiB", work, d.size)
		one := series{command: d.plugin(d.size, work)}
		measured, err := d.run(ctx, one.command)
		if err != nil {
			return fmt.Errorf("%s: %w", work, err)
		}
		one.samples = []sample{measured}
		rate := throughputOf(work+" 1 MiB", one, d.size)
		r.Throughputs = append(r.Throughputs, rate)
		title := fmt.Sprintf("%s %d of 1 MiB: peak memory", work, d.size)
		r.Verdicts = append(r.Verdicts, judge(title, rate.PeakMost, "MiB", under(largePeak)))
	}
	return nil
}
