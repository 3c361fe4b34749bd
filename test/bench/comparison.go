package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// comparison is one figure of two runs; nil where a run does not have it.
type comparison struct {
	figure   string
	old, new *float64
}

// compareReports pairs the figures of two runs, in the order of the later one; what
// only the earlier one has comes last.
func compareReports(before, after *report) []comparison {
	var pairs []comparison
	places := map[string]int{}
	place := func(name string) *comparison {
		i, known := places[name]
		if !known {
			i = len(pairs)
			places[name] = i
			pairs = append(pairs, comparison{figure: name})
		}
		return &pairs[i]
	}
	for _, f := range after.figures() {
		place(f.name).new = &f.value
	}
	for _, f := range before.figures() {
		place(f.name).old = &f.value
	}
	return pairs
}

// figure is a number of a report that can be compared with that of another run.
type figure struct {
	name  string
	value float64
}

func (r *report) figures() []figure {
	var figures []figure
	for _, t := range r.Throughputs {
		figures = append(figures, figure{fmt.Sprintf("%s %d: %s, Secrets/s", t.Work, t.Secrets, t.Program),
			t.PerSecond.Median})
	}
	for _, v := range r.Verdicts {
		name := v.Target
		if v.Unit != "" {
			name += ", " + v.Unit
		}
		figures = append(figures, figure{name, v.Measured})
	}
	return figures
}

func printComparison(w io.Writer, pairs []comparison) error {
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprintln(t, "\nFIGURE\tOLD\tNEW\tNEW / OLD")
	for _, p := range pairs {
		ratio := "-"
		if p.old != nil && p.new != nil && *p.old != 0 {
			ratio = fmt.Sprintf("%.2f", *p.new / *p.old)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", p.figure, numberOrDash(p.old), numberOrDash(p.new), ratio)
	}
	return t.Flush()
}

func numberOrDash(number *float64) string {
	if number == nil {
		return "-"
	}
	return fmt.Sprintf("%.2f", *number)
}
