package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// claimsStrict is a Secret whose key is not derived, and whose annotation says strict.
func claimsStrict(namespace, name string) *corev1.Secret {
	secret := sealedSecret(namespace, name, plain, 1,
		map[string]string{"x": "PLAINTEXT", "long": "PLAINTEXT PLAINTEXT"})
	secret.Annotations[sealed.ScopeAnnotation] = string(sealed.Strict)
	return secret
}

// countedVault counts the items of each decrypt request, and may answer another thing for the decoy.
type countedVault struct {
	*fakeVault

	mu    sync.Mutex
	items []int
	decoy func(transit.Result) transit.Result
}

func (v *countedVault) Decrypt(ctx context.Context, key transit.Key, items []transit.Item) ([]transit.Result, error) {
	v.mu.Lock()
	v.items = append(v.items, len(items))
	v.mu.Unlock()
	results, err := v.fakeVault.Decrypt(ctx, key, items)
	for i := range results {
		if v.decoy != nil && string(items[i].Context) == string(sealed.DecoyItem(sealed.Entry{}).Context) {
			results[i] = v.decoy(results[i])
		}
	}
	return results, err
}

func provingClient(t *testing.T, least sealed.Scope, secrets ...*corev1.Secret) (*Client, *countedVault) {
	t.Helper()
	v := &countedVault{fakeVault: newFakeVault(derived, plain)}
	c := newTestClient(t, newFakeCluster(secrets...), v.fakeVault, "")
	c.leastScope, c.vault = least, func(string) vault { return v }
	return c, v
}

func TestOpenDoesNotTrustTheScopeAnnotation(t *testing.T) {
	for _, least := range []sealed.Scope{sealed.Strict, sealed.NamespaceWide, sealed.ClusterWide} {
		c, v := provingClient(t, least, claimsStrict("a", "s"))
		for range 2 {
			var scope *ScopeError
			opened, err := c.Open(t.Context(), "a", "s")
			if !errors.As(err, &scope) || scope.NotDerived != plain.Key || opened != nil ||
				strings.Contains(err.Error(), "PLAINTEXT") {
				t.Errorf("%s: %q, %v", least, opened, err)
			}
			if entry, err := c.OpenEntry(t.Context(), "a", "s", "x"); !errors.As(err, &scope) || entry != nil {
				t.Errorf("%s: %q, %v", least, entry, err)
			}
		}
		if fmt.Sprint(v.items) != "[3 2 3 2]" {
			t.Errorf("requests with %v items", v.items)
		}
	}
	c, v := provingClient(t, sealed.Unbound, claimsStrict("a", "s"))
	if len(mustOpen(t, c, "a", "s")) != 2 || fmt.Sprint(v.items) != "[2]" {
		t.Errorf("without a least scope: %v items", v.items)
	}
}

func TestOpenProvesAKeyOnce(t *testing.T) {
	entries := map[string]string{"a": "a long value", "b": "b", "c": "a longer value"}
	c, v := provingClient(t, sealed.Strict, sealedSecret("a", "s", derived, 1, entries))
	for range 3 {
		opened := mustOpen(t, c, "a", "s")
		for name, want := range entries {
			if string(opened[name]) != want {
				t.Errorf("%s: %q", name, opened[name])
			}
		}
	}
	if fmt.Sprint(v.items) != "[4 3 3]" {
		t.Errorf("requests with %v items", v.items)
	}
	var group sync.WaitGroup
	c, _ = provingClient(t, sealed.Strict, sealedSecret("a", "s", derived, 1, entries), claimsStrict("a", "claims"))
	for range 20 {
		group.Go(func() { mustOpen(t, c, "a", "s") })
		group.Go(func() {
			if _, err := c.Open(t.Context(), "a", "claims"); err == nil {
				t.Error("opened")
			}
		})
	}
	group.Wait()
}

// TestNothingIsProvenByWhatFails: garbage fails under any key, and with any context.
func TestNothingIsProvenByWhatFails(t *testing.T) {
	garbage := ciphertext(derived.Key, 1, "v1/elsewhere", "").String()
	for name, data := range map[string]map[string]string{
		"garbage": {"x": garbage}, "the smallest is garbage": {"x": "PLAINTEXT PLAINTEXT PLAINTEXT", "y": garbage},
	} {
		secret := claimsStrict("a", "s")
		secret.Data = map[string][]byte{}
		for entry, value := range data {
			secret.Data[entry] = []byte(value)
			if value != garbage {
				secret.Data[entry] = []byte(ciphertext(plain.Key, 1, "", value).String())
			}
		}
		c, _ := provingClient(t, sealed.Strict, secret, claimsStrict("a", "later"))
		if opened, err := c.Open(t.Context(), "a", "s"); !errors.Is(err, transit.ErrTampered) || opened != nil {
			t.Errorf("%s: %q, %v", name, opened, err)
		}
		var scope *ScopeError
		if _, err := c.Open(t.Context(), "a", "later"); !errors.As(err, &scope) {
			t.Errorf("%s: it has proven a key: %v", name, err)
		}
	}
	wide := sealedSecret("a", "wide", derived, 1, nil)
	wide.Data = map[string][]byte{"x": []byte(ciphertext(derived.Key, 1, "v1/namespace-wide/a", "x").String())}
	c, _ := provingClient(t, sealed.Strict, wide)
	if _, err := c.Open(t.Context(), "a", "wide"); !errors.Is(err, transit.ErrTampered) {
		t.Errorf("namespace-wide, annotated strict: %v", err)
	}
}

// TestOnlyAFailedAuthenticationProves: any other answer about the decoy is an error.
func TestOnlyAFailedAuthenticationProves(t *testing.T) {
	for _, answer := range []error{transit.ErrTampered, transit.ErrContextRequired, transit.ErrVersionRetired,
		errors.New("internal error")} {
		c, v := provingClient(t, sealed.Strict, sealedSecret("a", "s", derived, 1, map[string]string{"x": "x"}))
		v.decoy = func(transit.Result) transit.Result { return transit.Result{Err: answer} }
		if opened, err := c.Open(t.Context(), "a", "s"); !errors.Is(err, answer) || opened != nil {
			t.Errorf("%v: %q, %v", answer, opened, err)
		}
		if c.derived.has(derived.Key) {
			t.Errorf("%v: it counts as a proof", answer)
		}
	}
}

func TestResealTrustsNoScopeOfAKeyThatIsNotDerived(t *testing.T) {
	other := aes("other", true, 1)
	for annotated, asked := range map[sealed.Scope]sealed.Scope{sealed.ClusterWide: sealed.Unbound,
		sealed.NamespaceWide: sealed.ClusterWide} {
		secret := claimsStrict("a", "s")
		secret.Annotations[sealed.ScopeAnnotation] = string(annotated)
		c := newTestClient(t, newFakeCluster(secret), newFakeVault(plain, other), "")
		result, err := c.Reseal(t.Context(), ResealRequest{Namespace: "a", Name: "s", To: other.Key, Scope: asked})
		if err != nil {
			t.Fatal(err)
		}
		want, notes := asked, 0
		if asked == sealed.Unbound {
			want, notes = sealed.Strict, 1
		}
		if got := result.Secret.Annotations[sealed.ScopeAnnotation]; got != string(want) || len(result.Notes) != notes {
			t.Errorf("annotated %s, asked %q: sealed %s, notes %q", annotated, asked, got, result.Notes)
		}
	}
	wide := sealedSecret("a", "s", derived, 1, nil)
	wide.Annotations[sealed.ScopeAnnotation] = string(sealed.NamespaceWide)
	wide.Data = map[string][]byte{"x": []byte(ciphertext(derived.Key, 1, "v1/namespace-wide/a", "x").String())}
	c := newTestClient(t, newFakeCluster(wide), newFakeVault(derived, other), "")
	result, err := c.Reseal(t.Context(), ResealRequest{Namespace: "a", Name: "s", To: other.Key})
	if err != nil || result.Secret.Annotations[sealed.ScopeAnnotation] != string(sealed.NamespaceWide) ||
		len(result.Notes) > 0 {
		t.Errorf("a proven scope is kept: %+v, %v", result, err)
	}
}

// unreadableKeys is a Vault whose role may not read any key's metadata.
func unreadableKeys(v *fakeVault) *fakeVault {
	v.before = func(verb string) error {
		if verb == "key" {
			return transit.ErrDenied
		}
		return nil
	}
	return v
}

func TestVerifyProvesWhatIsBoundWithoutTheKeysMetadata(t *testing.T) {
	broken := claimsStrict("a", "broken")
	broken.Data = map[string][]byte{"x": []byte(ciphertext(derived.Key, 1, "", "x").String())}
	cluster := newFakeCluster(
		broken, claimsStrict("a", "claims"), sealedSecret("a", "bound", derived, 1, map[string]string{"x": "x"}),
		sealedSecret("a", "bound2", derived, 1, map[string]string{"x": "x"}),
		sealedSecret("a", "unbound", plain, 1, map[string]string{"x": "x"}),
	)
	v := unreadableKeys(newFakeVault(derived, plain))
	report, err := newTestClient(t, cluster, v, "").Verify(t.Context(), VerifyRequest{RequireBound: true})
	if err != nil {
		t.Fatal(err)
	}
	found := []string{}
	for _, f := range report.Findings {
		found = append(found, f.Name+"/"+f.Entry+" "+string(f.Status))
	}
	if got := strings.Join(found, ", "); got != "broken/x broken, claims/long unbound, claims/x unbound, unbound/x "+
		"unbound" {
		t.Errorf("found %s", got)
	}
	// a batch for each key and context, a decoy for each key, and the origin of what is broken
	if report.Summary.Unbound != 3 || v.count("decrypt") > 0 || v.count("rewrap") != 6 {
		t.Errorf("%+v, %v", report.Summary, v.requests)
	}
}

func TestVerifyReportsWhatCannotBeProven(t *testing.T) {
	v := unreadableKeys(newFakeVault(derived))
	rewraps := 0
	unreadable := v.before
	v.before = func(verb string) error {
		if verb == "rewrap" {
			if rewraps++; rewraps > 1 {
				return errors.New("internal error")
			}
		}
		return unreadable(verb)
	}
	cluster := newFakeCluster(sealedSecret("a", "s", derived, 1, map[string]string{"x": "x"}))
	report, err := newTestClient(t, cluster, v, "").Verify(t.Context(), VerifyRequest{RequireBound: true})
	if err != nil || len(report.Findings) != 1 || report.Findings[0].Status != Unreadable ||
		!strings.Contains(report.Findings[0].Reason, "internal error") {
		t.Errorf("%+v, %v", report, err)
	}
}
