package main

import "testing"

func TestLimit(t *testing.T) {
	for _, test := range []struct {
		limit    limit
		measured float64
		holds    bool
		text     string
	}{
		{under(2), 1.9, true, "< 2"},
		{under(2), 2, false, "< 2"},
		{atMost(2), 2, true, "<= 2"},
		{atMost(2), 2.1, false, "<= 2"},
		{atLeast(0.95), 0.95, true, ">= 0.95"},
		{atLeast(0.95), 1.5, true, ">= 0.95"},
		{atLeast(0.95), 0.94, false, ">= 0.95"},
	} {
		if got := test.limit.holds(test.measured); got != test.holds {
			t.Errorf("%g %s: %v, want %v", test.measured, test.limit, got, test.holds)
		}
		if got := test.limit.String(); got != test.text {
			t.Errorf("limit %+v reads %q, want %q", test.limit, got, test.text)
		}
	}
	if got := judge("a", 1, "", limit{}).word(); got != "for information" {
		t.Errorf("a figure without a target: %q", got)
	}
}

func TestCompareRatesIsTheInverseOfTimes(t *testing.T) {
	of := series{command{Name: "a"}, []sample{{wall: 10}, {wall: 20}}}
	to := series{command{Name: "b"}, []sample{{wall: 20}, {wall: 40}}}
	got := compareRates(of, to, atLeast(2))
	if got.Target != "a / b" || got.Measured != 2 || got.Rounds.P10 != 2 || !got.Holds {
		t.Errorf("%+v, want a to be twice as fast as b", got)
	}
}

func TestMemoryVerdicts(t *testing.T) {
	row := func(median, most float64) throughput {
		return throughput{Peak: spread{Median: median}, PeakMost: most}
	}
	got := memoryVerdicts(map[int]throughput{mediumSize: row(50, 60), largeSize: row(60, 130)})
	if len(got) != 2 || got[0].Holds || got[0].Measured != 130 || !got[1].Holds || got[1].Measured != 1.2 {
		t.Errorf("%+v, want 130 MiB to be too much and 1.2 to hold", got)
	}
	if got := memoryVerdicts(map[int]throughput{mediumSize: row(50, 60)}); got != nil {
		t.Errorf("without the large size: %+v", got)
	}
}
