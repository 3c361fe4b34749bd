package test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// sized is how much of something the fault tests do: less with FAULTS=short.
func sized(full, short int) int {
	if os.Getenv("FAULTS") == "short" {
		return short
	}
	return full
}

// newFaultNamespace returns a namespace with more Secrets, and with its own Vault role that can neither encrypt nor
// decrypt, for all parts. Only the test uses its transit key, so that the audit logs about it are the test's.
func newFaultNamespace(t *testing.T, on stack, count int) sealedNamespace {
	t.Helper()
	name := newName()
	check(t, theStack.addNamespace(name))
	t.Cleanup(func() { theStack.dropNamespace(name) })
	p := sealedNamespace{
		sealedSecrets: sealedSecrets{on: on, namespace: name, prefix: "s", count: count, key: name + "-derived"},
		plugin:        "kubectl-vaultseal", // as released, which make test-faults has built
	}
	on.newKey(t, p.key, true)
	p.grant(t, "10s", "vaultseal-rotator")
	check(t, p.create(map[string]string{"test": name}))
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	check(t, on.kubeconfigFor(kubeconfig, name))
	p.env = append(os.Environ(), "KUBECONFIG="+kubeconfig, "VAULT_ADDR="+on.vaultAddr, "VAULT_CACERT="+on.vaultCA,
		"VAULTSEAL_TRANSIT_KEY=transit/"+p.key, "VAULTSEAL_AUTH_METHOD=jwt",
		"VAULTSEAL_ROLE="+name, "VAULTSEAL_SERVICE_ACCOUNT="+name+"/vaultseal")
	return p
}

// grant makes the namespace's role, for the jwt method: Vault asks no API server then.
func (p sealedNamespace) grant(t *testing.T, ttl string, policies ...string) {
	t.Helper()
	p.on.write(t, "auth/jwt/role/"+p.namespace, map[string]any{
		"role_type": "jwt", "user_claim": "sub", "bound_audiences": []string{"vault"},
		"bound_claims":   map[string]string{"sub": "system:serviceaccount:" + p.namespace + ":vaultseal"},
		"claim_mappings": map[string]string{"/kubernetes.io/namespace": "service_account_namespace"},
		"token_policies": policies, "token_ttl": ttl, "token_no_default_policy": true,
	})
}

// with is the namespace with more in its environment.
func (p sealedNamespace) with(variables ...string) sealedNamespace {
	p.env = append(append([]string{}, p.env...), variables...)
	return p
}

// write writes to a path of Vault as its root.
func (s stack) write(t *testing.T, path string, data map[string]any) {
	t.Helper()
	_, err := s.vaultRequest(context.Background(), "POST", path, mustJSON(data))
	check(t, err)
}

func (s stack) newKey(t *testing.T, name string, derived bool) {
	t.Helper()
	s.write(t, "transit/keys/"+name, map[string]any{"type": "aes256-gcm96", "derived": derived})
}

// keyVersions are a transit key's versions, as Vault names them.
type keyVersions struct {
	Latest        int `json:"latest_version"`
	MinDecryption int `json:"min_decryption_version"`
	MinEncryption int `json:"min_encryption_version"`
}

func (s stack) versions(t *testing.T, key string) keyVersions {
	t.Helper()
	text, err := s.transitKey(key)
	check(t, err)
	var versions keyVersions
	check(t, json.Unmarshal([]byte(text), &versions))
	return versions
}

// ends runs a command to its end, which must have one of the codes.
func (p sealedNamespace) ends(t *testing.T, command []string, codes ...int) *process {
	t.Helper()
	running := p.start(t, command...)
	running.endsWith(t, codes...)
	return running
}

// endsWith waits for the process, which must end with one of the codes.
func (r *process) endsWith(t *testing.T, codes ...int) {
	t.Helper()
	code := r.end(t)
	for _, wanted := range codes {
		if code == wanted {
			return
		}
	}
	t.Errorf("exit code %d, want one of %v; stdout: %s; stderr: %s", code, codes, brief(r.stdout.String()),
		brief(r.stderr.String()))
}

// brief is what a person reads of a report that may have a thousand lines.
func brief(text string) string {
	const most = 3000
	if len(text) <= most {
		return text
	}
	return text[:most/2] + "\n…\n" + text[len(text)-most/2:]
}

// heals ends every fault test: each Secret opens to its own bytes, even before an undisturbed run has moved all of them
// to the latest version, and only the test has asked Vault to decrypt.
func (p sealedNamespace) heals(t *testing.T) {
	t.Helper()
	_, err := p.openAll()
	check(t, err)
	p.ends(t, []string{"rotate", "--rewrap-only"}, 0)
	p.allLatest(t)
	p.nothingDecrypted(t)
}

// allLatest: each Secret opens, at the key's latest version.
func (p sealedNamespace) allLatest(t *testing.T) {
	t.Helper()
	versions, err := p.openAll()
	check(t, err)
	latest := strconv.Itoa(p.on.versions(t, p.key).Latest)
	if versions[latest] != p.count {
		t.Errorf("Secrets by version: %v, want %d of version %s", versions, p.count, latest)
	}
}

// nothingDecrypted: only Vault's root has decrypted with the namespace's key.
func (p sealedNamespace) nothingDecrypted(t *testing.T) {
	t.Helper()
	lines, err := linesSince(p.on.vaultAudit, 0)
	check(t, err)
	seen := 0
	for _, line := range lines {
		if !bytes.Contains(line, []byte("/"+p.key+`"`)) { // others' batches are long
			continue
		}
		var e vaultEvent
		check(t, json.Unmarshal(line, &e))
		if !strings.HasPrefix(e.Request.Path, "transit/") || e.Auth.DisplayName == "root" {
			continue
		}
		seen++
		if e.Request.Path != "transit/rewrap/"+p.key && e.Request.Path != "transit/keys/"+p.key {
			t.Errorf("%s called %s", e.Auth.DisplayName, e.Request.Path)
		}
	}
	if seen == 0 {
		t.Errorf("Vault's audit log knows of no call with key %s", p.key)
	}
}
