package test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestSetupAfterTheSigningKeyWasReplaced: an API server of the cluster signs with another key than Vault knows. Every
// command says so, setup recognises the cluster and gives Vault the keys that the API server has now.
func TestSetupAfterTheSigningKeyWasReplaced(t *testing.T) {
	t.Parallel()
	ns := newSetupNamespace(t)
	flags := []string{
		"--config-namespace=" + ns.system, "--vault-auth-method=jwt", "--vault-auth-mount=" + ns.mount,
		"--vault-addr=" + theStack.vaultAddr, "--vault-ca-cert=" + theStack.vaultCA,
	}
	again := slices.Concat(flags[:1], flags[3:]) // Vault confirms the rest, which the ConfigMap says
	ns.setup(t, flags...)
	marked := ns.description(t)
	if !strings.HasPrefix(marked, "vaultseal cluster ") {
		t.Fatalf("the auth mount's description is %q", marked)
	}
	before := ns.signingKeys(t)
	secret := filepath.Join(t.TempDir(), "secrets.json")
	check(t, os.WriteFile(secret, []byte(`{"password": "signing-horse"}`), 0o600))
	ns.must(t, "create", "-f", secret, flags[0])

	key := signingKey(t)
	ns.kubeconfig = newOwnKube(t, "--service-account-signing-key-file="+key, "--service-account-key-file="+
		key).kubeconfig
	ns.saysSigningKey(t)

	// A mount that is marked as another cluster's is left alone, whatever else speaks for this one.
	ns.describe(t, "vaultseal cluster 01234567-89ab-cdef-0123-456789abcdef")
	if _, stderr, err := ns.run(t, append([]string{"setup"}, flags...)...); err == nil ||
		!strings.Contains(stderr, "marked as the mount of another cluster") {
		t.Errorf("setup of another cluster's mount: %v: %s", err, stderr)
	}
	if now := ns.signingKeys(t); !slices.Equal(now, before) {
		t.Error("the keys of another cluster were replaced")
	}

	ns.describe(t, marked)
	stdout, _ := ns.setup(t, again...)
	if !strings.Contains(stdout, "vault auth configuration "+ns.mount+" configured\n") {
		t.Errorf("setup: %s", stdout)
	}
	after := ns.signingKeys(t)
	if len(after) != 1 || slices.Contains(before, after[0]) {
		t.Errorf("Vault has %d keys, and not the new one alone", len(after))
	}
	if text := ns.must(t, "view", "secrets", "secrets.json", flags[0]); !strings.Contains(text, "signing-horse") {
		t.Error("view does not show the value")
	}

	// Nothing but the mark shows whose an unmarked mount with other keys is: the ConfigMap could name another
	// cluster's.
	ns.describe(t, "")
	ns.write(t, "auth/"+ns.mount+"/config", map[string]any{"jwt_validation_pubkeys": before,
		"default_role": "vaultseal"})
	ns.saysSigningKey(t)
	if _, stderr, err := ns.run(t, append([]string{"setup"}, again...)...); err == nil ||
		!strings.Contains(stderr, "only the cluster's ConfigMap names the auth mount") {
		t.Errorf("setup of an unmarked mount that only the ConfigMap names: %v: %s", err, stderr)
	}
	if _, stderr, err := ns.run(t, append([]string{"setup"}, flags...)...); err == nil ||
		!strings.Contains(stderr, "it is configured for another cluster") {
		t.Errorf("setup of an unmarked mount: %v: %s", err, stderr)
	}
	if now := ns.signingKeys(t); !slices.Equal(now, before) {
		t.Error("the keys of an unmarked mount were replaced")
	}
	stdout, _ = ns.setup(t, append(flags, "--replace-roles")...)
	if !strings.Contains(stdout, "vault cluster mark "+ns.mount+" configured\n") || ns.description(t) != marked {
		t.Errorf("the mount is marked %q: %s", ns.description(t), stdout)
	}
	if now := ns.signingKeys(t); !slices.Equal(now, after) {
		t.Error("setup has not replaced the keys of an unmarked mount")
	}
	ns.must(t, "view", "secrets", "secrets.json", flags[0])
}

// saysSigningKey: commands and the doctor name the key and the command that helps.
func (p setupNamespace) saysSigningKey(t *testing.T) {
	t.Helper()
	const hint = "the cluster's signing key was replaced"
	for _, command := range [][]string{{"view", "secrets"}, {"doctor"}} {
		stdout, stderr, err := p.run(t, append(command, "--config-namespace="+p.system)...)
		said := stdout + stderr
		if err == nil || !strings.Contains(said, hint) || !strings.Contains(said, "kubectl vaultseal setup") ||
			strings.Contains(said, "--vault-role") {
			t.Errorf("%s: %v: %s", command[0], err, said)
		}
	}
}

// must runs a command that succeeds.
func (p setupNamespace) must(t *testing.T, args ...string) string {
	t.Helper()
	stdout, stderr, err := p.run(t, args...)
	if err != nil {
		t.Fatalf("%s: %v: %s", strings.Join(args, " "), err, stderr)
	}
	return stdout
}

func (p setupNamespace) write(t *testing.T, path string, data map[string]any) {
	t.Helper()
	_, err := theStack.vaultRequest(t.Context(), "POST", path, mustJSON(data))
	check(t, err)
}

func (p setupNamespace) describe(t *testing.T, description string) {
	t.Helper()
	p.write(t, "sys/mounts/auth/"+p.mount+"/tune", map[string]any{"description": description})
}

func (p setupNamespace) description(t *testing.T) string {
	t.Helper()
	text, _ := theStack.read(t, "sys/auth/"+p.mount, "description")["description"].(string)
	return text
}

// signingKeys are those that Vault has.
func (p setupNamespace) signingKeys(t *testing.T) (keys []string) {
	t.Helper()
	check(t,
		json.Unmarshal(mustJSON(theStack.read(t, "auth/"+p.mount+"/config",
			"jwt_validation_pubkeys")["jwt_validation_pubkeys"]), &keys))
	return keys
}

// signingKey is the file of a new key.
func signingKey(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	der, err := x509.MarshalECPrivateKey(key)
	check(t, err)
	path := filepath.Join(t.TempDir(), "sa.key")
	check(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), 0o600))
	return path
}
