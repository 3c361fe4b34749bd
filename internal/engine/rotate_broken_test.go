package engine

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// TestBrokenSecretsDoNotBlockRetirement: what does not authenticate belongs to another key, whatever it says.
func TestBrokenSecretsDoNotBlockRetirement(t *testing.T) {
	good := sealedSecret("a", "s", derived, 1, map[string]string{"x": "x"})
	copied := renamed(good, "a", "copy")
	otherScope := renamed(good, "a", "s2")
	otherScope.Data["x"] = []byte(ciphertext(derived.Key, 1, "v1/strict/a/s2/x", "x").String())
	otherScope.Annotations[sealed.ScopeAnnotation] = string(sealed.ClusterWide)
	nonsense := renamed(good, "b", "odd")
	nonsense.Annotations[sealed.TransitKeyAnnotation] = "../sys"
	nowhere := renamed(good, "b", "nowhere")
	nowhere.Annotations[sealed.TransitKeyAnnotation] = "transit/nowhere"
	for name, c := range map[string]struct {
		bad     *corev1.Secret
		retired bool
	}{
		"copied from another Secret":                        {copied, true},
		"an annotation that makes no sense":                 {nonsense, true},
		"a key that does not exist":                         {nowhere, true},
		"its own, with a scope annotation that was changed": {otherScope, false},
	} {
		t.Run(name, func(t *testing.T) {
			v := newFakeVault(derived)
			client := newTestClient(t, newFakeCluster(good, c.bad), v, "transit/derived")
			report, err := client.Rotate(t.Context(), retireKeeping(1))
			if err != nil || len(report.Retirements) != 1 {
				t.Fatalf("%+v, %v", report, err)
			}
			if want := (Counts{Rewrapped: 1, Broken: 1}); report.Summary != want ||
				report.Secrets[0].Name != c.bad.Name || report.Secrets[0].Err == nil {
				t.Errorf("%+v, want %+v", report.Summary, want)
			}
			if row := report.Retirements[0]; row.Retired != c.retired || (row.Blocked == 1) == c.retired {
				t.Errorf("%+v", row)
			}
		})
	}
}

// TestNothingIsRetiredWhereNoneOpens: a key or a Vault was replaced, and old versions may be what is needed.
func TestNothingIsRetiredWhereNoneOpens(t *testing.T) {
	v := newFakeVault(derived)
	alone := renamed(sealedSecret("a", "s", derived, 1, map[string]string{"x": "x"}), "a", "copy")
	row := retired(t, newTestClient(t, newFakeCluster(alone), v, "transit/derived"), retireKeeping(1))
	if row.Retired || row.Reason != ErrNoneOpens.Error() || v.count("config") > 0 {
		t.Errorf("%+v", row)
	}
}

// TestMovedSecretIsBroken: a Secret of another namespace, for a role that may not use that namespace's key.
func TestMovedSecretIsBroken(t *testing.T) {
	for _, denied := range []bool{true, false} {
		c, cluster, v := copied(t, sealed.Strict)
		if !denied {
			v.denied = plain.Key
			v.keys[keyA.Key].LatestVersion = 2 // or it would be current, and not be tried
		}
		cluster.put(sealedSecret("b", "own", keyB, 1, map[string]string{"x": "1"}))
		report := rotate(t, c, RotateRequest{Selection: Selection{Namespaces: []string{"b"}}})
		if want := (Counts{Rewrapped: 1, Broken: 1}); report.Summary != want {
			t.Errorf("denied %t: %+v, want %+v", denied, report.Summary, want)
		}
		for _, secret := range report.Secrets {
			const want = "secret b/s: sealed for another namespace: its annotation names transit key transit/a, and " +
				"the key configured for b is transit/b"
			if secret.Name == "s" && (secret.Reason != want || secret.Status != NotOpening) {
				t.Errorf("denied %t: %+v", denied, secret)
			}
		}
	}
}

// TestFailuresCountByKey: a key with a failure keeps its old versions, and no other key does.
func TestFailuresCountByKey(t *testing.T) {
	v := newFakeVault(keyA, keyB)
	cluster := newFakeCluster(sealedSecret("a", "s", keyA, 1, map[string]string{"x": "x"}),
		sealedSecret("b", "s", keyB, 1, map[string]string{"x": "x"}))
	cluster.before = func(verb, object string) error {
		if verb == "patch" && object == "a/s" {
			return apierrors.NewForbidden(secretsResource, "s", nil)
		}
		return nil
	}
	report := rotate(t, newTestClient(t, cluster, v, "transit/{namespace}"), retireKeeping(1))
	if len(report.Retirements) != 2 || report.Retirements[0].Retired || !report.Retirements[1].Retired {
		t.Errorf("%+v", report.Retirements)
	}
}

// TestANamespaceWithoutAKeyFailsNobody: the creator of a namespace chooses the name of the key that is configured for
// it.
func TestANamespaceWithoutAKeyFailsNobody(t *testing.T) {
	lost := keyB
	lost.Key.Name = "lost"
	garbage := sealedSecret("lost", "s", lost, 1, map[string]string{"x": "x"})
	for _, denied := range []bool{false, true} {
		v := newFakeVault(keyA)
		if denied {
			v.denied = lost.Key
		}
		c := newTestClient(t, newFakeCluster(garbage, sealedSecret("a", "s", keyA, 1, map[string]string{"x": "x"})), v,
			"transit/{namespace}")
		report := rotate(t, c, retireKeeping(1))
		if report.Summary != (Counts{Rewrapped: 1, Broken: 1}) || len(report.Retirements) != 1 ||
			!report.Retirements[0].Retired {
			t.Errorf("denied %t: %+v, %+v", denied, report.Summary, report.Retirements)
		}
		named, err := c.Rotate(t.Context(), RotateRequest{Selection: Selection{Namespaces: []string{"a", "lost"}}})
		if err != nil || named.Summary.Failed != 1 { // the namespace was given
			t.Errorf("denied %t: %v, %+v", denied, err, named.Summary)
		}
	}
}

// TestManyFailedEntriesAreCounted: a report does not grow with what strangers put into one Secret.
func TestManyFailedEntriesAreCounted(t *testing.T) {
	bad := sealedSecret("a", "s", derived, 1, map[string]string{"x": "x"})
	value := []byte(ciphertext(derived.Key, 1, "elsewhere", "x").String())
	for i := range 8000 {
		bad.Data[fmt.Sprintf("e%d", i)] = value
	}
	report := rotate(t, newTestClient(t, newFakeCluster(bad), newFakeVault(derived), "transit/derived"),
		RotateRequest{})
	row := report.Secrets[0]
	if row.Status != NotOpening || len(row.Failures) != maxFailedEntries || len(row.Reason) > 2000 ||
		!strings.HasSuffix(row.Reason, "; and 7990 more entries") {
		t.Errorf("%d failures, reason of %d bytes: %.3000s", len(row.Failures), len(row.Reason), row.Reason)
	}
}

// TestAVersionThatDoesNotExistIsBroken: it is not taken for current because it is newer.
func TestAVersionThatDoesNotExistIsBroken(t *testing.T) {
	future := sealedSecret("a", "s", derived, 999999999, map[string]string{"x": "x"})
	report := rotate(t, newTestClient(t, newFakeCluster(future), newFakeVault(derived), "transit/derived"),
		RotateRequest{RewrapOnly: true})
	if report.Summary != (Counts{Broken: 1}) {
		t.Errorf("%+v", report.Summary)
	}
}

// TestManagedSecretsAndGarbageAreNoAlarm: nothing was tried but the garbage.
func TestManagedSecretsAndGarbageAreNoAlarm(t *testing.T) {
	managed := sealedSecret("a", "s", derived, 1, map[string]string{"x": "x"})
	managed.Annotations["argocd.argoproj.io/tracking-id"] = "app:/Secret:a/s"
	garbage := renamed(sealedSecret("a", "t", derived, 1, map[string]string{"x": "x"}), "a", "u")
	report := rotate(t, newTestClient(t, newFakeCluster(managed, garbage), newFakeVault(derived), "transit/derived"),
		RotateRequest{})
	if report.Summary != (Counts{Managed: 1, Broken: 1}) || report.Summary.NoneOpens() {
		t.Errorf("%+v", report.Summary)
	}
}

// TestRotateEndsWhenNothingElseCanSucceed: and its error says why, whichever step fails.
func TestRotateEndsWhenNothingElseCanSucceed(t *testing.T) {
	for verb, want := range map[string]error{
		"list": kube.ErrUnreachable, "patch": kube.ErrUnreachable, "key": transit.ErrUnreachable,
		"rewrap": transit.ErrUnauthenticated,
	} {
		t.Run(verb, func(t *testing.T) {
			cluster, v := newFakeCluster(), newFakeVault(derived)
			for i := range 20 {
				cluster.put(sealedSecret("a", fmt.Sprintf("s%02d", i), derived, 1, map[string]string{"x": "x"}))
			}
			v.keys[derived.Key].LatestVersion = 2
			failed := fmt.Errorf("asked for nothing: %w", want)
			cluster.before = func(asked, _ string) error {
				if asked == verb {
					return failed
				}
				return nil
			}
			v.before = func(asked string) error {
				if asked == verb {
					return failed
				}
				return nil
			}
			c := newTestClient(t, cluster, v, "transit/derived")
			report, err := c.Rotate(t.Context(), RotateRequest{RewrapOnly: true})
			if !errors.Is(err, want) {
				t.Errorf("%v, %+v", err, report)
			}
			if report != nil && report.Summary.Rewrapped > 0 {
				t.Errorf("%+v", report.Summary)
			}
		})
	}
}
