package vaultseal_test

import (
	"bytes"
	"context"
	"errors"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/compatibility"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/vaultseal"
)

// packagePage is what go doc makes of this package.
func packagePage(t *testing.T) *doc.Package {
	t.Helper()
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	positions := token.NewFileSet()
	var files []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(positions, path, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	page, err := doc.NewFromFiles(positions, files, "github.com/vaultseal/kubectl-vaultseal/pkg/vaultseal")
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// exportedNames are all that an application can name of the package, methods included.
func exportedNames(page *doc.Package) []string {
	var names []string
	values := func(all []*doc.Value) {
		for _, value := range all {
			names = append(names, value.Names...)
		}
	}
	functions := func(all []*doc.Func) {
		for _, function := range all {
			names = append(names, function.Name)
		}
	}
	values(page.Consts)
	values(page.Vars)
	functions(page.Funcs)
	for _, kind := range page.Types {
		names = append(names, kind.Name)
		values(kind.Consts)
		values(kind.Vars)
		functions(kind.Funcs)
		functions(kind.Methods)
	}
	return names
}

func TestLibraryStaysSmall(t *testing.T) {
	const mostNames, mostLines = 60, 70
	if names := exportedNames(packagePage(t)); len(names) > mostNames || len(names) < 20 {
		t.Errorf("the package exports %d names, want at most %d: %v", len(names), mostNames, names)
	}
	text, err := exec.Command("go", "doc", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	if lines := bytes.Count(text, []byte("\n")); lines > mostLines {
		t.Errorf("go doc prints %d lines, want at most %d, which are two screens", lines, mostLines)
	}
}

// openPassword is the example of the package page.
func openPassword(ctx context.Context) error {
	reader, err := vaultseal.NewReader(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = reader.Close(ctx) }() // revokes the Vault token
	password, err := reader.OpenEntry(ctx, "app", "password")
	return errors.Join(err, errors.New(string(password)))
}

// TestPackagePageOpensWithAnExample: right after the first sentence, and it is what openPassword does, so it compiles.
func TestPackagePageOpensWithAnExample(t *testing.T) {
	_ = openPassword
	paragraphs := strings.Split(packagePage(t).Doc, "\n\n")
	if len(paragraphs) < 2 || !strings.HasPrefix(paragraphs[1], "\t") {
		t.Fatalf("the second paragraph is no example:\n%s", paragraphs[1])
	}
	source, err := os.ReadFile("promise_test.go")
	if err != nil {
		t.Fatal(err)
	}
	want := "openPassword(ctx context.Context) error {\n" + strings.TrimRight(paragraphs[1], "\n") + "\n"
	if !bytes.Contains(source, []byte(want)) {
		t.Errorf("openPassword does not begin with the example of the package page:\n%s", paragraphs[1])
	}
}

// aliasedErrors are the error types that an application gets from this package and that are defined elsewhere.
func aliasedErrors() map[string]error {
	return map[string]error{
		"ScopeError": &vaultseal.ScopeError{}, "KeyMismatchError": &vaultseal.KeyMismatchError{},
		"OtherKeyError": &vaultseal.OtherKeyError{}, "AccountError": &vaultseal.AccountError{},
		"TokenAudienceError": &vaultseal.TokenAudienceError{}, "NoServerError": &vaultseal.NoServerError{},
		"MissingError": &vaultseal.MissingError{}, "ConflictError": &vaultseal.ConflictError{},
		"CertificateError": &vaultseal.CertificateError{}, "ValueError": &vaultseal.ValueError{},
		"UnsaidError": &vaultseal.UnsaidError{},
	}
}

// TestCommentsOfErrorsListTheirFields: go doc shows no fields of a type that is defined elsewhere.
func TestCommentsOfErrorsListTheirFields(t *testing.T) {
	samples := aliasedErrors()
	for _, kind := range packagePage(t).Types {
		spec := kind.Decl.Specs[0].(*ast.TypeSpec)
		if !spec.Assign.IsValid() {
			continue
		}
		sample, known := samples[kind.Name]
		if !known {
			t.Errorf("%s is an alias and no row of aliasedErrors", kind.Name)
			continue
		}
		delete(samples, kind.Name)
		var listed, fields []string
		item := regexp.MustCompile(`(?m)^\s*- ([A-Z][\w, ]*):`)
		for _, item := range item.FindAllStringSubmatch(commentOf(kind, spec), -1) {
			listed = append(listed, strings.Split(item[1], ", ")...)
		}
		for _, field := range reflect.VisibleFields(reflect.TypeOf(sample).Elem()) {
			if field.IsExported() {
				fields = append(fields, field.Name)
			}
		}
		slices.Sort(listed)
		slices.Sort(fields)
		if !slices.Equal(listed, fields) {
			t.Errorf("the comment of %s lists the fields %v, and it has %v", kind.Name, listed, fields)
		}
	}
	for name := range samples {
		t.Errorf("%s is a row of aliasedErrors and no alias of the package", name)
	}
}

func commentOf(kind *doc.Type, spec *ast.TypeSpec) string {
	if spec.Doc != nil {
		return spec.Doc.Text()
	}
	return kind.Doc
}

// TestPromiseNamesTheTestedVersions: as go.mod, internal/compatibility and docs/compatibility.md have them.
func TestPromiseNamesTheTestedVersions(t *testing.T) {
	promise := strings.Join(strings.Fields(packagePage(t).Doc), " ")
	read := func(path, expression string) string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(expression).FindSubmatch(text)
		if found == nil {
			t.Fatalf("%s has nothing like %s", path, expression)
		}
		return string(found[1])
	}
	expected := func(server string) string {
		return read("../../docs/compatibility.md", server+` (?:from )?(\d+\.\d+) (?:on|or later)`)
	}
	for _, claim := range []string{
		"Versions follow Semantic Versioning 2.0.0.",
		"needs Go " + read("../../go.mod", `(?m)^go (\d+\.\d+)`) + " or later",
		"tested with Kubernetes " + compatibility.Kubernetes().String() + " and Vault " +
			compatibility.Vault().String() + ",",
		"work with Kubernetes " + expected("Kubernetes") + " and Vault " + expected("Vault") + " or later",
	} {
		if !strings.Contains(promise, claim) {
			t.Errorf("the package page does not say %q", claim)
		}
	}
}

func TestScopesAreThoseOfTheFormat(t *testing.T) {
	for ours, formats := range map[vaultseal.Scope]sealed.Scope{
		vaultseal.Strict: sealed.Strict, vaultseal.NamespaceWide: sealed.NamespaceWide,
		vaultseal.ClusterWide: sealed.ClusterWide, vaultseal.Unbound: sealed.Unbound,
	} {
		if string(ours) != string(formats) {
			t.Errorf("%q is %q in the format", ours, formats)
		}
	}
}
