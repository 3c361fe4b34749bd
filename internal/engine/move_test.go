package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// toB is a request to move a/s to b/t.
func toB() ResealRequest {
	return ResealRequest{Namespace: "a", Name: "s", ToPlace: sealed.Place{Namespace: "b", Name: "t"}, ReadBack: true}
}

// movable is a Secret with metadata of all kinds, in a client's cluster with a key for each namespace.
func movable(t *testing.T) (*Client, *fakeCluster, *fakeVault) {
	t.Helper()
	secret := sealedSecret("a", "s", keyA, 1, map[string]string{"x": "1", "y": "2"})
	secret.Type = "example.com/own"
	secret.Labels["app"], secret.Labels["kustomize.toolkit.fluxcd.io/name"] = "shop", "apps"
	secret.Annotations["owner"], secret.Annotations[sealed.TypeAnnotation] = "team", "kubernetes.io/tls"
	secret.Annotations[sealed.LastAppliedAnnotation] = "{}"
	secret.OwnerReferences = []metav1.OwnerReference{{Kind: "Deployment", Name: "shop"}}
	cluster, v := newFakeCluster(secret), newFakeVault(keyA, keyB)
	return newTestClient(t, cluster, v, "transit/{namespace}"), cluster, v
}

// accounts lets each namespace's account use its own key only.
func accounts(c *Client, v *fakeVault) {
	c.vault = func(namespace string) vault {
		return &accountVault{v, "transit/" + namespace}
	}
}

// accountVault is a Vault for one account.
type accountVault struct {
	*fakeVault
	own string
}

func (v *accountVault) check(key transit.Key) error {
	if key.String() != v.own {
		return transit.ErrDenied
	}
	return nil
}

func (v *accountVault) Encrypt(ctx context.Context, key transit.Key, items []transit.Item) ([]transit.Result, error) {
	if err := v.check(key); err != nil {
		return nil, err
	}
	return v.fakeVault.Encrypt(ctx, key, items)
}

func (v *accountVault) Decrypt(ctx context.Context, key transit.Key, items []transit.Item) ([]transit.Result, error) {
	if err := v.check(key); err != nil {
		return nil, err
	}
	return v.fakeVault.Decrypt(ctx, key, items)
}

func (v *accountVault) Key(ctx context.Context, key transit.Key) (transit.KeyInfo, error) {
	if err := v.check(key); err != nil {
		return transit.KeyInfo{}, err
	}
	return v.fakeVault.Key(ctx, key)
}

// TestCopy: the new Secret has its own bindings and key, and the metadata that is not of tools. The old one stays.
func TestCopy(t *testing.T) {
	c, cluster, v := movable(t)
	accounts(c, v)
	before := cluster.get("a/s")
	result, err := c.Move(t.Context(), toB(), false)
	if err != nil || !result.Created || result.Deleted || len(result.Warnings) > 0 || result.TransitKey != keyB.Key {
		t.Fatalf("%+v, %v", result, err)
	}
	made := cluster.get("b/t")
	if made.Type != "example.com/own" || len(made.OwnerReferences) > 0 || len(made.Labels) != 2 ||
		made.Labels["app"] != "shop" || len(made.Annotations) != 4 || made.Annotations["owner"] != "team" ||
		made.Annotations[sealed.TypeAnnotation] != "kubernetes.io/tls" ||
		made.Annotations[sealed.TransitKeyAnnotation] != "transit/b" {
		t.Errorf("%+v", made)
	}
	if cluster.get("a/s").ResourceVersion != before.ResourceVersion {
		t.Error("the old Secret was changed")
	}
	if got := mustOpen(t, c, "b", "t"); string(got["x"]) != "1" || string(got["y"]) != "2" {
		t.Errorf("%q", got)
	}
	if context := "v1/strict/b/t/x"; !bytesContain(made.Data["x"], keyB.Key, context, "1") {
		t.Error("it is not bound to its new place")
	}
}

// bytesContain reports whether a value is what a fakeVault makes of a plaintext.
func bytesContain(value []byte, key transit.Key, context, plaintext string) bool {
	return string(value) == ciphertext(key, 1, context, plaintext).String()
}

// TestMoveDeletesLast: the old Secret is deleted after the new one was read again, and only as it was read.
func TestMoveDeletesLast(t *testing.T) {
	c, cluster, _ := movable(t)
	result, err := c.Move(t.Context(), toB(), true)
	if err != nil || !result.Deleted || cluster.get("a/s") != nil {
		t.Fatalf("%+v, %v", result, err)
	}
	want := []string{"get a/s", "get b/t", "check-delete a/s", "create b/t", "get b/t", "delete a/s"}
	if !slices.Equal(cluster.requests, want) {
		t.Errorf("%v, want %v", cluster.requests, want)
	}
	if len(result.Warnings) != 1 || !strings.Contains(result.Warnings[0], "managed by Flux") {
		t.Errorf("warnings %q", result.Warnings)
	}
}

// TestMoveWithFinalizers: the API server keeps the old Secret.
func TestMoveWithFinalizers(t *testing.T) {
	_, cluster, v := movable(t)
	kept := cluster.get("a/s")
	kept.Finalizers = []string{"example.com/keep"}
	c := newTestClient(t, newFakeCluster(kept), v, "transit/{namespace}")
	result, err := c.Move(t.Context(), toB(), true)
	if err != nil || len(result.Warnings) != 2 ||
		!strings.HasSuffix(result.Warnings[1], "until its finalizers are removed: example.com/keep") {
		t.Errorf("%+v, %v", result, err)
	}
}

// TestMoveBack: a Secret that was copied to another namespace, back to where it was sealed. The key is the one that is
// configured there. What the annotation says, which anyone may have written who may edit the copy, is not enough.
func TestMoveBack(t *testing.T) {
	request := toB()
	request.SealedAs = sealed.Place{Namespace: "b"}
	for _, key := range []transit.KeyInfo{keyA, keyB} {
		_, cluster, v := movable(t)
		copied := cluster.get("a/s")
		copied.Annotations[sealed.TransitKeyAnnotation] = key.Key.String()
		for name, value := range map[string]string{"x": "1", "y": "2"} {
			copied.Data[name] = []byte(ciphertext(key.Key, 1, "v1/strict/b/s/"+name, value).String())
		}
		cluster = newFakeCluster(copied)
		c := newTestClient(t, cluster, v, "transit/{namespace}")
		result, err := c.Move(t.Context(), request, false)
		if key.Key == keyB.Key {
			if err != nil || result.TransitKey != keyB.Key {
				t.Errorf("%+v, %v", result, err)
			}
			continue
		}
		if err == nil || cluster.get("b/t") != nil {
			t.Errorf("sealed with %s in namespace b", key.Key)
		}
	}
}

// TestMoveIsResumed: killed or refused at each request, it leaves a Secret that opens, and running it again finishes
// it.
func TestMoveIsResumed(t *testing.T) {
	for at := range 8 {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			c, cluster, _ := movable(t)
			n := 0
			failed := errors.New("killed")
			cluster.before = func(string, string) error {
				if n++; n > at {
					return failed
				}
				return nil
			}
			_, err := c.Move(t.Context(), toB(), true)
			cluster.before = nil
			old, made := cluster.get("a/s"), cluster.get("b/t")
			if old == nil && made == nil || old == nil && err != nil || old != nil && err == nil {
				t.Fatalf("old %v, new %v, %v", old != nil, made != nil, err)
			}
			var left *NotDeletedError
			var unread *UnreadTargetError
			if old != nil && made != nil && !errors.As(err, &left) && !errors.As(err, &unread) {
				t.Errorf("both are there: %v", err)
			}
			if old == nil {
				return
			}
			if result, err := c.Move(t.Context(), toB(), true); err != nil || !result.Deleted ||
				result.Unchanged != (made != nil) {
				t.Fatalf("again: %+v, %v", result, err)
			}
			if got := mustOpen(t, c, "b", "t"); cluster.get("a/s") != nil || string(got["y"]) != "2" {
				t.Errorf("again: %q", got)
			}
		})
	}
}

// TestMoveRefusesAnother: a Secret at the new place stays as it is, unless it is the same.
func TestMoveRefusesAnother(t *testing.T) {
	same := func() *corev1.Secret {
		secret := sealedSecret("b", "t", keyB, 1, map[string]string{"x": "1", "y": "2"})
		secret.Type, secret.Labels["app"] = "example.com/own", "shop"
		secret.Annotations["owner"], secret.Annotations[sealed.TypeAnnotation] = "team", "kubernetes.io/tls"
		return secret
	}
	for want, change := range map[string]func(*corev1.Secret){
		"":                            func(*corev1.Secret) {},
		"label app":                   func(s *corev1.Secret) { delete(s.Labels, "app") },
		"annotation owner":            func(s *corev1.Secret) { s.Annotations["owner"] = "else" },
		"its type is Opaque":          func(s *corev1.Secret) { s.Type = corev1.SecretTypeOpaque },
		"its transit key":             func(s *corev1.Secret) { s.Annotations[sealed.TransitKeyAnnotation] = "transit/a" },
		"its scope is cluster-wide":   func(s *corev1.Secret) { s.Annotations[sealed.ScopeAnnotation] = "cluster-wide" },
		"it is not sealed":            func(s *corev1.Secret) { s.Data["x"] = []byte("plain") },
		`it has no entry "y"`:         func(s *corev1.Secret) { delete(s.Data, "y") },
		`entry "x"`:                   func(s *corev1.Secret) { s.Data["x"] = sealedAt("b", "t", "x", "else") },
		`entry "z"`:                   func(s *corev1.Secret) { s.Data["z"] = sealedAt("b", "t", "z", "more") },
		"annotation vaultseal.dev/sc": func(s *corev1.Secret) { s.Annotations[sealed.ScopeAnnotation] = "bad" },
	} {
		t.Run(want, func(t *testing.T) {
			c, cluster, _ := movable(t)
			there := same()
			change(there)
			there.Labels["extra"] = "fine"
			cluster.put(there)
			before := cluster.get("b/t")
			result, err := c.Move(t.Context(), toB(), true)
			if cluster.get("b/t").ResourceVersion != before.ResourceVersion {
				t.Error("it was changed")
			}
			if want == "" {
				if err != nil || !result.Unchanged || !result.Deleted || cluster.get("a/s") != nil {
					t.Errorf("%+v, %v", result, err)
				}
				return
			}
			var exists *TargetExistsError
			if !errors.As(err, &exists) || !strings.HasPrefix(exists.Differs, want) || cluster.get("a/s") == nil {
				t.Errorf("%v", err)
			}
		})
	}
}

func sealedAt(namespace, name, entry, plaintext string) []byte {
	return []byte(ciphertext(keyB.Key, 1, "v1/strict/"+namespace+"/"+name+"/"+entry, plaintext).String())
}

// TestMoveRaces: a rotation of either Secret meanwhile does no harm, and a changed value is never lost.
func TestMoveRaces(t *testing.T) {
	rewrap := func(cluster *fakeCluster, object string, key transit.KeyInfo, value string) {
		secret := cluster.get(object)
		context := "v1/strict/" + object + "/x"
		secret.Data["x"] = []byte(ciphertext(key.Key, 1, context, value).String())
		secret.Labels["touched"] = "" // the fake's ciphertext is the same
		if value == "1" {
			delete(secret.Labels, "touched")
		}
		cluster.put(secret)
	}
	for name, test := range map[string]struct {
		verb, object string
		key          transit.KeyInfo
		value        string
		deleted      bool
	}{
		"the old one is rewrapped before it is deleted": {"delete", "a/s", keyA, "1", true},
		"the old one is changed before it is deleted":   {"delete", "a/s", keyA, "new", false},
	} {
		t.Run(name, func(t *testing.T) {
			c, cluster, _ := movable(t)
			done := false
			cluster.before = func(verb, object string) error {
				if verb == test.verb && object == test.object && !done {
					done = true
					rewrap(cluster, test.object, test.key, test.value)
				}
				return nil
			}
			_, err := c.Move(t.Context(), toB(), true)
			if gone := cluster.get("a/s") == nil; gone != test.deleted || (err == nil) != test.deleted {
				t.Errorf("deleted %v, %v", gone, err)
			}
			var exists *TargetExistsError
			if !test.deleted && !errors.As(err, &exists) {
				t.Errorf("%v", err)
			}
		})
	}
	t.Run("the new one is replaced before the old one is deleted", func(t *testing.T) {
		c, cluster, _ := movable(t)
		created := false
		cluster.before = func(verb, object string) error {
			if verb == "get" && object == "b/t" && created {
				other := sealedSecret("b", "t", keyB, 1, map[string]string{"x": "other"})
				cluster.put(other)
			}
			created = created || verb == "create"
			return nil
		}
		var exists *TargetExistsError
		if _, err := c.Move(t.Context(), toB(), true); !errors.As(err, &exists) || cluster.get("a/s") == nil {
			t.Errorf("%v", err)
		}
	})
	for name, change := range map[string]func(*corev1.Secret){
		"the new one is another with the same data": func(made *corev1.Secret) { made.UID = "another" },
		"the new one has other data":                func(made *corev1.Secret) { made.Data["x"] = []byte("other") },
	} {
		t.Run(name, func(t *testing.T) {
			c, cluster, _ := movable(t)
			created := false
			cluster.before = func(verb, object string) error {
				if made := cluster.get("b/t"); verb == "get" && object == "b/t" && created && made.Labels["touched"] == "" {
					change(made)
					made.Labels["touched"] = "yes"
					cluster.put(made)
				}
				created = created || verb == "create"
				return nil
			}
			_, err := c.Move(t.Context(), toB(), true)
			deleted := cluster.count("delete") > 0
			if made := cluster.get("b/t"); string(made.Data["x"]) == "other" && (deleted || err == nil) {
				t.Errorf("the only copy was deleted: %v", err)
			}
			others := func(request string) bool { return request != "get b/t" }
			reads := len(slices.DeleteFunc(slices.Clone(cluster.requests), others))
			if deleted && reads < 4 { // before and after the create, and both again
				t.Errorf("it was deleted after %d reads of the new one", reads)
			}
		})
	}
	t.Run("another one is created first", func(t *testing.T) {
		c, cluster, _ := movable(t)
		cluster.before = func(verb, object string) error {
			if verb == "create" {
				cluster.put(sealedSecret("b", "t", keyB, 1, map[string]string{"x": "other"}))
			}
			return nil
		}
		var exists *TargetExistsError
		if _, err := c.Move(t.Context(), toB(), true); !errors.As(err, &exists) || cluster.get("a/s") == nil {
			t.Errorf("%v", err)
		}
	})
}

// TestMoveDenied: what is denied before the write leaves everything as it was.
func TestMoveDenied(t *testing.T) {
	forbidden := apierrors.NewForbidden(secretsResource, "s", nil)
	for _, verb := range []string{"get", "check-delete", "create"} {
		t.Run(verb, func(t *testing.T) {
			c, cluster, _ := movable(t)
			cluster.before = func(is, _ string) error {
				if is == verb {
					return forbidden
				}
				return nil
			}
			_, err := c.Move(t.Context(), toB(), true)
			cluster.before = nil
			if !errors.Is(err, transit.ErrDenied) || cluster.get("b/t") != nil || cluster.get("a/s") == nil {
				t.Errorf("%v", err)
			}
		})
	}
	t.Run("open", func(t *testing.T) {
		c, cluster, v := movable(t)
		v.denied = keyA.Key
		if _, err := c.Move(t.Context(), toB(), false); !errors.Is(err, transit.ErrDenied) ||
			cluster.get("b/t") != nil {
			t.Errorf("%v", err)
		}
	})
	t.Run("seal", func(t *testing.T) {
		c, cluster, v := movable(t)
		v.denied = keyB.Key
		if _, err := c.Move(t.Context(), toB(), false); !errors.Is(err, transit.ErrDenied) ||
			cluster.get("b/t") != nil {
			t.Errorf("%v", err)
		}
	})
	t.Run("read back of a copy", func(t *testing.T) {
		c, _, v := movable(t)
		c.vault = func(namespace string) vault { return &encryptOnly{v, namespace == "b"} }
		result, err := c.Move(t.Context(), toB(), false)
		if err != nil || len(result.Notes) == 0 {
			t.Errorf("%+v, %v", result, err)
		}
	})
	t.Run("read back of a move", func(t *testing.T) {
		c, cluster, v := movable(t)
		c.vault = func(namespace string) vault { return &encryptOnly{v, namespace == "b"} }
		if _, err := c.Move(t.Context(), toB(), true); !errors.Is(err, transit.ErrDenied) ||
			cluster.get("a/s") == nil ||
			cluster.get("b/t") != nil {
			t.Errorf("%v", err)
		}
	})
}

// encryptOnly is a Vault whose role may not decrypt.
type encryptOnly struct {
	*fakeVault
	only bool
}

func (v *encryptOnly) Decrypt(ctx context.Context, key transit.Key, items []transit.Item) ([]transit.Result, error) {
	if v.only {
		return nil, transit.ErrDenied
	}
	return v.fakeVault.Decrypt(ctx, key, items)
}

// TestMoveRefuses: what cannot be moved, and what would be lost.
func TestMoveRefuses(t *testing.T) {
	c, cluster, _ := movable(t)
	yes := true
	for want, prepare := range map[string]func(*corev1.Secret) ResealRequest{
		"it cannot be moved to where it is": func(*corev1.Secret) ResealRequest {
			return ResealRequest{Namespace: "a", Name: "s", ToPlace: sealed.Place{Namespace: "a"}}
		},
		"it is immutable": func(s *corev1.Secret) ResealRequest { s.Immutable = &yes; return toB() },
		"not sealed":      func(s *corev1.Secret) ResealRequest { s.Data["z"] = []byte("plain"); return toB() },
		`annotation "note" holds the plaintext of entry "x"`: func(s *corev1.Secret) ResealRequest {
			s.Annotations["note"] = "correct-horse"
			s.Data["x"] = []byte(ciphertext(keyA.Key, 1, "v1/strict/a/s/x", "correct-horse").String())
			return toB()
		},
		"not found": func(*corev1.Secret) ResealRequest {
			return ResealRequest{Namespace: "a", Name: "gone", ToPlace: sealed.Place{Namespace: "b"}}
		},
	} {
		t.Run(want, func(t *testing.T) {
			c, cluster, _ = movable(t)
			secret := cluster.get("a/s")
			request := prepare(secret)
			cluster.put(secret)
			_, err := c.Move(t.Context(), request, true)
			if err == nil || !strings.Contains(err.Error(), want) || cluster.get("a/s") == nil ||
				cluster.get("b/t") != nil {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestMoveDryRun: client sends no write, server lets the API server check both.
func TestMoveDryRun(t *testing.T) {
	for _, dry := range []DryRun{DryRunClient, DryRunServer} {
		c, cluster, _ := movable(t)
		request := toB()
		request.DryRun = dry
		result, err := c.Move(t.Context(), request, true)
		if err != nil || !result.Deleted || cluster.get("b/t") != nil || cluster.get("a/s") == nil ||
			result.Secret.Namespace != "b" || cluster.count("delete") > 0 {
			t.Errorf("%s: %+v, %v", dry, result, err)
		}
		want := 0
		if dry == DryRunServer {
			want = 1
		}
		if cluster.count("create") != want || cluster.count("check-delete") != want {
			t.Errorf("%s: %v", dry, cluster.requests)
		}
	}
}

// TestMoveKey: the key is the one configured for the new namespace, whatever annotations say.
func TestMoveKey(t *testing.T) {
	c, cluster, _ := movable(t)
	c.keys = sealed.KeyTemplate{}
	if _, err := c.Move(t.Context(), toB(), false); !errors.Is(err, ErrNoTransitKey) || cluster.get("b/t") != nil {
		t.Errorf("without a configured key: %v", err)
	}
	request := toB()
	request.To = keyB.Key
	if result, err := c.Move(t.Context(), request, false); err != nil || result.TransitKey != keyB.Key {
		t.Errorf("with a named key: %v", err)
	}
	c, _, _ = movable(t)
	renamed := ResealRequest{Namespace: "a", Name: "s", ToPlace: sealed.Place{Name: "t"}}
	if result, err := c.Move(t.Context(), renamed, false); err != nil || result.TransitKey != keyA.Key {
		t.Errorf("in the same namespace: %v", err)
	}
}

// TestResealWhereItIs: a Secret that a tool has renamed opens with the place that it was sealed for, and becomes bound
// to its own.
func TestResealWhereItIs(t *testing.T) {
	db := sealedSecret("a", "db", keyA, 1, map[string]string{"x": "1"})
	cluster, v := newFakeCluster(atPlace("b", "staging-db", db)), newFakeVault(keyA, keyB)
	c := newTestClient(t, cluster, v, "transit/{namespace}")
	accounts(c, v)
	request := ResealRequest{Namespace: "b", Name: "staging-db", ReadBack: true,
		SealedAs: sealed.Place{Namespace: "a", Name: "db"}}
	result, err := c.Reseal(t.Context(), request)
	if err != nil || result.TransitKey != keyB.Key || result.Unchanged {
		t.Fatalf("%+v, %v", result, err)
	}
	if got := mustOpen(t, c, "b", "staging-db"); string(got["x"]) != "1" {
		t.Errorf("%q", got)
	}
	if _, err := c.Reseal(t.Context(), request); err == nil {
		t.Error("it was sealed for its own place, and opens with another one")
	}
	if got := cluster.get("b/staging-db"); !bytesContain(got.Data["x"], keyB.Key, "v1/strict/b/staging-db/x", "1") {
		t.Error("it is not bound to its place")
	}
}

// TestResealManifest: the change of a manifest has the new place, and nothing is written.
func TestResealManifest(t *testing.T) {
	c, cluster, _ := movable(t)
	live := cluster.get("a/s")
	change, result, err := c.ResealManifest(t.Context(), live, toB())
	if err != nil || change.As.Namespace != "b" || change.As.Name != "t" || result.TransitKey != keyB.Key ||
		len(change.Set) != 2 || result.Secret.Namespace != "b" || result.Secret.Name != "t" ||
		change.Annotations[sealed.TransitKeyAnnotation] != "transit/b" {
		t.Fatalf("%+v, %v", change, err)
	}
	if len(cluster.requests) > 0 {
		t.Errorf("%v", cluster.requests)
	}
	same := ResealRequest{Namespace: "a", Name: "s", Scope: sealed.Strict}
	delete(live.Annotations, sealed.LastAppliedAnnotation)
	change, result, err = c.ResealManifest(t.Context(), live, same)
	if err != nil || change != nil || !result.Unchanged {
		t.Errorf("%+v, %v", change, err)
	}
	if !errors.Is(&NotDeletedError{Err: kube.ErrNotFound}, kube.ErrNotFound) {
		t.Error("the reason is lost")
	}
}
