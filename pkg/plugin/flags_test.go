package plugin

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericclioptions"
)

func kubectlsFlags() *pflag.FlagSet {
	flags := newFlagSet()
	genericclioptions.NewConfigFlags(true).AddFlags(flags)
	return flags
}

func TestKubectlsFlagsAreAllThere(t *testing.T) {
	persistent := newRoot(tree().process).PersistentFlags()
	kubectlsFlags().VisitAll(func(want *pflag.Flag) {
		if want.Name == "cache-dir" {
			return
		}
		t.Run(want.Name, func(t *testing.T) {
			got := persistent.Lookup(want.Name)
			if got == nil {
				t.Fatal("it is missing")
			}
			if got.Shorthand != want.Shorthand || got.DefValue != want.DefValue || got.Usage != want.Usage ||
				got.Value.Type() != want.Value.Type() {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	})
}

func TestNoCacheDirectory(t *testing.T) {
	if flag := newRoot(tree().process).PersistentFlags().Lookup("cache-dir"); flag != nil {
		t.Error("--cache-dir is there")
	}
}

// TestNoFlagIsShadowed: no command has a flag of its own with the name or the
// letter of a flag that all commands share.
func TestNoFlagIsShadowed(t *testing.T) {
	root := newRoot(tree().process)
	for _, cmd := range root.Commands() {
		t.Run(cmd.Name(), func(t *testing.T) {
			root.PersistentFlags().VisitAll(func(shared *pflag.Flag) {
				if own := cmd.LocalNonPersistentFlags().Lookup(shared.Name); own != nil && own != shared {
					t.Errorf("--%s is shadowed", shared.Name)
				}
				if shared.Shorthand == "" {
					return
				}
				if own := cmd.LocalNonPersistentFlags().ShorthandLookup(shared.Shorthand); own != nil && own != shared {
					t.Errorf("-%s of --%s is shadowed by --%s", shared.Shorthand, shared.Name, own.Name)
				}
			})
		})
	}
}

// TestVaultsFlagsAreNotKubectls: what is Vault's never takes a name of kubectl's.
func TestVaultsFlagsAreNotKubectls(t *testing.T) {
	kubectls := kubectlsFlags()
	tree().vaultFlags.VisitAll(func(flag *pflag.Flag) {
		if kubectls.Lookup(flag.Name) != nil || flag.Shorthand != "" &&
			kubectls.ShorthandLookup(flag.Shorthand) != nil {
			t.Errorf("--%s is one of kubectl's", flag.Name)
		}
	})
}

// TestConfigurationFlags: those of the design's table, section 5.
func TestConfigurationFlags(t *testing.T) {
	flags := newRoot(tree().process).PersistentFlags()
	for _, name := range []string{
		"vault-addr", "vault-ca-cert", "vault-namespace", "vault-tls-server-name", "vault-proxy-url",
		"vault-auth-method", "vault-auth-mount", "vault-role",
		"service-account", "audience", "service-account-token-file", "transit-key", "config-namespace",
		"vault-insecure-skip-tls-verify",
	} {
		if flags.Lookup(name) == nil {
			t.Errorf("--%s is missing", name)
		}
	}
}

func TestLookupTellsWhatWasSet(t *testing.T) {
	g := tree()
	if err := g.vaultFlags.Parse([]string{"--vault-addr", "https://vault:8200", "--vault-namespace="}); err != nil {
		t.Fatal(err)
	}
	type answer struct {
		text string
		set  bool
	}
	for name, want := range map[string]answer{
		"vault-addr": {"https://vault:8200", true}, "vault-namespace": {"", true}, "vault-role": {"", false},
		"no-such-flag": {"", false},
	} {
		if text, set := g.lookup(name); (answer{text, set}) != want {
			t.Errorf("lookup(%q) = %q, %v; want %+v", name, text, set, want)
		}
	}
}

func TestCreateFlags(t *testing.T) {
	checkFlags(t, "create", "filename/f", "scope", "overwrite", "merge", "adopt", "read-back", "dry-run",
		"field-manager", "output/o")
}
func TestViewFlags(t *testing.T) { checkFlags(t, "view", "output/o") }
func TestRotateFlags(t *testing.T) {
	checkFlags(t, "rotate", "all-namespaces/A", "selector/l", "rewrap-only", "dry-run", "field-manager", "output/o")
}
func TestVerifyFlags(t *testing.T) {
	checkFlags(t, "verify", "all-namespaces/A", "selector/l", "against", "require-bound", "output/o")
}
func TestDoctorFlags(t *testing.T)    { checkFlags(t, "doctor", "rotator", "output/o") }
func TestOptionsHasNone(t *testing.T) { checkFlags(t, "options") }

func checkFlags(t *testing.T, name string, flags ...string) {
	t.Helper()
	var cmd *cobra.Command
	for _, child := range newRoot(tree().process).Commands() {
		if child.Name() == name {
			cmd = child
		}
	}
	if cmd == nil {
		t.Fatalf("there is no command %s", name)
	}
	for _, text := range flags {
		long, short, _ := strings.Cut(text, "/")
		if flag := cmd.Flags().Lookup(long); flag == nil || flag.Shorthand != short {
			t.Errorf("%s: --%s (-%s) is missing: %+v", name, long, short, flag)
		}
	}
}
