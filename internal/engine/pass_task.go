package engine

import (
	"fmt"
	"sync/atomic"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// task is one Secret of a pass.
type task struct {
	live *corev1.Secret // namespace and name are set even with err
	err  error          // why it cannot be used
	file string         // empty: it is in the cluster
	line int            // of the file, with err; 0: not known

	secret  sealed.Secret
	managed string           // the tool that would restore its old ciphertext; empty: none
	vault   vault            // the session of its namespace
	state   *keyState        // nil: the key is not known
	target  int              // of the key, when the Secret was seen
	results []transit.Result // by index of secret.Entries; empty for entries that are not wanted
	waiting atomic.Int32     // number of missing results
	weight  int64            // its room in flight
	failed  bool             // set by finish
	proof   boundProof       // set by finish, for entries that open
	origin  sealed.Place     // set by finish: the place that a broken entry was sealed for; zero: not known
}

// newTask takes a Secret apart.
func (c *Client) newTask(stored Stored) *task {
	t := &task{
		live: stored.Secret, err: stored.Err, file: stored.File, line: stored.Line, weight: weightOf(stored.Secret),
	}
	if t.err == nil {
		t.secret, t.err = readSealed(t.live)
	}
	if t.err == nil {
		t.managed = c.store.ManagedBy(t.live)
	}
	return t
}

// task takes a Secret apart and finds its transit key.
func (k *passKeys) task(stored Stored) *task {
	t := k.pass.client.newTask(stored)
	if t.err != nil {
		return t
	}
	if t.file != "" && len(t.secret.Unsealed()) == len(t.secret.Entries) {
		t.err = k.pass.check(t)
		return t // it has no key
	}
	key, err := k.pass.client.keyIn(t.secret, k.pass.selection)
	if err == nil {
		t.vault, t.state = k.pass.client.vault(t.secret.Namespace), k.state(t.secret.Namespace, key)
	}
	if t.err = k.pass.check(t); t.err == nil && err != nil {
		t.err = fmt.Errorf("secret %s/%s: %w", t.secret.Namespace, t.secret.Name, err)
	}
	t.live.ManagedFields = nil // a third of a small Secret, and no longer needed
	t.dropCiphertexts()
	return t
}

// unread reports whether the Secret could not be read.
func (t *task) unread() bool { return t.secret.Name == "" }

// dropCiphertexts removes the values that the entries have too.
func (t *task) dropCiphertexts() {
	for _, entry := range t.secret.Entries {
		if entry.Sealed() {
			t.live.Data[entry.Name] = nil
		}
	}
}

// keyed is the Secret with the key of the task.
func (t *task) keyed() sealed.Secret {
	secret := t.secret
	if t.state != nil {
		secret.Key = t.state.key
	}
	return secret
}

// vaultError is Vault's first error about the Secret's key or entries.
func (t *task) vaultError() error {
	if t.err != nil {
		return t.err
	}
	for _, result := range t.results {
		if result.Err != nil {
			return result.Err
		}
	}
	return nil
}
