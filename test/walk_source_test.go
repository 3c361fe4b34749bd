package test

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
)

// literals are the string literals of the plugin's source that match, without those of tests and imports.
func literals(t *testing.T, matches func(string) bool, dirs ...string) []string {
	t.Helper()
	found := map[string]bool{}
	collect := func(node ast.Node) bool {
		if _, imports := node.(*ast.ImportSpec); imports {
			return false
		}
		if literal, ok := node.(*ast.BasicLit); ok && literal.Kind == gotoken.STRING {
			if text, err := strconv.Unquote(literal.Value); err == nil && matches(text) {
				found[text] = true
			}
		}
		return true
	}
	for _, dir := range dirs {
		check(t, filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(gotoken.NewFileSet(), path, nil, 0)
			if err == nil {
				ast.Inspect(file, collect)
			}
			return err
		}))
	}
	if len(found) == 0 {
		t.Fatalf("%s has no such literal", dirs)
	}
	var all []string
	for text := range found {
		all = append(all, text)
	}
	slices.Sort(all)
	return all
}

var (
	qualifiedName = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)+/[A-Za-z0-9._-]*$`)
	apiVersion    = regexp.MustCompile(`/v[0-9]+(alpha[0-9]+|beta[0-9]+)?$`)
)

// metadataNames are the names of labels and annotations that the source mentions, and some that it makes of parts. A
// new name is walked by itself; one that is made of a new part fails here until its values are added.
func metadataNames(t *testing.T) []string {
	t.Helper()
	made := map[string][]string{
		"vaultseal.dev/": {"vaultseal.dev/vault-addr", "vaultseal.dev/role", "vaultseal.dev/audience",
			"vaultseal.dev/namespace"},
		"vaultseal.dev/enforce-": {"vaultseal.dev/enforce-vaultseal-system"},
		"kapp.k14s.io/original":  {"kapp.k14s.io/original", "kapp.k14s.io/original-diff-full"},
	}
	names := []string{"banzaicloud.com/last-applied", "fleet.azure.com/last-applied-configuration",
		"example.com/unknown"}
	for _, name := range literals(t, qualifiedName.MatchString, "../internal", "../pkg") {
		all, parts := made[name]
		switch {
		case parts:
			names = append(names, all...)
		case strings.HasSuffix(name, "/") || strings.HasSuffix(name, "-"):
			t.Errorf("the source makes a name of %q: say here which there are, so that they are walked", name)
		case !apiVersion.MatchString(name):
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range []string{"vaultseal.dev/transit-key", "vaultseal.dev/scope", "vaultseal.dev/type",
		"vaultseal.dev/sealed"} {
		if !slices.Contains(names, name) {
			t.Errorf("%s is not among the names that the source mentions: %v", name, names)
		}
	}
	return slices.Compact(names)
}

// configMapKeys are the keys of the ConfigMap that decide something, and some that must not.
func configMapKeys(t *testing.T) []string {
	t.Helper()
	keys := []string{"audience", "vault-token", "service-account-token-file", "vault-insecure-skip-tls-verify",
		"unknown"}
	for _, setting := range config.Settings() {
		keys = append(keys, setting.Keys()...)
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	for _, key := range []string{
		"vault-addr", "vault-ca.crt", "auth-method", "auth-mount", "role", "reader-role", "rotator-service-account",
		"transit-key",
	} {
		if !slices.Contains(keys, key) {
			t.Errorf("%s is not among the keys of the settings: %v", key, keys)
		}
	}
	return keys
}
