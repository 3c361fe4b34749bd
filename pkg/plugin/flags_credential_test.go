package plugin

import (
	"strings"
	"testing"
)

// TestNoCredentialIsRepeated: a hint that prints the command line again has no credential in it, in whatever form it
// was given.
func TestNoCredentialIsRepeated(t *testing.T) {
	for words, want := range map[string]string{
		"setup --token TOP-SECRET --context prod": "kubectl vaultseal setup --token VALUE --context prod --more",
		"setup --token=TOP-SECRET":                "kubectl vaultseal setup --token=VALUE --more",
		"setup --vault-proxy-url http://me:TOP-SECRET@proxy:3128": "kubectl vaultseal setup --vault-proxy-url VALUE " +
			"--more",
		"setup --proxy-url=http://me:TOP-SECRET@proxy:3128": "kubectl vaultseal setup --proxy-url=VALUE --more",
		"setup --vault-proxy-url http://proxy:3128": "kubectl vaultseal setup --vault-proxy-url http://proxy:3128 " +
			"--more",
		"setup --cronjob --token TOP-SECRET": "kubectl vaultseal setup --cronjob --token VALUE --more",
	} {
		g := newGlobals(Process{Args: strings.Fields(words)})
		if got := g.again("--more"); got != want {
			t.Errorf("%s: %q, want %q", words, got, want)
		}
	}
}
