package plugin

import (
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
)

func TestRetireQuestion(t *testing.T) {
	for want, key := range map[string]engine.KeyRetirement{
		"No Secret of this cluster needs versions of vaultseal/a below v3. Manifests in git, other clusters and " +
			"backups may.\nDisable them?": {},
		"No Secret of this cluster needs versions of vaultseal/a below v3. Manifests in git, other clusters and " +
			"backups may.\nThe key is also used by the installation of auth mount green: Secrets there that need " +
			"these versions will not open.\nFirst rewrap there, with kubectl vaultseal rotate -A --rewrap-only " +
			"--context CONTEXT.\nDisable them?": {OtherInstallations: []string{"green"}},
	} {
		key.TransitKey, key.ToVersion = "vaultseal/a", 3
		if got := retireQuestion(key); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestTellRetirement: without a question the same is said, and each cause once.
func TestTellRetirement(t *testing.T) {
	key := func(name string, others ...string) engine.KeyRetirement {
		return engine.KeyRetirement{TransitKey: name, ToVersion: 3, OtherInstallations: others}
	}
	const (
		may     = "manifests in git, other clusters and backups may need them"
		stopped = "Secrets there that need "
		hint    = "hint: rewrap there, with kubectl vaultseal rotate -A --rewrap-only --context CONTEXT\n"
	)
	for name, c := range map[string]struct {
		planned []engine.KeyRetirement
		dry     bool
		want    string
	}{
		"one":     {[]engine.KeyRetirement{key("v/a")}, false, "note: disabling versions of v/a below v3: " + may + "\n"},
		"dry run": {[]engine.KeyRetirement{key("v/a")}, true, ""},
		"shared, dry run": {[]engine.KeyRetirement{key("v/a", "green", "red")}, true, "warning: transit key v/a is " +
			"also used by the installations of auth mounts green, red: " + stopped + "versions below v3 will not " +
			"open\n" + hint},
		"some shared": {[]engine.KeyRetirement{key("v/a", "green"), key("v/b"), key("v/c", "green")}, false,
			"note: 3 transit keys lose their old versions: " + may + ": v/a, v/b, v/c\n" +
				"warning: 2 transit keys are shared: also used by the installation of auth mount green: " + stopped +
				"old versions will not open: v/a, v/c\n" + hint},
	} {
		streams, _, _, stderr := genericiooptions.NewTestIOStreams()
		newGlobals(Process{IOStreams: streams}).tellRetirement(c.planned, c.dry)
		if got := strings.ReplaceAll(stderr.String(), "\r", ""); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
