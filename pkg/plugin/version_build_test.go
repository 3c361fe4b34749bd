package plugin

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func noted(version string, settings ...debug.BuildSetting) func() (*debug.BuildInfo, bool) {
	return func() (*debug.BuildInfo, bool) {
		return &debug.BuildInfo{Main: debug.Module{Version: version}, Settings: settings}, true
	}
}

func TestBuildIsCompleted(t *testing.T) {
	vcs := []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.time", Value: "2026-01-02T03:04:05Z"},
		{Key: "vcs.modified", Value: "true"}}
	released := Build{Version: "v1.2.3", Commit: "def", Date: "2026-02-03T04:05:06Z"}
	for name, c := range map[string]struct {
		given Build
		read  func() (*debug.BuildInfo, bool)
		want  Build
	}{
		"released":   {released, noted("v9", vcs...), released},
		"go install": {Build{}, noted("v1.2.3"), Build{Version: "v1.2.3"}},
		"go build": {Build{}, noted("v0.0.0-1-abc+dirty", vcs...),
			Build{"v0.0.0-1-abc+dirty", "abc", "2026-01-02T03:04:05Z", true}},
		"go run": {Build{}, noted("(devel)"), Build{Version: "devel"}},
		"nothing noted": {Build{}, func() (*debug.BuildInfo, bool) { return nil, false },
			Build{Version: "devel"}},
		"another's repository": {Build{Commit: "def"}, noted("v1.2.3", vcs...),
			Build{Version: "v1.2.3", Commit: "def"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.given.completed(c.read); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestUserAgent(t *testing.T) {
	platform := " (" + runtime.GOOS + "/" + runtime.GOARCH + ")"
	for version, want := range map[string]string{"v1.2.3": "kubectl-vaultseal/v1.2.3", "": "kubectl-vaultseal/devel"} {
		if got := (Build{Version: version}).userAgent(); got != want+platform {
			t.Errorf("got %q, want %q", got, want+platform)
		}
	}
}
