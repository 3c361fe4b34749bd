package engine

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// One Secret's annotation must not keep the others out of the report.
func TestListIsJSONWhateverAnnotationsSay(t *testing.T) {
	for _, text := range []string{"9999-12-31T23:59:59-14:00", "9999999-01-01", "-1", "1970-01-01T00:00:00+14:00"} {
		secret := sealedSecret("a", "hostile", derived, 3, map[string]string{"x": "1"})
		secret.Annotations[sealed.SealedAtAnnotation] = text
		secret.Annotations[sealed.ExpiresAnnotation] = text
		listed, err := newTestClient(t, newFakeCluster(secret), newFakeVault(derived), "transit/derived").
			List(t.Context(), Selection{})
		if err != nil || len(listed) != 1 {
			t.Fatalf("%s: %+v, %v", text, listed, err)
		}
		if _, err := json.Marshal(listed); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestListed: what the list says about a Secret of each kind.
func TestListed(t *testing.T) {
	made := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	secret := sealedSecret("a", "s", derived, 3, map[string]string{"x": "1"})
	secret.Data["old"] = []byte(ciphertext(derived.Key, 2, "v1/strict/a/s/old", "1").String())
	secret.Data["plain"] = []byte("PLAINTEXT")
	secret.Annotations[sealed.TypeAnnotation] = "kubernetes.io/tls"
	secret.Annotations[sealed.SealedAtAnnotation], secret.Annotations[sealed.ExpiresAnnotation] = longAgo, later
	secret.CreationTimestamp = metav1.NewTime(made)
	broken := sealedSecret("b", "broken", derived, 1, map[string]string{"x": "1"})
	broken.Annotations[sealed.ScopeAnnotation] = "other"
	all, err := newTestClient(t, newFakeCluster(secret, broken), newFakeVault(derived), "").
		List(t.Context(), Selection{})
	if err != nil || len(all) != 2 {
		t.Fatalf("%+v, %v", all, err)
	}
	l := all[0]
	if l.Namespace != "a" || l.Name != "s" || l.Scope != sealed.Strict || l.Type != "kubernetes.io/tls" ||
		!l.Created.Equal(made) || !l.SealedAt.Equal(timeOf(t, longAgo)) || !l.Expires.Equal(timeOf(t, later)) ||
		l.TransitKey != "transit/derived" || l.Reason != "" || l.Sealed() != 2 ||
		!slices.Equal(l.Entries, []ListedEntry{{"old", 2}, {"plain", 0}, {"x", 3}}) {
		t.Errorf("%+v", l)
	}
	if lowest, highest := l.Versions(); lowest != 2 || highest != 3 {
		t.Errorf("versions %d to %d", lowest, highest)
	}
	if l := all[1]; l.Reason == "" || l.TransitKey != "" || l.Name != "broken" {
		t.Errorf("%+v", l)
	}
	if lowest, highest := (Listed{}).Versions(); lowest != 0 || highest != 0 {
		t.Errorf("versions %d to %d of nothing", lowest, highest)
	}
}

// TestCompareAsksOnceForEachKey: and a Vault that does not answer is an error.
func TestCompareAsksOnceForEachKey(t *testing.T) {
	v := newFakeVault(derived)
	c := newTestClient(t, newFakeCluster(), v, "transit/derived")
	listed := []Listed{{TransitKey: "transit/derived", Entries: []ListedEntry{{"x", 1}}}, {TransitKey: "transit/derived"},
		{Reason: "unreadable", TransitKey: "transit/derived"}, {}}
	if err := c.Compare(t.Context(), listed); err != nil || v.count("key") != 1 || listed[0].Stale ||
		listed[0].LatestVersion != 1 || listed[2].Reason != "unreadable" || listed[2].LatestVersion != 0 {
		t.Errorf("%v, %v, %+v", err, v.requests, listed)
	}
	v.before = func(string) error { return transit.ErrUnreachable }
	if err := c.Compare(t.Context(), listed); !errors.Is(err, transit.ErrUnreachable) {
		t.Errorf("%v", err)
	}
}

func TestListAndCompare(t *testing.T) {
	cluster := newFakeCluster(
		sealedSecret("a", "new", derived, 3, map[string]string{"x": "1"}),
		sealedSecret("a", "old", derived, 2, map[string]string{"x": "1", "y": "2"}),
	)
	v := newFakeVault(derived)
	c := newTestClient(t, cluster, v, "transit/derived")
	listed, err := c.List(t.Context(), Selection{})
	if err != nil || len(listed) != 2 || listed[1].Sealed() != 2 || listed[1].TransitKey != derived.Key.String() ||
		listed[1].Stale {
		t.Fatalf("%+v, %v", listed, err)
	}
	latest := derived
	latest.LatestVersion = 3
	c.vault = func(string) vault { return newFakeVault(latest) }
	if err := c.Compare(t.Context(), listed); err != nil || listed[0].Stale || !listed[1].Stale ||
		listed[1].LatestVersion != 3 {
		t.Errorf("%+v, %v", listed, err)
	}
	listed[0].TransitKey = transit.Key{Mount: "transit", Name: "gone"}.String()
	listed[0].LatestVersion = 0
	if err := c.Compare(t.Context(), listed); err != nil || listed[0].Reason == "" || listed[0].Stale {
		t.Errorf("%+v, %v", listed[0], err)
	}
}
