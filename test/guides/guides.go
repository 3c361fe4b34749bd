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
		{"docs/rotation.md", "TestFreshDocs"},
		{"docs/troubleshooting.md", "TestFreshDocs"},
		{"docs/tls.md", "TestFreshDocs"},
		{"docs/ci.md", "TestFreshDocs"},
		{"docs/git.md", "TestFreshDocs"},
		{"docs/migrate-from-secretmanager.md", "TestFreshDocs"},
		{"docs/applications.md", "TestFreshShop"},
		{"docs/input.md", "TestInputGuide"},
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
	var script strings.Builder
	for _, block := range shellBlock.FindAllStringSubmatch(string(text), -1) {
		script.WriteString(block[1])
	}
	if script.Len() == 0 {
		return "", fmt.Errorf("%s has no shell block", g.Path)
	}
	return script.String(), nil
}
