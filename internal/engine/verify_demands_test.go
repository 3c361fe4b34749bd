package engine

import (
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// statusesOf are the statuses of the findings by name and entry.
func statusesOf(report *VerificationReport) map[string][]EntryStatus {
	found := map[string][]EntryStatus{}
	for _, f := range report.Findings {
		found[f.Name+"/"+f.Entry] = append(found[f.Name+"/"+f.Entry], f.Status)
	}
	return found
}

func keyIn(mount, name string) transit.KeyInfo {
	info := aes(name, true, 1)
	info.Key.Mount = mount
	return info
}

func TestVerifyFindsForeignKeys(t *testing.T) {
	mine, theirs, elsewhere := keyIn("transit", "team-a"), keyIn("transit", "team-b"), keyIn("other", "team-a")
	x := map[string]string{"x": "x"}
	unannotated := sealedSecret("team-a", "unannotated", mine, 1, x)
	delete(unannotated.Annotations, sealed.TransitKeyAnnotation)
	secrets := []*corev1.Secret{
		sealedSecret("team-a", "mine", mine, 1, x), sealedSecret("team-a", "planted", theirs, 1, x),
		sealedSecret("team-a", "engine", elsewhere, 1, x), sealedSecret("team-b", "theirs", theirs, 1, x), unannotated,
	}
	for template, want := range map[string][]string{
		"transit/{namespace}": {"engine/", "planted/"},
		"transit/team-b":      {"engine/", "mine/"},
	} {
		report, err := newTestClient(t, newFakeCluster(secrets...), newFakeVault(mine, theirs, elsewhere),
			template).Verify(t.Context(), VerifyRequest{})
		if err != nil {
			t.Fatal(err)
		}
		for _, place := range want {
			if found := statusesOf(report)[place]; len(found) != 1 || found[0] != ForeignKey {
				t.Errorf("%s: %s is %v, want %s", template, place, found, ForeignKey)
			}
		}
		if report.ConfiguredKey != template {
			t.Errorf("compared with %q, want %s", report.ConfiguredKey, template)
		}
		if first := report.Findings[0]; first.TransitKey != "other/team-a" ||
			!strings.Contains(first.Reason, first.ConfiguredKey) || first.ConfiguredKey == "" {
			t.Errorf("%+v", first)
		}
	}
}

func TestVerifyComparesNoKeysWithoutAConfiguredOne(t *testing.T) {
	secret := sealedSecret("a", "s", derived, 1, map[string]string{"x": "x"})
	report, err := newTestClient(t, newFakeCluster(secret), newFakeVault(derived), "").Verify(t.Context(),
		VerifyRequest{})
	if err != nil || len(report.Findings) > 0 || report.ConfiguredKey != "" {
		t.Errorf("%+v, %v", report, err)
	}
}

// What Vault denies in another engine is another installation's; in the same engine it is a finding, and a denial.
func TestVerifyTellsForeignKeysFromOtherInstallations(t *testing.T) {
	neighbour, elsewhere := keyIn("transit", "team-b"), keyIn("other", "team-a")
	x := map[string]string{"x": "x"}
	cluster := newFakeCluster(sealedSecret("team-a", "planted", neighbour, 1, x),
		sealedSecret("team-a", "engine", elsewhere, 1, x))
	v := newFakeVault(neighbour, elsewhere)
	v.before = func(string) error { return transit.ErrDenied }
	report, err := newTestClient(t, cluster, v, "transit/{namespace}").Verify(t.Context(), VerifyRequest{})
	if err != nil || report.Summary.OtherInstallation != 1 || report.Summary.Findings[ForeignKey] != 1 {
		t.Fatalf("%+v, %v", report, err)
	}
	for _, f := range report.Findings {
		if f.Name != "planted" || !errors.Is(f.Err, transit.ErrDenied) {
			t.Errorf("%+v", f)
		}
	}
}

func TestVerifyRequiresAScope(t *testing.T) {
	strict := sealedSecret("a", "strict", derived, 1, map[string]string{"x": "x"})
	claims := sealedSecret("a", "claims", plain, 1, map[string]string{"x": "x"})
	claims.Annotations[sealed.ScopeAnnotation] = string(sealed.Strict)
	unbound := sealedSecret("a", "unbound", plain, 1, map[string]string{"x": "x"})
	as := sealed.Secret{Namespace: "a", Name: "wide", Key: derived.Key, Scope: sealed.ClusterWide}
	wide := Change{As: as, Set: map[string]transit.Ciphertext{"x": ciphertext(derived.Key, 1, string(as.Context("x")),
		"x")}}.applied()
	for name, c := range map[string]struct {
		request VerifyRequest
		blind   bool // the role may not read the key's metadata
		want    map[string]EntryStatus
	}{
		"nothing": {VerifyRequest{}, false, nil},
		"strict": {VerifyRequest{LeastScope: sealed.Strict}, false,
			map[string]EntryStatus{"claims/x": WeakScope, "unbound/x": WeakScope, "wide/x": WeakScope}},
		"blind": {VerifyRequest{LeastScope: sealed.Strict}, true, map[string]EntryStatus{"claims/x": WeakScope,
			"unbound/x": WeakScope, "wide/x": WeakScope}},
		"namespace-wide": {VerifyRequest{LeastScope: sealed.NamespaceWide}, false,
			map[string]EntryStatus{"claims/x": WeakScope, "unbound/x": WeakScope, "wide/x": WeakScope}},
		"cluster-wide": {VerifyRequest{LeastScope: sealed.ClusterWide}, false,
			map[string]EntryStatus{"claims/x": WeakScope, "unbound/x": WeakScope}},
		"both": {VerifyRequest{RequireBound: true, LeastScope: sealed.Strict}, false,
			map[string]EntryStatus{"claims/x": Unbound, "unbound/x": Unbound, "wide/x": WeakScope}},
	} {
		v := newFakeVault(derived, plain)
		v.before = func(verb string) error {
			if c.blind && verb == "key" {
				return transit.ErrDenied
			}
			return nil
		}
		report, err := newTestClient(t, newFakeCluster(strict, claims, unbound, wide), v, "").Verify(t.Context(),
			c.request)
		if err != nil {
			t.Fatal(err)
		}
		found := statusesOf(report)
		if len(found) != len(c.want) {
			t.Errorf("%s: %v, want %v", name, found, c.want)
		}
		for place, status := range c.want {
			if got := found[place]; len(got) != 1 || got[0] != status {
				t.Errorf("%s: %s is %v, want %s", name, place, got, status)
			}
		}
		for _, f := range report.Findings {
			if f.Status == WeakScope && (f.RequiredScope != c.request.LeastScope.String() || f.Scope == "" ||
				f.Scope == f.RequiredScope) {
				t.Errorf("%s: %+v", name, f)
			}
		}
	}
}

func TestVerifyExpectsANumberOfSealedSecrets(t *testing.T) {
	mixed := sealedSecret("a", "mixed", derived, 1, map[string]string{"x": "x"})
	mixed.Data["clear"] = []byte("PLAINTEXT")
	foreign := sealedSecret("a", "engine", keyIn("other", "a"), 1, map[string]string{"x": "x"})
	cluster := newFakeCluster(
		sealedSecret("a", "one", derived, 1, map[string]string{"x": "x"}),
		sealedSecret("b", "two", derived, 1, map[string]string{"x": "x"}), mixed, foreign,
	)
	for expect, want := range map[int]bool{0: false, 1: false, 2: false, 3: true, 4: true} {
		report, err := newTestClient(t, cluster, newFakeVault(derived), "transit/derived").Verify(t.Context(),
			VerifyRequest{Expect: expect})
		if err != nil || report.Summary.Sealed != 2 || report.Summary.Expected != expect {
			t.Fatalf("%+v, %v", report.Summary, err)
		}
		if missing := report.Summary.Findings[Missing] == 1; missing != want {
			t.Errorf("expected %d: missing is %v", expect, missing)
		}
		if first := report.Findings[0]; want && (first.Status != Missing || first.Name != "" ||
			!strings.HasPrefix(first.Reason, "2 sealed Secrets seen, ")) {
			t.Errorf("%+v", first)
		}
	}
}

func TestVerifyCountsNothingMissingInWhatItCouldNotList(t *testing.T) {
	cluster := newFakeCluster()
	cluster.before = func(verb, _ string) error {
		if verb == "list" {
			return transit.ErrDenied
		}
		return nil
	}
	report, err := newTestClient(t, cluster, newFakeVault(derived), "").Verify(t.Context(), VerifyRequest{Expect: 3})
	if err == nil || report.Summary.Findings[Missing] > 0 {
		t.Errorf("%+v, %v", report, err)
	}
}
