package architecture

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The packages that are tested without the race detector start no goroutine and run no tests at once.
func TestSequentialPackages(t *testing.T) {
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	list := regexp.MustCompile(`(?m)^SEQUENTIAL := (.+)$`).FindSubmatch(makefile)
	if list == nil {
		t.Fatal("the Makefile does not list them")
	}
	for _, dir := range strings.Fields(string(list[1])) {
		files := 0
		err := filepath.WalkDir(filepath.Join("../..", dir), func(path string, _ fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(path, ".go") {
				files++
				checkSequential(t, path)
			}
			return err
		})
		if err != nil || files == 0 {
			t.Errorf("%s: %d files, %v", dir, files, err)
		}
	}
}

func checkSequential(t *testing.T, path string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.GoStmt:
			t.Errorf("%s starts a goroutine", path)
		case *ast.SelectorExpr:
			if node.Sel.Name == "Parallel" {
				t.Errorf("%s runs tests at once", path)
			}
		case *ast.ImportSpec:
			if strings.HasPrefix(node.Path.Value, `"sync`) || strings.HasSuffix(node.Path.Value, `/errgroup"`) {
				t.Errorf("%s imports %s", path, node.Path.Value)
			}
		}
		return true
	})
}
