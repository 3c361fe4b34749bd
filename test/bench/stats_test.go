package main

import (
	"testing"
	"time"
)

func TestSpread(t *testing.T) {
	values := []float64{5, 1, 4, 2, 3}
	want := spread{Median: 3, P10: 1.4, P90: 4.6}
	if got := spreadOf(values); got != want {
		t.Errorf("spreadOf(%v) = %v, want %v", values, got, want)
	}
	if got := spreadOf([]float64{7}); got != (spread{7, 7, 7}) {
		t.Errorf("spread of a single value = %v", got)
	}
}

func TestCompare(t *testing.T) {
	walls := func(milliseconds ...int) (samples []sample) {
		for _, ms := range milliseconds {
			samples = append(samples, sample{wall: time.Duration(ms) * time.Millisecond})
		}
		return samples
	}
	of := series{command{Name: "a"}, walls(10, 30, 20)}
	to := series{command{Name: "b"}, walls(10, 10, 10)}
	for _, test := range []struct {
		limit limit
		holds bool
	}{
		{atMost(2), true}, {under(2), false}, {under(2.1), true}, {atMost(1.9), false},
	} {
		got := compare(of, to, test.limit)
		if got.Measured != 2 || got.Holds != test.holds || got.Rounds.Median != 2 || got.Target != "a / b" {
			t.Errorf("limit %s: %+v, want a ratio of 2 and holds %v", test.limit, got, test.holds)
		}
	}
}

func TestDocumentHasItsSize(t *testing.T) {
	if got := len(document()); got != plaintextSize {
		t.Errorf("the document has %d bytes, want %d", got, plaintextSize)
	}
}
