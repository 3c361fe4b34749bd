package plugin

import (
	"os"
	"strings"
	"testing"
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
