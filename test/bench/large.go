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
	l, err := s.sowOf(ctx, o.large, largePlaintext)
	if err != nil {
		return err
	}
	defer l.clearLate(&err)
	for _, work := range []string{rotateWork, "verify"} {
		progress("%s of %d Secrets of 1 MiB", work, l.size)
		one := series{command: l.plugin(l.size, work)}
		measured, err := l.run(ctx, one.command)
		if err != nil {
			return fmt.Errorf("%s: %w", work, err)
		}
		one.samples = []sample{measured}
		rate := throughputOf(work+" 1 MiB", one, l.size)
		r.Throughputs = append(r.Throughputs, rate)
		title := fmt.Sprintf("%s %d of 1 MiB: peak memory", work, l.size)
		r.Verdicts = append(r.Verdicts, judge(title, rate.PeakMost, "MiB", under(largePeak)))
	}
	return nil
}
