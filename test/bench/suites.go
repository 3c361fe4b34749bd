package main

import "context"

// suite is a part of the benchmark: it measures on the stage and adds to the report.
type suite struct {
	name    string
	measure func(ctx context.Context, s *stage, o options, r *report) error
}

// suites are in the order in which they run, on the same stage.
func suites() []suite {
	return []suite{
		{"commands", measureCommands},
		{"files", measureFiles},
		{"rotation", measureRotation},
		{"writes", measureWrites},
		{"large", measureLarge},
		{"huge", measureHuge},
		{"sweep", measureSweep},
		{"shards", measureShards},
		{"pods", measurePods},
	}
}
