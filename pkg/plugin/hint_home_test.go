package plugin

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestAdviceStandsWithTheHints keeps the texts that say what to do in hint*.go: other files call what makes them.
func TestAdviceStandsWithTheHints(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("the package's files: %d, %v", len(files), err)
	}
	set := token.NewFileSet()
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "hint") {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range adviceIn(set, file) {
			t.Errorf("%s: move it to a function of hint*.go", found)
		}
	}
}

func TestAdviceIsFound(t *testing.T) {
	for source, want := range map[string]int{
		`func f() error { return withHint(err, "add --yes") }`:                                           1,
		`func f() error { return newUsageError(err, "add "+flag) }`:                                      1,
		`func f() error { return newReportError(1, err, "a\nb") }`:                                       1,
		`func f() { c.globals.hint("add --yes") }`:                                                       1,
		`func f() { hint := fmt.Sprintf("add %s", flag); _ = withHint(err, hint)}`:                       1,
		`func f() { var advice = "add"; advice += flag; _ = withHint(e, advice)}`:                        1,
		`func f() { hints = append(hints, "then run"); _ = withHint(e, strings.Join(hints, "\n"))}`:      1,
		`func f() { g.note("left alone: %s\nhint: add --yes", name) }`:                                   1,
		`const missingHint = "add --yes"`:                                                                1,
		`func yesHint() string { return "add --yes" }`:                                                   1,
		`func f() error { return withHint(errors.New("it is empty"), hint(err)) }`:                       0,
		`func f() error { return newUsageError(err, "") }`:                                               0,
		`func f() error { return newReportError(code, err, strings.Join(hints, "\n")) }`:                 0,
		`func f() error { message := "text"; return withHint(errors.New(message), yesHint(message)) }`:   0,
		`func f() { var hints []string; hints = append(hints, yesHint()); g.hint(joined(hints, "\n")) }`: 0,
	} {
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, "sample.go", "package plugin\n"+source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if found := adviceIn(set, file); len(found) != want {
			t.Errorf("%s: found %q", source, found)
		}
	}
}

// adviceIn are the places of a file where a text is, or becomes, a hint.
func adviceIn(set *token.FileSet, file *ast.File) []string {
	found := map[string]bool{}
	report := func(at token.Pos, format string, args ...any) {
		found[set.Position(at).String()+": "+fmt.Sprintf(format, args...)] = true
	}
	prints := slices.Contains([]string{"main.go", "connect.go", "doctor_report.go"}, set.Position(file.Package).Filename)
	for _, declaration := range file.Decls {
		texts := localTexts(declaration)
		ast.Inspect(declaration, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.CallExpr:
				if at, is := hintArgument(node); is && hasText(at, texts) {
					report(node.Pos(), "the hint is a text")
				}
			case *ast.BasicLit:
				if strings.Contains(node.Value, "hint: ") && !prints {
					report(node.Pos(), "%s prints a hint", node.Value)
				}
			}
			return true
		})
		for _, name := range hintNames(declaration) {
			if hasText(declaration, nil) {
				report(name.Pos(), "%s has the text of a hint", name.Name)
			}
		}
	}
	return slices.Sorted(func(yield func(string) bool) {
		for one := range found {
			if !yield(one) {
				return
			}
		}
	})
}

// hintArgument is the hint of a call that takes one.
func hintArgument(call *ast.CallExpr) (ast.Expr, bool) {
	name := ""
	switch function := call.Fun.(type) {
	case *ast.Ident:
		name = function.Name
	case *ast.SelectorExpr:
		if name = function.Sel.Name; name != "hint" {
			return nil, false
		}
	}
	if !slices.Contains([]string{"withHint", "newUsageError", "newReportError", "hint"}, name) || len(call.Args) == 0 {
		return nil, false
	}
	return call.Args[len(call.Args)-1], true
}

// localTexts are the variables of a function that get a text, by name.
func localTexts(declaration ast.Decl) map[string]bool {
	texts := map[string]bool{}
	ast.Inspect(declaration, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.AssignStmt:
			for n, value := range node.Rhs {
				if name, ok := node.Lhs[n].(*ast.Ident); ok && hasText(value, nil) {
					texts[name.Name] = true
				}
			}
		case *ast.ValueSpec:
			for n, value := range node.Values {
				if hasText(value, nil) {
					texts[node.Names[n].Name] = true
				}
			}
		}
		return true
	})
	return texts
}

// hasText reports whether a text is in the node, or a variable that has one. A separator is not a text, nor is what a
// named function of ours gets or makes: it stands with the hints if its name says hint.
func hasText(node ast.Node, variables map[string]bool) bool {
	found := false
	ast.Inspect(node, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.CallExpr:
			function, plain := node.Fun.(*ast.Ident)
			return !plain || function.Name == "append"
		case *ast.Ident:
			found = found || variables[node.Name]
		case *ast.BasicLit:
			text, err := strconv.Unquote(node.Value)
			found = found || node.Kind == token.STRING && err == nil && strings.TrimSpace(text) != ""
		}
		return true
	})
	return found
}

// hintNames are the names of hints that a declaration at package level declares.
func hintNames(declaration ast.Decl) []*ast.Ident {
	var names []*ast.Ident
	switch declaration := declaration.(type) {
	case *ast.FuncDecl:
		names = append(names, declaration.Name)
	case *ast.GenDecl:
		for _, spec := range declaration.Specs {
			if values, ok := spec.(*ast.ValueSpec); ok {
				names = append(names, values.Names...)
			}
		}
	}
	return slices.DeleteFunc(names, func(name *ast.Ident) bool {
		return !strings.Contains(strings.ToLower(name.Name), "hint") || name.Name == "hint" // which prints what it gets
	})
}
