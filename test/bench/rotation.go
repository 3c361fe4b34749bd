package main

import (
	"context"
	"fmt"
	"strconv"
)

// The sizes that the targets speak of.
const (
	smallSize  = 200 // for information: a process of its own weighs too much in it
	mediumSize = 2000
	largeSize  = 20000
)

// loopWork is what both programs do to a dataset.
type loopWork struct {
	name             string
	bareLoop, plugin command
	limit            limit // of the plugin's Secrets a second, to the bare loop's
}

const rotateWork = "rotate"

func (d *dataset) works(writers int) []loopWork {
	rotate := loopWork{
		name:     rotateWork,
		bareLoop: d.bareLoop("-writers", strconv.Itoa(writers)),
		plugin:   d.plugin(d.size, "rotate"),
	}
	if d.size > smallSize {
		rotate.limit = atLeast(0.95)
	}
	verify := loopWork{name: "verify", bareLoop: d.bareLoop("-verify"), plugin: d.plugin(d.size, "verify")}
	return []loopWork{rotate, verify}
}

// measureRotation measures rotation and verification of many Secrets beside the bare
// loop, which has as many writers as suit it best on this machine.
func measureRotation(ctx context.Context, s *stage, o options, r *report) error {
	writers, err := bestWriters(ctx, s, o, r)
	if err != nil {
		return err
	}
	rotations := map[int]throughput{} // of the plugin, by size
	for _, size := range o.sizes {
		if rotations[size], err = measureDataset(ctx, s, datasetPlan{size, writers, o.rounds(size)}, r); err != nil {
			return fmt.Errorf("%d Secrets: %w", size, err)
		}
	}
	r.Verdicts = append(r.Verdicts, memoryVerdicts(rotations)...)
	return nil
}

// datasetPlan is how a dataset is measured.
type datasetPlan struct{ size, writers, rounds int }

// measureDataset returns the throughput of the plugin's rotation.
func measureDataset(ctx context.Context, s *stage, plan datasetPlan, r *report) (rotation throughput, err error) {
	d, err := s.newDataset(ctx, plan.size)
	if err != nil {
		return rotation, err
	}
	defer d.clearLate(&err)
	for _, work := range d.works(plan.writers) {
		plugin, err := d.measure(ctx, work, plan.rounds, r)
		if err != nil {
			return rotation, fmt.Errorf("%s: %w", work.name, err)
		}
		if work.name == rotateWork {
			rotation = plugin
		}
	}
	return rotation, nil
}

// measure runs both programs once to warm up, when their requests are counted, and then
// side by side. It returns the throughput of the plugin.
func (d *dataset) measure(ctx context.Context, work loopWork, rounds int, r *report) (throughput, error) {
	progress("%s of %d Secrets: %d rounds of %s and %s", work.name, d.size, rounds, work.bareLoop.Name,
		work.plugin.Name)
	programs := []command{work.bareLoop, work.plugin}
	totals := make([]requestTotals, len(programs))
	for i, program := range programs {
		var err error
		if totals[i], err = d.counted(ctx, program); err != nil {
			return throughput{}, err
		}
	}
	all, err := d.alternate(ctx, programs, rounds)
	if err != nil {
		return throughput{}, err
	}
	var plugin throughput
	for i, one := range all {
		plugin = throughputOf(work.name, one, d.size)
		plugin.Requests = &totals[i]
		r.Throughputs = append(r.Throughputs, plugin)
	}
	title := fmt.Sprintf("%s %d: ", work.name, d.size)
	rates := compareRates(all[1], all[0], work.limit)
	rates.Target = title + rates.Target + ", Secrets/s"
	r.Verdicts = append(r.Verdicts, rates)
	if work.name == rotateWork {
		bound := atMost(float64(totals[1].vaultBound(d.size)))
		r.Verdicts = append(r.Verdicts, judge(title+"requests to Vault", float64(totals[1].Vault), "", bound))
	}
	return plugin, nil
}

// memoryVerdicts judge the peak memory of rotations, given by size.
func memoryVerdicts(rotations map[int]throughput) []verdict {
	large, measured := rotations[largeSize]
	if !measured {
		return nil
	}
	title := fmt.Sprintf("%s %d", rotateWork, largeSize)
	verdicts := []verdict{judge(title+": peak memory", large.PeakMost, "MiB", under(120))}
	if medium, measured := rotations[mediumSize]; measured {
		ratio := large.Peak.Median / medium.Peak.Median
		verdicts = append(verdicts, judge(fmt.Sprintf("%s / %d: peak memory", title, mediumSize), ratio, "",
			atMost(1.3)))
	}
	return verdicts
}
