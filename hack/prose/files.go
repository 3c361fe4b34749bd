package main

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
)

// messages is where the errors and hints of the commands are listed.
const messages = "pkg/plugin/testdata/messages.golden"

// unread are the files of others, and what is written from texts that are checked themselves.
var unread = []string{"CODE_OF_CONDUCT.md", "hack/prose/testdata/"}

// reference is written from the commands' help, whose lines it keeps.
const reference = "docs/commands.md"

// isSource reports whether a file has comments that begin with #: scripts, YAML, policies and end-to-end scripts.
func isSource(file string) bool {
	switch path.Ext(file) {
	case ".sh", ".yaml", ".yml", ".hcl", ".txtar":
		return true
	}
	return file == "Makefile" || file == "Dockerfile" || file == ".ci/run"
}

// prose lists the repository's files with prose.
func prose(ctx context.Context, repository string, prefixes []string) (files []string, err error) {
	list, err := run(ctx, "git", "-C", repository, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	if err != nil {
		return nil, err
	}
	for file := range strings.SplitSeq(strings.TrimSuffix(list, "\x00"), "\x00") {
		begins := func(prefix string) bool { return strings.HasPrefix(file, prefix) }
		readable := path.Ext(file) == ".md" || path.Ext(file) == ".go" || file == messages || isSource(file)
		if readable &&
			!slices.ContainsFunc(unread, begins) && (len(prefixes) == 0 || slices.ContainsFunc(prefixes, begins)) {
			files = append(files, file)
		}
	}
	return files, nil
}

// textName names the text that vale reads for a file: Markdown for pages and comments, whose indented lines are code.
func textName(file string) string {
	switch {
	case path.Ext(file) == ".go", isSource(file):
		return file + ".comments.md"
	case path.Ext(file) == ".golden":
		return file + ".txt"
	}
	return file
}

func fileName(text string) string {
	return strings.TrimSuffix(strings.TrimSuffix(text, ".comments.md"), ".txt")
}

// readable is what vale reads of a file, with each word on its line.
func readable(file string, text []byte) []byte {
	switch {
	case path.Ext(file) == ".go":
		return comments(file, text)
	case isSource(file):
		return hashComments(text)
	}
	return text
}

// comments empties all lines of a Go file but for the text of its comments.
func comments(file string, source []byte) []byte {
	lines := make([]string, strings.Count(string(source), "\n")+1)
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, file, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil // the compiler says why
	}
	for _, group := range parsed.Comments {
		for _, comment := range group.List {
			if ast.IsGenerated(parsed) || isDirective(comment.Text) {
				continue
			}
			first := fset.Position(comment.Pos()).Line
			for i, line := range strings.Split(strings.Trim(comment.Text, "/*"), "\n") {
				lines[first-1+i] = strings.TrimPrefix(line, " ")
			}
		}
	}
	return []byte(strings.Join(lines, "\n"))
}

// hashComment is a comment at the start of a line or after white space. A "#" in a word, such as a color or a URL,
// begins no comment.
var hashComment = regexp.MustCompile(`(?:^|\s)#+ (.*)$`)

// hashComments empties all lines but for the text of their comments.
func hashComments(source []byte) []byte {
	lines := strings.Split(string(source), "\n")
	for i, line := range lines {
		comment := hashComment.FindStringSubmatch(line)
		if lines[i] = ""; comment != nil {
			lines[i] = comment[1]
		}
	}
	return []byte(strings.Join(lines, "\n"))
}

// isDirective: //go:build, //nolint and others.
func isDirective(comment string) bool {
	return strings.HasPrefix(comment, "//") && !strings.HasPrefix(comment, "// ") && !strings.HasPrefix(comment, "//\t")
}
