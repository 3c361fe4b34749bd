package engine

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// countLines are the counts as text, one line each.
func countLines(report *VerificationReport) []string {
	var lines []string
	for _, c := range report.Counts {
		lines = append(lines, fmt.Sprintf("%s %s: secrets %v entries %v findings %v managed %d", c.Namespace,
			c.TransitKey, c.Secrets, c.Entries, c.Findings, c.Managed))
	}
	return lines
}

func TestVerifyCounts(t *testing.T) {
	current := derived
	current.LatestVersion = 3
	cluster := newFakeCluster(
		sealedSecret("a", "fine", current, 3, map[string]string{"x": "x", "y": "y"}),
		sealedSecret("a", "stale", current, 2, map[string]string{"x": "x"}),
		sealedSecret("a", "lost", aes("lost", true, 1), 1, map[string]string{"x": "x", "y": "y"}),
		sealedSecret("b", "foreign", plain, 1, map[string]string{"x": "x"}),
	)
	mixed := sealedSecret("a", "mixed", current, 1, map[string]string{"x": "x"})
	mixed.Data["clear"] = []byte("PLAINTEXT")
	mixed.Annotations["meta.helm.sh/release-name"] = "app"
	mixed.Annotations[sealed.LastAppliedAnnotation] = `{"data":{"x":"UExBSU5URVhU"}}`
	cluster.put(mixed)

	report, err := newTestClient(t, cluster, newFakeVault(current, plain), "transit/derived").Verify(t.Context(),
		VerifyRequest{Expect: 9})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		" : secrets map[] entries map[] findings map[missing:1] managed 0",
		"a : secrets map[unreadable:1] entries map[unreadable:2] findings map[foreign-key:1 unreadable:1] managed 0",
		"a transit/derived: secrets map[ok:1 stale:1 unsealed:1] entries map[ok:2 stale:2 unsealed:1] " +
			"findings map[plaintext:1 stale:2 unsealed:1] managed 1",
		"b transit/plain: secrets map[foreign-key:1] entries map[ok:1] findings map[foreign-key:1] managed 0",
	}
	if got := countLines(report); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	oldest := map[string]int{}
	for _, key := range report.Keys {
		if key.Told {
			oldest[key.TransitKey] = key.OldestVersion
		}
	}
	if !maps.Equal(oldest, map[string]int{"transit/derived": 1, "transit/plain": 1}) {
		t.Errorf("%v", oldest)
	}
}

// TestInventedKeysAreNotTold: a tenant can annotate any key, in any number of Secrets. None of them makes a count of
// its own, nor does a key of others, unless an entry really opens.
func TestInventedKeysAreNotTold(t *testing.T) {
	theirs := aes("theirs", true, 1)
	cluster := newFakeCluster(sealedSecret("b", "theirs", theirs, 1, map[string]string{"x": "x"}))
	for i := range 200 {
		cluster.put(sealedSecret("a", fmt.Sprintf("s%d", i), aes(fmt.Sprintf("invented%d", i), true, 1), 1,
			map[string]string{"x": "x"}))
	}
	copied := sealedSecret("b", "theirs", theirs, 1, map[string]string{"x": "x"})
	copied.Namespace = "a"
	cluster.put(copied)
	report, err := newTestClient(t, cluster, newFakeVault(theirs), "transit/{namespace}").Verify(t.Context(),
		VerifyRequest{})
	if err != nil || len(report.Counts) != 3 {
		t.Fatalf("%v, %q", err, countLines(report))
	}
	if a := report.Counts[1]; a.Namespace != "a" || a.TransitKey != "" || a.Secrets[Unreadable] != 200 ||
		a.Secrets[Broken] != 1 {
		t.Errorf("%+v", a)
	}
	if b := report.Counts[2]; b.TransitKey != "transit/theirs" || b.Secrets[ForeignKey] != 1 {
		t.Errorf("%+v", b)
	}
}

// TestInventedNamespacesAreNotTold: nor do the namespaces that manifests in files name.
func TestInventedNamespacesAreNotTold(t *testing.T) {
	files := newFakeFiles(nil, derived, 1)
	for i := range 50 {
		files.all = append(files.all, Stored{File: "m.yaml", Secret: sealedSecret(fmt.Sprintf("n%d", i), "s",
			aes(fmt.Sprintf("n%d", i), true, 1), 1, map[string]string{"x": "x"})})
	}
	mine := aes("mine", true, 1)
	files.all = append(files.all, Stored{File: "m.yaml", Secret: sealedSecret("mine", "s", mine, 1,
		map[string]string{"x": "x"})})
	c := newTestClient(t, newFakeCluster(), newFakeVault(mine), "transit/{namespace}")
	c.store = files
	report, err := c.Verify(t.Context(), VerifyRequest{})
	if err != nil || len(report.Counts) != 2 {
		t.Fatalf("%v, %q", err, countLines(report))
	}
	if none, b := report.Counts[0], report.Counts[1]; none.TransitKey != "" || none.Secrets[Unreadable] != 50 ||
		b.Namespace != "mine" || b.TransitKey != "transit/mine" || b.Secrets[Verified] != 1 {
		t.Errorf("%q", countLines(report))
	}
}

// TestCountsHaveSecretsOfOtherInstallations: so that the sum is that of all Secrets.
func TestCountsHaveSecretsOfOtherInstallations(t *testing.T) {
	theirs := transit.KeyInfo{Key: transit.Key{Mount: "other", Name: "derived"}, Type: "aes256-gcm96", Derived: true,
		LatestVersion: 1, MinDecryptionVersion: 1}
	var secrets []*corev1.Secret
	for _, key := range []transit.KeyInfo{derived, theirs} {
		secrets = append(secrets, sealedSecret("a", key.Key.Mount, key, 1, map[string]string{"x": "x"}))
	}
	c := newTestClient(t, newFakeCluster(secrets...), newFakeVault(derived), "transit/derived")
	report, err := c.Verify(t.Context(), VerifyRequest{})
	if err != nil || len(report.Counts) != 3 || report.Counts[1].Secrets[NotVerified] != 1 ||
		len(report.Counts[1].Entries) != 0 {
		t.Errorf("%v, %q", err, countLines(report))
	}
}

// TestStatusesHasAll: the order of severity has every status that a finding can have.
func TestStatusesHasAll(t *testing.T) {
	for _, status := range []EntryStatus{Stale, Unbound, WeakScope, ForeignKey, Missing, Unsealed, Plaintext, Broken,
		Unreadable, Overdue, Expired, ExpiresSoon, Old, Malformed} {
		if !slices.Contains(Statuses(), status) {
			t.Errorf("%s is missing", status)
		}
	}
	if got := statusOf([]Finding{{Status: Stale}, {Status: Broken}, {Status: Unbound}}); got != Broken {
		t.Errorf("%s", got)
	}
}
