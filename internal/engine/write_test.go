package engine

import (
	"encoding/json"
	"testing"

	"k8s.io/apimachinery/pkg/types"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// TestPatchNamesOnlyWhatChanges: rewrapping a Secret that is marked already leaves its labels and annotations alone.
func TestPatchNamesOnlyWhatChanges(t *testing.T) {
	live := sealedSecret("a", "s", derived, 1, map[string]string{"x": "x"})
	live.ResourceVersion = "7"
	as, err := sealed.Read(live)
	if err != nil {
		t.Fatal(err)
	}
	next := ciphertext(derived.Key, 2, string(as.Context("x")), "x")
	type patch struct {
		Metadata struct {
			ResourceVersion string             `json:"resourceVersion"`
			Labels          map[string]string  `json:"labels"`
			Annotations     map[string]*string `json:"annotations"`
		} `json:"metadata"`
		Data map[string][]byte `json:"data"`
	}
	of := func(c Change) (p patch) {
		kind, text, err := c.patch()
		if kind != types.StrategicMergePatchType {
			t.Errorf("a patch of type %s", kind)
		}
		if err != nil || json.Unmarshal(text, &p) != nil {
			t.Fatalf("%s, %v", text, err)
		}
		return p
	}
	c := Change{Live: live, As: as, Set: map[string]transit.Ciphertext{"x": next}}
	if p := of(c); p.Metadata.ResourceVersion != "7" || p.Metadata.Labels != nil || p.Metadata.Annotations != nil ||
		string(p.Data["x"]) != next.String() {
		t.Errorf("marked: %+v", p)
	}
	delete(live.Labels, sealed.Label)
	live.Annotations[sealed.LastAppliedAnnotation] = "{}"
	live.Annotations[sealed.ScopeAnnotation] = "cluster-wide"
	p := of(c)
	gone, kept := p.Metadata.Annotations[sealed.LastAppliedAnnotation]
	if p.Metadata.Labels[sealed.Label] != "true" || len(p.Metadata.Annotations) != 2 || !kept || gone != nil ||
		*p.Metadata.Annotations[sealed.ScopeAnnotation] != "strict" {
		t.Errorf("not marked: %+v", p)
	}
}

// TestNamesAreNotDirectives: a contributor's label "$patch" must not remove other labels.
func TestNamesAreNotDirectives(t *testing.T) {
	live := sealedSecret("a", "s", derived, 1, map[string]string{"x": "x"})
	for name, c := range map[string]Change{
		"label":      {Live: live, Kept: Metadata{Labels: map[string]string{"$patch": "replace"}}},
		"annotation": {Live: live, Kept: Metadata{Annotations: map[string]string{"$retainKeys": "a"}}},
		"entry":      {Live: live, Set: map[string]transit.Ciphertext{"$patch": {}}},
		"no entry":   {Live: live, Drop: []string{"$patch"}},
	} {
		if kind, text, err := c.patch(); kind != types.MergePatchType || err != nil {
			t.Errorf("%s: %s %s, %v", name, kind, text, err)
		}
	}
}
