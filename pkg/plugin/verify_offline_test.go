package plugin

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const offlineGolden = "testdata/offline.golden"

// TestOfflineOutput: what verify --offline prints about a directory with all kinds of files. It contacts no server: see
// runWith.
func TestOfflineOutput(t *testing.T) {
	var all strings.Builder
	for _, args := range [][]string{
		{"-f", "testdata/offline", "-R"},
		{"testdata/offline/plain.yaml", "testdata/offline/sealed.yaml", "--require-scope", "strict", "--expect", "9"},
		{"testdata/offline/sealed.yaml", "testdata/offline/other-kinds.yaml", "testdata/offline/kustomization.yaml"},
		{"testdata/offline", "-R", "-n", "default"},
		{"testdata/offline", "-R", "-o", "name"},
		{"testdata/offline/sealed.yaml", "testdata/offline/absent.yaml"},
		{"testdata/offline/cut-off.yaml", "testdata/offline/absent.yaml", "-o", "json"},
	} {
		got := run(t, append([]string{"verify", "--offline"}, args...)...)
		if strings.Contains(got.out+got.err, "c3VwM3JzZWNyZXQ") || strings.Contains(got.out+got.err, "sup3rsecret") {
			t.Errorf("a value is printed:\n%s%s", got.out, got.err)
		}
		all.WriteString("$ kubectl vaultseal verify --offline " + strings.Join(args, " ") + "\n" + got.out + got.err +
			"exit code " + string(rune('0'+got.code)) + "\n\n")
	}
	if *update {
		if err := os.WriteFile(offlineGolden, []byte(all.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(offlineGolden)
	if err != nil {
		t.Fatal(err)
	}
	if all.String() != string(want) {
		t.Errorf("not as in %s, which -update writes:\n%s", offlineGolden, all.String())
	}
}

func TestOfflineUsage(t *testing.T) {
	for _, args := range []string{
		"", "-R", "-A a.yaml", "--namespaces a a.yaml", "-l a=b a.yaml", "--discover a.yaml", "--against a.json a.yaml",
		"--max-age 9d a.yaml", "-o wide a.yaml", "--require-scope loose a.yaml",
		"-nx.yaml a.yaml", "-n {{x}} a.yaml",
	} {
		t.Run(args, func(t *testing.T) {
			got := run(t, append([]string{"verify", "--offline"}, strings.Fields(args)...)...)
			if got.code != exitUsage || got.out != "" || len(got.errorLines()) != 1 {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestOfflineInput: stdin, as from helm template, and files that say something else than they seem to.
func TestOfflineInput(t *testing.T) {
	const plain = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {password: correct-horse}\n"
	got := runWith(t, t.Context(), plain, "verify", "--offline", "-f", "-")
	if want := "stdin:4: unsealed: secret a entry \"password\": it is not a ciphertext\n"; got.code != exitFound ||
		!strings.HasPrefix(got.out, want) {
		t.Errorf("%+v", got)
	}
	dir := t.TempDir()
	name := filepath.Join(dir, "a.yaml:1: sealed: \x1b[2J\nb.yaml")
	if err := os.WriteFile(name, []byte(plain), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, format := range [][]string{nil, {"-o", "name"}, {"-o", "json"}, {"-o", "yaml"}} {
		got := run(t, append([]string{"verify", "--offline", "-f", dir}, format...)...)
		if got.code != exitFound || strings.ContainsAny(got.out+got.err, "\x1b") ||
			strings.Contains(got.out, "correct-horse") || strings.Contains(got.err, "correct-horse") {
			t.Errorf("%+v", got)
		}
		if lines := strings.Count(got.out, "\n"); format == nil && lines != 2 {
			t.Errorf("%d lines: %s", lines, got.out)
		}
	}
	got = run(t, "verify", "--offline", name, "-o", "json")
	var report struct {
		Kind, Proves string
		Findings     []struct{ File string }
	}
	if err := json.Unmarshal([]byte(got.out), &report); err != nil || report.Kind != "OfflineVerificationReport" ||
		report.Proves != "form" || len(report.Findings) != 1 || report.Findings[0].File != name {
		t.Errorf("%+v, %v", report, err)
	}
}
