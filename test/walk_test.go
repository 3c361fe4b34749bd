package test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The walk puts hostile values into every piece of metadata that a tenant can write, runs the commands, and asks the
// audit logs of the API server and of Vault whether anything but the opening of that one Secret has changed with it:
// which accounts' tokens are requested and for whom, where they log in, which key seals plaintext and for which place,
// which key is rotated or retired. The Vault roles of the walk may use every key of two engines, so that no policy
// hides what a command has tried.

// long reports whether all commands meet all values of all pieces (WALK=long, in the weekly run). In the short form
// they do where a piece says that it matters; elsewhere each value meets a few commands, other ones with each piece.
func long() bool { return os.Getenv("WALK") == "long" }

// walk is what the tenants of a walk have in common.
type walk struct {
	mount string // of the auth method that they log in with
	// a namespace of another team; its keys are transit/OTHER-derived, and transit/OTHER, which is not derived
	other  string
	engine string // another Transit engine, with the key app
	decoy  *decoy
	files  string // a directory with what commands are given

	kubeBefore, vaultBefore int64 // ends of the audit logs

	mu      sync.Mutex
	steps   []step
	tenants []tenant
}

// step is one command that has run.
type step struct {
	tenant     tenant
	secret     string   // that is named; empty: none is
	entries    []string // that it may seal
	tries      []string // the keys that an annotation names, which opening and rewrapping may try
	files      bool     // it works on files, and on no Secret of the cluster
	everywhere bool     // in every namespace that is set up
	what       string   // is hostile
	command    string
	start, end time.Time
	code       int
}

func (s step) String() string {
	return fmt.Sprintf("%s/%s, %s: %s (exit code %d)", s.tenant.namespace, s.secret, s.what, s.command, s.code)
}

func newWalk(t *testing.T) *walk {
	t.Helper()
	name := newName()
	w := &walk{mount: name, other: name + "-other", engine: name + "-engine", decoy: newDecoy(t), files: t.TempDir()}
	check(t, theStack.addNamespace(w.other))
	t.Cleanup(func() { theStack.dropNamespace(w.other) })
	theStack.newKey(t, w.other, false)
	theStack.newKey(t, w.other+"-derived", true)
	theStack.write(t, "sys/mounts/"+w.engine, map[string]any{"type": "transit"})
	theStack.write(t, w.engine+"/keys/app", map[string]any{"derived": true})
	w.grant(t)
	check(t, os.WriteFile(filepath.Join(w.files, "b"), []byte("walked again\n"), 0o600))
	check(t, os.WriteFile(filepath.Join(w.files, "editor"),
		[]byte("#!/bin/sh\nsed -i s/walked/edited/ \"$1\"\n"), 0o700))
	w.kubeBefore, w.vaultBefore = sizeOf(t, theStack.kubeAudit), sizeOf(t, theStack.vaultAudit)
	return w
}

// grant makes an auth method with the roles that setup makes, each with far more rights than there.
func (w *walk) grant(t *testing.T) {
	t.Helper()
	policy := `path "auth/token/revoke-self" { capabilities = ["update"] }`
	for _, engine := range []string{"transit", w.engine} {
		policy += fmt.Sprintf("\npath \"%s/*\" { capabilities = [\"create\", \"read\", \"update\", \"list\"] }", engine)
	}
	theStack.write(t, "sys/policies/acl/"+w.mount, map[string]any{"policy": policy})
	encrypter := `path "auth/token/revoke-self" { capabilities = ["update"] }
path "transit/encrypt/*" { capabilities = ["update"] }
path "transit/keys/*" { capabilities = ["read"] }`
	theStack.write(t, "sys/policies/acl/"+w.mount+"-encrypter", map[string]any{"policy": encrypter})
	theStack.write(t, "sys/auth/"+w.mount, map[string]any{"type": "jwt"})
	theStack.write(t, "auth/"+w.mount+"/config", theStack.read(t, "auth/jwt/config", "jwt_validation_pubkeys"))
	for role, policy := range map[string]string{
		"vaultseal": w.mount, "vaultseal-reader": w.mount, "vaultseal-rotator": w.mount,
		"vaultseal-encrypter": w.mount + "-encrypter",
	} {
		theStack.write(t, "auth/"+w.mount+"/role/"+role, map[string]any{
			"role_type": "jwt", "user_claim": "sub", "bound_audiences": []string{"vault"}, "bound_claims_type": "glob",
			"bound_claims": map[string]string{"sub": "system:serviceaccount:*:" + role},
			"claim_mappings": map[string]string{
				"/kubernetes.io/namespace":           "service_account_namespace",
				"/kubernetes.io/serviceaccount/name": "service_account_name",
			},
			"token_policies": []string{policy}, "token_ttl": "10m", "token_no_default_policy": true,
		})
	}
}

// tenant is a namespace whose editors are hostile.
type tenant struct {
	*walk

	namespace, kubeconfig string
}

// key is the transit key that is configured for the namespace.
func (n tenant) key() string { return "transit/" + n.namespace + "-derived" }

// newTenant makes a namespace, with metadata of its own, and its keys.
func (w *walk) newTenant(t *testing.T, meta metav1.ObjectMeta) tenant {
	t.Helper()
	n := tenant{walk: w, namespace: meta.Name, kubeconfig: filepath.Join(t.TempDir(), "kubeconfig")}
	core, err := theStack.core()
	check(t, err)
	_, err = core.Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: meta}, metav1.CreateOptions{})
	check(t, err)
	t.Cleanup(func() { theStack.dropNamespace(n.namespace) })
	for _, account := range []string{"vaultseal", "vaultseal-reader", "vaultseal-encrypter"} {
		_, err := core.ServiceAccounts(n.namespace).Create(t.Context(),
			&corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: account}}, metav1.CreateOptions{})
		check(t, err)
	}
	theStack.newKey(t, n.namespace, false)
	theStack.newKey(t, n.namespace+"-derived", true)
	check(t, theStack.kubeconfigFor(n.kubeconfig, n.namespace))
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tenants = append(w.tenants, n)
	return n
}

// environment is what the tenant's users have, as setup tells them.
func (n tenant) environment() []string {
	return append(os.Environ(), "HOME="+n.files, "KUBECONFIG="+n.kubeconfig, "VAULT_ADDR="+theStack.vaultAddr,
		"VAULT_CACERT="+theStack.vaultCA,
		"VAULTSEAL_TRANSIT_KEY=transit/{namespace}-derived", "VAULTSEAL_AUTH_METHOD=jwt", "VAULTSEAL_AUTH_MOUNT="+
			n.mount,
		"KUBE_EDITOR="+filepath.Join(n.files, "editor"))
}

// runs does one step and notes when.
func (n tenant) runs(s step, do func() (code int)) {
	s.tenant, s.start = n, time.Now()
	s.code = do()
	s.end = time.Now()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.steps = append(n.steps, s)
}

// TestWalkSecrets walks the metadata of Secrets.
func TestWalkSecrets(t *testing.T) {
	w := newWalk(t)
	t.Run("metadata", func(t *testing.T) {
		for index, piece := range pieces(t) {
			t.Run(piece.name, func(t *testing.T) {
				t.Parallel()
				n := w.newTenant(t, metav1.ObjectMeta{Name: newName()})
				n.walkSecrets(t, piece, index)
			})
		}
	})
	w.judge(t, "encrypt", "decrypt", "rewrap", "keys", "keys/rotate", "keys/config")
}

// TestWalkNamespaces walks the names, labels and annotations of namespaces.
func TestWalkNamespaces(t *testing.T) {
	w := newWalk(t)
	t.Run("namespaces", func(t *testing.T) {
		for index, meta := range w.namespaces(t) {
			t.Run(fmt.Sprint(index), func(t *testing.T) {
				t.Parallel()
				n := w.newTenant(t, meta)
				n.walkSecrets(t,
					piece{name: fmt.Sprintf("namespace %s with %.100q", meta.Name,
						meta.Annotations["vaultseal.dev/transit-key"]), matters: true}, index)
			})
		}
	})
	w.judge(t, "encrypt", "decrypt", "rewrap", "keys", "keys/rotate", "keys/config")
}
