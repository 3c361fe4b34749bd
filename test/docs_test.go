package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var shellBlock = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")

// TestFreshDocs runs every shell block of the guides, each guide in one shell, as a reader would who begins with
// setting up. It needs a stack without anything of vaultseal's.
func TestFreshDocs(t *testing.T) {
	for _, guide := range []string{"setup.md", "tls.md", "ci.md"} {
		t.Run(guide, func(t *testing.T) { runGuide(t, filepath.Join("..", "docs", guide)) })
	}
}

func runGuide(t *testing.T, path string) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	script := strings.Builder{}
	for _, block := range shellBlock.FindAllStringSubmatch(string(text), -1) {
		script.WriteString(block[1])
	}
	if !strings.Contains(script.String(), "kubectl vaultseal ") {
		t.Fatalf("the guide has no command:\n%s", script.String())
	}
	dir := t.TempDir()
	cmd := exec.Command("sh", "-eu")
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(script.String())
	cmd.Env = append(os.Environ(), "VAULT_TOKEN="+theStack.rootToken, "HOME="+dir, "ADDR="+theStack.vaultAddr, "CACERT="+theStack.vaultCA)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	if token.Match(out) {
		t.Error("a token was printed")
	}
}
