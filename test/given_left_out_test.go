package test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/compatibility"
)

// needsOwnVault lists the tests that need the stack's own Vault, with the reason. They are not run with a given server,
// and the run says so. A name without an extension is a Go test.
func needsOwnVault() map[string]string {
	const judged = "it judges requests by what Vault's own audit log says of them"
	return map[string]string{
		"TestWalkConfigMap":  judged,
		"TestWalkFiles":      judged,
		"TestWalkNamespaces": judged,
		"TestWalkSecrets":    judged,
	}
}

// testedVersion lists the scripts that count doctor's warnings. A server whose version was not tested is one more.
func testedVersion() map[string]string {
	left := map[string]string{}
	for _, name := range []string{
		"", "-certificate", "-configuration", "-key", "-login", "-rights", "-setup", "-token", "-workload",
	} {
		left["doctor"+name+".txtar"] = "it counts warnings, and doctor warns about a version that was not tested"
	}
	return left
}

// leftOut are the tests that a given server cannot run.
func (s stack) leftOut() map[string]string {
	left := map[string]string{}
	if !s.given {
		return left
	}
	maps.Copy(left, needsOwnVault())
	if !compatibility.Product(s.product).Covers(s.vault) {
		maps.Copy(left, testedVersion())
	}
	return left
}

// leaveOut says what is not run, and leaves the Go tests out; TestScripts leaves the scripts out.
func (s stack) leaveOut() error {
	left := s.leftOut()
	fmt.Printf("with %s %s, these are not run:\n", s.product, s.vault)
	var tests []string
	for _, name := range slices.Sorted(maps.Keys(left)) {
		fmt.Printf("  %s: %s\n", name, left[name])
		if filepath.Ext(name) == "" {
			tests = append(tests, "^"+name+"$")
		}
	}
	flag.Parse()
	skip := flag.Lookup("test.skip")
	if already := skip.Value.String(); already != "" {
		tests = append(tests, already)
	}
	if len(tests) == 0 {
		return nil
	}
	return skip.Value.Set(strings.Join(tests, "|"))
}

// scripts are the files of TestScripts.
func (s stack) scripts() ([]string, error) {
	all, err := filepath.Glob("scripts/*.txtar")
	if err != nil || len(all) == 0 {
		return nil, fmt.Errorf("find the scripts: %w", err)
	}
	left := s.leftOut()
	return slices.DeleteFunc(all, func(path string) bool { return left[filepath.Base(path)] != "" }), nil
}

// TestLeftOut: what is left out exists, and has a reason.
func TestLeftOut(t *testing.T) {
	files, err := filepath.Glob("*_test.go")
	check(t, err)
	var source strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		check(t, err)
		source.Write(text)
	}
	all := needsOwnVault()
	maps.Copy(all, testedVersion())
	for name, reason := range all {
		if reason == "" {
			t.Errorf("%s has no reason", name)
		}
		if filepath.Ext(name) != "" {
			if _, err := os.Stat(filepath.Join("scripts", name)); err != nil {
				t.Error(err)
			}
		} else if !regexp.MustCompile(`(?m)^func ` + name + `\(t \*testing\.T\)`).MatchString(source.String()) {
			t.Errorf("there is no test %s", name)
		}
	}
}
