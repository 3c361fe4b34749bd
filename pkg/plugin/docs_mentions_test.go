package plugin

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

var (
	mentionedFlag = regexp.MustCompile(`(?:^|[^\w-])--([a-z][a-z0-9-]*)`)
	mentionedVerb = regexp.MustCompile(`kubectl vaultseal ([a-z][a-z-]*)`)
	otherCommand  = regexp.MustCompile(`(?:kubectl (?:auth|config|create|get|cluster-info)|vault write|git (?:config|merge-file))(?:[^;,]|,\w)*`)
)

// ourCommands is the root and all commands below it, by path.
var ourCommands = sync.OnceValue(func() map[string]*cobra.Command {
	commands := map[string]*cobra.Command{}
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		cmd.InitDefaultHelpFlag()
		commands[cmd.CommandPath()] = cmd
		for _, child := range cmd.Commands() {
			walk(child)
		}
	}
	walk(newRoot(tree().process))
	return commands
})

func hasFlag(cmd *cobra.Command, name string) bool {
	return cmd.Flags().Lookup(name) != nil || cmd.InheritedFlags().Lookup(name) != nil
}

// checkMentions checks that our flags and commands in a text exist, each flag
// on some command.
func checkMentions(t *testing.T, text string) {
	t.Helper()
	commands := ourCommands()
	for _, verb := range mentionedVerb.FindAllStringSubmatch(text, -1) {
		if commands[displayName+" "+verb[1]] == nil {
			t.Errorf("%q mentions %q, which does not exist", text, verb[0])
		}
	}
	for _, flag := range mentionedFlag.FindAllStringSubmatch(otherCommand.ReplaceAllString(text, ""), -1) {
		found := false
		for _, cmd := range commands {
			found = found || hasFlag(cmd, flag[1])
		}
		if !found {
			t.Errorf("%q mentions --%s, which does not exist", text, flag[1])
		}
	}
}

func TestHelpTextsAreTrue(t *testing.T) {
	for path, cmd := range ourCommands() {
		t.Run(path, func(t *testing.T) {
			for _, text := range []string{cmd.Short, cmd.Long, cmd.Example} {
				checkMentions(t, text)
			}
			cmd.Flags().VisitAll(func(flag *pflag.Flag) { checkMentions(t, flag.Usage) })
		})
	}
}

// TestExamplesParse: each line of an example names a command of ours and only flags that this one has.
func TestExamplesParse(t *testing.T) {
	for path, owner := range ourCommands() {
		for line := range strings.Lines(owner.Example) {
			_, words, found := strings.Cut(line, displayName+" ")
			if !found {
				continue
			}
			t.Run(path+": "+strings.TrimSpace(line), func(t *testing.T) {
				words, _, _ = strings.Cut(words, " > ")
				words, _, _ = strings.Cut(words, " >> ")
				words, _, _ = strings.Cut(words, " | ")
				root := newRoot(tree().process)
				cmd, rest, err := root.Find(shellWords(words))
				if err != nil || cmd == root {
					t.Fatalf("Find: %v, %v", cmd, err)
				}
				if err := cmd.ParseFlags(rest); err != nil {
					t.Fatal(err)
				}
				if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// shellWords splits as a shell does, which is all that the examples need: what is in double quotes is one word.
func shellWords(line string) (words []string) {
	for i, part := range strings.Split(line, `"`) {
		if i%2 == 1 {
			words = append(words, part)
		} else {
			words = append(words, strings.Fields(part)...)
		}
	}
	return words
}

// TestSourcesMentionWhatExists reads every text in the code that can reach a user.
func TestSourcesMentionWhatExists(t *testing.T) {
	for _, path := range goFiles(t) {
		for _, text := range stringLiterals(t, path) {
			checkMentions(t, text)
		}
	}
}

// stringLiterals are the texts in a file of the code. A text that is divided over lines with + counts as one.
func stringLiterals(t *testing.T, path string) (found []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(node ast.Node) bool {
		expression, ok := node.(ast.Expr)
		if !ok {
			return true
		}
		text, ok := literalText(t, expression)
		if ok {
			found = append(found, text)
		}
		return !ok
	})
	return found
}

// literalText returns the text of a string literal, or of several that are joined with +.
func literalText(t *testing.T, expression ast.Expr) (string, bool) {
	t.Helper()
	switch e := expression.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		text, err := strconv.Unquote(e.Value)
		if err != nil {
			t.Fatalf("%s: %v", e.Value, err)
		}
		return text, true
	case *ast.BinaryExpr:
		left, leftOK := literalText(t, e.X)
		right, rightOK := literalText(t, e.Y)
		return left + right, e.Op == token.ADD && leftOK && rightOK
	}
	return "", false
}

func goFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	for _, root := range []string{"..", "../../internal"} {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, known := range []string{"../plugin/hint.go", "../../internal/engine/errors.go"} {
		if !slices.Contains(files, known) {
			t.Fatalf("%s was not found", known)
		}
	}
	return files
}
