package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

func retireKeeping(keep int) RotateRequest { return RotateRequest{Retire: &Retire{Keep: keep}} }

// retired rotates the whole cluster, retires and gives the row of the one key.
func retired(t *testing.T, c *Client, request RotateRequest) KeyRetirement {
	t.Helper()
	report, err := c.Rotate(t.Context(), request)
	if err != nil || len(report.Retirements) != 1 {
		t.Fatalf("%+v, %v", report.Retirements, err)
	}
	return report.Retirements[0]
}

func minVersions(v *fakeVault, key transit.KeyInfo) transit.MinVersions {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.keys[key.Key].MinVersions()
}

func TestRetireRaisesBothVersions(t *testing.T) {
	v := newFakeVault(derived, plain)
	cluster := newFakeCluster(sealedSecret("a", "s", derived, 1, map[string]string{"x": "x"}),
		sealedSecret("b", "s", derived, 1, map[string]string{"x": "x"}))
	c := newTestClient(t, cluster, v, "transit/derived")
	if row := retired(t, c, retireKeeping(2)); row.Retired || row.Err != nil || v.count("config") != 0 {
		t.Errorf("two versions, both kept: %+v", row)
	}
	if row := retired(t, c, retireKeeping(2)); !row.Retired || row.FromVersion != 1 || row.ToVersion != 2 ||
		minVersions(v, derived) != (transit.MinVersions{Decryption: 2, Encryption: 2}) {
		t.Errorf("three versions, two kept: %+v, %+v", row, minVersions(v, derived))
	}
	request := retireKeeping(1)
	request.RewrapOnly = true
	if row := retired(t, c, request); !row.Retired || row.ToVersion != 3 {
		t.Errorf("rewrap only: %+v", row)
	}
	if n := v.count("decrypt") + v.count("encrypt"); n > 0 {
		t.Errorf("%d requests with plaintext", n)
	}
	mustOpen(t, c, "b", "s")
}

// TestRetireIsForKeysOfTheConfiguration: who may edit a Secret must not choose what is retired.
func TestRetireIsForKeysOfTheConfiguration(t *testing.T) {
	v := newFakeVault(derived, plain)
	cluster := newFakeCluster(sealedSecret("a", "s", derived, 1, map[string]string{"x": "x"}),
		sealedSecret("a", "other", plain, 1, map[string]string{"x": "x"}))
	if row := retired(t, newTestClient(t, cluster, v, "transit/derived"),
		retireKeeping(1)); row.TransitKey != "transit/derived" || !row.Retired {
		t.Errorf("%+v", row)
	}
	if minVersions(v, plain).Decryption != 1 {
		t.Error("a key that is only annotated was retired")
	}
}

func TestRetireRefusesWhatIsStillNeeded(t *testing.T) {
	otherThree := aes("other", false, 3)
	unlabelled := func(secret *corev1.Secret) *corev1.Secret { secret.Labels = nil; return secret }
	unannotated := func(secret *corev1.Secret) *corev1.Secret {
		secret.Labels, secret.Annotations = nil, nil
		return secret
	}
	managedSecret := sealedSecret("z", "git", derived, 1, map[string]string{"x": "x"})
	managedSecret.Labels["kustomize.toolkit.fluxcd.io/name"] = "apps"
	fixed := sealedSecret("z", "fixed", derived, 1, map[string]string{"x": "x"})
	fixed.Immutable = new(bool)
	*fixed.Immutable = true
	misled := sealedSecret("z", "misled", derived, 1, map[string]string{"x": "x"})
	misled.Annotations["vaultseal.dev/transit-key"], misled.Labels = "transit/other", nil
	nonsense := sealedSecret("z", "nonsense", derived, 1, map[string]string{"x": "x"})
	nonsense.Annotations["vaultseal.dev/transit-key"], nonsense.Labels = "../x", nil
	for name, c := range map[string]struct {
		key    transit.KeyInfo
		hidden *corev1.Secret
		blocks bool
	}{
		"managed":   {derived, managedSecret, true},
		"immutable": {derived, fixed, true},
		"label lost": {derived,
			unlabelled(sealedSecret("z", "s", derived, 1, map[string]string{"x": "x"})), true},
		"label and annotations lost": {derived,
			unannotated(sealedSecret("z", "s", derived, 1, map[string]string{"x": "x"})), true},
		"the Python tool's":               {plain, seedSecret("z", "matrix", plain, 1, "x"), true},
		"annotated with another key":      {derived, misled, true},
		"annotated with no key at all":    {derived, nonsense, true},
		"the Python tool's, of another":   {plain, seedSecret("z", "matrix", otherThree, 1, "x"), false},
		"of another, under a derived key": {derived, seedSecret("z", "matrix", otherThree, 1, "x"), false},
		"copied here from somewhere else": {derived,
			unannotated(renamed(sealedSecret("y", "s", derived, 1, map[string]string{"x": "x"}), "z", "s")), false},
		"of another, and labelled so": {plain,
			unlabelled(sealedSecret("z", "s", otherThree, 3, map[string]string{"x": "x"})), false},
		"nothing that looks sealed at all": {plain, &corev1.Secret{ObjectMeta: renamed(fixed, "z", "s").ObjectMeta,
			Data: map[string][]byte{"a": []byte("PLAINTEXT")}}, false},
	} {
		v := newFakeVault(derived, plain, otherThree)
		cluster := newFakeCluster(sealedSecret("a", "s", c.key, 1, map[string]string{"x": "x"}), c.hidden)
		row := retired(t, newTestClient(t, cluster, v, c.key.Key.String()), retireKeeping(1))
		if row.Retired == c.blocks || c.blocks != errors.Is(row.Err, ErrStillNeeded) ||
			(minVersions(v, c.key).Decryption == 1) != c.blocks {
			t.Errorf("%s: %+v", name, row)
		}
		if c.blocks && (len(row.Blocking) != 1 || row.Blocking[0].Namespace != "z" ||
			row.Blocking[0].Name != c.hidden.Name || row.Blocking[0].Version != 1) {
			t.Errorf("%s: blocked by %+v", name, row.Blocking)
		}
		if strings.Contains(fmt.Sprintf("%+v", row), "PLAINTEXT") {
			t.Errorf("%s: plaintext in %+v", name, row)
		}
	}
}

func renamed(secret *corev1.Secret, namespace, name string) *corev1.Secret {
	secret = secret.DeepCopy()
	secret.Namespace, secret.Name = namespace, name
	return secret
}

func TestRetireNeedsARotationWithoutFailures(t *testing.T) {
	v := newFakeVault(derived)
	cluster := newFakeCluster(sealedSecret("a", "s", derived, 1, map[string]string{"x": "x"}),
		sealedSecret("a", "t", derived, 1, map[string]string{"x": "x"}))
	cluster.before = func(verb, object string) error {
		if verb == "patch" && object == "a/t" {
			return apierrors.NewForbidden(secretsResource, "t", nil)
		}
		return nil
	}
	row := retired(t, newTestClient(t, cluster, v, "transit/derived"), retireKeeping(1))
	if row.Retired || row.Reason != "the rotation had failures" || v.count("config") != 0 {
		t.Errorf("%+v", row)
	}
}

// putBeforeTheRaise puts a Secret into the cluster when a retirement has listed all, and is about to raise the
// versions.
func putBeforeTheRaise(cluster *fakeCluster, late *corev1.Secret) func(verb string) error {
	put := false
	return func(verb string) error {
		if verb == "config" && !put {
			put = true
			cluster.put(late)
		}
		return nil
	}
}

// TestRetireLowersAgain: what has appeared between the listing and the raise, and needs an old version.
func TestRetireLowersAgain(t *testing.T) {
	for name, c := range map[string]struct {
		late    *corev1.Secret
		retired bool
	}{
		"labelled":            {sealedSecret("z", "late", plain, 1, map[string]string{"x": "x"}), false},
		"the Python tool's":   {seedSecret("z", "late", plain, 1, "x"), false},
		"of another key":      {seedSecret("z", "late", aes("other", false, 1), 1, "x"), true},
		"with a good version": {sealedSecret("z", "late", plain, 2, map[string]string{"x": "x"}), true},
	} {
		v := newFakeVault(plain)
		cluster := newFakeCluster(sealedSecret("a", "s", plain, 1, map[string]string{"x": "x"}))
		v.before = putBeforeTheRaise(cluster, c.late)
		row := retired(t, newTestClient(t, cluster, v, "transit/plain"), retireKeeping(1))
		want := transit.MinVersions{Decryption: 1}
		if c.retired {
			want = transit.MinVersions{Decryption: 2, Encryption: 2}
		}
		if row.Retired != c.retired || minVersions(v, plain) != want {
			t.Errorf("%s: %+v, %+v", name, row, minVersions(v, plain))
		}
		if !c.retired && (row.Blocked != 1 || row.Blocking[0].Name != "late") {
			t.Errorf("%s: blocked by %+v", name, row.Blocking)
		}
	}
}

// TestRetireLooksAtEachSuspect: one that was tested says nothing about another, and one that says another key belongs
// to that only if it opens with it.
func TestRetireLooksAtEachSuspect(t *testing.T) {
	other := aes("other", false, 1)
	saying := func(secret *corev1.Secret, key transit.KeyInfo) *corev1.Secret {
		secret.Annotations[sealed.TransitKeyAnnotation] = key.Key.String()
		return secret
	}
	late := func() *corev1.Secret { return sealedSecret("z", "late", plain, 1, map[string]string{"x": "x"}) }
	garbage := saying(sealedSecret("z", "garbage", aes("third", false, 1), 1, map[string]string{"x": "x"}), plain)
	for name, c := range map[string]struct {
		before, late *corev1.Secret
		denied       transit.Key
	}{
		"beside one that was tested":      {before: garbage, late: late()},
		"that says another key":           {late: saying(late(), other)},
		"that says a key that is denied":  {late: saying(late(), other), denied: other.Key},
		"that says a key that is missing": {late: saying(late(), aes("missing", false, 1))},
	} {
		v := newFakeVault(plain, other)
		v.denied = c.denied
		cluster := newFakeCluster(sealedSecret("a", "s", plain, 1, map[string]string{"x": "x"}))
		if c.before != nil {
			delete(c.before.Labels, sealed.Label) // it is no failure of the rotation
			cluster.put(c.before)
		}
		v.before = putBeforeTheRaise(cluster, c.late)
		row := retired(t, newTestClient(t, cluster, v, "transit/plain"), retireKeeping(1))
		if row.Retired || minVersions(v, plain) != (transit.MinVersions{Decryption: 1}) || row.Blocked != 1 ||
			row.Blocking[0].Name != "late" || row.Blocking[0].Entry != "x" {
			t.Errorf("%s: %+v, %+v", name, row, minVersions(v, plain))
		}
	}
}

// TestRetireTestsOrRefuses: a suspect that could not be tested blocks, whatever the reason.
func TestRetireTestsOrRefuses(t *testing.T) {
	unsaid := errors.New("something new")
	for name, failed := range map[string]error{"denied": transit.ErrDenied, "unknown": unsaid} {
		v := newFakeVault(plain)
		cluster := newFakeCluster(sealedSecret("a", "s", plain, 1, map[string]string{"x": "x"}),
			seedSecret("z", "tool", plain, 1, "x"))
		rewraps := 0
		v.before = func(verb string) error {
			if verb == "rewrap" {
				if rewraps++; rewraps > 1 {
					return failed
				}
			}
			return nil
		}
		row := retired(t, newTestClient(t, cluster, v, "transit/plain"), retireKeeping(1))
		if row.Retired || !errors.Is(row.Err, failed) || v.count("config") > 0 || rewraps != 2 {
			t.Errorf("%s: %+v after %d rewraps", name, row, rewraps)
		}
	}
}

// TestRetireInABusyCluster: new Secrets with other keys in their annotations do not block retirement.
func TestRetireInABusyCluster(t *testing.T) {
	other := aes("other", false, 1)
	v := newFakeVault(plain, other)
	cluster := newFakeCluster(sealedSecret("a", "s", plain, 1, map[string]string{"x": "x"}))
	comes := 0
	cluster.before = func(verb, _ string) error {
		if verb == "list" {
			comes++
			cluster.put(sealedSecret("z", fmt.Sprint("s", comes), other, 1, map[string]string{"x": "x"}))
		}
		return nil
	}
	if row := retired(t, newTestClient(t, cluster, v, "transit/plain"), retireKeeping(1)); !row.Retired ||
		v.count("config") != 1 {
		t.Errorf("%+v after %d changes", row, v.count("config"))
	}
}

// TestRetireAmongLiars: Secrets that keep coming and do not open with the key that they say may need an old version.
// They block it where they open with it, and are ignored where a namespace has shown before that they do not.
func TestRetireAmongLiars(t *testing.T) {
	other := aes("other", false, 1)
	for name, c := range map[string]struct {
		under   transit.KeyInfo
		says    string
		retired bool
	}{
		"ours":                       {plain, "transit/other", false},
		"garbage that says another":  {aes("third", false, 1), "transit/other", true},
		"garbage that says this key": {other, "transit/plain", true},
		"garbage that says none":     {other, "", true},
	} {
		v := newFakeVault(plain, other)
		cluster := newFakeCluster(sealedSecret("a", "s", plain, 1, map[string]string{"x": "x"}))
		comes := 0
		cluster.before = func(verb, _ string) error {
			if verb == "list" {
				comes++
				liar := sealedSecret("z", fmt.Sprint("s", comes), c.under, 1, map[string]string{"x": "x"})
				delete(liar.Labels, sealed.Label)
				liar.Annotations[sealed.TransitKeyAnnotation] = c.says
				if c.says == "" {
					delete(liar.Annotations, sealed.TransitKeyAnnotation)
				}
				cluster.put(liar)
			}
			return nil
		}
		row := retired(t, newTestClient(t, cluster, v, "transit/plain"), retireKeeping(1))
		if row.Retired != c.retired || (minVersions(v, plain).Decryption == 2) != c.retired {
			t.Errorf("%s: %+v", name, row)
		}
	}
}

// TestRetireNeverLeavesUncheckedVersions: whatever ends it after the raise.
func TestRetireNeverLeavesUncheckedVersions(t *testing.T) {
	v := newFakeVault(derived)
	cluster := newFakeCluster(sealedSecret("a", "s", derived, 1, map[string]string{"x": "x"}))
	c := newTestClient(t, cluster, v, "transit/derived")
	raised := false
	v.before = func(verb string) error { raised = raised || verb == "config"; return nil }
	cluster.before = func(verb, _ string) error {
		if verb == "list" && raised {
			return context.Canceled
		}
		return nil
	}
	report, err := c.Rotate(t.Context(), retireKeeping(1))
	if !errors.Is(err, context.Canceled) || !raised || report.Retirements[0].Retired ||
		minVersions(v, derived) != (transit.MinVersions{Decryption: 1}) {
		t.Errorf("%v, %+v, %+v", err, report.Retirements, minVersions(v, derived))
	}
}

func TestRetireAsks(t *testing.T) {
	for _, yes := range []bool{true, false} {
		v := newFakeVault(derived)
		cluster := newFakeCluster(sealedSecret("a", "s", derived, 1, map[string]string{"x": "x"}))
		asked := 0
		request := RotateRequest{Retire: &Retire{Keep: 1,
			Confirm: func(_ context.Context, planned KeyRetirement) (bool, error) {
				asked++
				return yes, nil
			}}}
		row := retired(t, newTestClient(t, cluster, v, "transit/derived"), request)
		if row.Retired != yes || asked != 1 || (v.count("config") > 0) != yes {
			t.Errorf("yes %v: %+v, asked %d times", yes, row, asked)
		}
	}
}

func TestRetireDenied(t *testing.T) {
	v := newFakeVault(derived)
	v.before = func(verb string) error {
		if verb == "config" {
			return transit.ErrDenied
		}
		return nil
	}
	cluster := newFakeCluster(sealedSecret("a", "s", derived, 1, map[string]string{"x": "x"}))
	if row := retired(t, newTestClient(t, cluster, v, "transit/derived"), retireKeeping(1)); row.Retired ||
		!errors.Is(row.Err, transit.ErrDenied) || v.count("config") > 0 {
		t.Errorf("%+v", row)
	}
}

func TestRetireDryRun(t *testing.T) {
	v := newFakeVault(derived)
	fixed := sealedSecret("z", "fixed", derived, 1, map[string]string{"x": "x"})
	fixed.Immutable = new(bool)
	*fixed.Immutable = true
	cluster := newFakeCluster(sealedSecret("a", "s", derived, 1, map[string]string{"x": "x"}))
	c := newTestClient(t, cluster, v, "transit/derived")
	request := retireKeeping(1)
	request.DryRun = DryRunClient
	if row := retired(t, c, request); row.Retired || row.Err != nil || row.ToVersion != 2 || row.Blocked != 0 {
		t.Errorf("%+v", row)
	}
	cluster.put(fixed)
	if row := retired(t, c, request); row.Retired || row.Blocked != 1 || row.Blocking[0].Name != "fixed" {
		t.Errorf("with one that cannot be rewrapped: %+v", row)
	}
	if v.count("config")+v.count("rotate")+cluster.count("patch") != 0 {
		t.Error("a dry run changed something")
	}
}

func TestRetireOneKeyPerNamespace(t *testing.T) {
	keys := []transit.KeyInfo{aes("ns-a", true, 1), aes("ns-b", true, 1)}
	v := newFakeVault(keys...)
	hidden := sealedSecret("b", "hidden", keys[1], 1, map[string]string{"x": "x"})
	hidden.Labels = nil
	cluster := newFakeCluster(sealedSecret("a", "s", keys[0], 1, map[string]string{"x": "x"}),
		sealedSecret("b", "s", keys[1], 1, map[string]string{"x": "x"}), hidden)
	report := rotate(t, newTestClient(t, cluster, v, "transit/ns-{namespace}"), retireKeeping(1))
	if rows := report.Retirements; len(rows) != 2 || !rows[0].Retired || rows[1].Retired ||
		rows[1].Blocking[0].Name != "hidden" {
		t.Errorf("%+v", report.Retirements)
	}
}
