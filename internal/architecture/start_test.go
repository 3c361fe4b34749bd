package architecture

import (
	"bufio"
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// unlinked are packages that the plugin does not link, with the reason. Each command pays for what its packages do at
// start and for the size of the binary. A name that ends with a slash stands for the packages below it.
func unlinked() map[string]string {
	return map[string]string{
		"github.com/hashicorp/vault/api": "it compiles 40 regular expressions at start: pkg/transit speaks to Vault",
		"github.com/hashicorp/":          "its packages come with Vault's for Go",
		"k8s.io/client-go/metadata":      "it registers types at start: a dynamic client can ask for metadata",
		"k8s.io/client-go/kubernetes":    "it has the clients of all API groups: use those of k8s.io/client-go/kubernetes/typed",
	}
}

func TestPluginDoesNotLink(t *testing.T) {
	filesOf(t, isGo) // so that the go command runs this again when a file changes
	list := exec.Command("go", "list", "-deps", "./cmd/kubectl-vaultseal")
	list.Dir = root(t)
	text, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, linked := range strings.Fields(string(text)) {
		if reason := whyUnlinked(linked); reason != "" {
			t.Errorf("the plugin links %s: %s", linked, reason)
		}
	}
}

func TestWhyUnlinked(t *testing.T) {
	for _, linked := range []string{"github.com/hashicorp/vault/api", "github.com/hashicorp/hcl/json/token"} {
		if whyUnlinked(linked) == "" {
			t.Errorf("the plugin may link %s", linked)
		}
	}
	if reason := whyUnlinked("github.com/hashicorpus/vault"); reason != "" {
		t.Errorf("the plugin may not link github.com/hashicorpus/vault: %s", reason)
	}
}

// whyUnlinked tells why the plugin does not link a package, "" if it may.
func whyUnlinked(linked string) string {
	for name, reason := range unlinked() {
		if linked == name || strings.HasSuffix(name, "/") && strings.HasPrefix(linked, name) {
			return reason
		}
	}
	return ""
}

// TestLinkerDropsUnusedMethods: if any function looks up methods by names that only the run knows, such as those of
// text/template, the linker keeps each exported method of each type. That makes the binary a third larger, and each
// start slower. The template package of pkg/plugin/view_jsonpath.go does without.
func TestLinkerDropsUnusedMethods(t *testing.T) {
	filesOf(t, isGo)
	// Go would repeat what the linker has printed at each build of the same package main. So that one is compiled in
	// another way: without inlining.
	link := exec.Command("go", "build", "-trimpath", "-gcflags", "-l", "-ldflags", "-s -w -dumpdep", "-o",
		filepath.Join(t.TempDir(), "plugin"), "./cmd/kubectl-vaultseal")
	link.Dir = root(t)
	link.Env = append(link.Environ(), "CGO_ENABLED=0") // as in a release
	edges, err := link.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, edges[max(0, len(edges)-1000):])
	}
	if !bytes.Contains(edges, []byte("main.main -> ")) {
		t.Fatal("the linker does not print what uses what")
	}
	lines := bufio.NewScanner(bytes.NewReader(edges))
	lines.Buffer(nil, len(edges)+1)
	for lines.Scan() {
		user, used, _ := strings.Cut(lines.Text(), " -> ")
		if strings.Contains(used, "<ReflectMethod>") {
			t.Errorf("%s, which %s uses, looks up methods by name", used, user)
		}
	}
}
