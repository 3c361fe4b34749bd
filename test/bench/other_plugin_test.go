package main

import (
	"testing"
	"time"
)

func seriesOf(name, binary string, walls ...time.Duration) series {
	s := series{command: command{Name: name, argv: []string{binary, "view"}}}
	for _, wall := range walls {
		s.samples = append(s.samples, sample{wall: wall * time.Millisecond})
	}
	return s
}

func TestTwinsOfThePluginOnly(t *testing.T) {
	twins := besidePlugin([]command{{Name: "view", argv: []string{"new", "view", "a"}},
		{Name: "kubectl", argv: []string{"kubectl"}}}, "new", "/x/old")
	if len(twins) != 1 || twins[0].Name != "view by old" || twins[0].argv[0] != "/x/old" || twins[0].argv[2] != "a" {
		t.Errorf("%+v", twins)
	}
}

func TestTwinsOverlap(t *testing.T) {
	for _, c := range []struct {
		name  string
		other []time.Duration
		holds bool
	}{{"alike", []time.Duration{11, 13, 15}, true}, {"slower", []time.Duration{5, 6, 7}, false},
		{"faster", []time.Duration{20, 21, 22}, false}} {
		measured := map[string]series{"view": seriesOf("view", "new", 10, 12, 14),
			"view by old": seriesOf("view by old", "/x/old", c.other...)}
		verdicts := compareTwins(measured, "new", "/x/old")
		if len(verdicts) != 1 || verdicts[0].Holds != c.holds {
			t.Errorf("%s: %+v, want holds %t", c.name, verdicts, c.holds)
		}
	}
}
