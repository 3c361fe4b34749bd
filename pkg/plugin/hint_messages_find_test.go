package plugin

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/types"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

// declared is an error type or a sentinel of our packages.
type declared struct {
	name     string // engine.ExistsError
	sentinel bool
	text     string // of a sentinel whose source is one constant text
}

// declaredErrors finds every type that implements error, and every package-level variable that is an error, in the
// packages that the plugin and the library are made of. Another name for an error of ours does not count.
func declaredErrors(t *testing.T) map[string]declared {
	t.Helper()
	loaded, err := packages.Load(&packages.Config{
		Dir: "../..", Context: t.Context(),
		Mode: packages.NeedName | packages.NeedTypes | packages.NeedTypesInfo | packages.NeedSyntax |
			packages.NeedFiles |
			packages.NeedCompiledGoFiles | packages.NeedImports | packages.NeedExportFile,
	}, "./cmd/...", "./internal/...", "./pkg/...")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]declared{}
	for _, p := range loaded {
		for _, broken := range p.Errors {
			t.Fatal(broken)
		}
		aliases := map[types.Object]bool{}
		texts := map[types.Object]string{}
		for _, file := range p.Syntax {
			readVariables(p, file, aliases, texts)
		}
		scope := p.Types.Scope()
		for _, name := range scope.Names() {
			object := scope.Lookup(name)
			one := declared{name: p.Name + "." + name, text: texts[object]}
			switch object := object.(type) {
			case *types.TypeName:
				if object.IsAlias() || types.IsInterface(object.Type()) || !isError(types.NewPointer(object.Type())) {
					continue
				}
			case *types.Var:
				if !isError(object.Type()) || aliases[object] {
					continue
				}
				one.sentinel = true
			default:
				continue
			}
			if _, twice := found[one.name]; twice {
				t.Errorf("two errors are called %s", one.name)
			}
			found[one.name] = one
		}
	}
	return found
}

func isError(t types.Type) bool {
	return types.Implements(t, types.Universe.Lookup("error").Type().Underlying().(*types.Interface))
}

// readVariables tells which variables of a file are other names for variables, and the texts of those that are made
// with a constant one.
func readVariables(p *packages.Package, file *ast.File, aliases map[types.Object]bool, texts map[types.Object]string) {
	for _, declaration := range file.Decls {
		general, ok := declaration.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range general.Specs {
			values, ok := spec.(*ast.ValueSpec)
			if !ok || len(values.Values) != len(values.Names) {
				continue
			}
			for n, name := range values.Names {
				object := p.TypesInfo.Defs[name]
				switch value := values.Values[n].(type) {
				case *ast.SelectorExpr, *ast.Ident:
					aliases[object] = true
				case *ast.CallExpr:
					texts[object] = constantText(p.TypesInfo, value.Args)
				case *ast.CompositeLit:
					if len(value.Elts) == 0 {
						continue
					}
					texts[object] = constantText(p.TypesInfo, value.Elts[len(value.Elts)-1:])
				}
			}
		}
	}
}

// constantText is the text that fmt.Sprintf makes of constants; empty if one of them is none.
func constantText(info *types.Info, args []ast.Expr) string {
	var values []any
	for _, arg := range args {
		switch value := info.Types[arg].Value; {
		case value == nil:
			return ""
		case value.Kind() == constant.String:
			values = append(values, constant.StringVal(value))
		default:
			values = append(values, constant.Val(value))
		}
	}
	if len(values) == 0 {
		return ""
	}
	format, ok := values[0].(string)
	if !ok {
		return ""
	}
	if len(values) == 1 {
		return strings.ReplaceAll(format, "%%", "%")
	}
	return fmt.Sprintf(format, values[1:]...)
}
