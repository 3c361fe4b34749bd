package test

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"strings"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// newRetiringNamespace is a namespace with a transit key as the Python tool uses it, not
// derived, and with a role that may also raise and lower the key's versions.
func newRetiringNamespace(t *testing.T) sealedNamespace {
	t.Helper()
	ns := newFaultNamespace(t, theStack, 1)
	ns.prefix, ns.count, ns.key = "plain", 20, ns.namespace
	ns.on.newKey(t, ns.key, false)
	check(t, ns.create(map[string]string{"test": ns.namespace}))
	ns.grant(t, "10s", "vaultseal-rotator", "vaultseal-retirer")
	return ns.with("VAULTSEAL_TRANSIT_KEY=transit/" + ns.key)
}

// retire is the command, over the namespace's Secrets: retiring itself looks at all there are.
func (p sealedNamespace) retire() []string {
	return []string{"rotate", "-A", "-l", "test=" + p.namespace, "--retire", "--keep", "1", "--yes"}
}

// notRetired: the key has a new version and still takes the old one.
func (p sealedNamespace) notRetired(t *testing.T, before keyVersions) {
	t.Helper()
	want := before
	want.Latest++
	if got := p.on.versions(t, p.key); got != want {
		t.Errorf("versions of the key: %+v, want %+v", got, want)
	}
}

// TestFaultRetire: if nothing older is left, only the latest version stays. It runs alone, like TestFaultRetireForeign:
// retiring gives up if Secrets that this Vault cannot open keep appearing, and tests with a Vault of their own create
// hundreds.
func TestFaultRetire(t *testing.T) {
	ns := newRetiringNamespace(t)
	ns.ends(t, ns.retire(), 0)
	if got, want := ns.on.versions(t, ns.key), (keyVersions{2, 2, 2}); got != want {
		t.Errorf("versions of the key: %+v, want %+v", got, want)
	}
	ns.heals(t)
}

// TestFaultRetireRefused: any older Secret of the cluster, even one that rotation skips, blocks retirement and is
// named.
func TestFaultRetireRefused(t *testing.T) {
	t.Parallel()
	for name, hide := range map[string]func(*corev1.Secret){
		"immutable": func(s *corev1.Secret) { frozen := true; s.Immutable = &frozen },
		"managed":   func(s *corev1.Secret) { s.Labels["kustomize.toolkit.fluxcd.io/name"] = "apps" },
		"out of view": func(s *corev1.Secret) {
			delete(s.Labels, "test")
		},
		"unlabelled": func(s *corev1.Secret) { s.Labels, s.Annotations = nil, nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ns, elsewhere := newRetiringNamespace(t), newFaultNamespace(t, theStack, 1)
			before := ns.on.versions(t, ns.key)
			stale := elsewhere.one("stale", ns.key)
			stale.hide(t, ns.namespace, hide)
			retire := ns.ends(t, ns.retire(), 1)
			ns.named(t, retire, stale)
			ns.notRetired(t, before)
			stale.atVersion(t, "1")
			ns.heals(t)
		})
	}
}

// hide stores the set's only Secret as vaultseal would have, changed by hide.
func (c sealedSecrets) hide(t *testing.T, owner string, hide func(*corev1.Secret)) {
	t.Helper()
	ciphertexts, err := c.sealAt(1)
	check(t, err)
	c.store(t, owner, ciphertexts[0], hide)
}

func (c sealedSecrets) store(t *testing.T, owner, ciphertext string, hide func(*corev1.Secret)) {
	t.Helper()
	secret := c.secret(0, map[string]string{"vaultseal.dev/sealed": "true", "test": owner}, ciphertext)
	hide(secret)
	core, err := c.on.core()
	check(t, err)
	if _, err := core.Secrets(c.namespace).Create(context.Background(), secret, metav1.CreateOptions{}); err != nil {
		t.Error(err) // not Fatal: a proxy's goroutine may be here
	}
}

// named: the command says which Secret is in the way.
func (p sealedNamespace) named(t *testing.T, command *process, stale sealedSecrets) {
	t.Helper()
	if want := stale.namespace + "/" + stale.name(0); !strings.Contains(command.stderr.String(), want) {
		t.Errorf("stderr does not name %s: %s", want, brief(command.stderr.String()))
	}
}

// TestFaultRetireAmongGarbage: an editor who writes a value that looks older again and again, under the key's name,
// does not keep its versions from being retired.
func TestFaultRetireAmongGarbage(t *testing.T) {
	t.Parallel()
	ns, stranger := newRetiringNamespace(t), newName()
	check(t, theStack.addNamespace(stranger))
	t.Cleanup(func() { theStack.dropNamespace(stranger) })
	core, err := ns.on.core()
	check(t, err)
	garbage := sealedSecrets{on: ns.on, namespace: stranger, prefix: "garbage", count: 1, key: ns.key}.secret(0, nil,
		randomCiphertext())
	_, err = core.Secrets(stranger).Create(context.Background(), garbage, metav1.CreateOptions{})
	check(t, err)
	ctx, stop := context.WithCancel(context.Background())
	var writing sync.WaitGroup
	writing.Go(func() {
		for ctx.Err() == nil {
			garbage.Data["secrets.json"] = []byte(randomCiphertext())
			if _, err := core.Secrets(stranger).Update(ctx, garbage, metav1.UpdateOptions{}); err != nil &&
				ctx.Err() == nil {
				t.Error(err)
				return
			}
		}
	})
	ns.ends(t, ns.retire(), 0)
	stop()
	writing.Wait()
	if got, want := ns.on.versions(t, ns.key), (keyVersions{2, 2, 2}); got != want {
		t.Errorf("versions of the key: %+v, want %+v", got, want)
	}
	ns.heals(t)
}

// randomCiphertext looks like one of version 1, and belongs to no key.
func randomCiphertext() string {
	return "vault:v1:" + base64.StdEncoding.EncodeToString([]byte(rand.Text()+rand.Text()))
}

// TestFaultRetireForeign: a value that looks sealed and belongs to another key does not block retirement.
func TestFaultRetireForeign(t *testing.T) {
	ns, elsewhere := newRetiringNamespace(t), newFaultNamespace(t, theStack, 1)
	foreign := elsewhere.one("foreign", elsewhere.namespace)
	foreign.on.newKey(t, foreign.key, false)
	foreign.hide(t, "", func(s *corev1.Secret) { s.Labels, s.Annotations = nil, nil })
	ns.ends(t, ns.retire(), 0)
	if got, want := ns.on.versions(t, ns.key), (keyVersions{2, 2, 2}); got != want {
		t.Errorf("versions of the key: %+v, want %+v", got, want)
	}
	foreign.atVersion(t, "1")
	ns.heals(t)
}

// TestFaultRetireRace: a Secret with an old version that appears between the
// listing and the raise makes the command take the raise back.
func TestFaultRetireRace(t *testing.T) {
	t.Parallel()
	ns, elsewhere := newRetiringNamespace(t), newFaultNamespace(t, theStack, 1)
	before := ns.on.versions(t, ns.key)
	stale := elsewhere.one("stale", ns.key)
	ciphertexts, err := stale.sealAt(1)
	check(t, err)
	raise := func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/keys/"+ns.key+"/config") }
	proxied := ns.behindVault(t, once(raise, func() error {
		stale.store(t, ns.namespace, ciphertexts[0], func(*corev1.Secret) {})
		return nil
	}))
	retire := proxied.ends(t, ns.retire(), 1)
	ns.named(t, retire, stale)
	ns.notRetired(t, before)
	stale.atVersion(t, "1")
	ns.heals(t)
}
