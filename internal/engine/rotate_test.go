package engine

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

func rotate(t *testing.T, c *Client, request RotateRequest) *RotationReport {
	t.Helper()
	report, err := c.Rotate(t.Context(), request)
	if err != nil {
		t.Fatalf("rotate: %v", err)
	}
	return report
}

func TestRotateRewrapsEverythingOnceInFullBatches(t *testing.T) {
	cluster := newFakeCluster()
	for i := range 1203 {
		key := derived
		if i%3 == 0 {
			key = plain
		}
		cluster.put(sealedSecret("a", fmt.Sprintf("s%04d", i), key, 1, map[string]string{"x.json": fmt.Sprint("x", i),
			"y.json": "y"}))
	}
	v := newFakeVault(derived, plain)
	c := newTestClient(t, cluster, v, "transit/derived")
	report := rotate(t, c, RotateRequest{Selection: Selection{}})

	if report.Summary != (Counts{Rewrapped: 802, Current: 401}) {
		t.Errorf("summary %+v", report.Summary)
	}
	if v.count("rotate") != 1 {
		t.Errorf("rotated %d times", v.count("rotate"))
	}
	// 802 Secrets of two entries under the rotated key; nothing to do under the other.
	if want := (802*2 + 499) / 500; v.count("rewrap") != want {
		t.Errorf("%d rewrap requests, want %d", v.count("rewrap"), want)
	}
	if n := v.count("decrypt") + v.count("encrypt"); n > 0 {
		t.Errorf("%d requests with plaintext", n)
	}
	if cluster.count("patch") != 802 {
		t.Errorf("%d writes", cluster.count("patch"))
	}
	if got := mustOpen(t, c, "a", "s0001"); string(got["x.json"]) != "x1" {
		t.Errorf("opened %q", got)
	}

	again := rotate(t, c, RotateRequest{RewrapOnly: true})
	if again.Summary != (Counts{Current: 1203}) || cluster.count("patch") != 802 {
		t.Errorf("a second rewrap wrote: %+v, %d writes", again.Summary, cluster.count("patch"))
	}
}

func TestRotateBatchesAcrossInterleavedKeys(t *testing.T) {
	cluster := newFakeCluster()
	for i := range 1500 {
		key := []transit.KeyInfo{derived, plain}[i%2]
		cluster.put(sealedSecret("a", fmt.Sprintf("s%04d", i), key, 1, map[string]string{"x": "x"}))
	}
	derivedTwo, plainTwo := derived, plain
	derivedTwo.LatestVersion, plainTwo.LatestVersion = 2, 2
	v := newFakeVault(derivedTwo, plainTwo)
	report := rotate(t, newTestClient(t, cluster, v, ""), RotateRequest{RewrapOnly: true})
	if report.Summary.Rewrapped != 1500 || v.count("rewrap") != 4 || v.count("key") != 2 {
		t.Errorf("%+v, %d rewraps, %d keys read", report.Summary, v.count("rewrap"), v.count("key"))
	}
}

func TestRotateOnlyWhatIsConfiguredOrNamed(t *testing.T) {
	setUp := func(t *testing.T, key string) (*Client, *fakeVault) {
		cluster := newFakeCluster(
			sealedSecret("a", "mine", derived, 1, map[string]string{"x": "x"}),
			sealedSecret("a", "other", plain, 1, map[string]string{"x": "x"}),
		)
		v := newFakeVault(derived, plain)
		return newTestClient(t, cluster, v, key), v
	}
	t.Run("an annotation alone does not rotate", func(t *testing.T) {
		c, v := setUp(t, "transit/derived")
		rotate(t, c, RotateRequest{Selection: Selection{Namespaces: []string{"a"}}})
		if !slices.Contains(v.requests, "rotate transit/derived") ||
			slices.Contains(v.requests, "rotate transit/plain") {
			t.Errorf("requests %v", v.requests)
		}
	})
	t.Run("a name does", func(t *testing.T) {
		c, v := setUp(t, "")
		rotate(t, c, RotateRequest{Selection: Selection{Namespaces: []string{"a"}, Names: []string{"other", "other"}}})
		if v.count("rotate") != 1 || !slices.Contains(v.requests, "rotate transit/plain") {
			t.Errorf("requests %v", v.requests)
		}
	})
	t.Run("rewrap-only never does", func(t *testing.T) {
		c, v := setUp(t, "transit/derived")
		rotate(t, c, RotateRequest{Selection: Selection{Namespaces: []string{"a"}, Names: []string{"mine"}},
			RewrapOnly: true})
		if v.count("rotate") != 0 {
			t.Errorf("requests %v", v.requests)
		}
	})
	t.Run("the configured key of each namespace", func(t *testing.T) {
		a, b := aes("ns-a", true, 1), aes("ns-b", true, 1)
		cluster := newFakeCluster(
			sealedSecret("a", "s", a, 1, map[string]string{"x": "x"}),
			sealedSecret("b", "s", b, 1, map[string]string{"x": "x"}),
			sealedSecret("c", "s", a, 1, map[string]string{"x": "x"}),
		)
		v := newFakeVault(a, b)
		report := rotate(t, newTestClient(t, cluster, v, "transit/ns-{namespace}"), RotateRequest{})
		if v.count("rotate") != 2 || report.Summary.Rewrapped != 3 {
			t.Errorf("%+v, requests %v", report.Summary, v.requests)
		}
	})
}

func TestRotateTakesInASecretOfThePythonTool(t *testing.T) {
	cluster := newFakeCluster(seedSecret("a", "seed", plain, 1, "old"))
	v := newFakeVault(plain)
	c := newTestClient(t, cluster, v, "transit/plain")
	report := rotate(t, c, RotateRequest{Selection: Selection{Namespaces: []string{"a"}, Names: []string{"seed"}}})
	if report.Summary.Rewrapped != 1 {
		t.Fatalf("%+v", report)
	}
	live := cluster.get("a/seed")
	if live.Labels[sealed.Label] != "true" || live.Annotations[sealed.TransitKeyAnnotation] != "transit/plain" {
		t.Errorf("metadata %v %v", live.Labels, live.Annotations)
	}
	if got := mustOpen(t, c, "a", "seed"); string(got["secrets.json"]) != "old" {
		t.Errorf("opened %q", got)
	}
}

func TestRotateDoesNotAnnotateWhatTheKeyDoesNotOpen(t *testing.T) {
	cluster := newFakeCluster(seedSecret("a", "seed", derived, 1, "old"))
	before := cluster.get("a/seed")
	v := newFakeVault(plain, derived)
	report := rotate(t, newTestClient(t, cluster, v, "transit/plain"),
		RotateRequest{Selection: Selection{Namespaces: []string{"a"}, Names: []string{"seed"}}, RewrapOnly: true})
	if report.Summary.Broken != 1 || !errors.Is(report.Secrets[0].Err, transit.ErrTampered) {
		t.Errorf("%+v", report.Secrets)
	}
	if after := cluster.get("a/seed"); after.ResourceVersion != before.ResourceVersion {
		t.Error("it was written")
	}
}

func TestRotateWritesAllEntriesOrNone(t *testing.T) {
	secret := sealedSecret("a", "s", derived, 1, map[string]string{"good": "g", "moved": "m"})
	secret.Data["moved"] = []byte(ciphertext(derived.Key, 1, "v1/strict/a/other/moved", "m").String())
	cluster := newFakeCluster(secret, sealedSecret("a", "fine", derived, 1, map[string]string{"x": "x"}))
	v := newFakeVault(derived)
	report := rotate(t, newTestClient(t, cluster, v, "transit/derived"),
		RotateRequest{Selection: Selection{Namespaces: []string{"a"}}})
	if report.Summary != (Counts{Rewrapped: 1, Broken: 1}) {
		t.Errorf("%+v", report.Summary)
	}
	if after := cluster.get("a/s"); !maps.EqualFunc(after.Data, secret.Data, slices.Equal) {
		t.Error("a part was written")
	}
}

func TestRotateNeverLosesAnothersWrite(t *testing.T) {
	for name, c := range map[string]struct {
		meddle func(cluster *fakeCluster)
		want   Counts
		opens  string // "" when it is gone
	}{
		"another value": {func(cluster *fakeCluster) {
			cluster.put(sealedSecret("a", "s", derived, 1, map[string]string{"x": "theirs"}))
		}, Counts{Rewrapped: 1}, "theirs"},
		"rewrapped already": {func(cluster *fakeCluster) {
			cluster.put(sealedSecret("a", "s", derived, 2, map[string]string{"x": "theirs"}))
		}, Counts{Current: 1}, "theirs"},
		"deleted": {func(cluster *fakeCluster) { delete(cluster.secrets, "a/s") }, Counts{Skipped: 1}, ""},
		"unlabelled": {func(cluster *fakeCluster) {
			secret := sealedSecret("a", "s", derived, 1, map[string]string{"x": "theirs"})
			secret.Labels = nil
			cluster.put(secret)
		}, Counts{Skipped: 1}, "theirs"},
		"made immutable": {func(cluster *fakeCluster) {
			secret := sealedSecret("a", "s", derived, 1, map[string]string{"x": "theirs"})
			secret.Immutable = new(bool)
			*secret.Immutable = true
			cluster.put(secret)
		}, Counts{Immutable: 1}, "theirs"},
		"other key": {func(cluster *fakeCluster) {
			cluster.put(sealedSecret("a", "s", plain, 1, map[string]string{"x": "theirs"}))
		}, Counts{Skipped: 1}, "theirs"},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := newFakeCluster(sealedSecret("a", "s", derived, 1, map[string]string{"x": "mine"}))
			var once sync.Once
			cluster.before = func(verb, _ string) error {
				if verb == "patch" {
					once.Do(func() { c.meddle(cluster) })
				}
				return nil
			}
			client := newTestClient(t, cluster, newFakeVault(derived, plain), "transit/derived")
			report := rotate(t, client, RotateRequest{Selection: Selection{Namespaces: []string{"a"}}})
			if report.Summary != c.want {
				t.Errorf("%+v, want %+v: %+v", report.Summary, c.want, report.Secrets)
			}
			if c.opens != "" {
				if got := mustOpen(t, client, "a", "s"); string(got["x"]) != c.opens {
					t.Errorf("opened %q", got)
				}
			}
		})
	}
}

// TestRotateReportsNoWriteOfAnother: another client rotates a Secret of the seed first, and marks it.
func TestRotateReportsNoWriteOfAnother(t *testing.T) {
	seed := sealedSecret("a", "s", plain, 1, map[string]string{"x": "value"})
	seed.Labels, seed.Annotations = nil, nil
	cluster := newFakeCluster(seed)
	var once sync.Once
	cluster.before = func(verb, _ string) error {
		if verb == "patch" {
			once.Do(func() { cluster.put(sealedSecret("a", "s", plain, 2, map[string]string{"x": "value"})) })
		}
		return nil
	}
	report := rotate(t, newTestClient(t, cluster, newFakeVault(plain), "transit/plain"),
		RotateRequest{Selection: Selection{Namespaces: []string{"a"}, Names: []string{"s"}}})
	if report.Summary != (Counts{Current: 1}) {
		t.Errorf("%+v: %+v", report.Summary, report.Secrets)
	}
}

func TestRotateGivesUpOnASecretThatNeverHoldsStill(t *testing.T) {
	cluster := newFakeCluster(sealedSecret("a", "s", derived, 1, map[string]string{"x": "mine"}))
	cluster.before = func(verb, _ string) error {
		if verb == "patch" {
			return apierrors.NewConflict(secretsResource, "s", nil)
		}
		return nil
	}
	report := rotate(t, newTestClient(t, cluster, newFakeVault(derived), "transit/derived"),
		RotateRequest{Selection: Selection{Namespaces: []string{"a"}}})
	if report.Summary.Failed != 1 || !errors.Is(report.Secrets[0].Err, kube.ErrConflict) {
		t.Errorf("%+v", report.Secrets)
	}
}

func TestRotateStopsWhenGoingOnIsOfNoUse(t *testing.T) {
	cluster := newFakeCluster()
	for i := range 2000 {
		cluster.put(sealedSecret("a", fmt.Sprintf("s%04d", i), derived, 1, map[string]string{"x": "x"}))
	}
	v := newFakeVault(derived)
	rewraps := 0
	v.before = func(verb string) error {
		v.mu.Lock()
		defer v.mu.Unlock()
		if verb == "rewrap" {
			if rewraps++; rewraps > 1 {
				return fmt.Errorf("rewrap: %w", transit.ErrSealed)
			}
		}
		return nil
	}
	report, err := newTestClient(t, cluster, v, "transit/derived").Rotate(t.Context(), RotateRequest{})
	if !errors.Is(err, transit.ErrSealed) {
		t.Errorf("error %v", err)
	}
	if n := report.Summary.Rewrapped; n > 500 || n != cluster.count("patch") {
		t.Errorf("report says %d, %d were written", n, cluster.count("patch"))
	}
}

func TestRotateResumesAnExpiredList(t *testing.T) {
	cluster := newFakeCluster()
	for i := range 1100 {
		cluster.put(sealedSecret("a", fmt.Sprintf("s%04d", i), derived, 1, map[string]string{"x": "x"}))
	}
	expired := false
	cluster.before = func(verb, object string) error {
		if verb == "list" && object != "/" && !expired {
			expired = true
			status := apierrors.NewResourceExpired("too old").Status()
			status.Continue = object[1:]
			return &apierrors.StatusError{ErrStatus: status}
		}
		return nil
	}
	report := rotate(t, newTestClient(t, cluster, newFakeVault(derived), "transit/derived"), RotateRequest{})
	if !expired || report.Summary.Rewrapped != 1100 {
		t.Errorf("expired %v, %+v", expired, report.Summary)
	}
}

func TestRotateDryRunChangesNothing(t *testing.T) {
	for _, kind := range []DryRun{DryRunClient, DryRunServer} {
		cluster := newFakeCluster(sealedSecret("a", "s", derived, 1, map[string]string{"x": "x"}))
		before := cluster.get("a/s")
		v := newFakeVault(derived)
		report := rotate(t, newTestClient(t, cluster, v, "transit/derived"),
			RotateRequest{Selection: Selection{Namespaces: []string{"a"}}, DryRun: kind})
		if !report.DryRun || report.Summary.Rewrapped != 1 || report.Keys[0].ToVersion != 2 {
			t.Errorf("%s: %+v", kind, report)
		}
		if cluster.get("a/s").ResourceVersion != before.ResourceVersion || v.count("rotate") != 0 {
			t.Errorf("%s: something was changed", kind)
		}
	}
}

func TestRotateReportsWhatCannotBeRead(t *testing.T) {
	odd := sealedSecret("a", "odd", derived, 1, map[string]string{"x": "x"})
	odd.Annotations[sealed.TransitKeyAnnotation] = "transit/../sys/x"
	missing := sealedSecret("a", "missing", aes("nowhere", true, 1), 1, map[string]string{"x": "x"})
	mixed := sealedSecret("a", "mixed", derived, 1, map[string]string{"x": "x"})
	mixed.Data["clear"] = []byte("PLAINTEXT")
	labelled := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "a", Name: "labelled",
		Labels:      map[string]string{sealed.Label: "true"},
		Annotations: map[string]string{sealed.TransitKeyAnnotation: "transit/derived"}},
		Data: map[string][]byte{"x": []byte("PLAINTEXT")}}
	cluster := newFakeCluster(odd, missing, mixed, labelled)
	v := newFakeVault(derived)
	report := rotate(t, newTestClient(t, cluster, v, "transit/derived"), RotateRequest{})
	want := map[string]SecretStatus{"odd": NotOpening, "missing": NotOpening, "mixed": Rewrapped, "labelled": Skipped}
	for _, secret := range report.Secrets {
		if secret.Status != want[secret.Name] {
			t.Errorf("%s: %s, want %s (%s)", secret.Name, secret.Status, want[secret.Name], secret.Reason)
		}
	}
	if got := cluster.get("a/mixed").Data["clear"]; string(got) != "PLAINTEXT" {
		t.Errorf("an entry that is not sealed was touched")
	}
}

func TestRotateRotatesAKeyOnceForAllSessions(t *testing.T) {
	cluster := newFakeCluster()
	for _, namespace := range []string{"a", "b", "c"} {
		cluster.put(sealedSecret(namespace, "s", derived, 1, map[string]string{"x": "x"}))
	}
	v := newFakeVault(derived)
	c := newTestClient(t, cluster, v, "transit/derived")
	sessions := map[string]vault{}
	c.vault = func(namespace string) vault { // one session for each namespace, as a sealer has
		if sessions[namespace] == nil {
			sessions[namespace] = &struct{ *fakeVault }{v}
		}
		return sessions[namespace]
	}
	report := rotate(t, c, RotateRequest{})
	if v.count("rotate") != 1 || len(report.Keys) != 1 || report.Summary.Rewrapped != 3 || v.count("rewrap") != 3 {
		t.Errorf("%+v, requests %v", report, v.requests)
	}
}

func TestRotateOfWhatIsNotSealedRotatesNothing(t *testing.T) {
	plainSecret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "a", Name: "s"},
		Data: map[string][]byte{"x": []byte("PLAINTEXT")}}
	v := newFakeVault(derived)
	report := rotate(t, newTestClient(t, newFakeCluster(plainSecret), v, "transit/derived"),
		RotateRequest{Selection: Selection{Namespaces: []string{"a"}, Names: []string{"s"}}})
	if v.count("rotate") != 0 || report.Summary.Failed != 1 || !errors.Is(report.Secrets[0].Err, ErrNotSealed) {
		t.Errorf("%+v, requests %v", report.Secrets, v.requests)
	}
}
