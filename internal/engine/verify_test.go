package engine

import (
	"errors"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

func TestVerifyFindings(t *testing.T) {
	current := derived
	current.LatestVersion, current.MinDecryptionVersion = 3, 2
	cluster := newFakeCluster(
		sealedSecret("a", "fine", current, 3, map[string]string{"x": "x", "y": "y"}),
		sealedSecret("a", "retired", current, 1, map[string]string{"x": "x"}),
		sealedSecret("a", "stale", current, 2, map[string]string{"x": "x"}),
		sealedSecret("b", "unbound", plain, 1, map[string]string{"x": "x"}),
		sealedSecret("b", "nokey", aes("nokey", true, 1), 1, map[string]string{"x": "x"}),
	)
	moved := sealedSecret("a", "moved", current, 3, map[string]string{"x": "x"})
	moved.Annotations[sealed.ScopeAnnotation] = string(sealed.ClusterWide)
	cluster.put(moved)
	mixed := sealedSecret("a", "mixed", current, 3, map[string]string{"x": "x"})
	mixed.Data["clear"] = []byte("PLAINTEXT")
	cluster.put(mixed)
	applied := sealedSecret("a", "applied", current, 3, map[string]string{"x": "x"})
	applied.Annotations[sealed.LastAppliedAnnotation] = `{"data":{"x":"UExBSU5URVhU"}}`
	cluster.put(applied)

	v := newFakeVault(current, plain)
	report, err := newTestClient(t, cluster, v, "").Verify(t.Context(), VerifyRequest{RequireBound: true})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]EntryStatus{
		"retired/x": Unreadable, "stale/x": Stale, "unbound/x": Unbound, "nokey/": Unreadable,
		"moved/x": Broken, "mixed/clear": Unsealed, "applied/x": Plaintext,
	}
	for _, f := range report.Findings {
		place := f.Name + "/" + f.Entry
		if f.Status != want[place] {
			t.Errorf("%s is %s, want %s", place, f.Status, want[place])
		}
		delete(want, place)
	}
	for place, status := range want {
		t.Errorf("%s was not found to be %s", place, status)
	}
	if report.Summary.Secrets != 8 || report.Summary.Entries != 10 || report.Summary.Unbound != 1 {
		t.Errorf("summary %+v", report.Summary)
	}
	if cluster.count("patch") > 0 || v.count("decrypt") > 0 || v.count("rotate") > 0 {
		t.Error("verify wrote, decrypted or rotated")
	}
}

// TestVerifyTellsTypesThatMustStayPlaintext: what cannot be sealed is a finding too, with the reason.
func TestVerifyTellsTypesThatMustStayPlaintext(t *testing.T) {
	pull := sealedSecret("a", "pull", derived, 1, nil)
	pull.Type = corev1.SecretTypeDockerConfigJson
	pull.Data = map[string][]byte{corev1.DockerConfigJsonKey: []byte("{}")}
	report, err := newTestClient(t, newFakeCluster(pull), newFakeVault(derived), "").Verify(t.Context(),
		VerifyRequest{})
	if err != nil || len(report.Findings) != 1 {
		t.Fatalf("%+v, %v", report, err)
	}
	var plain *sealed.PlainTypeError
	if f := report.Findings[0]; f.Status != Unsealed || !errors.As(f.Err, &plain) || f.Reason != plain.Error() {
		t.Errorf("%+v", f)
	}
}

func TestVerifyDoesNotTrustTheScopeAnnotation(t *testing.T) {
	secret := sealedSecret("a", "s", plain, 1, map[string]string{"x": "x"})
	secret.Annotations[sealed.ScopeAnnotation] = string(sealed.Strict)
	report, err := newTestClient(t, newFakeCluster(secret), newFakeVault(plain), "").Verify(t.Context(),
		VerifyRequest{RequireBound: true})
	if err != nil || len(report.Findings) != 1 || report.Findings[0].Status != Unbound {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestVerifyWithoutLeaveToReadTheKey(t *testing.T) {
	current := derived
	current.LatestVersion = 2
	v := newFakeVault(current)
	v.before = func(verb string) error {
		if verb == "key" {
			return transit.ErrDenied
		}
		return nil
	}
	cluster := newFakeCluster(sealedSecret("a", "s", current, 1, map[string]string{"x": "x"}))
	report, err := newTestClient(t, cluster, v, "").Verify(t.Context(), VerifyRequest{})
	if err != nil || len(report.Findings) != 1 || report.Findings[0].Status != Stale ||
		report.Findings[0].LatestVersion != 2 {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestVerifyNamesWhatDoesNotExist(t *testing.T) {
	cluster := newFakeCluster(sealedSecret("a", "s", derived, 1, map[string]string{"x": "x"}))
	report, err := newTestClient(t, cluster, newFakeVault(derived), "").Verify(t.Context(),
		VerifyRequest{Selection: Selection{Namespaces: []string{"a"}, Names: []string{"s", "missing"}}})
	if !errors.Is(err, kube.ErrNotFound) || report.Summary.Secrets != 1 || len(report.Findings) > 0 {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestOpen(t *testing.T) {
	mixed := sealedSecret("a", "mixed", derived, 1, map[string]string{"x": "x"})
	mixed.Data["clear"] = []byte("PLAINTEXT")
	cluster := newFakeCluster(mixed, sealedSecret("a", "s", derived, 1, map[string]string{"x": "x", "y": "y"}))
	c := newTestClient(t, cluster, newFakeVault(derived), "")
	if got, err := c.OpenEntry(t.Context(), "a", "mixed", "x"); err != nil || string(got) != "x" {
		t.Errorf("%q, %v", got, err)
	}
	for name, c := range map[string]struct {
		open func() error
		want error
	}{
		"not all sealed": {func() error { _, err := c.Open(t.Context(), "a", "mixed"); return err }, ErrNotSealed},
		"that entry not": {func() error { _, err := c.OpenEntry(t.Context(), "a", "mixed", "clear"); return err },
			ErrNotSealed},
		"no such entry": {func() error { _, err := c.OpenEntry(t.Context(), "a", "s", "z"); return err },
			kube.ErrNotFound},
		"no such Secret": {func() error { _, err := c.Open(t.Context(), "a", "z"); return err }, kube.ErrNotFound},
	} {
		if err := c.open(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestVerifyReportsPlaintextAlsoWithoutItsKey(t *testing.T) {
	secret := sealedSecret("a", "s", aes("nowhere", true, 1), 1, map[string]string{"x": "x"})
	secret.Data["clear"] = []byte("PLAINTEXT")
	report, err := newTestClient(t, newFakeCluster(secret), newFakeVault(), "").Verify(t.Context(), VerifyRequest{})
	if err != nil || report.Summary.Findings[Unsealed] != 1 || report.Summary.Findings[Unreadable] != 1 {
		t.Errorf("%+v, %v", report, err)
	}
}
