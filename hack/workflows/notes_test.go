package workflows

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestReleaseNotes: they are the section of the tag alone, and their links work on the page of a release.
func TestReleaseNotes(t *testing.T) {
	script, err := filepath.Abs(filepath.Join(root, "hack/release-notes.sh"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "CHANGELOG.md"), []byte(`# Changelog

## [Unreleased]

- later

## [0.2.0] - 2027-01-01

- See [a](docs/a.md#b), [c](LICENSE) and [d](https://example.com/d).

## [0.1.0] - 2026-01-01

- before
`))
	const files = "https://github.com/vaultseal/kubectl-vaultseal/blob/v0.2.0/"
	for tag, want := range map[string]string{
		"v0.2.0": "\n- See [a](" + files + "docs/a.md#b), [c](" + files + "LICENSE) and [d](https://example.com/d).\n",
		"v0.1.0": "\n- before\n",
		"v0.3.0": "",
	} {
		notes := exec.Command("sh", script)
		notes.Dir, notes.Env = dir, append(os.Environ(), "GORELEASER_CURRENT_TAG="+tag)
		got, err := notes.Output()
		if string(got) != want || (err == nil) != (want != "") {
			t.Errorf("%s: %v\n%q, want\n%q", tag, err, got, want)
		}
	}
}
