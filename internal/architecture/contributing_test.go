package architecture

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// section is the text of CONTRIBUTING.md below a heading, up to the next one of its level or above.
func section(t *testing.T, heading string) string {
	t.Helper()
	_, text, found := strings.Cut(read(t, "CONTRIBUTING.md"), "\n"+heading+"\n")
	if !found {
		t.Fatalf("CONTRIBUTING.md has no heading %s", heading)
	}
	var kept strings.Builder
	fenced := false
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
		}
		if marks, _, isHeading := strings.Cut(line, " "); !fenced && isHeading && marks != "" &&
			len(marks) <= strings.Index(heading, " ") &&
			strings.Trim(marks, "#") == "" {
			break
		}
		kept.WriteString(line)
	}
	return kept.String()
}

// firstCells are the code spans in the first cells of a section's table.
func firstCells(text string) []string {
	var cells []string
	for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]*`) \\|").FindAllStringSubmatch(text, -1) {
		for _, span := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[1], -1) {
			cells = append(cells, span[1])
		}
	}
	return cells
}

// TestLayoutIsTheTree: each package of the table exists, and each directory with code belongs to one of them.
func TestLayoutIsTheTree(t *testing.T) {
	listed := firstCells(section(t, "## Project layout"))
	isListed := func(dir string) bool {
		return slices.ContainsFunc(listed,
			func(entry string) bool { return dir == entry || strings.HasPrefix(dir, entry+"/") })
	}
	withCode := dirsOf(filesOf(t,
		func(name string) bool { return isGo(name) || path.Base(name) == "go.mod" && name != "go.mod" }))
	for _, dir := range withCode {
		if !isListed(dir) {
			t.Errorf("CONTRIBUTING.md does not say what %s has", dir)
		}
		if strings.HasPrefix(dir, "internal/") && !slices.Contains(listed, dir) {
			t.Errorf("CONTRIBUTING.md has no row for %s", dir)
		}
	}
	for _, entry := range listed {
		if !slices.ContainsFunc(withCode,
			func(dir string) bool { return dir == entry || strings.HasPrefix(dir, entry+"/") }) {
			t.Errorf("CONTRIBUTING.md says what %s has, which has no code", entry)
		}
	}
}

// TestWalkNamesFilesOnce: the files that rotate passes exist, and each is named once.
func TestWalkNamesFilesOnce(t *testing.T) {
	files := filesOf(t, func(string) bool { return true })
	named := map[string]int{}
	walk := section(t, "## How a command works")
	for _, span := range regexp.MustCompile("`([^`]*\\.go)`").FindAllStringSubmatch(walk, -1) {
		named[span[1]]++
	}
	if len(named) < 20 {
		t.Errorf("only %d files are named", len(named))
	}
	for name, times := range named {
		if times != 1 {
			t.Errorf("%s is named %d times", name, times)
		}
		if !slices.Contains(files, name) {
			t.Errorf("there is no file %s", name)
		}
	}
}

// TestContributingNamesWhatExists: the other files that the page names exist too.
func TestContributingNamesWhatExists(t *testing.T) {
	files := filesOf(t, func(string) bool { return true })
	span := regexp.MustCompile("`((?:cmd|docs|examples|hack|internal|pkg|plugins|test)/[\\w./-]+\\.\\w+)`")
	for _, found := range span.FindAllStringSubmatch(read(t, "CONTRIBUTING.md"), -1) {
		if !strings.Contains(found[1], "NAME") && !slices.Contains(files, found[1]) {
			t.Errorf("there is no file %s", found[1])
		}
	}
}

// TestScriptCommandsAreListed: each command of the end-to-end scripts has a row in CONTRIBUTING.md, and no other has.
func TestScriptCommandsAreListed(t *testing.T) {
	var listed []string
	for _, usage := range firstCells(section(t, "## How to write an end-to-end script")) {
		name, _, _ := strings.Cut(usage, " ")
		listed = append(listed, name)
	}
	slices.Sort(listed)
	if defined := scriptCommands(t); !slices.Equal(listed, defined) {
		t.Errorf("CONTRIBUTING.md lists\n%v\nand the scripts have\n%v", listed, defined)
	}
}

// scriptCommands are the keys of each map[string]command in test, and those that are assigned to in a map named all.
func scriptCommands(t *testing.T) []string {
	t.Helper()
	var names []string
	add := func(key ast.Expr) {
		if literal, isLiteral := key.(*ast.BasicLit); isLiteral && literal.Kind == token.STRING {
			names = append(names, strings.Trim(literal.Value, `"`))
		}
	}
	for _, name := range filesOf(t, func(name string) bool { return isTest(name) && path.Dir(name) == "test" }) {
		file, err := parser.ParseFile(token.NewFileSet(), name, read(t, name), 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.CompositeLit:
				if kind, isMap := node.Type.(*ast.MapType); isMap && isIdent(kind.Value, "command") {
					for _, element := range node.Elts {
						add(element.(*ast.KeyValueExpr).Key)
					}
				}
			case *ast.AssignStmt:
				for _, left := range node.Lhs {
					if index, isIndex := left.(*ast.IndexExpr); isIndex && isIdent(index.X, "all") {
						add(index.Index)
					}
				}
			}
			return true
		})
	}
	slices.Sort(names)
	return names
}

func isIdent(expression ast.Expr, name string) bool {
	identifier, is := expression.(*ast.Ident)
	return is && identifier.Name == name
}
