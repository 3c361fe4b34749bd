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

// loopWork is what the programs do to a dataset.
type loopWork struct {
	name     string
	programs []command // the bare loop, the plugin, and another binary of that where there is one
	limit    limit     // of the plugin's Secrets a second, to the bare loop's
}

const rotateWork = "rotate"

func (d *dataset) works(plan datasetPlan) []loopWork {
	rotate := d.work(rotateWork, plan.other, "-writers", strconv.Itoa(plan.writers))
	if d.size > smallSize {
		rotate.limit = atLeast(1.05)
	}
	return []loopWork{rotate, d.work("verify", plan.other, "-verify")}
}

// work is what a command of the plugin's name does, and the bare loop with its arguments.
func (d *dataset) work(name, other string, bareLoop ...string) loopWork {
	plugin := d.plugin(d.size, name)
	programs := []command{d.bareLoop(bareLoop...), plugin}
	if other != "" {
		programs = append(programs, plugin.by(other))
	}
	return loopWork{name: name, programs: programs}
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
		plan := datasetPlan{size, writers, o.rounds(size), o.other}
		if rotations[size], err = measureDataset(ctx, s, plan, r); err != nil {
			return fmt.Errorf("%d Secrets: %w", size, err)
		}
	}
	r.Verdicts = append(r.Verdicts, memoryVerdicts(rotations)...)
	return nil
}

// datasetPlan is how a dataset is measured.
type datasetPlan struct {
	size, writers, rounds int
	other                 string // binary of the plugin to run too; empty: none
}

// measureDataset returns the throughput of the plugin's rotation.
func measureDataset(ctx context.Context, s *stage, plan datasetPlan, r *report) (rotation throughput, err error) {
	d, err := s.newDataset(ctx, plan.size)
	if err != nil {
		return rotation, err
	}
	defer d.clearLate(&err)
	for _, work := range d.works(plan) {
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

// measure runs the programs once to warm up, when their requests are counted, and then
// side by side. It returns the throughput of the plugin.
func (d *dataset) measure(ctx context.Context, work loopWork, rounds int, r *report) (throughput, error) {
	progress("%s of %d Secrets: %d rounds of %d programs", work.name, d.size, rounds, len(work.programs))
	totals := make([]requestTotals, len(work.programs))
	for i, program := range work.programs {
		var err error
		if totals[i], err = d.counted(ctx, program); err != nil {
			return throughput{}, err
		}
	}
	all, err := d.alternate(ctx, work.programs, rounds)
	if err != nil {
		return throughput{}, err
	}
	rows := make([]throughput, len(all))
	for i, one := range all {
		rows[i] = throughputOf(work.name, one, d.size)
		rows[i].Requests = &totals[i]
	}
	r.Throughputs = append(r.Throughputs, rows...)
	title := fmt.Sprintf("%s %d: ", work.name, d.size)
	for i, limit := range []limit{work.limit, {}}[:len(all)-1] {
		rates := compareRates(all[1], all[2*i], limit)
		rates.Target = title + rates.Target + ", Secrets/s"
		byCPU := compareRatesByCPU(all[1], all[2*i])
		byCPU.Target = title + byCPU.Target + ", Secrets per second of CPU"
		r.Verdicts = append(r.Verdicts, rates, byCPU)
	}
	if work.name == rotateWork {
		bound := atMost(float64(totals[1].vaultBound(d.size)))
		r.Verdicts = append(r.Verdicts, judge(title+"requests to Vault", float64(totals[1].Vault), "", bound))
	}
	return rows[1], nil
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
