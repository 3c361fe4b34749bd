package compatibility

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

func TestCovers(t *testing.T) {
	tested := Tested{"1.21", "1.37"}
	for text, want := range map[string]bool{
		"v1.37.2": true, "1.21.1": true, "1.21.0+ent": true, "v1.37.2-gke.1": true, "v1.37.4+k3s1": true, "1.37": true,
		"v1.36.9": false, "1.3.7": false, "1.210.1": false, "2.1.37": false, "1.8.12": false, "1": false, "": false,
		"devel": false,
	} {
		if got := tested.Covers(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	if tested.String() != "1.21, 1.37" {
		t.Error(tested)
	}
}

func TestProduct(t *testing.T) {
	if !Product("Vault").Covers("1.21.4") || !Product("OpenBao").Covers("2.6.2") ||
		Product("Vault").Covers("2.6.2") || Product("OpenBao").Covers("1.21.4") {
		t.Error("a version counts for the other product, or not for its own")
	}
	for _, text := range []string{"1.21.4", "2.6.2", "Vault 1.21", "OpenBao 2.6"} {
		if both := Product(""); both.Covers(text) || both.String() != "Vault 1.21, OpenBao 2.6" {
			t.Errorf("%s: %s", text, both)
		}
	}
}

// claim is what is said to be tested of a server, and how the stack's modules and the page say it.
type claim struct {
	tested       Tested
	module, page string // module is empty: the stack cannot run it
}

func claims() map[string]claim {
	return map[string]claim{
		"Kubernetes": {Kubernetes(), `(?m)^\s+k8s\.io/kubernetes v(\d+\.\d+)\.`, `(?m)^\| Kubernetes \| (\d+\.\d+) \|`},
		"Vault":      {Vault(), `(?m)^\s+github\.com/hashicorp/vault v(\d+\.\d+)\.`, `(?m)^\| Vault \| (\d+\.\d+) \|`},
		"OpenBao":    {OpenBao(), "", `(?m)^\| OpenBao \| (\d+\.\d+) \|`},
	}
}

// TestTestedIsWhatTheStackRuns: the stack's servers are built from these modules.
func TestTestedIsWhatTheStackRuns(t *testing.T) {
	modules, err := filepath.Glob("../../hack/stack/*/*.mod")
	if err != nil || len(modules) == 0 {
		t.Fatalf("the stack's modules were not found: %v", err)
	}
	for name, claim := range claims() {
		if claim.module == "" {
			continue
		}
		if ran := found(t, claim.module, modules...); !slices.Equal(ran, claim.tested) {
			t.Errorf("%s: said to be tested are %v, the stack runs %v", name, claim.tested, ran)
		}
	}
}

func TestPageSaysTheSame(t *testing.T) {
	for name, claim := range claims() {
		if said := found(t, claim.page, "../../docs/compatibility.md"); !slices.Equal(said, claim.tested) {
			t.Errorf("%s: said to be tested are %v, in docs/compatibility.md %v", name, claim.tested, said)
		}
	}
}

// found are what an expression's group matches in files, each once, in order.
func found(t *testing.T, expression string, paths ...string) Tested {
	t.Helper()
	var all Tested
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range regexp.MustCompile(expression).FindAllStringSubmatch(string(text), -1) {
			all = append(all, match[1])
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
