package engine

import (
	"errors"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// TestOpenEachIsOneBatchForEachKey: what does not open fails alone.
func TestOpenEachIsOneBatchForEachKey(t *testing.T) {
	c, v := pinnedClient()
	moved := pinned(derived, sealed.Strict, "db", map[string]string{"user": "PLAINTEXT"})
	moved.Name = "copy"
	unsealed := sealed.Secret{Namespace: "a", Name: "db", Key: derived.Key, Entries: []sealed.Entry{{Name: "x"}}}
	opened := c.OpenEach(t.Context(), []sealed.Secret{
		pinned(derived, sealed.Strict, "db", map[string]string{"user": "me"}),
		pinned(plain, sealed.Unbound, "free", map[string]string{"x": "free"}),
		moved, unsealed,
		pinned(derived, sealed.NamespaceWide, "wide", map[string]string{"x": ""}),
	})
	if got := opened[0][0]; string(got.Plaintext) != "me" || got.Err != nil {
		t.Errorf("%q, %v", got.Plaintext, got.Err)
	}
	if got := opened[1][0]; string(got.Plaintext) != "free" || got.Err != nil {
		t.Errorf("%q, %v", got.Plaintext, got.Err)
	}
	if got := opened[2][0]; got.Plaintext != nil || !errors.Is(got.Err, transit.ErrTampered) {
		t.Errorf("%q, %v", got.Plaintext, got.Err)
	}
	if got := opened[3][0]; !errors.Is(got.Err, ErrNotSealed) {
		t.Errorf("%q, %v", got.Plaintext, got.Err)
	}
	if got := opened[4][0]; got.Plaintext == nil || len(got.Plaintext) > 0 || got.Err != nil {
		t.Errorf("%q, %v", got.Plaintext, got.Err)
	}
	if len(v.items) != 2 || v.items[0] != 3 || v.items[1] != 1 {
		t.Errorf("requests of %v items", v.items)
	}
}

// TestOpenEachWithAPinnedKey: the other side of a merge may have the key that the Secret had before.
func TestOpenEachWithAPinnedKey(t *testing.T) {
	c, _ := pinnedClient()
	keys, err := sealed.ParseKeyTemplate(plain.Key.String())
	if err != nil {
		t.Fatal(err)
	}
	c.keys, c.pinned = keys, true
	secret := pinned(derived, sealed.Strict, "db", map[string]string{"user": "me"})
	opened := c.OpenEach(t.Context(), []sealed.Secret{secret})
	if got := opened[0][0]; string(got.Plaintext) != "me" || got.Err != nil {
		t.Errorf("%q, %v", got.Plaintext, got.Err)
	}
	if _, err := c.SealEach(t.Context(), secret, map[string][]byte{"user": nil}); !as[*KeyMismatchError](err) {
		t.Errorf("sealed with another key than the pinned one: %v", err)
	}
}

// TestSealEachUsesTheConfiguredKeyOnly: neither another key nor another scope than Vault enforces gets plaintext.
func TestSealEachUsesTheConfiguredKeyOnly(t *testing.T) {
	values := map[string][]byte{"user": []byte("me"), "password": []byte("")}
	for name, test := range map[string]struct {
		configured string
		secret     sealed.Secret
		want       func(error) bool
	}{
		"bound": {derived.Key.String(), sealed.Secret{Namespace: "a", Name: "db", Key: derived.Key, Scope: sealed.Strict},
			func(err error) bool { return err == nil }},
		"without an annotation": {plain.Key.String(), sealed.Secret{Namespace: "a", Name: "db"},
			func(err error) bool { return err == nil }},
		"another key": {plain.Key.String(), sealed.Secret{Namespace: "a", Name: "db", Key: derived.Key},
			as[*OtherKeyError]},
		"no key": {"", sealed.Secret{Namespace: "a", Name: "db", Key: derived.Key}, as[*UnconfiguredKeyError]},
		"no scope": {derived.Key.String(), sealed.Secret{Namespace: "a", Name: "db", Key: derived.Key},
			as[*UnboundScopeError]},
		"a scope that is not bound": {plain.Key.String(),
			sealed.Secret{Namespace: "a", Name: "db", Key: plain.Key, Scope: sealed.Strict}, as[*NotDerivedError]},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := pinnedClient()
			if test.configured != "" {
				keys, err := sealed.ParseKeyTemplate(test.configured)
				if err != nil {
					t.Fatal(err)
				}
				c.keys = keys
			}
			ciphertexts, err := c.SealEach(t.Context(), test.secret, values)
			if !test.want(err) {
				t.Fatalf("error %v", err)
			}
			if err == nil != (len(ciphertexts) == 2) {
				t.Errorf("%d ciphertexts", len(ciphertexts))
			}
			for entry, ciphertext := range ciphertexts {
				test.secret.Entries = append(test.secret.Entries, sealed.Entry{Name: entry, Ciphertext: ciphertext})
			}
			for n, got := range c.OpenEach(t.Context(), []sealed.Secret{test.secret})[0] {
				want := values[test.secret.Entries[n].Name]
				if got.Err != nil || string(got.Plaintext) != string(want) {
					t.Errorf("%q, %v", got.Plaintext, got.Err)
				}
			}
		})
	}
}

func as[E error](err error) bool {
	var want E
	return errors.As(err, &want)
}
