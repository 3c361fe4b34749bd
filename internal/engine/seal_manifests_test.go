package engine

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

func plainManifest(name string, entries map[string]string) *corev1.Secret {
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "a", Name: name}, Data: map[string][]byte{}}
	for entry, value := range entries {
		secret.Data[entry] = []byte(value)
	}
	return secret
}

// asSealed is the Secret of a request as its manifest is then.
func asSealed(t *testing.T, request SealRequest, result SealResult) *corev1.Secret {
	t.Helper()
	secret := request.Secret.DeepCopy()
	Change{As: result.As, Set: result.Set}.ApplyEntries(secret)
	secret.Labels = map[string]string{}
	maps.Copy(secret.Labels, request.Secret.Labels)
	maps.Copy(secret.Labels, result.Labels)
	if secret.Annotations == nil {
		secret.Annotations = map[string]string{}
	}
	for name, value := range result.Annotations {
		if text, isText := value.(string); isText {
			secret.Annotations[name] = text
		} else {
			delete(secret.Annotations, name)
		}
	}
	return secret
}

func sealOne(t *testing.T, c *Client, request SealRequest) (*corev1.Secret, SealResult, error) {
	t.Helper()
	results, err := c.Seal(t.Context(), []SealRequest{request})
	if err != nil {
		return nil, SealResult{}, err
	}
	return asSealed(t, request, results[0]), results[0], nil
}

func TestSealIsOneBatchOfEachStep(t *testing.T) {
	v := newFakeVault(derived)
	cluster := newFakeCluster()
	c := newTestClient(t, cluster, v, "derived")
	var requests []SealRequest
	for _, name := range []string{"x", "y", "z"} {
		secret := plainManifest(name, map[string]string{"p": "of " + name, "q": ""})
		requests = append(requests, SealRequest{Secret: secret})
	}
	results, err := c.Seal(t.Context(), requests)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"key transit/derived", "encrypt transit/derived", "decrypt transit/derived"}; !slices.Equal(
		v.requests, want) {
		t.Errorf("Vault was asked %q", v.requests)
	}
	for n, request := range requests {
		secret := asSealed(t, request, results[n])
		cluster.put(secret)
		opened := mustOpen(t, c, "a", secret.Name)
		if string(opened["p"]) != "of "+secret.Name || len(opened) != 2 || len(opened["q"]) != 0 {
			t.Errorf("%s opens to %q", secret.Name, opened)
		}
		if secret.Annotations[sealed.ScopeAnnotation] != "strict" || secret.Labels[sealed.Label] != "true" {
			t.Errorf("%+v", secret.ObjectMeta)
		}
	}
}

func TestSealAsksVaultOnlyAboutPlaintext(t *testing.T) {
	v := newFakeVault(derived)
	secret := sealedSecret("a", "s", derived, 1, map[string]string{"p": "p"})
	secret.Annotations[sealed.LastAppliedAnnotation] = `{"data":{"p":"UExBSU4="}}`
	after, result, err := sealOne(t, newTestClient(t, newFakeCluster(), v, "derived"), SealRequest{Secret: secret})
	if err != nil || len(v.requests) > 0 || len(result.Set) > 0 {
		t.Fatalf("%+v, %v, Vault was asked %q", result, err, v.requests)
	}
	if len(after.Annotations) != 2 || after.Annotations[sealed.LastAppliedAnnotation] != "" {
		t.Errorf("%v", after.Annotations)
	}
}

// TestSealReuses: a ciphertext is used again only with the same plaintext, place, transit key and scope.
func TestSealReuses(t *testing.T) {
	current := derived
	current.LatestVersion = 3
	entries := map[string]string{"p": "value p", "q": "value q"}
	earlier := sealedSecret("a", "s", current, 2, entries)
	for name, c := range map[string]struct {
		change func(request *SealRequest, earlier *corev1.Secret)
		want   int
	}{
		"all":             {func(*SealRequest, *corev1.Secret) {}, 2},
		"another value":   {func(r *SealRequest, _ *corev1.Secret) { r.Secret.Data["p"] = []byte("new") }, 1},
		"another name":    {func(r *SealRequest, _ *corev1.Secret) { r.Secret.Name = "moved" }, 0},
		"another scope":   {func(r *SealRequest, _ *corev1.Secret) { r.Scope = sealed.ClusterWide }, 0},
		"entries swapped": {func(_ *SealRequest, s *corev1.Secret) { s.Data["p"], s.Data["q"] = s.Data["q"], s.Data["p"] }, 0},
		"another key": {func(_ *SealRequest, s *corev1.Secret) {
			s.Annotations[sealed.TransitKeyAnnotation] = "transit/other"
		}, 0},
		"a scope that is not its own": {func(r *SealRequest, s *corev1.Secret) {
			r.Scope, s.Annotations[sealed.ScopeAnnotation] = sealed.NamespaceWide, "namespace-wide"
		}, 0},
		"a wrong annotation": {func(_ *SealRequest, s *corev1.Secret) {
			s.Annotations[sealed.ScopeAnnotation] = "strikt"
		}, 0},
		"plaintext": {func(_ *SealRequest, s *corev1.Secret) { s.Data["p"] = []byte("value p") }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			was := earlier.DeepCopy()
			request := SealRequest{Secret: plainManifest("s", entries), Earlier: []*corev1.Secret{was, was}}
			c.change(&request, was)
			v := newFakeVault(current)
			after, result, err := sealOne(t, newTestClient(t, newFakeCluster(), v, "derived"), request)
			if err != nil || result.Reused != c.want {
				t.Fatalf("%d used again, want %d: %v", result.Reused, c.want, err)
			}
			again := 0
			for entry, value := range after.Data {
				if string(value) == string(earlier.Data[entry]) {
					again++
				}
			}
			if again != c.want {
				t.Errorf("%d of the ciphertexts are used again, want %d", again, c.want)
			}
			if read, err := sealed.Read(after); err != nil || !read.IsSealed() {
				t.Errorf("%v, %v", read, err)
			}
		})
	}
}

// TestSealTrustsNoAnnotation: what a plaintext manifest says of its sealing decides nothing.
func TestSealTrustsNoAnnotation(t *testing.T) {
	other := aes("other", true, 1)
	secret := plainManifest("s", map[string]string{"p": "value"})
	secret.Annotations = map[string]string{sealed.TransitKeyAnnotation: "transit/other",
		sealed.ScopeAnnotation: "cluster-wide", sealed.TypeAnnotation: "a/b"}
	after, result, err := sealOne(t, newTestClient(t, newFakeCluster(), newFakeVault(derived, other), "derived"),
		SealRequest{Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{sealed.TransitKeyAnnotation: "transit/derived", sealed.ScopeAnnotation: "strict",
		sealed.SealedAtAnnotation: after.Annotations[sealed.SealedAtAnnotation]}
	if !maps.Equal(after.Annotations, want) || len(result.Notes) != 2 {
		t.Errorf("%v, %q", after.Annotations, result.Notes)
	}
	secret.Annotations = map[string]string{sealed.TransitKeyAnnotation: "/", sealed.ScopeAnnotation: "none"}
	if _, _, err := sealOne(t, newTestClient(t, newFakeCluster(), newFakeVault(derived), "derived"),
		SealRequest{Secret: secret}); err != nil {
		t.Error(err)
	}
}

// TestSealBesideSealed: one annotation is for all entries, so those that stay are proven to fit.
func TestSealBesideSealed(t *testing.T) {
	mixed := sealedSecret("a", "s", derived, 1, map[string]string{"p": "p"})
	mixed.Data["new"] = []byte("plaintext")
	other := aes("other", true, 1)
	for name, c := range map[string]struct {
		change func(*SealRequest)
		want   string // part of the error; empty: it is sealed
	}{
		"fits":          {func(*SealRequest) {}, ""},
		"another scope": {func(r *SealRequest) { r.Scope = sealed.ClusterWide }, "cannot be kept beside scope cluster-wide"},
		"another name":  {func(r *SealRequest) { r.Secret.Name = "moved" }, `entry "p" stays, but does not open`},
		"another key": {func(r *SealRequest) {
			r.Secret.Annotations[sealed.TransitKeyAnnotation] = "transit/other"
		}, "its annotation names transit key transit/other"},
		"a scope that is not its own": {func(r *SealRequest) {
			r.Secret.Annotations[sealed.ScopeAnnotation] = "namespace-wide"
		}, `entry "p" stays, but does not open`},
		"no annotation": {func(r *SealRequest) { r.Secret.Annotations = nil }, `entry "p" stays, but does not open`},
		"no scope at all": {func(r *SealRequest) {
			r.Secret.Annotations[sealed.ScopeAnnotation] = "none"
		}, "annotation vaultseal.dev/scope"},
	} {
		t.Run(name, func(t *testing.T) {
			request := SealRequest{Secret: mixed.DeepCopy()}
			c.change(&request)
			v := newFakeVault(derived, other)
			client := newTestClient(t, newFakeCluster(), v, "derived")
			after, _, err := sealOne(t, client, request)
			if c.want != "" {
				var one *SealError
				if err == nil || !errors.As(err, &one) || !strings.Contains(err.Error(), c.want) ||
					strings.Contains(err.Error(), "plaintext") {
					t.Errorf("%v, want %s", err, c.want)
				}
				if v.count("encrypt") > 0 {
					t.Error("it was encrypted all the same")
				}
				return
			}
			if err != nil || string(after.Data["p"]) != string(mixed.Data["p"]) {
				t.Errorf("%v, %v", after, err)
			}
		})
	}
}

// TestSealIsAllOrNothing: an error about one Secret names it, and there is no result.
func TestSealIsAllOrNothing(t *testing.T) {
	yes := true
	for name, c := range map[string]struct {
		change func(*corev1.Secret)
		want   string
	}{
		"immutable":  {func(s *corev1.Secret) { s.Immutable = &yes }, "it is immutable"},
		"plain type": {func(s *corev1.Secret) { s.Type = corev1.SecretTypeDockercfg }, "must stay plaintext"},
		"controlled": {func(s *corev1.Secret) {
			s.OwnerReferences = []metav1.OwnerReference{{Kind: "SealedSecret", Name: "s", Controller: &yes}}
		}, "SealedSecret/s controls it"},
		"large":   {func(s *corev1.Secret) { s.Data["p"] = make([]byte, 800_000) }, "Kubernetes stores at most"},
		"unnamed": {func(s *corev1.Secret) { s.Name, s.GenerateName = "", "s-" }, "secret a/s-*: it has generateName"},
		"label": {func(s *corev1.Secret) { s.Labels = map[string]string{"l": "sup3rsecret"} },
			`label "l" holds the plaintext`},
		"own annotation": {func(s *corev1.Secret) {
			s.Annotations = map[string]string{"vaultseal.dev/note": "sup3rsecret"}
		}, `annotation "vaultseal.dev/note" holds the plaintext`},
		"older copy": {func(s *corev1.Secret) {
			s.Annotations = map[string]string{"example.org/old": `{"kind":"Secret","stringData":{"p":"0lder"}}`}
		}, `annotation "example.org/old" holds the plaintext`},
	} {
		t.Run(name, func(t *testing.T) {
			bad := plainManifest("s", map[string]string{"p": "sup3rsecret"})
			c.change(bad)
			results, err := newTestClient(t, newFakeCluster(), newFakeVault(derived), "derived").Seal(t.Context(),
				[]SealRequest{{Secret: plainManifest("good", map[string]string{"p": "x"})}, {Secret: bad}})
			var one *SealError
			if results != nil || !errors.As(err, &one) || one.Index != 1 || !strings.Contains(err.Error(), c.want) ||
				strings.Contains(err.Error(), "sup3rsecret") {
				t.Errorf("%v, %v, want %s", results, err, c.want)
			}
		})
	}
}

func TestSealComparesWhatItSealed(t *testing.T) {
	for name, c := range map[string]struct {
		fails error
		note  bool
	}{"may not decrypt": {transit.ErrDenied, true}, "unreachable": {transit.ErrUnreachable, false}} {
		t.Run(name, func(t *testing.T) {
			v := newFakeVault(derived)
			v.before = func(verb string) error {
				if verb == "decrypt" {
					return c.fails
				}
				return nil
			}
			_, result, err := sealOne(t, newTestClient(t, newFakeCluster(), v, "derived"),
				SealRequest{Secret: plainManifest("s", map[string]string{"p": "x"})})
			if (err == nil) != c.note || c.note && !strings.HasPrefix(result.Notes[0], "not read back") {
				t.Errorf("%v, %q", err, result.Notes)
			}
		})
	}
}

// TestSealRefusesOtherBytes: a ciphertext that opens, but to other bytes than were sealed, is not printed.
func TestSealRefusesOtherBytes(t *testing.T) {
	v := newFakeVault(derived)
	v.opens = []byte("another value")
	_, result, err := sealOne(t, newTestClient(t, newFakeCluster(), v, "derived"),
		SealRequest{Secret: plainManifest("s", map[string]string{"p": "value"})})
	var one *SealError
	if !errors.As(err, &one) || !strings.HasSuffix(err.Error(), "it opens to other bytes than were sealed") ||
		len(result.Set) > 0 {
		t.Errorf("%v, %v", err, result)
	}
}
