package plugin

import (
	"cmp"
	"runtime"
	"runtime/debug"
)

// Build says which build of the plugin this is.
type Build struct {
	Version string // as v1.2.3
	Commit  string // its full hash; empty: unknown
	Date    string // of the commit, RFC 3339; empty: unknown

	modified bool // the sources were not those of the commit
}

// noVersion is that of a build outside a repository.
const noVersion = "devel"

// completed is the build, with what is missing taken from what Go notes in each program: for go install the module's
// version, for go build that and the repository's state.
func (b Build) completed(read func() (*debug.BuildInfo, bool)) Build {
	if b.Version != "" && b.Commit != "" && b.Date != "" {
		return b
	}
	info, found := read()
	if !found {
		info = &debug.BuildInfo{}
	}
	version := info.Main.Version
	if version == "(devel)" {
		version = ""
	}
	b.Version = cmp.Or(b.Version, version, noVersion)
	if b.Commit != "" {
		return b // the repository's state may be that of another
	}
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			b.Commit = setting.Value
		case "vcs.time":
			b.Date = cmp.Or(b.Date, setting.Value)
		case "vcs.modified":
			b.modified = setting.Value == "true"
		}
	}
	return b
}

// userAgent is how the plugin names itself to servers, as kubectl does.
func (b Build) userAgent() string {
	return "kubectl-vaultseal/" + cmp.Or(b.Version, noVersion) + " (" + platform() + ")"
}

func platform() string { return runtime.GOOS + "/" + runtime.GOARCH }
