package plugin

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

const repository = "../.."

var (
	pageLink    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	pageHeading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	pageBlock   = regexp.MustCompile("(?ms)^```.*?^```$")
	inlineCode  = regexp.MustCompile("`[^`\n]+`")
	comment     = regexp.MustCompile(`(?m)^# .*$`) // of a shell
	makeCommand = regexp.MustCompile(`(?:^|[\s("` + "`" + `])make ((?:-\S+ )*)([A-Za-z][\w-]*)`)
	makeTarget  = regexp.MustCompile(`(?m)^([A-Za-z][\w -]*):`)
	// foreignCommand is a command of another program, up to where one of ours can begin; "--" begins the one that exec
	// runs.
	foreignCommand = regexp.MustCompile("(?m)(?:^|[\\s(`])(?:kubectl|vault|docker|skopeo|openssl|go|cosign|gh|git|sha256sum|kubeseal|sops|helm|kustomize|node_exporter|COPY|--) [^\x00\n|`]*")
	// of the API server, of kubectl create
	foreignFlag = regexp.MustCompile(`--service-account-max-token-expiration|--(?:append-hash|save-config|validate)\b`)
)

// documentation is the text of the Markdown files at the root and in docs, by path.
func documentation(t *testing.T) map[string]string {
	t.Helper()
	pages := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md"} {
		found, err := filepath.Glob(filepath.Join(repository, pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, path := range found {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			pages[path] = string(text)
		}
	}
	return pages
}

// TestLinksLead: what a page links to in the repository is there, and so is the heading.
func TestLinksLead(t *testing.T) {
	pages := documentation(t)
	for path, text := range pages {
		for _, link := range pageLink.FindAllStringSubmatch(pageBlock.ReplaceAllString(text, ""), -1) {
			if strings.Contains(link[1], "://") {
				continue
			}
			file, anchor, anchored := strings.Cut(link[1], "#")
			target := path
			if file != "" {
				target = filepath.Join(filepath.Dir(path), filepath.FromSlash(file))
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s links to %s, which is not there", path, link[1])
			} else if anchored && !slices.Contains(anchors(pages[target]), anchor) {
				t.Errorf("%s links to %s, which has no such heading", path, link[1])
			}
		}
	}
}

// anchors are those of a page's headings, as GitHub makes them.
func anchors(text string) (all []string) {
	for _, heading := range pageHeading.FindAllStringSubmatch(pageBlock.ReplaceAllString(text, ""), -1) {
		all = append(all, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, heading[1]))
	}
	return all
}

// TestDocumentationMentionsWhatExists: commands, flags and make's targets.
func TestDocumentationMentionsWhatExists(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join(repository, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	var targets []string
	for _, match := range makeTarget.FindAllStringSubmatch(string(makefile), -1) {
		targets = append(targets, strings.Fields(match[1])...)
	}
	for path, text := range documentation(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			for _, code := range append(pageBlock.FindAllString(text, -1),
				inlineCode.FindAllString(pageBlock.ReplaceAllString(text, ""), -1)...) {
				code = comment.ReplaceAllString(strings.ReplaceAll(code, "\\\n", " "), "")
				for _, match := range makeCommand.FindAllStringSubmatch(code, -1) {
					if !slices.Contains(targets, match[2]) {
						t.Errorf("%q: make has no target %s", code, match[2])
					}
				}
				checkMentions(t, ownFlags(code))
			}
		})
	}
}

// ownFlags leaves the commands of others out of a code.
func ownFlags(code string) string {
	const mark = "\x00"
	code = strings.ReplaceAll(code, displayName, mark)
	code = foreignFlag.ReplaceAllString(foreignCommand.ReplaceAllString(code, ""), "")
	return strings.ReplaceAll(code, mark, displayName)
}

// TestDocumentedCommandLinesParse: each command line of ours in a block has only flags that its command has.
func TestDocumentedCommandLinesParse(t *testing.T) {
	parsed := 0
	for path, text := range documentation(t) {
		for _, block := range pageBlock.FindAllString(text, -1) {
			for line := range strings.Lines(strings.ReplaceAll(block, "\\\n", " ")) {
				if match := ownCommand.FindStringSubmatch(line); match != nil {
					parsed++
					checkCommandLine(t, filepath.Base(path), match[1])
				}
			}
		}
	}
	if parsed == 0 {
		t.Error("there is no command line")
	}
}

var ownCommand = regexp.MustCompile(displayName + ` ([a-z-].*)`)

var endOfCommand = regexp.MustCompile(`\s(?:#|>|\||\|\||&&|<)\s.*|[)]?\s*$`)

func checkCommandLine(t *testing.T, path, words string) {
	t.Helper()
	root := newRoot(tree().process)
	cmd, rest, err := root.Find(shellWords(strings.ReplaceAll(endOfCommand.ReplaceAllString(words, ""), "'", `"`)))
	if err != nil || cmd == root && !strings.HasPrefix(words, "-") {
		t.Errorf("%s: %s: %v", path, words, err)
		return
	}
	if err := cmd.ParseFlags(rest); err != nil {
		t.Errorf("%s: %s: %v", path, words, err)
	}
}
