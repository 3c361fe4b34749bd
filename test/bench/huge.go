package main

import (
	"context"
	"fmt"
)

const (
	hugePeak  = 150  // MiB
	hugeTimes = 10.5 // as long as a tenth of the Secrets takes
)

// measureHuge rotates as many Secrets as a large cluster has, and a tenth of them before and after: neither
// time nor memory may grow faster than the number of Secrets.
func measureHuge(ctx context.Context, s *stage, o options, r *report) (err error) {
	tenth, err := s.newDataset(ctx, o.huge/10)
	if err != nil {
		return err
	}
	defer tenth.clearLate(&err)
	huge, err := s.newDataset(ctx, o.huge)
	if err != nil {
		return err
	}
	defer huge.clearLate(&err)
	progress("rotation of %d, %d and %d Secrets", tenth.size, huge.size, tenth.size)
	ofTenth := series{command: tenth.plugin(tenth.size, rotateWork)}
	ofHuge := series{command: huge.plugin(huge.size, rotateWork)}
	if _, err := tenth.run(ctx, ofTenth.command); err != nil { // to warm up
		return err
	}
	for _, step := range []struct {
		d  *dataset
		of *series
	}{{tenth, &ofTenth}, {huge, &ofHuge}, {tenth, &ofTenth}} {
		one, err := step.d.run(ctx, step.of.command)
		if err != nil {
			return fmt.Errorf("%d Secrets: %w", step.d.size, err)
		}
		step.of.samples = append(step.of.samples, one)
	}
	rate := throughputOf(rotateWork, ofHuge, huge.size)
	r.Throughputs = append(r.Throughputs, throughputOf(rotateWork, ofTenth, tenth.size), rate)
	title := fmt.Sprintf("%s %d", rotateWork, huge.size)
	r.Verdicts = append(r.Verdicts,
		judge(title+": peak memory", rate.PeakMost, "MiB", under(hugePeak)),
		judge(fmt.Sprintf("%s / %d: time", title, tenth.size), ofHuge.median()/ofTenth.median(), "", atMost(hugeTimes)))
	return nil
}
