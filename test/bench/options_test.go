package main

import (
	"slices"
	"testing"
)

func TestOptions(t *testing.T) {
	for _, test := range []struct {
		args   []string
		suites []string
		sizes  []int
	}{
		{nil, []string{"commands", "files", "rotation"}, []int{200, 2000, 20000}},
		{[]string{"-suites", "rotation", "-sizes", "200,2000"}, []string{"rotation"}, []int{200, 2000}},
		{[]string{"-sweep", "8,16"}, []string{"sweep"}, []int{200, 2000, 20000}},
		{[]string{"-suites", "commands", "-shards", "-sizes", "40"}, []string{"commands", "shards"}, []int{40}},
	} {
		got, err := parseOptions(test.args)
		if err != nil || !slices.Equal(got.suites, test.suites) || !slices.Equal(got.sizes, test.sizes) {
			t.Errorf("%q: suites %q, sizes %d, %v; want %q, %d", test.args, got.suites, got.sizes, err, test.suites,
				test.sizes)
		}
	}
	for _, args := range [][]string{
		{"-suites", "none"}, {"-sizes", "many"}, {"-sizes", "0"}, {"-sizes", ""}, {"-sweep", "8,x"},
		{"-rounds", "0"}, {"-rotations", "-1"}, {"argument"},
	} {
		if _, err := parseOptions(args); err == nil {
			t.Errorf("%q is no error", args)
		}
	}
}

func TestRepetitionsSuitTheSize(t *testing.T) {
	if (options{}).rounds(mediumSize) != 5 || (options{}).rounds(largeSize) != 3 ||
		(options{rotations: 7}).rounds(largeSize) != 7 {
		t.Error("want 5, from 20000 Secrets on 3, and what was asked for")
	}
}
