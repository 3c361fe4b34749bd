package engine

import (
	"errors"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// TestSetOfEmptyAndUnreadable: an empty value is a value, and an entry that cannot be opened is no reason to write
// nothing.
func TestSetOfEmptyAndUnreadable(t *testing.T) {
	var notFound *EntryNotFoundError
	for name, c := range map[string]struct {
		entry    string
		value    []byte // nil: unset
		needsOld bool
		denied   bool // to decrypt
		want     any  // the error: a target of errors.Is or, as a pointer to one, of errors.As
		writes   bool
		left     map[string]string
	}{
		"a new one, empty": {entry: "new", value: []byte{}, writes: true, left: map[string]string{"new": ""}},
		"empty, and not to be opened": {entry: "x", value: []byte{}, denied: true, writes: true,
			left: map[string]string{"x": ""}},
		"the empty one is removed": {entry: "empty", writes: true, left: map[string]string{"x": "old"}},
		"the same":                 {entry: "x", value: []byte("old"), left: map[string]string{"x": "old"}},
		"a part of what is not to be opened": {entry: "x", value: []byte("new"), needsOld: true, denied: true,
			want: transit.ErrDenied, left: map[string]string{"x": "old"}},
		"one that is of another key": {entry: "theirs", value: []byte("new"), want: transit.ErrUnauthentic,
			left: map[string]string{"x": "old"}},
		"none to remove": {entry: "none", want: &notFound, left: map[string]string{"x": "old"}},
	} {
		t.Run(name, func(t *testing.T) {
			secret := sealedSecret("a", "s", derived, 1, map[string]string{"x": "old", "empty": ""})
			theirs := []byte(ciphertext(plain.Key, 1, "", "theirs").String())
			if c.entry == "theirs" {
				secret.Data["theirs"] = theirs
			}
			cluster, v := newFakeCluster(secret), newFakeVault(derived)
			v.before = func(verb string) error {
				if verb == "decrypt" && c.denied {
					return transit.ErrDenied
				}
				return nil
			}
			client := newTestClient(t, cluster, v, "transit/derived")
			_, err := client.Set(t.Context(), SetRequest{
				Namespace: "a", Name: "s", Entry: c.entry, NeedsOld: c.needsOld,
				Value: func([]byte) ([]byte, error) { return c.value, nil },
			})
			switch want := c.want.(type) {
			case nil:
				if err != nil {
					t.Fatal(err)
				}
			case error:
				if !errors.Is(err, want) {
					t.Errorf("%v, want %v", err, want)
				}
			default:
				if !errors.As(err, want) {
					t.Errorf("%v, want %T", err, want)
				}
			}
			v.before = nil
			if writes := cluster.count("patch"); writes > 0 != c.writes {
				t.Errorf("%d writes", writes)
			}
			live := cluster.get("a/s")
			if c.entry == "theirs" && string(live.Data["theirs"]) != string(theirs) {
				t.Error("the entry of another key has changed")
			}
			if _, found := live.Data["empty"]; found == (c.entry == "empty") {
				t.Errorf("the empty entry is there: %v", found)
			}
			delete(live.Data, "theirs")
			cluster.put(live)
			for entry, want := range c.left {
				if got, found := mustOpen(t, client, "a", "s")[entry]; !found || string(got) != want {
					t.Errorf("%s: %q, found %v", entry, got, found)
				}
			}
		})
	}
}
