package plugin

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// writeFile makes a file of a test's own.
func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

type refusal struct {
	args []string
	want string // in the error
	hint string // in a hint; empty: none is asked for
}

func refusals(good string) []refusal {
	see := func(command string) string { return "see kubectl vaultseal " + command + " --help" }
	return []refusal{
		{[]string{"--no-such-flag"}, "--no-such-flag", "see kubectl vaultseal --help"},
		{[]string{"create", "--no-such-flag"}, "--no-such-flag", see("create")},
		{[]string{"view", "-z", "a"}, "-z", see("view")},
		{[]string{"create", "--cache-dir", "/x"}, "--cache-dir", see("create")},
		{[]string{"create", "-f"}, "-f", see("create")},
		{[]string{"create", "-f", good, "--dry-run=yes"}, "--dry-run", see("create")},
		{[]string{"create", "-f", good, "-o", "wide"}, "json, yaml, name", see("create")},
		{[]string{"view", "a", "-o", "wide"}, "json, yaml, env", see("view")},
		{[]string{"rotate", "-o", "env"}, "json, yaml, name, wide", see("rotate")},
		{[]string{"rotate", "-v", "x"}, "-v", see("rotate")},

		{[]string{"nonsense"}, `unknown command "nonsense"`, "see kubectl vaultseal --help"},
		{[]string{"ver"}, `unknown command "ver"`, "did you mean kubectl vaultseal verify?"},

		{[]string{"create", "a", "b", "-f", good}, "at most 1", see("create")},
		{[]string{"view"}, "between 1 and 2", see("view")},
		{[]string{"view", "a", "b", "c"}, "between 1 and 2", see("view")},
		{[]string{"options", "a"}, "", see("options")},

		{[]string{"create"}, "nothing to seal", "-f secrets.json"},
		{[]string{"create", "a"}, "nothing to seal", "-f secrets.json"},
		{[]string{"create", "-f", good, "--overwrite", "--merge"}, "--overwrite and --merge", ""},
		{[]string{"create", "-f", good, "--adopt"}, "--adopt requires", ""},
		{[]string{"create", "-f", good, "--scope", "Strict"}, "--scope", ""},
		{[]string{"create", "-f", good, "--scope", "unbound"}, "strict, namespace-wide or cluster-wide", ""},
		{[]string{"create", "A", "-f", good}, `invalid Secret name "A"`, ""},
		{[]string{"create", "pod/a", "-f", good}, "pod/a", ""},
		{[]string{"create", "a", "-f", "a/b=" + good}, "a/b", ""},
		{[]string{"create", "a", "-f", ""}, "[ENTRY=]PATH", ""},
		{[]string{"create", "a", "-f", "a.json="}, "[ENTRY=]PATH", ""},
		{[]string{"create", "-f", "a.json=-"}, "specify NAME", ""},
		{[]string{"create", "--from-literal", "a=b"}, "need the NAME", ""},
		{[]string{"create", "a", "--from-literal", "s3cr3t"}, "--from-literal: want ENTRY=VALUE", ""},
		{[]string{"create", "a", "--from-literal", "s3/cr3t=x"}, "--from-literal: want ENTRY=VALUE", ""},
		{[]string{"create", "a", "--from-literal", "a=b", "--from-literal", "a=c"}, `entry "a" is given twice`, ""},
		{[]string{"create", "a", "-f", good, "--from-file", "good.json=" + good},
			`entry "good.json" is given twice`, ""},
		{[]string{"create", "a", "--from-file", "-"}, "stdin has no name", "--from-file secrets.json=-"},
		{[]string{"create", "a", "--from-file", "a=-", "--from-env-file", "-"}, "stdin can be read only once", ""},
		{[]string{"create", "a", "--from-prompt", "password"}, "no terminal", ""},
		{[]string{"create", "--from-secret", "b", "-f", good}, "--from-secret seals the Secret's values", ""},
		{[]string{"create", "--from-secret", "b", "--from-literal", "a=b"}, "excludes -f", ""},
		{[]string{"create", "--from-secret", "b", "--type", "x"}, "excludes -f, --type", ""},
		{[]string{"create", "--from-secret", "b", "--overwrite"}, "--overwrite without --output-dir", ""},
		{[]string{"create", "--from-secret", "b", "--merge"}, "excludes --merge", ""},
		{[]string{"create", "--from-secret"}, "requires NAME, -l, --namespaces or -A", ""},
		{[]string{"create", "--from-secret", "-A"}, "require --output-dir or --dry-run", "add --dry-run"},
		{[]string{"create", "--from-secret", "-l", "a=b"}, "require --output-dir or --dry-run", "name them"},
		{[]string{"create", "--from-secret", "-l", "a in (b", "--dry-run"}, "-l", ""},
		{[]string{"create", "--from-secret", "b", "-A", "--dry-run"}, "names exclude -A", ""},
		{[]string{"create", "--from-secret", "-A", "--namespaces", "b", "--dry-run"}, "-A and --namespaces", ""},
		{[]string{"create", "--from-secret", "--namespaces", "../b", "--dry-run"}, `--namespaces "../b"`, ""},
		{[]string{"create", "--from-secret", "-A", "--diff"}, "--diff excludes", ""},
		{[]string{"create", "--from-secret", "-A", "--dry-run=server"}, "--dry-run=server excludes", ""},
		{[]string{"create", "--from-secret=b"}, "--from-secret", ""},
		{[]string{"create", "-f", good, "-A"}, "require --from-secret", ""},
		{[]string{"create", "-f", good, "--output-dir", "d"}, "require --from-secret", ""},
		{[]string{"create", "-f", good, "--in-use"}, "require --from-secret", ""},
		{[]string{"create", "--from-secret", "B"}, `invalid Secret name "B"`, ""},
		{[]string{"create", "a", "-f", good, "--type", "kubernetes.io/dockercfg"}, "must stay plaintext",
			"kubectl create secret"},
		{[]string{"create", "-f", "/etc/.env"}, "specify NAME", ""},
		{[]string{"create", "a", "-f", "a.json=-", "-f", "b.json=-"}, "stdin", ""},
		{[]string{"create", "-f", good, "-f", "b.json=" + good}, "NAME", ""},
		{[]string{"create", "a", "-f", good, "-f", good}, "given twice", ""},
		{[]string{"create", "-f", "/x/Not_A_Name.env"}, "Not_A_Name", ""},

		{[]string{"view", "A"}, `invalid Secret name "A"`, ""},
		{[]string{"view", "a", "b/c"}, "b/c", ""},
		{[]string{"view", "a", "b", "-o", "json"}, "-o", ""},
		{[]string{"rotate", "a", "-A"}, "-A, --namespaces and -l", ""},
		{[]string{"rotate", "a", "-l", "x=y"}, "-A, --namespaces and -l", ""},
		{[]string{"rotate", "-l", "a in (b"}, "-l", ""},
		{[]string{"rotate", "a", "B"}, `invalid Secret name "B"`, ""},
		{[]string{"rotate", "a", "--namespaces", "b"}, "-A, --namespaces and -l", ""},
		{[]string{"rotate", "-A", "--namespaces", "b"}, "-A and --namespaces exclude each other", ""},
		{[]string{"rotate", "--namespaces", "b,C"}, `--namespaces "C"`, ""},
		{[]string{"rotate", "--namespaces", "b", "--retire", "--yes"}, "--retire requires -A", ""},
		{[]string{"verify", "a", "-A"}, "-A, --namespaces and -l", ""},
		{[]string{"verify", "-l", "!"}, "-l", ""},
		{[]string{"verify", "--against", good}, "--against", ""},
		{[]string{"verify", "a", "b", "--against", good}, "--against", ""},
		{[]string{"verify", "-A", "--against", good}, "--against", ""},
	}
}

// TestUsageErrors end before any server is contacted, which runWith checks.
func TestUsageErrors(t *testing.T) {
	good := writeFile(t, "good.json", `{"a":1}`)
	for _, r := range refusals(good) {
		t.Run(strings.ReplaceAll(strings.Join(r.args, " "), good, "FILE"), func(t *testing.T) {
			got := run(t, r.args...)
			if got.code != exitUsage || got.out != "" {
				t.Errorf("exit code %d, stdout %q; want %d and nothing", got.code, got.out, exitUsage)
			}
			if lines := got.errorLines(); len(lines) != 1 || !strings.Contains(lines[0], r.want) {
				t.Fatalf("stderr %q: want one error line with %q", got.err, r.want)
			}
			if r.hint != "" && !strings.Contains(got.err, "hint: ") || !strings.Contains(got.err, r.hint) {
				t.Errorf("stderr %q: want the hint %q", got.err, r.hint)
			}
			checkMentions(t, strings.TrimPrefix(got.err, got.errorLines()[0]))
		})
	}
}

// TestSuggestion: a command mistyped by a letter or two is suggested, as kubectl does.
func TestSuggestion(t *testing.T) {
	for typed, want := range map[string]string{"crate": "create", "veiw": "view", "rotat": "rotate",
		"verfy": "verify"} {
		t.Run(typed, func(t *testing.T) {
			if got := run(t, typed); !strings.Contains(got.err, "did you mean kubectl vaultseal "+want+"?") {
				t.Errorf("stderr %q: want %s suggested", got.err, want)
			}
		})
	}
}

// TestUsageErrorBeforeBadInput: when several apply, usage comes first.
func TestUsageErrorBeforeBadInput(t *testing.T) {
	broken, absent := writeFile(t, "broken.json", "{"), filepath.Join(t.TempDir(), "absent.json")
	for name, args := range map[string][]string{
		"bad name":                 {"create", "A", "-f", absent},
		"no name":                  {"create", "-f", "a.json=" + absent, "-f", "b.json=" + broken},
		"scope":                    {"create", "-f", absent, "--scope", "x"},
		"entry twice, file absent": {"create", "a", "-f", absent, "-f", absent},
		"entry twice, file broken": {"create", "a", "-f", "x.json=" + broken, "-f", "x.json=" + broken},
	} {
		t.Run(name, func(t *testing.T) {
			if got := run(t, args...); got.code != exitUsage {
				t.Errorf("exit code %d, want %d: %s", got.code, exitUsage, got.err)
			}
		})
	}
}

// TestHintIsForTheCommand: a hint names flags that the failing command has.
func TestHintIsForTheCommand(t *testing.T) {
	got := run(t, "verify", "a", "--against", "-")
	if strings.Contains(got.err, "-f ENTRY=-") || !strings.Contains(got.err, "hint: ") {
		t.Errorf("stderr %q: verify has no -f; want a hint about --against", got.err)
	}
}
