package engine

import (
	"errors"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

var keyA, keyB = aes("a", true, 1), aes("b", true, 1)

// copied is a Secret of namespace a, applied to namespace b, with a client of b's that may use b's key only.
func copied(t *testing.T, scope sealed.Scope) (*Client, *fakeCluster, *fakeVault) {
	t.Helper()
	secret := sealedSecret("a", "s", keyA, 1, map[string]string{"x": "1", "y": "2"})
	secret.Namespace, secret.Annotations[sealed.ScopeAnnotation] = "b", string(scope)
	cluster, v := newFakeCluster(secret), newFakeVault(keyA, keyB)
	v.denied = keyA.Key
	return newTestClient(t, cluster, v, "transit/{namespace}"), cluster, v
}

// TestOtherKeyIsNamed: what is sealed with another namespace's key is not opened, and no policy is asked for.
func TestOtherKeyIsNamed(t *testing.T) {
	const want = "secret b/s: sealed for another namespace: its annotation names transit key transit/a, and the key " +
		"configured for b is transit/b"
	for name, open := range map[string]func(*Client) error{
		"open":  func(c *Client) error { _, err := c.Open(t.Context(), "b", "s"); return err },
		"entry": func(c *Client) error { _, err := c.OpenEntry(t.Context(), "b", "s", "x"); return err },
		"reseal": func(c *Client) error {
			_, err := c.Reseal(t.Context(), ResealRequest{Namespace: "b", Name: "s", To: keyB.Key})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, _, v := copied(t, sealed.Strict)
			err := open(c)
			var other *OtherKeyError
			if !errors.As(err, &other) || err.Error() != want || !errors.Is(err, transit.ErrDenied) ||
				other.Of != "a" || !other.Bound {
				t.Errorf("%v", err)
			}
			v.denied = plain.Key // a role that may use both finds that it does not authenticate
			if err := open(c); !errors.As(err, &other) || err.Error() != want || !errors.Is(err, transit.ErrTampered) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestOtherKeyOfNoNamespace: a denied key that is not another namespace's is no proof of a copy.
func TestOtherKeyOfNoNamespace(t *testing.T) {
	cluster, v := newFakeCluster(sealedSecret("b", "s", plain, 1, map[string]string{"x": "1"})),
		newFakeVault(plain, keyB)
	v.denied = plain.Key
	c := newTestClient(t, cluster, v, "transit/ns-{namespace}")
	_, err := c.Open(t.Context(), "b", "s")
	var other *OtherKeyError
	if !errors.As(err, &other) || other.Of != "" || other.Bound ||
		!strings.HasPrefix(err.Error(), "open secret b/s: denied by vault policy: its annotation names transit key "+
			"transit/plain") {
		t.Errorf("%v", err)
	}
	tampered := cluster.get("b/s")
	tampered.Data["x"] = []byte(ciphertext(keyB.Key, 1, "", "1").String())
	cluster.put(tampered)
	v.denied = keyB.Key
	if _, err := c.Open(t.Context(), "b", "s"); errors.As(err, &other) || !errors.Is(err, transit.ErrTampered) {
		t.Errorf("%v: that it does not authenticate has nothing to do with the configured key", err)
	}
	if _, err := newTestClient(t, cluster, v, "transit/plain").Open(t.Context(), "b", "s"); errors.As(err, &other) {
		t.Errorf("%v", err)
	}
}

// TestPlaintextIsSealedUnderTheConfiguredKey: an annotation, which anyone who may edit the Secret can write, does not
// decide that. Nothing is asked of Vault.
func TestPlaintextIsSealedUnderTheConfiguredKey(t *testing.T) {
	for name, do := range sealings(t) {
		t.Run(name, func(t *testing.T) {
			c, cluster, v := copied(t, sealed.ClusterWide)
			v.denied = plain.Key // the role may use both
			err := do(c)
			var other *OtherKeyError
			if !errors.As(err, &other) || other.Annotated != keyA.Key || other.Configured != keyB.Key ||
				strings.Count(err.Error(), "secret b/s") != 1 {
				t.Errorf("%v", err)
			}
			if len(v.requests) > 0 || cluster.count("patch") > 0 {
				t.Errorf("%v, %d writes", v.requests, cluster.count("patch"))
			}
		})
	}
}

// TestAnAnnotationAloneNamesNoKeyToSealWith: where no key is configured, the annotation does not take its place.
func TestAnAnnotationAloneNamesNoKeyToSealWith(t *testing.T) {
	for name, do := range sealings(t) {
		t.Run(name, func(t *testing.T) {
			cluster, v := newFakeCluster(sealedSecret("b", "s", keyA, 1, map[string]string{"x": "1", "y": "2"})),
				newFakeVault(keyA, keyB)
			c := newTestClient(t, cluster, v, "")
			err := do(c)
			var unconfigured *UnconfiguredKeyError
			if !errors.As(err, &unconfigured) || !errors.Is(err, ErrNoTransitKey) ||
				unconfigured.Annotated != keyA.Key || strings.Count(err.Error(), "secret b/s") != 1 {
				t.Errorf("%v", err)
			}
			if len(v.requests) > 0 || cluster.count("patch") > 0 {
				t.Errorf("%v, %d writes", v.requests, cluster.count("patch"))
			}
			if _, err := c.Open(t.Context(), "b", "s"); err != nil {
				t.Errorf("the annotation still opens: %v", err)
			}
		})
	}
}

// TestResealNamesItsKey: who gives the new key, or the old one, decides.
func TestResealNamesItsKey(t *testing.T) {
	for name, request := range map[string]ResealRequest{
		"to":   {Namespace: "b", Name: "s", To: keyB.Key},
		"from": {Namespace: "b", Name: "s", From: keyA.Key, Scope: sealed.Strict},
	} {
		secret := sealedSecret("b", "s", keyA, 1, map[string]string{"x": "1", "y": "2"})
		if name == "from" {
			delete(secret.Annotations, sealed.TransitKeyAnnotation)
		}
		c := newTestClient(t, newFakeCluster(secret), newFakeVault(keyA, keyB), "")
		if _, err := c.Reseal(t.Context(), request); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// sealings are the ways in which Secret s of namespace b gets new plaintext.
func sealings(t *testing.T) map[string]func(*Client) error {
	create := func(ifExists IfExists) func(*Client) error {
		return func(c *Client) error {
			r := request(map[string]string{"x": "new"})
			r.Namespace, r.IfExists = "b", ifExists
			_, err := c.Create(t.Context(), r)
			return err
		}
	}
	value := func(value []byte) func(*Client) error {
		return func(c *Client) error {
			_, err := c.Set(t.Context(), SetRequest{Namespace: "b", Name: "s", Entry: "x",
				Value: func([]byte) ([]byte, error) { return value, nil }})
			return err
		}
	}
	return map[string]func(*Client) error{
		"create --overwrite": create(Overwrite), "create --merge": create(Merge), "set": value([]byte("new")),
		"unset": value(nil),
		"edit":  func(c *Client) error { _, err := c.OpenToChange(t.Context(), "b", "s", ""); return err },
		"reseal": func(c *Client) error {
			_, err := c.Reseal(t.Context(), ResealRequest{Namespace: "b", Name: "s", Scope: sealed.Strict})
			return err
		},
	}
}

// TestPinnedKeyDecides: --transit-key names one of the two.
func TestPinnedKeyDecides(t *testing.T) {
	c, cluster, _ := copied(t, sealed.Strict)
	c.pinned = true // to transit/b
	r := request(map[string]string{"x": "new"})
	r.Namespace, r.IfExists = "b", Merge
	var mismatch *KeyMismatchError
	if _, err := c.Create(t.Context(), r); !errors.As(err, &mismatch) || mismatch.Namespace != "b" ||
		mismatch.Name != "s" || cluster.count("patch") > 0 {
		t.Errorf("what stays is sealed with the other key: %v", err)
	}
	r.IfExists = Overwrite
	result, err := c.Create(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if notes := strings.Join(result.Notes, "\n"); !strings.Contains(notes,
		"sealed with transit key transit/b; its annotation said transit/a") {
		t.Errorf("notes %q", result.Notes)
	}
	if got := mustOpen(t, c, "b", "s"); len(got) != 1 || string(got["x"]) != "new" {
		t.Errorf("%q", got)
	}
	if said := cluster.get("b/s").Annotations[sealed.TransitKeyAnnotation]; said != "transit/b" {
		t.Error(said)
	}
}

// TestPinnedToTheAnnotatedKey: who names the annotated key means it.
func TestPinnedToTheAnnotatedKey(t *testing.T) {
	cluster := newFakeCluster(sealedSecret("b", "s", keyA, 1, map[string]string{"x": "1", "y": "2"}))
	c := newTestClient(t, cluster, newFakeVault(keyA, keyB), "transit/a")
	c.pinned = true
	r := request(map[string]string{"x": "new"})
	r.Namespace, r.IfExists = "b", Merge
	if _, err := c.Create(t.Context(), r); err != nil {
		t.Error(err)
	}
	if got := mustOpen(t, c, "b", "s"); string(got["x"]) != "new" || string(got["y"]) != "2" {
		t.Errorf("%q", got)
	}
}
