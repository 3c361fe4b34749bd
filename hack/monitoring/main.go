// Readmetrics reads OpenMetrics text with Prometheus' own parser, and prints its samples, one a line and sorted:
//
//	kubectl vaultseal verify -A -o openmetrics | readmetrics
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
)

func main() {
	text, err := io.ReadAll(os.Stdin)
	if err == nil {
		err = printSamples(os.Stdout, text)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func printSamples(to io.Writer, text []byte) error {
	samples, err := read(text)
	if err != nil {
		return err
	}
	var lines []string
	for _, s := range samples {
		lines = append(lines, fmt.Sprintf("%s %v", s.series, s.value))
	}
	slices.Sort(lines)
	out := bufio.NewWriter(to)
	for _, line := range lines {
		fmt.Fprintln(out, line)
	}
	return out.Flush()
}

// sample is a value of a series.
type sample struct {
	series labels.Labels
	value  float64
}

// read parses OpenMetrics text as Prometheus does.
func read(text []byte) ([]sample, error) {
	parser := textparse.NewOpenMetricsParser(text, labels.NewSymbolTable())
	var samples []sample
	for {
		entry, err := parser.Next()
		switch {
		case errors.Is(err, io.EOF):
			return samples, nil
		case err != nil:
			return nil, err
		case entry != textparse.EntrySeries:
			continue
		}
		_, at, value := parser.Series()
		if at != nil {
			return nil, errors.New("a sample has a time, which node_exporter refuses")
		}
		var series labels.Labels
		parser.Labels(&series)
		samples = append(samples, sample{series, value})
	}
}
