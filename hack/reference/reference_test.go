package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReferenceIsFresh: docs/commands.md says what the commands' help says.
func TestReferenceIsFresh(t *testing.T) {
	want, err := reference()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../docs/commands.md")
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.ReplaceAll(string(text), "\r\n", "\n"); got != want { // git may write Windows' line ends
		t.Errorf("docs/commands.md is stale from line %d on: run make docs", firstDifference(got, want))
	}
}

// TestSettingsAreFresh: the table in docs/configuration.md is that of internal/config.
func TestSettingsAreFresh(t *testing.T) {
	text, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	got := strings.ReplaceAll(string(text), "\r\n", "\n")
	want, err := withSettings(got)
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("docs/configuration.md is stale from line %d on: run make docs", firstDifference(got, want))
	}
	if _, err := withSettings("no table"); err == nil {
		t.Error("a page without a table is taken")
	}
}

func firstDifference(got, want string) int {
	lines := strings.Split(want, "\n")
	for i, line := range strings.Split(got, "\n") {
		if i >= len(lines) || line != lines[i] {
			return i + 1
		}
	}
	return len(lines)
}

// TestReferenceIsTheSameEverywhere: defaults of flags must not come from the machine, as kubectl's cache directory
// does.
func TestReferenceIsTheSameEverywhere(t *testing.T) {
	here, err := reference()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"HOME", "USERPROFILE", "XDG_CACHE_HOME", "TMPDIR", "KUBECONFIG", "KUBECACHEDIR"} {
		t.Setenv(name, "/elsewhere")
	}
	elsewhere, err := reference()
	if err != nil {
		t.Fatal(err)
	}
	if here != elsewhere || strings.Contains(here, "cache-dir") {
		t.Error("the page depends on where it is made")
	}
}

func TestProse(t *testing.T) {
	for text, want := range map[string]string{
		"with --diff nothing is written":       "with `--diff` nothing is written",
		"verify -A -o json, or -l":             "verify `-A` `-o json`, or `-l`",
		"--dry-run=client only":                "`--dry-run=client` only",
		`names (LD_*, A_B) are "no" use.`:      "names (`LD_*`, `A_B`) are `no` use.",
		"[ENTRY=]PATH of <x> * 2; - is stdin":  `\[ENTRY=\]PATH of \<x> \* 2; - is stdin`,
		"namespace-wide a|b":                   `namespace-wide a\|b`,
		"the file x_y.cmd. Its name is client": "the file `x_y.cmd`. Its name is client",
	} {
		if got := prose(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestParagraphs(t *testing.T) {
	got := paragraphs("one\nparagraph\n\n  ✓  it holds\n  !  it does not\n\nanother")
	if want := "one\nparagraph\n\n```text\n✓  it holds\n!  it does not\n```\n\nanother"; got != want {
		t.Errorf("got:\n%s", got)
	}
}

func TestFlagTable(t *testing.T) {
	got := flagTable("      --dry-run a|b[=a]   what it does (default \"a\")\n  -h, --help              help for x\n")
	want := "| flag | meaning |\n|---|---|\n| `--dry-run a\\|b[=a]` | what it does (default `a`) |\n| `-h, --help` | " +
		"help for x |\n"
	if got != want {
		t.Errorf("got:\n%s", got)
	}
}

// TestWrite: both pages are written, and only to a directory that has the page with the table.
func TestWrite(t *testing.T) {
	docs := t.TempDir()
	if err := write(docs); err == nil {
		t.Error("no configuration.md, and no error")
	}
	page := filepath.Join(docs, "configuration.md")
	if err := os.WriteFile(page, []byte("# Configuration\n\n"+tableBegins+"\n"+tableEnds+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := write(docs); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{page: "| `--vault-addr` |", filepath.Join(docs, "commands.md"): "## kubectl vaultseal create"} {
		if text, err := os.ReadFile(path); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s lacks %q: %v", path, want, err)
		}
	}
}
