package plugin

import (
	"testing"

	"github.com/spf13/pflag"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// TestTypedFlags: what a flag takes, and that it shows the text that it was given.
func TestTypedFlags(t *testing.T) {
	for name, test := range map[string]struct {
		flag   pflag.Value
		takes  []string
		leaves []string
	}{
		"scope": {&scopeFlag{}, []string{"strict", "namespace-wide", "cluster-wide"},
			[]string{"", "unbound", "Strict"}},
		"key":     {&keyFlag{}, []string{"app", "team/a/transit/app"}, []string{"", "a/../b", "{namespace}", "a/"}},
		"account": {&accountFlag{}, []string{"vault/vault", ""}, []string{"vault", "a/b/c", "A/b"}},
	} {
		for _, text := range test.takes {
			if err := test.flag.Set(text); err != nil || test.flag.String() != text {
				t.Errorf("%s %q: %q, %v", name, text, test.flag, err)
			}
		}
		for _, text := range test.leaves {
			if err := test.flag.Set(text); err == nil {
				t.Errorf("%s %q is taken", name, text)
			}
		}
	}
}

func TestTypedFlagsAreParsed(t *testing.T) {
	var scope scopeFlag
	var key keyFlag
	var account accountFlag
	if scope.given() || key.given() {
		t.Error("a flag that was not given says that it was")
	}
	for flag, text := range map[pflag.Value]string{&scope: "strict", &key: "a/b/c", &account: "x/y"} {
		if err := flag.Set(text); err != nil {
			t.Fatal(err)
		}
	}
	if scope.Scope != sealed.Strict || !scope.given() {
		t.Errorf("scope %v", scope)
	}
	if key.Key != (transit.Key{Mount: "a/b", Name: "c"}) || key.KeyTemplate.String() != "a/b/c" || !key.given() {
		t.Errorf("key %v", key)
	}
	if account.Account != (config.Account{Namespace: "x", Name: "y"}) {
		t.Errorf("account %v", account)
	}
}

// TestBadTimeoutIsUsage: of every command, before it does anything.
func TestBadTimeoutIsUsage(t *testing.T) {
	for _, command := range []string{"list", "version", "doctor", "setup", "rotate"} {
		if got := run(t, command, "--request-timeout", "sometimes"); got.code != exitUsage {
			t.Errorf("%s: exit code %d, stderr %q", command, got.code, got.err)
		}
	}
}
