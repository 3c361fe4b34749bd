package main

import (
	"maps"
	"path/filepath"
	"slices"
)

// besidePlugin returns the commands of the plugin with another binary of it: one of an earlier commit.
func besidePlugin(commands []command, plugin, other string) []command {
	var twins []command
	for _, c := range commands {
		if c.argv[0] != plugin {
			continue
		}
		twins = append(twins, c.by(other))
	}
	return twins
}

// compareTwins judges whether each command of the plugin and its twin take as long: their ranges from P10 to P90
// overlap.
func compareTwins(measured map[string]series, plugin, other string) []verdict {
	var verdicts []verdict
	for _, name := range slices.Sorted(maps.Keys(measured)) {
		of := measured[name]
		twin, found := measured[name+" by "+filepath.Base(other)]
		if of.command.argv[0] != plugin || !found {
			continue
		}
		v := compare(of, twin, limit{})
		v.Target = name + " / " + twin.command.Name + ", ranges overlap"
		v.Limit = limit{Value: 1, Inclusive: true, AtLeast: true}
		v.Measured = 0
		if overlap(timingOf(of.command, of.samples).Wall, timingOf(twin.command, twin.samples).Wall) {
			v.Measured = 1
		}
		v.Holds = v.Measured == 1
		verdicts = append(verdicts, v)
	}
	return verdicts
}

// overlap reports whether two ranges from P10 to P90 have a value in common.
func overlap(a, b spread) bool { return a.P10 <= b.P90 && b.P10 <= a.P90 }
