package engine

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// TestRotateReadsAgain: another client changes a Secret before its write. Rotation decides by what is there then.
func TestRotateReadsAgain(t *testing.T) {
	change := func(change func(*corev1.Secret)) func(*fakeCluster) {
		return func(cluster *fakeCluster) {
			secret := cluster.get("a/s")
			change(secret)
			cluster.put(secret)
		}
	}
	for name, c := range map[string]struct {
		meanwhile func(*fakeCluster)
		unread    bool // it cannot be read again
		status    SecretStatus
		reason    string
	}{
		"another entry": {change(func(secret *corev1.Secret) {
			secret.Data["y"] = []byte(ciphertext(derived.Key, 1, "v1/strict/a/s/y", "more").String())
		}), false, Rewrapped, ""},
		"an entry that is not sealed": {change(func(secret *corev1.Secret) {
			secret.Data["y"] = []byte("PLAINTEXT")
		}), false, Rewrapped, ""},
		"deleted": {func(cluster *fakeCluster) { cluster.remove("a/s") }, false, Skipped, "deleted meanwhile"},
		"not labelled": {change(func(secret *corev1.Secret) { secret.Labels = nil }), false, Skipped,
			"no longer labelled as sealed"},
		"another key": {func(cluster *fakeCluster) {
			cluster.put(sealedSecret("a", "s", plain, 1, map[string]string{"x": "theirs"}))
		}, false, Skipped, "sealed with another transit key meanwhile"},
		"immutable": {change(func(secret *corev1.Secret) {
			secret.Immutable = new(bool)
			*secret.Immutable = true
		}), false, Immutable, "it is immutable"},
		"annotations that are not valid": {change(func(secret *corev1.Secret) {
			secret.Annotations[sealed.TransitKeyAnnotation] = "../x"
		}), false, NotOpening, sealed.TransitKeyAnnotation},
		"an entry that does not open": {change(func(secret *corev1.Secret) {
			secret.Data["x"] = []byte(ciphertext(plain.Key, 1, "", "theirs").String())
		}), false, NotOpening, "does not authenticate"},
		"and it cannot be read": {change(func(*corev1.Secret) {}), true, Failed, "forbidden"},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := newFakeCluster(sealedSecret("a", "s", derived, 1, map[string]string{"x": "mine"}))
			changed := false
			cluster.before = func(verb, object string) error {
				switch {
				case verb == "patch" && !changed:
					changed = true
					c.meanwhile(cluster)
				case verb == "get" && c.unread:
					return apierrors.NewForbidden(secretsResource, object, nil)
				}
				return nil
			}
			report := rotate(t, newTestClient(t, cluster, newFakeVault(derived, plain), "transit/derived"),
				RotateRequest{Selection: Selection{Namespaces: []string{"a"}}})
			row := SecretRotation{Status: Rewrapped} // which a report does not list
			if len(report.Secrets) > 0 {
				row = report.Secrets[0]
			}
			want := Counts{}
			want.Add(c.status)
			if report.Summary != want || row.Status != c.status || !strings.Contains(row.Reason, c.reason) {
				t.Errorf("%+v: %+v", report.Summary, row)
			}
		})
	}
}

// TestRotateReadsANamedSecretAgain: one without the label is rotated because it is named.
func TestRotateReadsANamedSecretAgain(t *testing.T) {
	cluster := newFakeCluster(seedSecret("a", "s", plain, 1, "mine"))
	cluster.before = func(verb, _ string) error {
		if verb == "patch" && cluster.count("patch") == 1 {
			cluster.put(seedSecret("a", "s", plain, 1, "theirs"))
		}
		return nil
	}
	c := newTestClient(t, cluster, newFakeVault(plain), "transit/plain")
	report := rotate(t, c, RotateRequest{Selection: Selection{Namespaces: []string{"a"}, Names: []string{"s"}}})
	if report.Summary != (Counts{Rewrapped: 1}) || string(mustOpen(t, c, "a", "s")["secrets.json"]) != "theirs" {
		t.Errorf("%+v", report.Secrets)
	}
}
