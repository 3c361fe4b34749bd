package plugin

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	testScript = regexp.MustCompile("`([a-z0-9]+(?:-[a-z0-9]+)*)`")
	goTest     = regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9]+)`")
	goTestFunc = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Za-z0-9]+)\(`)
)

// goTests are the names of the Go tests of the plugin and of the end-to-end tests.
func goTests(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, dir := range []string{"internal", "pkg", "test"} {
		err := filepath.WalkDir(filepath.Join(repository, dir), func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, match := range goTestFunc.FindAllSubmatch(text, -1) {
				names[string(match[1])] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return names
}

// TestSecurityPageNamesTests: each line about what an actor can or cannot do names a test that exists, another page, or
// the program whose promise it is.
func TestSecurityPageNamesTests(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(repository, "docs", "security.md"))
	if err != nil {
		t.Fatal(err)
	}
	tests, rows, shown := goTests(t), 0, false
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		last := strings.TrimSpace(cells[len(cells)-1])
		switch {
		case !strings.HasPrefix(line, "|"):
			shown = false
		case last == "shown by":
			shown = true
		case shown && !strings.HasPrefix(line, "|--"):
			rows++
			checkShownBy(t, tests, line, last)
		}
	}
	for _, match := range goTest.FindAllStringSubmatch(string(text), -1) {
		if !tests[match[1]] {
			t.Errorf("there is no test %s", match[1])
		}
	}
	if rows == 0 {
		t.Error("the page has no line that names a test")
	}
}

func checkShownBy(t *testing.T, tests map[string]bool, line, cell string) {
	t.Helper()
	named := goTest.MatchString(cell) || pageLink.MatchString(cell) || cell == "Kubernetes" || cell == "Vault"
	for _, match := range testScript.FindAllStringSubmatch(cell, -1) {
		named = true
		scripts, err := filepath.Glob(filepath.Join(repository, "test", "*", match[1]+".txtar"))
		if err != nil || len(scripts) == 0 {
			t.Errorf("there is no script %s", match[1])
		}
	}
	if !named {
		t.Errorf("no test is named: %s", line)
	}
}
