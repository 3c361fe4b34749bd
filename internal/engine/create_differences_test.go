package engine

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/document"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// told writes differences as text, plaintexts included.
func told(differences []EntryDifference) string {
	words := make([]string, len(differences))
	for n, c := range differences {
		words[n] = fmt.Sprintf("%s %s", c.Entry, c.Kind)
		if c.Kind == document.Changed {
			words[n] += fmt.Sprintf(" %s>%s", c.Before, c.After)
		}
	}
	return strings.Join(words, ", ")
}

func TestCreateCompares(t *testing.T) {
	existing := func() *corev1.Secret {
		return sealedSecret("a", "s", derived, 1, map[string]string{"gone": "g", "same": "s", "x": "old"})
	}
	mixed := func() *corev1.Secret {
		secret := existing()
		secret.Data["plain"], secret.Data["plainsame"] = []byte("p"), []byte("q")
		return secret
	}
	given := map[string]string{"same": "s", "x": "new", "added": "a"}
	for name, c := range map[string]struct {
		live     *corev1.Secret
		ifExists IfExists
		given    map[string]string
		want     string
		decrypts int
	}{
		"absent":            {nil, Refuse, given, "added added, same added, x added", 0},
		"overwrite":         {existing(), Overwrite, given, "added added, gone removed, x changed old>new", 1},
		"merge":             {existing(), Merge, given, "added added, x changed old>new", 1},
		"equal":             {existing(), Merge, map[string]string{"x": "old"}, "", 1},
		"empty":             {existing(), Merge, map[string]string{"x": ""}, "x changed old>", 1},
		"nothing in common": {existing(), Merge, map[string]string{"added": "a"}, "added added", 0},
		"adopt": {mixed(), Merge, map[string]string{"plain": "new", "plainsame": "q", "x": "new"},
			"plain changed p>new, x changed old>new", 1},
		"adopt and overwrite": {mixed(), Overwrite, map[string]string{"plain": "new"},
			"gone removed, plain changed p>new, plainsame removed, same removed, x removed", 0},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := newFakeCluster()
			if c.live != nil {
				cluster.put(c.live)
			}
			v := newFakeVault(derived)
			r := request(c.given)
			r.IfExists, r.Adopt, r.ReadBack, r.Compare = c.ifExists, true, false, true
			result, err := newTestClient(t, cluster, v, "transit/derived").Create(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			if got := told(result.Differences); got != c.want {
				t.Errorf("differences %s, want %s", got, c.want)
			}
			if v.count("decrypt") != c.decrypts {
				t.Errorf("requests %q, want %d to decrypt", v.requests, c.decrypts)
			}
		})
	}
}

func TestCreateComparesBeforeItSeals(t *testing.T) {
	cluster := newFakeCluster(sealedSecret("a", "s", derived, 1, map[string]string{"x": "old"}))
	before := cluster.get("a/s")
	v := newFakeVault(derived)
	v.before = func(verb string) error {
		if verb == "decrypt" {
			return transit.ErrDenied
		}
		return nil
	}
	r := request(map[string]string{"x": "new"})
	r.IfExists, r.Compare = Overwrite, true
	_, err := newTestClient(t, cluster, v, "transit/derived").Create(t.Context(), r)
	if !errors.Is(err, transit.ErrDenied) || v.count("encrypt") > 0 ||
		cluster.get("a/s").ResourceVersion != before.ResourceVersion {
		t.Errorf("error %v, requests %q", err, v.requests)
	}
}
