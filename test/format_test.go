package test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/test/guides"
)

// ciphertextVectors is test/vectors/ciphertexts.json.
type ciphertextVectors struct {
	Keys []struct {
		Name, Type, Backup string
		Derived            bool
	}
	Open    []openVector
	Refused []struct{ Name, Key, Context, Ciphertext string }
}

// openVector is a ciphertext that opens.
type openVector struct {
	Key, Scope, Namespace, Secret, Entry string
	Context, Ciphertext                  string
	Plaintext                            []byte
}

func readCiphertextVectors(t *testing.T) (vectors ciphertextVectors) {
	t.Helper()
	text, err := os.ReadFile("vectors/ciphertexts.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &vectors); err != nil {
		t.Fatal(err)
	}
	return vectors
}

// TestFormatGuide: what the page's script prints, with openssl and no Vault, is the plaintext of a vector.
func TestFormatGuide(t *testing.T) {
	for _, guide := range guides.Of(t.Name()) {
		script, err := guide.Script(guides.Root)
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("sh", "-eu")
		cmd.Dir, cmd.Stdin = guides.Root, strings.NewReader(script)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if want := readCiphertextVectors(t).Open[0].Plaintext; !bytes.Equal(out, want) {
			t.Errorf("the script prints %q, want %q", out, want)
		}
	}
}

// TestVectors: a real Vault restores the keys of the vectors and opens the same, and so does the plugin.
func TestVectors(t *testing.T) {
	vectors := readCiphertextVectors(t)
	for _, key := range vectors.Keys {
		theStack.write(t, "transit/restore/"+key.Name, map[string]any{"backup": key.Backup, "force": true})
		t.Cleanup(func() {
			theStack.write(t, "transit/keys/"+key.Name+"/config", map[string]any{"deletion_allowed": true})
			_, err := theStack.vaultRequest(context.Background(), http.MethodDelete, "transit/keys/"+key.Name, nil)
			check(t, err)
		})
		stored := theStack.read(t, "transit/keys/"+key.Name, "type", "derived")
		if stored["type"] != key.Type || stored["derived"] != key.Derived {
			t.Errorf("%s: restored as %v, derived %v", key.Name, stored["type"], stored["derived"])
		}
	}
	for _, each := range vectors.Open {
		item := map[string]any{"ciphertext": each.Ciphertext}
		if each.Context != "" {
			item["context"] = base64.StdEncoding.EncodeToString([]byte(each.Context))
		}
		opened, err := theStack.decrypt(each.Key, []map[string]any{item})
		if err != nil || !bytes.Equal(opened[0], each.Plaintext) {
			t.Errorf("%s, context %q: %v", each.Key, each.Context, err)
		}
		each.view(t)
	}
	for _, each := range vectors.Refused {
		item := map[string]any{"ciphertext": each.Ciphertext,
			"context": base64.StdEncoding.EncodeToString([]byte(each.Context))}
		if _, err := theStack.decrypt(each.Key, []map[string]any{item}); err == nil {
			t.Errorf("%s: Vault opens it", each.Name)
		}
	}
}

// view opens the entry with the plugin, in a manifest.
func (v openVector) view(t *testing.T) {
	t.Helper()
	annotations := map[string]string{"vaultseal.dev/transit-key": "transit/" + v.Key}
	if v.Scope != "" {
		annotations["vaultseal.dev/scope"] = v.Scope
	}
	manifest := filepath.Join(t.TempDir(), "secret.json")
	if err := os.WriteFile(manifest, mustJSON(&corev1.Secret{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
		ObjectMeta: metav1.ObjectMeta{Namespace: v.Namespace, Name: v.Secret, Annotations: annotations},
		Data:       map[string][]byte{v.Entry: []byte(v.Ciphertext)},
	}), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(theStack.raced, "kubectl-vaultseal"), "view", "-f", manifest, "-n", v.Namespace,
		"--vault-auth-method=token", "--kubeconfig", theStack.kubeconfig, "--", v.Secret, v.Entry)
	cmd.Env = append(os.Environ(), "VAULT_TOKEN="+theStack.rootToken)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil || !bytes.Equal(out, v.Plaintext) {
		t.Errorf("view of %s/%s %s: %v: %s", v.Namespace, v.Secret, v.Entry, err, &said)
	}
}
