package vaultseal

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/pkg/sealed"
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
			if want := (Counts{Rewrapped: 1, Broken: 1}); report.Summary != want || report.Secrets[0].Name != c.bad.Name || report.Secrets[0].Err == nil {
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
			const want = "secret b/s: sealed for another namespace: its annotation names transit key transit/a, and the key configured for b is transit/b"
			if secret.Name == "s" && (secret.Reason != want || secret.Status != NotOpening) {
				t.Errorf("denied %t: %+v", denied, secret)
			}
		}
	}
}
