package guides

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

var (
	fence     = regexp.MustCompile("(?m)^[ \t>]*```+[ \t]*(.*)$")
	languages = []string{"sh", "text", "console", "yaml", "json", "hcl", "go"}
)

// TestEveryShellBlockIsRun: a page has shell blocks exactly when a test runs them.
func TestEveryShellBlockIsRun(t *testing.T) {
	run := map[string]bool{}
	for _, guide := range all() {
		if _, err := guide.Script(root); err != nil {
			t.Error(err)
		}
		if run[guide.Path] {
			t.Errorf("%s is run twice", guide.Path)
		}
		run[guide.Path] = true
	}
	for _, path := range pages(t) {
		text := read(t, filepath.Join(root, path))
		for n, line := range fence.FindAllStringSubmatch(text, -1) {
			switch language := line[1]; {
			case n%2 == 1: // its end
			case !slices.Contains(languages, language):
				t.Errorf("%s has a block that is fenced as %q: want one of %v", path, language, languages)
			case language == "sh" && !strings.HasPrefix(line[0], "```sh"):
				t.Errorf("%s has a shell block that does not begin its line, and is not run", path)
			case language == "sh" && !run[path]:
				t.Errorf("%s has a shell block, and no test runs it: fence it as text or console, or add the page to "+
					"guides.go", path)
			}
		}
	}
}

// TestGuidesHaveTheirTests: the tests that are named ask for their guides by their own name.
func TestGuidesHaveTheirTests(t *testing.T) {
	var source strings.Builder
	files, err := filepath.Glob("../*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		source.WriteString(read(t, file))
	}
	for _, guide := range all() {
		_, body, _ := strings.Cut(source.String(), "\nfunc "+guide.Test+"(t *testing.T) {\n")
		body, _, _ = strings.Cut(body, "\n}\n")
		if !strings.Contains(body, "range guides.Of(t.Name())") {
			t.Errorf("%s: no test %s asks for its guides", guide.Path, guide.Test)
		}
	}
}

// pages are the Markdown files at the root and in docs.
func pages(t *testing.T) []string {
	t.Helper()
	var pages []string
	for _, pattern := range []string{"*.md", "docs/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, path := range found {
			path, err := filepath.Rel(root, path)
			if err != nil {
				t.Fatal(err)
			}
			pages = append(pages, filepath.ToSlash(path))
		}
	}
	return pages
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
