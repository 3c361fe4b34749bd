package main

import (
	"math"
	"slices"
	"time"
)

// spread is a median with the 10th and 90th percentile.
type spread struct {
	Median float64 `json:"median"`
	P10    float64 `json:"p10"`
	P90    float64 `json:"p90"`
}

func spreadOf(values []float64) spread {
	sorted := slices.Sorted(slices.Values(values))
	return spread{Median: percentile(sorted, 50), P10: percentile(sorted, 10), P90: percentile(sorted, 90)}
}

// in is the spread in a unit that is so many times as large.
func (s spread) in(unit float64) spread {
	return spread{Median: s.Median / unit, P10: s.P10 / unit, P90: s.P90 / unit}
}

// percentile lies between the two nearest values. There must be one value at least.
func percentile(sorted []float64, p float64) float64 {
	rank := p / 100 * float64(len(sorted)-1)
	below := math.Floor(rank)
	low, high := sorted[int(below)], sorted[int(math.Ceil(rank))]
	return low + (high-low)*(rank-below)
}

// timing is how long a command takes, in milliseconds.
type timing struct {
	Command string `json:"command"`
	Wall    spread `json:"wallMs"`
	CPU     spread `json:"cpuMs"`
}

func timingOf(c command, samples []sample) timing {
	var wall, cpu []float64
	for _, s := range samples {
		wall, cpu = append(wall, milliseconds(s.wall)), append(cpu, milliseconds(s.cpu))
	}
	return timing{Command: c.Name, Wall: spreadOf(wall), CPU: spreadOf(cpu)}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// ratios are of samples taken in the same round, one after the other.
func ratios(of, to []sample) []float64 {
	result := make([]float64, len(of))
	for i := range of {
		result[i] = float64(of[i].wall) / float64(to[i].wall)
	}
	return result
}
