// Package guides knows which test runs the shell blocks of which page of the documentation. A block that is fenced as
// sh is run; what cannot be run is fenced as text or console.
package guides

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Root is the repository, from the tests that run guides.
const Root = ".."

// Guide is a page with shell blocks.
type Guide struct {
	Path string // in the repository
	Test string // that runs its blocks, in one shell
}

// Name is the file's.
func (g Guide) Name() string { return filepath.Base(g.Path) }

// all are in the order in which they are run: later ones find what earlier ones have left.
func all() []Guide {
	return []Guide{
		{"docs/setup.md", "TestFreshDocs"}, // first: it begins with nothing
		{"README.md", "TestFreshDocs"},
		{"docs/monitoring.md", "TestFreshDocs"},
		{"docs/rotation.md", "TestFreshDocs"},
		{"docs/troubleshooting.md", "TestFreshDocs"},
		{"docs/tls.md", "TestFreshDocs"},
		{"docs/ci.md", "TestFreshDocs"},
		{"docs/git.md", "TestFreshDocs"},
		{"docs/migrate-from-secretmanager.md", "TestFreshDocs"},
		{"docs/clusters.md", "TestClusters"},
		{"docs/applications.md", "TestWorkloadApplications"},
		{"docs/input.md", "TestInputGuide"},
		{"docs/format.md", "TestFormatGuide"},
		{"docs/migrate-from-plain-secrets.md", "TestWorkloadPlainSecrets"},
		{"docs/migrate-from-sealed-secrets.md", "TestMigrateSealedSecrets"},
		{"docs/migrate-from-sops.md", "TestMigrateSops"},
	}
}

// Of gives those that a test runs.
func Of(test string) (guides []Guide) {
	for _, guide := range all() {
		if guide.Test == test {
			guides = append(guides, guide)
		}
	}
	return guides
}

var shellBlock = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")

// Script is what the guide's shell blocks say, one after the other.
func (g Guide) Script(root string) (string, error) {
	text, err := os.ReadFile(filepath.Join(root, g.Path))
	if err != nil {
		return "", err
	}
	return script(g.Path, string(text))
}

// Section is what the shell blocks of one section of a page say: from its heading to the next one of level 2.
func Section(root, path, heading string) (string, error) {
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		return "", err
	}
	_, section, found := strings.Cut(string(text), "\n## "+heading+"\n")
	if !found {
		return "", fmt.Errorf("%s has no section %q", path, heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	return script(path, section)
}

func script(path, text string) (string, error) {
	var script strings.Builder
	for _, block := range shellBlock.FindAllStringSubmatch(text, -1) {
		script.WriteString(block[1])
	}
	if script.Len() == 0 {
		return "", fmt.Errorf("%s has no shell block", path)
	}
	return script.String(), nil
}
