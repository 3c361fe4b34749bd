package engine

import (
	"bytes"
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// TestSetExpiry: it changes the annotation and nothing else, without Vault, and only if it must.
func TestSetExpiry(t *testing.T) {
	secret := sealedSecret("a", "s", derived, 1, map[string]string{"x": "1"})
	secret.Annotations["kapp.k14s.io/identity"] = "x"
	cluster, v := newFakeCluster(secret), newFakeVault(derived)
	c := newTestClient(t, cluster, v, "transit/derived")
	request := ExpiryRequest{Namespace: "a", Name: "s", Expires: sealed.Expiry{Given: true, At: timeOf(t, later)},
		DryRun: DryRunNone}
	before := cluster.get("a/s")
	result, err := c.SetExpiry(t.Context(), request)
	if err != nil || !result.Annotated || result.Unchanged || len(result.Warnings) != 1 ||
		!strings.Contains(result.Warnings[0], "secret a/s is managed by kapp") {
		t.Fatalf("%+v, %v", result, err)
	}
	after := cluster.get("a/s")
	want := maps.Clone(before.Annotations)
	want[sealed.ExpiresAnnotation] = later
	if !maps.Equal(after.Annotations, want) || !maps.EqualFunc(after.Data, before.Data, bytes.Equal) ||
		result.Secret.Annotations[sealed.ExpiresAnnotation] != later {
		t.Errorf("%+v", after)
	}
	again, err := c.SetExpiry(t.Context(), request)
	if err != nil || !again.Unchanged || again.Annotated || again.Secret == nil ||
		cluster.get("a/s").ResourceVersion != after.ResourceVersion {
		t.Errorf("again: %+v, %v", again, err)
	}
	request.Expires = sealed.Expiry{Given: true}
	for n, unchanged := range []bool{false, true} { // the second time it has been removed
		result, err := c.SetExpiry(t.Context(), request)
		_, found := cluster.get("a/s").Annotations[sealed.ExpiresAnnotation]
		if err != nil || result.Unchanged != unchanged || found {
			t.Errorf("removal %d: %+v, %v, found %v", n+1, result, err, found)
		}
	}
	if len(v.requests) > 0 {
		t.Errorf("Vault was asked: %v", v.requests)
	}
	request.Name = "absent"
	if _, err := c.SetExpiry(t.Context(), request); err == nil {
		t.Error("a Secret that is absent expires")
	}
	plaintext := sealedSecret("a", "p", derived, 1, map[string]string{})
	plaintext.Data = map[string][]byte{"x": []byte("PLAINTEXT")}
	cluster.put(plaintext)
	request.Name = "p"
	if _, err := c.SetExpiry(t.Context(), request); !errors.Is(err, ErrNotSealed) {
		t.Errorf("%v", err)
	}
}

// TestSetExpiryDoesNotOverwrite: another client that changes the same annotation at the same time wins.
func TestSetExpiryDoesNotOverwrite(t *testing.T) {
	cluster := newFakeCluster(sealedSecret("a", "s", derived, 1, map[string]string{"x": "1"}))
	c := newTestClient(t, cluster, newFakeVault(derived), "transit/derived")
	written := false
	cluster.before = func(verb, object string) error {
		if verb != "get" && !written {
			written = true
			other := cluster.get("a/s")
			other.Annotations[sealed.ExpiresAnnotation] = longAgo
			cluster.put(other)
		}
		return nil
	}
	_, err := c.SetExpiry(t.Context(), ExpiryRequest{Namespace: "a", Name: "s", DryRun: DryRunNone,
		Expires: sealed.Expiry{Given: true, At: timeOf(t, later)}})
	var touched *TouchedError
	if !errors.As(err, &touched) || cluster.get("a/s").Annotations[sealed.ExpiresAnnotation] != longAgo {
		t.Errorf("%v, %v", err, cluster.get("a/s").Annotations)
	}
}

// TestNoteKeptAge: a manifest whose annotations cannot be changed alone keeps when it was sealed, and that is said.
func TestNoteKeptAge(t *testing.T) {
	live := oldSecret(map[string]string{"x": "1"})
	change := Change{Live: live, As: sealed.Secret{Namespace: live.Namespace, Name: live.Name},
		Age: sealed.AgeChange{SealedAt: timeOf(t, today)}}
	kept := &CreateResult{Secret: live}
	noteKeptAge(kept, change)
	if len(kept.Notes) != 1 || !strings.Contains(kept.Notes[0], sealed.SealedAtAnnotation) {
		t.Errorf("%q", kept.Notes)
	}
	written := &CreateResult{Secret: change.applied()}
	noteKeptAge(written, change)
	noteKeptAge(written, Change{Live: live})
	if len(written.Notes) > 0 {
		t.Errorf("%q", written.Notes)
	}
}
