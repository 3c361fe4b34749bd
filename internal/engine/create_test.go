package engine

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

const oldPlaintext = `{"clear": "PLAINTEXT"}`

func request(entries map[string]string) CreateRequest {
	r := CreateRequest{Namespace: "a", Name: "s", ReadBack: true, DryRun: DryRunNone, Entries: map[string][]byte{}}
	for name, value := range entries {
		r.Entries[name] = []byte(value)
	}
	return r
}

func TestCreateBindsWithADerivedKey(t *testing.T) {
	cluster, v := newFakeCluster(), newFakeVault(derived)
	c := newTestClient(t, cluster, v, "transit/derived")
	result, err := c.Create(t.Context(), request(map[string]string{"x.json": "one", "empty.env": ""}))
	if err != nil || !result.Created || len(result.Notes) > 0 {
		t.Fatalf("%+v, %v", result, err)
	}
	live := cluster.get("a/s")
	if live.Type != corev1.SecretTypeOpaque || live.Annotations[sealed.ScopeAnnotation] != "strict" ||
		live.Labels[sealed.Label] != "true" {
		t.Errorf("%+v", live)
	}
	if got := mustOpen(t, c, "a", "s"); string(got["x.json"]) != "one" || len(got["empty.env"]) != 0 {
		t.Errorf("opened %q", got)
	}
	want := "key transit/derived, encrypt transit/derived, decrypt transit/derived, key transit/derived, " +
		"decrypt transit/derived"
	if got := strings.Join(v.requests, ", "); got != want {
		t.Errorf("requests %s", got)
	}
}

// TestCreateOfALiveSecret: what has nothing to seal, or is sealed, or is absent, is refused and stays as it is.
func TestCreateOfALiveSecret(t *testing.T) {
	empty := sealedSecret("a", "empty", derived, 1, nil)
	done := sealedSecret("a", "done", derived, 1, map[string]string{"x": "1"})
	half := sealedSecret("a", "half", derived, 1, map[string]string{"x": "1"})
	half.Data["y"] = []byte("PLAINTEXT")
	cluster := newFakeCluster(empty, done, half)
	c := newTestClient(t, cluster, newFakeVault(derived), "transit/derived")
	live := func(name string) (*CreateResult, error) {
		return c.Create(t.Context(), CreateRequest{Namespace: "a", Name: name, Live: true, Adopt: true, IfExists: Merge,
			ReadBack: true, DryRun: DryRunNone})
	}
	if _, err := live("empty"); err == nil || !strings.Contains(err.Error(), "secret a/empty: it has no entries") {
		t.Errorf("%v", err)
	}
	var exists *ExistsError
	if _, err := live("done"); !errors.As(err, &exists) || exists.Namespace != "a" || exists.Name != "done" ||
		len(exists.Unsealed) > 0 || exists.Empty {
		t.Errorf("%v", err)
	}
	if _, err := live("absent"); !errors.Is(err, kube.ErrNotFound) {
		t.Errorf("%v", err)
	}
	if n := cluster.count("patch") + cluster.count("create"); n > 0 {
		t.Errorf("%d writes", n)
	}
	if result, err := live("half"); err != nil || result.Created {
		t.Errorf("%+v, %v", result, err)
	}
	if got := mustOpen(t, c, "a", "half"); string(got["y"]) != "PLAINTEXT" || string(got["x"]) != "1" {
		t.Errorf("%q", got)
	}
}

// TestCreateBesideTooMuch: entries that stay count for the size too.
func TestCreateBesideTooMuch(t *testing.T) {
	cluster := newFakeCluster(sealedSecret("a", "s", derived, 1, map[string]string{
		"x": strings.Repeat("x", 700_000)})) // more as base64
	r := request(map[string]string{"y": strings.Repeat("y", 200_000)})
	r.IfExists = Merge
	_, err := newTestClient(t, cluster, newFakeVault(derived), "transit/derived").Create(t.Context(), r)
	var large *TooLargeError
	if !errors.As(err, &large) || large.Namespace != "a" || large.Name != "s" || large.Size <= corev1.MaxSecretSize {
		t.Errorf("%v", err)
	}
}

func TestCreateScope(t *testing.T) {
	for name, c := range map[string]struct {
		key   string
		scope sealed.Scope
		want  sealed.Scope
		fails bool
	}{
		"derived":                {"transit/derived", "", sealed.Strict, false},
		"derived, cluster-wide":  {"transit/derived", sealed.ClusterWide, sealed.ClusterWide, false},
		"not derived":            {"transit/plain", "", sealed.Unbound, false},
		"not derived but scoped": {"transit/plain", sealed.Strict, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := newFakeCluster()
			r := request(map[string]string{"x": "x"})
			r.Scope = c.scope
			result, err := newTestClient(t, cluster, newFakeVault(derived, plain), c.key).Create(t.Context(), r)
			if c.fails {
				var underived *NotDerivedError
				if !errors.As(err, &underived) || cluster.get("a/s") != nil {
					t.Errorf("error %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			annotation, found := cluster.get("a/s").Annotations[sealed.ScopeAnnotation]
			if sealed.Scope(annotation) != c.want || found != (c.want != sealed.Unbound) {
				t.Errorf("scope %q", annotation)
			}
			if (len(result.Notes) > 0) != (c.want == sealed.Unbound) {
				t.Errorf("notes %q", result.Notes)
			}
		})
	}
}

func TestCreateMergeKeepsTheOtherEntries(t *testing.T) {
	cluster := newFakeCluster(sealedSecret("a", "s", derived, 1, map[string]string{"kept": "k", "replaced": "old"}))
	kept := cluster.get("a/s").Data["kept"]
	c := newTestClient(t, cluster, newFakeVault(derived), "transit/derived")
	r := request(map[string]string{"replaced": "new", "added": "a"})
	r.IfExists = Merge
	if _, err := c.Create(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(cluster.get("a/s").Data["kept"], kept) {
		t.Error("an entry that was to be kept was sealed again")
	}
	got := mustOpen(t, c, "a", "s")
	if len(got) != 3 || string(got["kept"]) != "k" || string(got["replaced"]) != "new" || string(got["added"]) != "a" {
		t.Errorf("opened %q", got)
	}
}

func TestCreateOverwriteReplacesAll(t *testing.T) {
	secret := sealedSecret("a", "s", derived, 1, map[string]string{"gone": "g", "replaced": "old"})
	secret.Annotations[sealed.TypeAnnotation] = "kubernetes.io/tls"
	cluster := newFakeCluster(secret)
	c := newTestClient(t, cluster, newFakeVault(derived, plain), "transit/derived")
	r := request(map[string]string{"replaced": "new"})
	r.IfExists = Overwrite
	if _, err := c.Create(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	live := cluster.get("a/s")
	if got := mustOpen(t, c, "a", "s"); len(got) != 1 || string(got["replaced"]) != "new" {
		t.Errorf("opened %q", got)
	}
	if _, found := live.Annotations[sealed.TypeAnnotation]; found {
		t.Error("the old plaintext's type is still annotated")
	}
}

func TestCreateAdopts(t *testing.T) {
	adopted := func() *corev1.Secret {
		secret := sealedSecret("a", "s", derived, 1, map[string]string{"sealed": "k"})
		secret.Data["clear"] = []byte(oldPlaintext)
		secret.Annotations[sealed.LastAppliedAnnotation] = `{"stringData":{"clear":"PLAINTEXT"}}`
		return secret
	}
	for name, c := range map[string]struct {
		ifExists IfExists
		want     map[string]string
	}{
		"merge":     {Merge, map[string]string{"sealed": "k", "clear": oldPlaintext, "new": "n"}},
		"overwrite": {Overwrite, map[string]string{"new": "n"}},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := newFakeCluster(adopted())
			client := newTestClient(t, cluster, newFakeVault(derived), "transit/derived")
			r := request(map[string]string{"new": "n"})
			r.IfExists = c.ifExists
			if _, err := client.Create(t.Context(), r); !isExists(err) {
				t.Fatalf("without leave to adopt: %v", err)
			}
			r.Adopt = true
			result, err := client.Create(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			got := mustOpen(t, client, "a", "s")
			for entry, want := range c.want {
				if string(got[entry]) != want {
					t.Errorf("%s opens to %q", entry, got[entry])
				}
			}
			if len(got) != len(c.want) {
				t.Errorf("entries %q", got)
			}
			if _, found := cluster.get("a/s").Annotations[sealed.LastAppliedAnnotation]; found {
				t.Error("what kubectl apply kept is still there")
			}
			if !strings.Contains(strings.Join(result.Warnings, "\n"), "change the credential") {
				t.Errorf("warnings %q", result.Warnings)
			}
		})
	}
}

func isExists(err error) bool {
	var exists *ExistsError
	return errors.As(err, &exists)
}

func TestCreateMergeIntoASeedSecretProvesItsKey(t *testing.T) {
	cluster := newFakeCluster(seedSecret("a", "s", plain, 1, "old"))
	before := cluster.get("a/s")
	r := request(map[string]string{"new": "n"})
	r.IfExists = Merge
	wrong := newTestClient(t, cluster, newFakeVault(derived, plain), "transit/derived")
	if _, err := wrong.Create(t.Context(), r); err == nil ||
		cluster.get("a/s").ResourceVersion != before.ResourceVersion {
		t.Fatalf("merged under a key that does not open what stays: %v", err)
	}
	right := newTestClient(t, cluster, newFakeVault(derived, plain), "transit/plain")
	if _, err := right.Create(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if got := mustOpen(t, right, "a", "s"); string(got["secrets.json"]) != "old" || string(got["new"]) != "n" {
		t.Errorf("opened %q", got)
	}
}

// forgetful is a Vault whose read-back gives other bytes than were sealed.
type forgetful struct{ *fakeVault }

func (v forgetful) Decrypt(_ context.Context, _ transit.Key, items []transit.Item) ([]transit.Result, error) {
	results := make([]transit.Result, len(items))
	for i := range results {
		results[i].Plaintext = []byte("something else")
	}
	return results, nil
}

func TestCreateReadsBackBeforeItWrites(t *testing.T) {
	cluster := newFakeCluster(sealedSecret("a", "s", derived, 1, map[string]string{"x": "old"}))
	before := cluster.get("a/s")
	c := newTestClient(t, cluster, newFakeVault(derived), "transit/derived")
	c.vault = func(string) vault { return forgetful{newFakeVault(derived)} }
	r := request(map[string]string{"x": "PLAINTEXT"})
	r.IfExists = Overwrite
	_, err := c.Create(t.Context(), r)
	if err == nil || strings.Contains(err.Error(), "PLAINTEXT") || strings.Contains(err.Error(), "something") {
		t.Errorf("error %v", err)
	}
	if cluster.get("a/s").ResourceVersion != before.ResourceVersion {
		t.Error("it was written")
	}
	r.ReadBack = false
	if _, err := c.Create(t.Context(), r); err != nil {
		t.Errorf("without read-back: %v", err)
	}
}

func TestCreateNotesARoleThatMayOnlyEncrypt(t *testing.T) {
	v := newFakeVault(derived)
	v.before = func(verb string) error {
		if verb == "decrypt" {
			return transit.ErrDenied
		}
		return nil
	}
	result, err := newTestClient(t, newFakeCluster(), v, "transit/derived").Create(t.Context(),
		request(map[string]string{"x": "x"}))
	if err != nil || len(result.Notes) != 1 || !strings.Contains(result.Notes[0], "not read back") {
		t.Errorf("%+v, %v", result, err)
	}
}

func TestCreateRefusesUnsuitableKeys(t *testing.T) {
	rsa, convergent := aes("rsa", false, 1), aes("convergent", true, 1)
	rsa.Type, convergent.Convergent = "rsa-2048", true
	for _, key := range []string{"rsa", "convergent"} {
		v := newFakeVault(rsa, convergent)
		_, err := newTestClient(t, newFakeCluster(), v, "transit/"+key).Create(t.Context(),
			request(map[string]string{"x": "x"}))
		var unsuitable *transit.UnsuitableKeyError
		if !errors.As(err, &unsuitable) || v.count("encrypt") > 0 {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestCreateRefusesWhatKubernetesCannotStore(t *testing.T) {
	v := newFakeVault(derived)
	c := newTestClient(t, newFakeCluster(), v, "transit/derived")
	r := request(map[string]string{"x": strings.Repeat("x", 800_000)})
	var large *TooLargeError
	if _, err := c.Create(t.Context(), r); !errors.As(err, &large) || v.logins > 0 {
		t.Errorf("error %v, %d logins", err, v.logins)
	}
	if _, err := c.Create(t.Context(), request(map[string]string{"x": strings.Repeat("x", 780_000)})); err != nil {
		t.Errorf("what fits is refused: %v", err)
	}
}

func TestCreateConflict(t *testing.T) {
	cluster := newFakeCluster(sealedSecret("a", "s", derived, 1, map[string]string{"x": "old"}))
	cluster.before = func(verb, _ string) error {
		if verb == "patch" {
			cluster.put(sealedSecret("a", "s", derived, 1, map[string]string{"x": "theirs"}))
		}
		return nil
	}
	c := newTestClient(t, cluster, newFakeVault(derived), "transit/derived")
	r := request(map[string]string{"x": "mine"})
	r.IfExists = Overwrite
	if _, err := c.Create(t.Context(), r); !errors.Is(err, kube.ErrConflict) {
		t.Errorf("error %v", err)
	}
	if got := mustOpen(t, c, "a", "s"); string(got["x"]) != "theirs" {
		t.Errorf("opened %q", got)
	}
}

// TestCreateDoesNotBringBackWhatWasDeleted: the Secret to merge into is deleted meanwhile.
func TestCreateDoesNotBringBackWhatWasDeleted(t *testing.T) {
	cluster := newFakeCluster(sealedSecret("a", "s", derived, 1, map[string]string{"x": "old"}))
	cluster.before = func(verb, object string) error {
		if verb == "patch" {
			cluster.remove(object)
			return apierrors.NewConflict(secretsResource, object, nil)
		}
		return nil
	}
	r := request(map[string]string{"x": "mine"})
	r.IfExists = Merge
	_, err := newTestClient(t, cluster, newFakeVault(derived), "transit/derived").Create(t.Context(), r)
	var touched *TouchedError
	if !errors.As(err, &touched) || touched.What != "was deleted" || cluster.get("a/s") != nil {
		t.Errorf("%v", err)
	}
}

func TestCreateDoesNotTrustAnEditedScope(t *testing.T) {
	edited := sealedSecret("a", "s", derived, 1, map[string]string{"x": "old", "kept": "k"})
	edited.Annotations[sealed.ScopeAnnotation] = string(sealed.ClusterWide)
	t.Run("overwrite seals strictly", func(t *testing.T) {
		cluster := newFakeCluster(edited)
		r := request(map[string]string{"x": "new"})
		r.IfExists = Overwrite
		result, err := newTestClient(t, cluster, newFakeVault(derived), "transit/derived").Create(t.Context(), r)
		if err != nil || cluster.get("a/s").Annotations[sealed.ScopeAnnotation] != "strict" || len(result.Notes) != 1 {
			t.Errorf("%+v, %v", result, err)
		}
	})
	t.Run("merge does not seal beside entries that do not open", func(t *testing.T) {
		cluster := newFakeCluster(edited)
		before := cluster.get("a/s")
		r := request(map[string]string{"x": "new"})
		r.IfExists = Merge
		_, err := newTestClient(t, cluster, newFakeVault(derived), "transit/derived").Create(t.Context(), r)
		if !errors.Is(err, transit.ErrTampered) || cluster.get("a/s").ResourceVersion != before.ResourceVersion {
			t.Errorf("error %v", err)
		}
	})
}
