package architecture

import (
	"go/parser"
	"go/token"
	"os/exec"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// layers are our packages from the top down. A package imports only packages of layers below its own. A name that ends
// with a slash stands for the packages below that directory.
func layers() [][]string {
	return [][]string{
		{"cmd/kubectl-vaultseal", "hack/reference", "hack/picture", "hack/corpus"},
		{"pkg/plugin"},
		{"pkg/plugin/", "pkg/vaultseal"},
		{"internal/setup", "internal/doctor", "internal/merge", "internal/formcheck", "internal/secretusers"},
		{"internal/delivery", "internal/workload", "internal/manifest"},
		{"internal/engine"},
		{"internal/kube"},
		{"internal/config", "internal/samples"},
		{"internal/patch", "internal/styled", "internal/keyusers"},
		{"internal/sealed", "internal/document", "internal/signingkeys"},
		{"pkg/transit"},
		{"internal/printable", "internal/shell", "internal/lazyregexp", "internal/compatibility", "internal/architecture"},
	}
}

// layerOf is the index of a package's layer, -1 when it has none.
func layerOf(name string) int {
	return slices.IndexFunc(layers(), func(layer []string) bool {
		return slices.ContainsFunc(layer, func(entry string) bool {
			return entry == name || strings.HasSuffix(entry, "/") && strings.HasPrefix(name, entry)
		})
	})
}

// wrongImport tells what is wrong with an import of one of our packages by another, "" for nothing.
func wrongImport(from, to string) string {
	switch {
	case layerOf(from) < 0:
		return from + " has no layer: add it to layers"
	case layerOf(to) < 0:
		return to + " has no layer: add it to layers"
	case from == "pkg/plugin" && to == "pkg/vaultseal":
		return "pkg/plugin and pkg/vaultseal stand beside each other on the engine"
	case layerOf(to) <= layerOf(from):
		return from + " imports " + to + ", which is not below it"
	}
	return ""
}

func TestImportsPointOneWay(t *testing.T) {
	filesOf(t, isGo) // so that the go command runs this again when a file changes
	list := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...")
	list.Dir = root(t)
	text, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		from, _ := strings.CutPrefix(words[0], module+"/")
		for _, imported := range words[1:] {
			to, ours := strings.CutPrefix(imported, module+"/")
			if !ours {
				continue
			}
			seen++
			if wrong := wrongImport(from, to); wrong != "" {
				t.Error(wrong)
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d imports of our own packages were found", seen)
	}
}

func TestWrongImports(t *testing.T) {
	for _, wrong := range [][2]string{
		{"internal/config", "internal/kube"}, {"internal/engine", "internal/manifest"},
		{"internal/engine", "pkg/vaultseal"},
		{"pkg/transit", "internal/sealed"}, {"pkg/plugin", "pkg/vaultseal"}, {"pkg/vaultseal", "pkg/plugin"},
		{"internal/printable", "pkg/transit"}, {"internal/setup", "internal/doctor"},
		{"internal/merge", "pkg/plugin"}, {"internal/other", "pkg/transit"},
	} {
		if wrongImport(wrong[0], wrong[1]) == "" {
			t.Errorf("%s may import %s", wrong[0], wrong[1])
		}
	}
}

// TestNothingInternalImportsTheLibrary: not in tests either. In our module only its own tests do, in package
// vaultseal_test.
func TestNothingInternalImportsTheLibrary(t *testing.T) {
	for _, name := range filesOf(t, func(name string) bool {
		return isGo(name) && (strings.HasPrefix(name, "internal/") || strings.HasPrefix(name, "pkg/plugin/") ||
			strings.HasPrefix(name, "pkg/transit/"))
	}) {
		if slices.Contains(importsOf(t, name), module+"/pkg/vaultseal") {
			t.Errorf("%s imports pkg/vaultseal, which is for applications: use internal/engine", name)
		}
	}
}

// TestExampleImportsOnlyTheLibrary: the example is what an application elsewhere can be.
func TestExampleImportsOnlyTheLibrary(t *testing.T) {
	if first, _, _ := strings.Cut(read(t, "examples/shop/go.mod"), "\n"); first != "module example.com/shop" {
		t.Errorf("%s, want module example.com/shop", first)
	}
	seen := false
	for _, name := range filesOf(t,
		func(name string) bool { return isGo(name) && strings.HasPrefix(name, "examples/shop/") }) {
		for _, imported := range importsOf(t, name) {
			if strings.HasPrefix(imported, module) && imported != module+"/pkg/vaultseal" {
				t.Errorf("%s imports %s", name, imported)
			}
			seen = seen || imported == module+"/pkg/vaultseal"
		}
	}
	if !seen {
		t.Error("the example does not import the library")
	}
}

// TestGoRefusesTheExampleOurInternals: which its module path decides.
func TestGoRefusesTheExampleOurInternals(t *testing.T) {
	overlay := path.Join(t.TempDir(), "overlay.json")
	source := path.Join(t.TempDir(), "internals.go")
	write(t, source, "package main\n\nimport _ \""+module+"/internal/engine\"\n")
	write(t, overlay, `{"Replace": {`+strconv.Quote(path.Join(root(t), "examples/shop/internals.go"))+": "+
		strconv.Quote(source)+"}}")
	list := exec.Command("go", "list", "-e", "-overlay", overlay, "-f", "{{.Error}}{{.DepsErrors}}", ".")
	list.Dir = path.Join(root(t), "examples/shop")
	text, _ := list.CombinedOutput()
	if want := "use of internal package " + module +
		"/internal/engine not allowed"; !strings.Contains(string(text), want) {
		t.Errorf("go list says %s, want %s", text, want)
	}
}

func importsOf(t *testing.T, name string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path.Join("../..", name), nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var imports []string
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		imports = append(imports, imported)
	}
	return imports
}
