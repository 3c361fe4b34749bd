package main

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// options say what is measured, how often, and where the report goes.
type options struct {
	suites  []string // in any order
	repeats int      // of each command
	warmups int

	sizes     []int // of rotation; at least one
	rotations int   // repetitions of each, 0: as many as suit the size
	sweep     []int // concurrencies to try
	large     int   // Secrets of the suite of that name
	huge      int   // likewise

	strict         bool   // a missed target is an error
	json, markdown string // files to write the report to, empty for none
	old            string // report to compare with, empty for none
	other          string // binary of the plugin to run interleaved with this one, empty for none
}

// parseOptions reports what is wrong with the arguments to the flag set's output too.
func parseOptions(args []string) (options, error) {
	var o options
	var names, sizes, sweep string
	var shards bool
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&names, "suites", "", "`LIST` of suites: commands, files, rotation, writes, large, huge, pods "+
		"(the default is the first three, or none with -sweep or -shards)")
	flags.IntVar(&o.repeats, "rounds", 40, "measured repetitions of each command")
	flags.IntVar(&o.warmups, "warmups", 3, "repetitions before them that are not counted")
	flags.StringVar(&sizes, "sizes", "200,2000,20000", "`LIST` of how many Secrets to rotate")
	flags.IntVar(&o.rotations, "rotations", 0, "measured repetitions of each rotation (default 5, from 20000 Secrets "+
		"on 3)")
	flags.IntVar(&o.large, "large", 1000, "how many Secrets of 1 MiB the suite large has")
	flags.IntVar(&o.huge, "huge", 100_000, "how many Secrets the suite huge has")
	flags.StringVar(&sweep, "sweep", "", "rotate 2000 Secrets with each --concurrency of `LIST`")
	flags.BoolVar(&shards, "shards", false, "rewrap the largest size with 1, 2 and 4 processes at once")
	flags.BoolVar(&o.strict, "strict", false, "end with an error if a target is missed")
	flags.StringVar(&o.json, "json", "", "write the report as JSON to `FILE` too")
	flags.StringVar(&o.markdown, "markdown", "", "write the tables of rotation as Markdown to `FILE` too")
	flags.StringVar(&o.old, "compare", "", "print the figures beside those of the JSON report in `FILE`")
	flags.StringVar(&o.other, "other", "", "run the commands of the plugin in `FILE` too, interleaved, and say "+
		"whether the times overlap")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	err := o.fill(names, sizes, sweep, shards)
	if err == nil && flags.NArg() > 0 {
		err = errors.New("takes no arguments")
	}
	if err == nil && (o.repeats < 1 || o.warmups < 0 || o.rotations < 0 || o.large < 1 || o.huge < 10) {
		err = errors.New("a number of repetitions is too small")
	}
	if err != nil {
		fmt.Fprintf(flags.Output(), "error: %v\n", err)
		flags.Usage()
	}
	return o, err
}

func (o *options) fill(names, sizes, sweep string, shards bool) (err error) {
	if o.sizes, err = parseNumbers(sizes); err != nil {
		return fmt.Errorf("-sizes: %w", err)
	}
	if len(o.sizes) == 0 {
		return errors.New("-sizes: none given")
	}
	if o.sweep, err = parseNumbers(sweep); err != nil {
		return fmt.Errorf("-sweep: %w", err)
	}
	o.suites = fields(names)
	for _, name := range o.suites {
		if !slices.Contains([]string{"commands", "files", "rotation", "writes", "large", "huge", "pods"}, name) {
			return fmt.Errorf("-suites: there is no %q", name)
		}
	}
	if len(o.suites) == 0 && len(o.sweep) == 0 && !shards {
		o.suites = []string{"commands", "files", "rotation"}
	}
	if len(o.sweep) > 0 {
		o.suites = append(o.suites, "sweep")
	}
	if shards {
		o.suites = append(o.suites, "shards")
	}
	return nil
}

// fields are the non-empty members of a list with commas.
func fields(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}

func parseNumbers(list string) ([]int, error) {
	var numbers []int
	for _, field := range fields(list) {
		number, err := strconv.Atoi(field)
		if err != nil || number < 1 {
			return nil, fmt.Errorf("%q is no number from 1 on", field)
		}
		numbers = append(numbers, number)
	}
	return numbers, nil
}

// rounds is how often a rotation of this size is repeated.
func (o options) rounds(size int) int {
	switch {
	case o.rotations > 0:
		return o.rotations
	case size >= largeSize:
		return 3
	}
	return 5
}

func (o options) largest() int { return slices.Max(o.sizes) }

// trialSize is how many Secrets serve to choose a concurrency.
func (o options) trialSize() int { return min(mediumSize, o.largest()) }
