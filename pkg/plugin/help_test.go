package plugin

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

func helps() map[string][]string {
	return map[string][]string{
		"kubectl vaultseal":                 {"--help"},
		"kubectl vaultseal create":          {"create", "--help"},
		"kubectl vaultseal view":            {"view", "--help"},
		"kubectl vaultseal rotate":          {"rotate", "-h"},
		"kubectl vaultseal verify":          {"help", "verify"},
		"kubectl vaultseal doctor":          {"doctor", "--help"},
		"kubectl vaultseal config view":     {"config", "view", "--help"},
		"kubectl vaultseal version":         {"version", "--help"},
		"kubectl vaultseal setup":           {"setup", "--help"},
		"kubectl vaultseal setup namespace": {"setup", "namespace", "--help"},
	}
}

func TestHelp(t *testing.T) {
	for path, args := range helps() {
		t.Run(path, func(t *testing.T) {
			got := run(t, args...)
			if got.code != exitDone || got.err != "" {
				t.Errorf("exit code %d, stderr %q; want 0 and nothing", got.code, got.err)
			}
			if !strings.Contains(got.out, "\nUsage:\n  "+path+" ") {
				t.Errorf("stdout has no usage line of %q:\n%s", path, got.out)
			}
		})
	}
}

func TestHelpHasAnExample(t *testing.T) {
	for path, args := range helps() {
		t.Run(path, func(t *testing.T) {
			_, examples, _ := strings.Cut(run(t, args...).out, "\nExamples:\n")
			if !strings.Contains(examples, path+" ") {
				t.Errorf("there is no example of %q", path)
			}
		})
	}
}

func TestHelpNeverSaysTheFilesName(t *testing.T) {
	for path, args := range helps() {
		t.Run(path, func(t *testing.T) {
			if got := run(t, args...); strings.Contains(got.out, "kubectl-vaultseal") {
				t.Errorf("stdout names kubectl-vaultseal:\n%s", got.out)
			}
		})
	}
}

func TestHelpListsTheCommands(t *testing.T) {
	got := run(t)
	for _, name := range []string{"create", "view", "rotate", "verify", "doctor", "options", "version"} {
		if !strings.Contains(got.out, "\n  "+name+" ") {
			t.Errorf("%s is not listed:\n%s", name, got.out)
		}
	}
}

func TestHelpWinsOverWhatIsMissing(t *testing.T) {
	if got := run(t, "create", "a", "b", "c", "--help"); got.code != exitDone || !strings.Contains(got.out, "Usage:") {
		t.Errorf("exit code %d, stderr %q", got.code, got.err)
	}
}

func TestOptions(t *testing.T) {
	got := run(t, "options")
	for _, want := range []string{"--vault-addr", "--kubeconfig", "--namespace", "--vmodule", "--config-namespace"} {
		if !strings.Contains(got.out, want) {
			t.Errorf("%s is not listed", want)
		}
	}
	if got.code != exitDone || got.err != "" {
		t.Errorf("exit code %d, stderr %q; want 0 and nothing", got.code, got.err)
	}
}

func TestDryRunHelpSaysThatVaultIsUsed(t *testing.T) {
	if got := run(t, "create", "--help"); !strings.Contains(got.out, "the encryption in Vault still happen") {
		t.Errorf("the help of --dry-run does not say so:\n%s", got.out)
	}
}

// TestCompletion: kubectl asks a plugin for completions with __complete.
func TestCompletion(t *testing.T) {
	for want, args := range map[string][]string{
		"rotate": {"__complete", "ro"},
		"wide":   {"__complete", "verify", "-o", ""},
		"env":    {"__complete", "view", "-o", "e"},
	} {
		t.Run(want, func(t *testing.T) {
			if got := run(t, args...); !strings.Contains(got.out, want) {
				t.Errorf("stdout %q: want %s", got.out, want)
			}
		})
	}
}

// TestPlaceholdersAreNamed: the help says what a flag of ours takes, and not the Go type of it.
func TestPlaceholdersAreNamed(t *testing.T) {
	kubectls := kubectlsFlags()
	for path, cmd := range ourCommands() {
		check := func(flag *pflag.Flag) {
			name, _ := pflag.UnquoteUsage(flag)
			if kubectls.Lookup(flag.Name) == nil && name != strings.ToUpper(name) {
				t.Errorf("%s: --%s %s: want a placeholder in capital letters", path, flag.Name, name)
			}
		}
		cmd.LocalFlags().VisitAll(check)
		cmd.PersistentFlags().VisitAll(check)
	}
}

// TestCompletionHasNoBackquotes: it shows what a flag is for in the words of the help.
func TestCompletionHasNoBackquotes(t *testing.T) {
	for path := range ourCommands() {
		words := strings.Fields(strings.TrimPrefix(path, displayName))
		got := run(t, append(append([]string{"__complete"}, words...), "--")...)
		if !strings.Contains(got.out, "--vault-addr\tURL of Vault") || strings.Contains(got.out, "`") {
			t.Errorf("%s: completion of flags:\n%s", path, got.out)
		}
	}
	if got := run(t, "__complete", "create", "-f", "a", "--fi"); !strings.Contains(got.out, "--filename") {
		t.Errorf("a flag that can be repeated is not completed again: %q", got.out)
	}
}

// TestEveryCommandIsInTheHelp: once, below the title of a group.
func TestEveryCommandIsInTheHelp(t *testing.T) {
	root, groups := Commands()
	listed := map[string]int{}
	for _, group := range groups {
		if !strings.Contains(run(t).out, "\n"+group.Title+":\n") {
			t.Errorf("the group %q is not shown", group.Title)
		}
		for _, cmd := range group.Commands {
			listed[cmd.Name()]++
		}
	}
	for _, cmd := range root.Commands() {
		if listed[cmd.Name()] != 1 && cmd.Name() != "help" {
			t.Errorf("%s is listed %d times", cmd.Name(), listed[cmd.Name()])
		}
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

// TestPrintErrorsAreReturned: what could not be printed did not happen.
func TestPrintErrorsAreReturned(t *testing.T) {
	var errOut bytes.Buffer
	code := Main(t.Context(), Process{
		IOStreams: genericiooptions.IOStreams{In: strings.NewReader(""), Out: brokenWriter{}, ErrOut: &errOut},
		Args:      []string{"options"},
		LookupEnv: func(string) (string, bool) { return "", false },
	})
	if code != exitFailed || !strings.Contains(errOut.String(), "error: broken pipe") {
		t.Errorf("exit code %d, stderr %q", code, errOut.String())
	}
}
