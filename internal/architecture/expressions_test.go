package architecture

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// linkedFiles are the Go files of the plugin without its tests.
func linkedFiles(t *testing.T) []string {
	t.Helper()
	return filesOf(t, func(name string) bool {
		return isGo(name) && !isTest(name) && (strings.HasPrefix(name, "cmd/") || strings.HasPrefix(name, "pkg/") ||
			strings.HasPrefix(name, "internal/"))
	})
}

// TestNoExpressionIsCompiledAtStart: each command would wait for it. Package lazyregexp compiles expressions later.
func TestNoExpressionIsCompiledAtStart(t *testing.T) {
	for _, name := range linkedFiles(t) {
		for _, declared := range parsed(t, name).Decls {
			if variables, is := declared.(*ast.GenDecl); is {
				for range callsOf(variables, "regexp") {
					t.Errorf("%s compiles an expression at start: use lazyregexp.New", name)
				}
			}
		}
	}
}

// TestLazyExpressionsAreValid: New cannot say so before the first use.
func TestLazyExpressionsAreValid(t *testing.T) {
	seen := 0
	for _, name := range linkedFiles(t) {
		for call := range callsOf(parsed(t, name), "lazyregexp") {
			seen++
			if _, err := regexp.Compile(literalOf(t, call.Args[0])); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d expressions were found", seen)
	}
}

func parsed(t *testing.T, name string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, read(t, name), 0)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// callsOf are the calls of a package's functions outside of functions' bodies.
func callsOf(node ast.Node, of string) func(yield func(*ast.CallExpr) bool) {
	return func(yield func(*ast.CallExpr) bool) {
		goOn := true
		ast.Inspect(node, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.FuncLit, *ast.FuncDecl:
				return false
			case *ast.CallExpr:
				if function, is := node.Fun.(*ast.SelectorExpr); goOn && is && isIdent(function.X, of) {
					goOn = yield(node)
				}
			}
			return goOn
		})
	}
}

// literalOf is the text of string literals in a sum. Constants in it are left out: our own are plain words.
func literalOf(t *testing.T, expression ast.Expr) string {
	t.Helper()
	switch expression := expression.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(expression.Value)
		if err != nil {
			t.Fatal(err)
		}
		return text
	case *ast.BinaryExpr:
		return literalOf(t, expression.X) + literalOf(t, expression.Y)
	case *ast.Ident:
		return ""
	}
	t.Fatalf("an expression is not made of literals: %T", expression)
	return ""
}
