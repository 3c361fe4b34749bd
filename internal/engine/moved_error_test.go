package engine

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// atPlace is a Secret with another name and namespace than it was sealed for.
func atPlace(namespace, name string, as *corev1.Secret) *corev1.Secret {
	secret := as.DeepCopy()
	secret.Namespace, secret.Name = namespace, name
	return secret
}

// TestMovedIsNamed: what does not authenticate tells the place that it was sealed for, if Vault proves one.
func TestMovedIsNamed(t *testing.T) {
	db := sealedSecret("default", "db", derived, 1, map[string]string{"x": "1", "y": "2"})
	wide := sealedSecret("default", "db", derived, 1, nil)
	wide.Annotations[sealed.ScopeAnnotation] = "namespace-wide"
	wide.Data = map[string][]byte{"x": []byte(ciphertext(derived.Key, 1, "v1/namespace-wide/default", "1").String())}
	helm := atPlace("default", "shop", db)
	helm.Labels["app.kubernetes.io/managed-by"] = "Helm"
	tampered := sealedSecret("default", "db", derived, 1, nil)
	tampered.Data = map[string][]byte{"x": []byte(ciphertext(derived.Key, 1, "nowhere", "1").String())}
	for name, test := range map[string]struct {
		secret *corev1.Secret
		from   sealed.Place
		want   string
	}{
		"prefix": {atPlace("default", "staging-db", db), sealed.Place{Namespace: "default", Name: "db"},
			": sealed for another name, as secret default/db"},
		"suffix": {atPlace("default", "db-v2", db), sealed.Place{Namespace: "default", Name: "db"},
			": sealed for another name, as secret default/db"},
		"namespace": {atPlace("team", "db", db), sealed.Place{Namespace: "default", Name: "db"},
			": sealed for another namespace, as secret default/db"},
		"both": {atPlace("team", "a-db-z", db), sealed.Place{Namespace: "default", Name: "db"},
			": sealed for another name and namespace, as secret default/db"},
		"wide": {atPlace("team", "db", wide), sealed.Place{Namespace: "default", Name: "db"},
			": sealed for another namespace, as secret default/db"},
		"evidence only": {helm, sealed.Place{},
			": Helm may have changed its name or namespace (label app.kubernetes.io/managed-by)"},
		"nothing known": {tampered, sealed.Place{}, "ciphertext does not authenticate"},
	} {
		t.Run(name, func(t *testing.T) {
			v := newFakeVault(derived)
			c := newTestClient(t, newFakeCluster(test.secret), v, "transit/derived")
			_, err := c.Open(t.Context(), test.secret.Namespace, test.secret.Name)
			var moved *MovedError
			if !errors.As(err, &moved) || moved.From != test.from || !strings.HasSuffix(err.Error(), test.want) ||
				!errors.Is(err, transit.ErrTampered) || moved.Name != test.secret.Name {
				t.Errorf("open: %v", err)
			}
			if v.count("decrypt") != 1 || v.count("rewrap") > 1 {
				t.Errorf("%d decrypts and %d rewraps", v.count("decrypt"), v.count("rewrap"))
			}
			report, err := c.Verify(t.Context(), VerifyRequest{Selection: Selection{Namespaces: []string{
				test.secret.Namespace}}})
			if err != nil || len(report.Findings) == 0 || report.Findings[0].Status != Broken ||
				!strings.HasSuffix(report.Findings[0].Reason, test.want) {
				t.Errorf("verify: %v %+v", err, report.Findings)
			}
			v.keys[derived.Key].LatestVersion = 2
			only := Selection{Namespaces: []string{test.secret.Namespace}, Names: []string{test.secret.Name}}
			rotated, err := c.Rotate(t.Context(), RotateRequest{RewrapOnly: true, IncludeManaged: true,
				Selection: only})
			if err != nil || len(rotated.Secrets) == 0 || !strings.HasSuffix(rotated.Secrets[0].Reason, test.want) {
				t.Errorf("rotate: %v %+v", err, rotated.Secrets)
			}
		})
	}
}

// TestMovedAddsNoRequest: what opens costs what it cost before, and a role that may not rewrap gets the plain error.
func TestMovedAddsNoRequest(t *testing.T) {
	v := newFakeVault(derived)
	good := sealedSecret("a", "good", derived, 1, map[string]string{"x": "1"})
	c := newTestClient(t, newFakeCluster(good, atPlace("a", "x-good", good)), v, "transit/derived")
	mustOpen(t, c, "a", "good")
	if len(v.requests) != 1 {
		t.Errorf("%v", v.requests)
	}
	v.before = func(verb string) error {
		if verb == "rewrap" {
			return transit.ErrDenied
		}
		return nil
	}
	var moved *MovedError
	if _, err := c.Open(t.Context(), "a", "x-good"); !errors.As(err, &moved) || moved.From != (sealed.Place{}) ||
		errors.Is(err, transit.ErrDenied) {
		t.Errorf("%v", err)
	}
}

// TestMovedAsksForFew: thousands of Secrets that do not open make a bounded number of requests, and a rotation of a
// list makes none.
func TestMovedAsksForFew(t *testing.T) {
	cluster, v := newFakeCluster(), newFakeVault(derived)
	db := sealedSecret("a", "db", derived, 1, map[string]string{"x": "1"})
	for i := range 200 {
		cluster.put(atPlace("a", fmt.Sprintf("s%03d-db", i), db))
	}
	v.keys[derived.Key].LatestVersion = 2
	c := newTestClient(t, cluster, v, "transit/derived")
	if _, err := c.Rotate(t.Context(), RotateRequest{RewrapOnly: true}); err != nil {
		t.Fatal(err)
	}
	if n := v.count("rewrap"); n != 1 {
		t.Errorf("rotate: %d rewraps", n)
	}
	if _, err := c.Verify(t.Context(), VerifyRequest{}); err != nil {
		t.Fatal(err)
	}
	if n := v.count("rewrap"); n != 1+1+maxOriginsAsked {
		t.Errorf("verify: %d rewraps", n)
	}
}

// TestUnboundIsNotMoved: an entry that is bound to no place was sealed with another key, or altered.
func TestUnboundIsNotMoved(t *testing.T) {
	for _, scope := range []string{"", "cluster-wide"} {
		secret := sealedSecret("a", "db", derived, 1, nil)
		delete(secret.Annotations, sealed.ScopeAnnotation)
		if scope != "" {
			secret.Annotations[sealed.ScopeAnnotation] = scope
		}
		secret.Data = map[string][]byte{"x": []byte(ciphertext(derived.Key, 1, "elsewhere", "1").String())}
		c := newTestClient(t, newFakeCluster(secret), newFakeVault(derived), "transit/derived")
		var moved *MovedError
		if _, err := c.Open(t.Context(), "a", "db"); err == nil || errors.As(err, &moved) {
			t.Errorf("scope %q: %v", scope, err)
		}
	}
}
