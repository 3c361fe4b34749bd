package merge

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// aged is the text of a state with annotations about the age, where create writes them or, with last, where set adds
// them to a manifest.
func aged(s *state, sealedAt, expires string, last bool) string {
	lines := ""
	for _, one := range []struct{ name, text string }{
		{sealed.ExpiresAnnotation, expires}, {sealed.SealedAtAnnotation, sealedAt},
	} {
		if one.text != "" {
			lines += fmt.Sprintf("    %s: %q\n", one.name, one.text)
		}
	}
	before := "    vaultseal.dev/transit-key"
	if last {
		before = "  labels:\n"
	}
	return strings.Replace(s.text(), before, lines+before, 1)
}

// TestAgesMerge: both sides change values, and so when the Secret was sealed, and the lines beside that.
func TestAgesMerge(t *testing.T) {
	const first, second, third = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"
	type ages struct{ sealedAt, expires string }
	for name, c := range map[string]struct {
		base, ours, theirs, want ages
		last                     bool // ours has them where set -f adds them
	}{
		"both":             {ages{first, ""}, ages{third, ""}, ages{second, ""}, ages{third, ""}, false},
		"both, of no time": {ages{}, ages{second, ""}, ages{third, ""}, ages{third, ""}, false},
		"both expire": {
			ages{first, third}, ages{second, second}, ages{third, first}, ages{third, first}, false,
		},
		"both expire, at no age": {ages{}, ages{"", third}, ages{"", second}, ages{"", second}, false},
		"one side each": {
			ages{first, third}, ages{second, third}, ages{first, second}, ages{second, second}, false,
		},
		"only one side":      {ages{first, ""}, ages{first, ""}, ages{second, ""}, ages{second, ""}, false},
		"one adds an expiry": {ages{first, ""}, ages{second, third}, ages{third, ""}, ages{third, third}, false},
		"one adds all":       {ages{}, ages{}, ages{second, third}, ages{second, third}, false},
		"added at the end":   {ages{}, ages{second, third}, ages{}, ages{second, third}, true},
		"one is not a time":  {ages{first, ""}, ages{"soon", ""}, ages{second, ""}, ages{second, ""}, false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, swapped := range []bool{false, true} {
				v := &fakeVault{}
				base := newState(v, map[string]string{"a": "1", "b": "2", "c": "3"})
				ours, theirs := base.clone().set("a", "our"), base.clone().set("c", "their")
				o := aged(base, c.base.sealedAt, c.base.expires, false)
				a := aged(ours, c.ours.sealedAt, c.ours.expires, c.last)
				b := aged(theirs, c.theirs.sealedAt, c.theirs.expires, false)
				if swapped {
					a, b = b, a
				}
				got := mergeTexts(t, v, o, a, b)
				if !got.clean() {
					t.Fatalf("%v, %d conflicts in lines\n%s", got.conflicts, got.lines, got.text)
				}
				read, err := manifest.ReadSealed([]byte(got.text))
				if err != nil || len(read.Secrets()) != 1 {
					t.Fatalf("%v\n%s", err, got.text)
				}
				is := read.Secrets()[0].Annotations
				if is[sealed.SealedAtAnnotation] != c.want.sealedAt || is[sealed.ExpiresAnnotation] != c.want.expires {
					t.Errorf("swapped %t: %v", swapped, is)
				}
			}
		})
	}
}

// TestAgesThatAreNotDecided: a person decides about what one side has removed and the other one changed. What is only
// removed stays removed.
func TestAgesThatAreNotDecided(t *testing.T) {
	const first, second = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"
	v := &fakeVault{}
	base := newState(v, map[string]string{"a": "1"})
	removed := aged(base, first, "", false)
	got := mergeTexts(t, v, aged(base, first, first, false), removed, aged(base, first, first, false))
	if !got.clean() || got.text != removed {
		t.Errorf("%v, %d conflicts in lines\n%s", got.conflicts, got.lines, got.text)
	}
	got = mergeTexts(t, v, aged(base, first, first, false), removed, aged(base, first, second, false))
	if got.lines != 1 {
		t.Errorf("%v, %d conflicts in lines\n%s", got.conflicts, got.lines, got.text)
	}
	got = mergeTexts(t, v, aged(base, "", first, false), aged(base, "", "soon", false), aged(base, "", "later", false))
	if got.lines != 1 {
		t.Errorf("%v, %d conflicts in lines\n%s", got.conflicts, got.lines, got.text)
	}
}

// TestAgesOfAnUnusualForm: a text whose annotations cannot be changed alone still merges its entries.
func TestAgesOfAnUnusualForm(t *testing.T) {
	const first, second = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"
	v := &fakeVault{}
	base := newState(v, map[string]string{"a": "1", "b": "2", "c": "3"})
	ours, theirs := base.clone().rotate(), base.clone().set("c", "new")
	aliased := func(text string) string {
		text = strings.Replace(text, `sealed-at: "20`, `sealed-at: &at "20`, 1)
		return strings.Replace(text, "type: Opaque", "immutable: false\nmetadata2: *at\ntype: Opaque", 1)
	}
	got := mergeTexts(t, v, aliased(aged(base, first, "", false)), aliased(aged(ours, first, "", false)),
		aliased(aged(theirs, second, "", false)))
	if !got.clean() || !strings.Contains(got.text, `&at "`+second) {
		t.Errorf("%v, %d conflicts in lines\n%s", got.conflicts, got.lines, got.text)
	}
	if is := values(t, v, got.text); is["a"] != "1" || is["b"] != "2" || is["c"] != "new" {
		t.Errorf("%q", is)
	}
}
