package test

import (
	"context"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
)

// TestFaultChangedMeanwhile: while the writes of a rotation are on their way,
// another client deletes Secrets, makes new ones, takes their label away and
// makes them immutable. All of that stands.
func TestFaultChangedMeanwhile(t *testing.T) {
	t.Parallel()
	direct := newFaultNamespace(t, theStack, 20)
	// Together few enough that all writes are held at once.
	deleted, relabelled, frozen := direct.also(t, "deleted", 3), direct.also(t, "relabelled", 3),
		direct.also(t, "frozen", 3)
	writes := newRequestHold()
	t.Cleanup(writes.release)
	proxied := direct.behindKube(t, writes.before("PATCH", 0))
	rotate := proxied.start(t, "rotate")
	for range direct.count + deleted.count + relabelled.count + frozen.count {
		writes.next(t)
	}

	core, err := direct.on.core()
	check(t, err)
	secrets := core.Secrets(direct.namespace)
	deleted.each(t, func(name string) error {
		return secrets.Delete(context.Background(), name, metav1.DeleteOptions{})
	})
	relabelled.patchEach(t, secrets, `{"metadata": {"labels": {"vaultseal.dev/sealed": null}}}`)
	frozen.patchEach(t, secrets, `{"immutable": true}`)
	born := direct.born(t)
	writes.release()
	rotate.endsWith(t, 0)

	deleted.each(t, func(name string) error {
		_, err := secrets.Get(context.Background(), name, metav1.GetOptions{})
		if !apierrors.IsNotFound(err) {
			t.Errorf("%s is there again, or: %v", name, err)
		}
		return nil
	})
	for _, kept := range []sealedSecrets{relabelled, frozen} {
		kept.atVersion(t, "1")
	}
	direct.allLatest(t)
	direct.heals(t)
	born.atVersion(t, "2")
	for _, kept := range []sealedSecrets{relabelled, frozen} {
		kept.atVersion(t, "1")
	}
}

// also creates more Secrets under the namespace's key, in a set of their own.
func (p sealedNamespace) also(t *testing.T, prefix string, count int) sealedSecrets {
	t.Helper()
	more := p.sealedSecrets
	more.prefix, more.count = prefix, count
	check(t, more.create(map[string]string{"test": p.namespace}))
	return more
}

// born are Secrets that another client sealed before and creates during the rotation.
func (p sealedNamespace) born(t *testing.T) sealedSecrets {
	t.Helper()
	more := p.sealedSecrets
	more.prefix, more.count = "born", 2
	old, err := more.sealAt(1)
	check(t, err)
	core, err := p.on.core()
	check(t, err)
	for i, ciphertext := range old {
		secret := more.secret(i, map[string]string{"vaultseal.dev/sealed": "true"}, ciphertext)
		_, err := core.Secrets(p.namespace).Create(context.Background(), secret, metav1.CreateOptions{})
		check(t, err)
	}
	return more
}

// sealAt is seal with an older version of the key.
func (c sealedSecrets) sealAt(version int) ([]string, error) {
	items := make([]map[string]any, c.count)
	for i := range items {
		items[i] = c.item(i, "plaintext", c.plaintext(i))
		items[i]["key_version"] = version
	}
	return c.on.encrypt(c.key, items)
}

// each does something with the name of each Secret of the set.
func (c sealedSecrets) each(t *testing.T, do func(name string) error) {
	t.Helper()
	for i := range c.count {
		check(t, do(c.name(i)))
	}
}

func (c sealedSecrets) patchEach(t *testing.T, secrets corev1client.SecretInterface, patch string) {
	t.Helper()
	c.each(t, func(name string) error {
		_, err := secrets.Patch(context.Background(), name, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
		return err
	})
}

// atVersion: each of the Secrets opens, with that key version.
func (c sealedSecrets) atVersion(t *testing.T, version string) {
	t.Helper()
	versions, err := c.openAll()
	check(t, err)
	if versions[version] != c.count {
		t.Errorf("%s: Secrets by version: %v, want %d of version %s", c.prefix, versions, c.count, version)
	}
}
