package engine

import (
	"errors"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// pinned is a Secret whose entries a fakeVault has sealed with a scope, in the caller's view of it.
func pinned(key transit.KeyInfo, scope sealed.Scope, name string, plaintexts map[string]string) sealed.Secret {
	secret := sealed.Secret{Namespace: "a", Name: name, Key: key.Key, Scope: scope}
	for entry, plaintext := range plaintexts {
		secret.Entries = append(secret.Entries, sealed.Entry{Name: entry,
			Ciphertext: ciphertext(key.Key, 1, string(secret.Context(entry)), plaintext)})
	}
	return secret
}

func pinnedClient() (*Client, *countedVault) {
	v := &countedVault{fakeVault: newFakeVault(derived, plain)}
	return &Client{derived: &derivedKeys{}, vault: func(string) vault { return v }}, v
}

func TestOpenPinnedIsOneBatchForEachKey(t *testing.T) {
	c, v := pinnedClient()
	secrets := []sealed.Secret{
		pinned(derived, sealed.Strict, "db", map[string]string{"user": "me", "password": "horse"}),
		pinned(plain, sealed.Unbound, "free", map[string]string{"x": "free"}),
		pinned(derived, sealed.NamespaceWide, "wide", map[string]string{"x": "wide"}),
		pinned(derived, sealed.Strict, "none", nil),
	}
	for round, decoys := range []int{1, 0} { // the key is proven once
		v.items = nil
		opened, err := c.OpenPinned(t.Context(), secrets)
		if err != nil {
			t.Fatal(err)
		}
		if string(opened[0]["user"]) != "me" || string(opened[0]["password"]) != "horse" ||
			string(opened[1]["x"]) != "free" || string(opened[2]["x"]) != "wide" || len(opened[3]) != 0 {
			t.Errorf("opened %q", opened)
		}
		if len(v.items) != 2 || v.items[0] != 3+decoys || v.items[1] != 1 {
			t.Errorf("round %d: requests of %v items", round, v.items)
		}
	}
}

func TestOpenPinnedOfNothingAsksNobody(t *testing.T) {
	c, v := pinnedClient()
	if _, err := c.OpenPinned(t.Context(), []sealed.Secret{{Namespace: "a", Name: "none"}}); err != nil {
		t.Error(err)
	}
	if len(v.items) != 0 {
		t.Errorf("requests of %v items", v.items)
	}
}

// TestOpenPinnedRefuses: what was sealed for another place, or may have been.
func TestOpenPinnedRefuses(t *testing.T) {
	elsewhere := pinned(derived, sealed.Strict, "db", map[string]string{"x": "PLAINTEXT"})
	elsewhere.Name = "copy"
	weaker := pinned(derived, sealed.ClusterWide, "db", map[string]string{"x": "PLAINTEXT"})
	weaker.Scope = sealed.Strict
	underived := pinned(plain, sealed.Unbound, "db", map[string]string{"x": "PLAINTEXT", "long": "PLAINTEXT PLAINTEXT"})
	underived.Scope = sealed.Strict
	var unproven *UnprovenScopeError
	for name, secret := range map[string]sealed.Secret{
		"a copy of another Secret":  elsewhere,
		"a weaker scope":            weaker,
		"a key that is not derived": underived,
		"no ciphertext":             {Namespace: "a", Name: "db", Key: derived.Key, Entries: []sealed.Entry{{Name: "x"}}},
	} {
		c, _ := pinnedClient()
		good := pinned(derived, sealed.Strict, "good", map[string]string{"y": "PLAINTEXT"})
		opened, err := c.OpenPinned(t.Context(), []sealed.Secret{good, secret})
		if err == nil || opened != nil {
			t.Errorf("%s: opened %d Secrets, error %v", name, len(opened), err)
			continue
		}
		if strings.Contains(err.Error(), "PLAINTEXT") || !strings.Contains(err.Error(), "secret a/"+secret.Name) {
			t.Errorf("%s: %v", name, err)
		}
		if errors.As(err, &unproven) != (secret.Key == plain.Key) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOpenPinnedNamesTheSecretsOfADenial(t *testing.T) {
	c, v := pinnedClient()
	v.denied = derived.Key
	_, err := c.OpenPinned(t.Context(), []sealed.Secret{
		pinned(derived, sealed.Strict, "tls", map[string]string{"x": "1", "y": "2"}),
		pinned(derived, sealed.Strict, "db", map[string]string{"x": "1"}),
	})
	if !errors.Is(err, transit.ErrDenied) || !strings.HasPrefix(err.Error(), "open secret a/db, a/tls: ") {
		t.Errorf("%v", err)
	}
}
