package plugin

import (
	"errors"
	"slices"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
	"github.com/vaultseal/kubectl-vaultseal/internal/merge"
	"github.com/vaultseal/kubectl-vaultseal/internal/shell"
)

// gitHint is about one error of a git command, without those that it wraps.
func gitHint(err error) string {
	var git *gitError
	switch {
	case err == errNoGit: //nolint:errorlint // hint looks at each error
		return "install git, or add it to PATH"
	case errors.As(err, &git) && git.Command == "config":
		return "run the command in the directory of a repository, or with --global"
	}
	return ""
}

// gitCacheHint says how to stop git from keeping plaintext.
func gitCacheHint() string {
	return "git config " + gitCacheKey + " false && git update-ref -d refs/notes/textconv/" + gitDriver
}

// gitConflictHint says how to decide about entries of a file.
func gitConflictHint(path string, conflicts []merge.Conflict) string {
	if len(conflicts) == 0 {
		return "" // git's conflict markers say it
	}
	path = shell.Quote(path)
	again, decide := "", ""
	var corrections []string
	for _, c := range conflicts {
		var other *manifest.OtherNamespaceError
		switch {
		case errors.As(c.Err, &other):
			again = "to let git merge open its entries, add --namespaces " + shell.Quote(other.Namespace) +
				" to kubectl vaultseal git install, then merge the file again: git checkout -m -- " + path
		case again == "" && (ofVault(c.Err) || hint(c.Err) != ""):
			again = "after you have fixed the cause, merge the file again: git checkout -m -- " + path
		}
		correction, alone := gitCorrection(path, c)
		if correction != "" && !slices.Contains(corrections, correction) {
			corrections = append(corrections, correction)
		}
		if !alone {
			decide = "keep the line of one side for each entry, then git add " + path
		}
	}
	if decide == "" {
		corrections = append(corrections, "then git add "+path)
	}
	return strings.Trim(strings.Join(append([]string{again, decide}, corrections...), "\n"), "\n")
}

// gitCorrection says how to correct what a side's line does not make right; alone: no line is to be chosen.
func gitCorrection(path string, c merge.Conflict) (correction string, alone bool) {
	switch {
	case errors.Is(c.Err, merge.ErrTwice):
		return "remove one of the two Secrets " + shell.Quote(c.Name) + " from " + path, true
	case errors.Is(c.Err, merge.ErrOtherBinding), errors.Is(c.Err, merge.ErrMixed), errors.Is(c.Err, merge.ErrPlace):
		set := []string{"kubectl vaultseal set -f", path, shell.Quote(c.Name), shell.Quote(c.Entry)}
		return "seal the value again: " + strings.Join(set, " "), !errors.Is(c.Err, merge.ErrPlace)
	}
	return "", false
}
