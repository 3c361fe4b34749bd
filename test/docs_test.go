package test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/test/guides"
)

// TestFreshDocs runs every shell block of its guides, each guide in one shell, as a reader would who begins with
// setting up. It needs a stack without anything of vaultseal's.
func TestFreshDocs(t *testing.T) {
	// What a command says that a guide lets fail.
	fails := map[string]string{"docs/rotation.md": "its version is older than the key's min_decryption_version"}
	for _, guide := range guides.Of(t.Name()) {
		before := ""
		if guide.Path == "docs/migrate-from-secretmanager.md" {
			before = secretmanager
		}
		t.Run(guide.Name(), func(t *testing.T) {
			out := runGuide(t, guide, before)
			if said := fails[guide.Path]; !strings.Contains(out, said) {
				t.Errorf("what is to fail has not said %q:\n%s", said, out)
			}
		})
	}
}

// secretmanager is what a user of the Python tool has, by that tool's own names.
const secretmanager = `
vault secrets enable transit
vault write -f transit/keys/aes256-key
vault policy write my-app-policy - <<END
path "transit/encrypt/aes256-key" { capabilities = ["update"] }
path "transit/decrypt/aes256-key" { capabilities = ["update"] }
path "transit/keys/aes256-key/rotate" { capabilities = ["update"] }
END
vault read sys/auth/kubernetes || vault auth enable kubernetes
vault write auth/kubernetes/role/demo bound_service_account_names=default \
  bound_service_account_namespaces=default policies=my-app-policy ttl=10s
vault write -field=ciphertext transit/encrypt/aes256-key \
  plaintext=$(printf '{"password": "matrix-horse"}' | base64) > secrets.json
kubectl create secret generic matrix-secrets --from-file=secrets.json
kubectl create cronjob recryptonator --image example.com/recryptonator --schedule "0 3 1 * *"
rm secrets.json
`

// runGuide runs a guide's shell blocks, after what its reader is said to have, and gives what they have said.
func runGuide(t *testing.T, guide guides.Guide, before string) string {
	t.Helper()
	blocks, err := guide.Script(guides.Root)
	if err != nil {
		t.Fatal(err)
	}
	return runScript(t, before+blocks)
}

// runScript runs commands in one shell, as the administrator of the cluster and of Vault, in a directory of its own.
func runScript(t *testing.T, script string) string {
	t.Helper()
	return runScriptIn(t, t.TempDir(), script)
}

// runScriptIn runs them in a directory, which is their home too.
func runScriptIn(t *testing.T, dir, script string) string {
	t.Helper()
	return theStack.runScriptIn(t, dir, script)
}

// runScriptIn runs commands as the administrator of the stack's Vault, with more variables.
func (s stack) runScriptIn(t *testing.T, dir, script string, variables ...string) string {
	t.Helper()
	if !strings.Contains(script, "kubectl vaultseal ") {
		t.Fatalf("the guide has no command:\n%s", script)
	}
	cmd := exec.Command("sh", "-eu")
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(script)
	cmd.Env = append(os.Environ(), "VAULT_TOKEN="+s.rootToken, "HOME="+dir, "ADDR="+s.vaultAddr, "CACERT="+s.vaultCA)
	cmd.Env = append(cmd.Env, variables...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	if token.Match(out) {
		t.Error("a token was printed")
	}
	return string(out)
}
