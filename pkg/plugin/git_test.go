package plugin

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
)

func TestIsGitCommit(t *testing.T) {
	for line, want := range map[string]bool{
		"git commit -v": true,
		"/usr/bin/git -c commit.verbose=1 commit": true,
		"git.exe -C repository commit":            true,
		"git --no-pager commit":                   true,
		"git -c alias.x=commit diff":              false,
		"git":                                     false,
		"git log -p":                              false,
		"git-commit -v":                           true,
		"/usr/lib/git-core/git-commit -v":         true,
		"git-commit.exe -v":                       true,
		"/opt/my tools/git commit -v":             true, // as ps prints it
		"vi commit":                               true, // only digests are shown
		"":                                        false,
	} {
		if got := isGitCommit(strings.Fields(line)); got != want {
			t.Errorf("%q: %t", line, got)
		}
	}
	if own := argsOf(t.Context(), os.Getpid()); len(own) == 0 || own[0] != os.Args[0] {
		t.Errorf("own arguments are %q", own)
	}
}

// TestGitMergeOfALargeFile: git alone merges it, and there is nothing to check.
func TestGitMergeOfALargeFile(t *testing.T) {
	dir := t.TempDir()
	files := []string{filepath.Join(dir, "base"), filepath.Join(dir, "ours"), filepath.Join(dir, "theirs")}
	for _, file := range files[:2] {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(file, manifest.MaxFile+1); err != nil {
			t.Fatal(err)
		}
	}
	theirs, err := os.ReadFile("testdata/offline/sealed.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(files[2], theirs, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := run(t, append([]string{"git", "merge"}, files...)...); got.code != 0 {
		t.Errorf("exit code %d: %s", got.code, got.err)
	}
	if got, err := os.ReadFile(files[1]); err != nil || string(got) != string(theirs) {
		t.Errorf("our side has %d bytes, want those of their side: %v", len(got), err)
	}
}
