package setup

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// fakeCLI records what the script hands to vault and kubectl.
const fakeCLI = `#!/bin/sh
case "$*" in
  "read sys/"*) exit 2;;
  "read -format=table -field=accessor"*) echo acc_1; exit;;
  "create token"*) echo REVIEWER-JWT 2027-05-01T00:00:00Z; exit;;
esac
echo "$(basename "$0") $*" >> "$RECORD"
case "$*" in *" -") cat >> "$RECORD";; esac
`

// record runs a script in a shell with such a vault and kubectl.
func record(t *testing.T, script string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the script is for a Unix shell")
	}
	dir := t.TempDir()
	for _, name := range []string{"vault", "kubectl"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(fakeCLI), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	recorded := filepath.Join(dir, "recorded")
	cmd := exec.Command("sh")
	cmd.Stdin, cmd.Dir = strings.NewReader(script), dir
	cmd.Env = []string{"PATH=" + dir + ":" + os.Getenv("PATH"), "RECORD=" + recorded}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	text, err := os.ReadFile(recorded)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "pwned")); err == nil {
		t.Error("the shell ran a part of a value")
	}
	return string(text)
}

func TestScript(t *testing.T) {
	i := installed(t, "vaultseal/{namespace}")
	i.Audience = "$(touch pwned)`touch pwned`$HOME\\n\"'"
	i.Cluster.CA = "-----BEGIN\nLINE\n"
	script, err := i.Script()
	if err != nil {
		t.Fatal(err)
	}
	got := record(t, script)
	for _, want := range []string{
		"vault secrets enable -path=vaultseal transit\n",
		"vault write vaultseal/keys/team-b type=aes256-gcm96 derived=true\n",
		"vault auth enable -path=kubernetes kubernetes\n",
		`"token_reviewer_jwt": "REVIEWER-JWT"`,
		`"kubernetes_ca_cert": "-----BEGIN\nLINE\n"`,
		"vault policy write kubernetes-vaultseal -\n# Seals and opens.\npath \"vaultseal/encrypt/{{identity.entity.aliases.acc_1.metadata.service_account_namespace}}\" {",
		"vault write auth/kubernetes/role/vaultseal-rotator -\n{",
		"kubectl annotate serviceaccount vaultseal-reviewer -n vaultseal-system --overwrite --field-manager=vaultseal-setup-token vaultseal.dev/token-issued=20",
		"Z vaultseal.dev/token-expires=2027-05-01T00:00:00Z\n",
		`"audience": "\u0024(touch pwned)\u0060touch pwned\u0060\u0024HOME\u005cn\"'"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("not handed over: %s\ngot:\n%s", want, got)
		}
	}
}

func TestScriptOfAnOddMount(t *testing.T) {
	i := installed(t, "vaultseal/{namespace}")
	i.AuthMount = "it's $(touch pwned);touch pwned"
	script, err := i.Script()
	if err != nil {
		t.Fatal(err)
	}
	got := record(t, script)
	for _, want := range []string{
		"vault auth enable -path=" + i.AuthMount + " kubernetes\n",
		"vault write auth/" + i.AuthMount + "/config -\n",
		"vault policy write " + i.AuthMount + "-vaultseal -\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("not handed over: %s\ngot:\n%s", want, got)
		}
	}
}

func TestScriptWithoutAReviewer(t *testing.T) {
	i := installed(t, "app")
	i.Method, i.AuthMount = "jwt", "jwt"
	script, err := i.Script()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(script, "kubectl") || strings.Contains(script, "ACCESSOR") {
		t.Errorf("it asks for what it does not need:\n%s", script)
	}
	if got := record(t, script); !strings.Contains(got, `"jwt_validation_pubkeys": [`) {
		t.Errorf("no keys:\n%s", got)
	}
}
