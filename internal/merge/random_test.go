package merge

import (
	"encoding/base64"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/document"
)

// TestMergeOfRandomHistories: a merge without a conflict has the values that a merge of the plaintexts has, and a
// conflict of those is one. No text has plaintext.
func TestMergeOfRandomHistories(t *testing.T) {
	const histories = 300
	clean, resolvable := 0, 0
	for seed := range uint64(histories) {
		random := rand.New(rand.NewPCG(seed, 1))
		v := &fakeVault{}
		base := newState(v, map[string]string{"a": "plaintext-a", "m": "plaintext-m", "z.json": `{"plaintext-x":1,"plaintext-y":1}`})
		ours, theirs := base.clone(), base.clone()
		for range 1 + random.IntN(3) {
			change(random, ours)
		}
		for range 1 + random.IntN(3) {
			change(random, theirs)
		}
		want, ok := mergeValues(base.values, ours.values, theirs.values)
		got := mergeTexts(t, v, base.text(), ours.text(), theirs.text())
		back := mergeTexts(t, v, base.text(), theirs.text(), ours.text())
		for _, leak := range []string{"plaintext", base64.StdEncoding.EncodeToString([]byte("plaintext"))[:11]} {
			if strings.Contains(got.text, leak) {
				t.Fatalf("seed %d: plaintext in\n%s", seed, got.text)
			}
		}
		if got.clean() != back.clean() {
			t.Errorf("seed %d: clean %t, and with swapped sides %t", seed, got.clean(), back.clean())
		}
		switch {
		case !ok && got.clean():
			t.Errorf("seed %d: want a conflict, got\n%s", seed, got.text)
		case ok && len(got.conflicts) > 0:
			t.Errorf("seed %d: %v", seed, got.conflicts)
		}
		if ok {
			resolvable++
		}
		if ok && got.clean() {
			clean++
			for _, text := range []string{got.text, back.text} {
				if is := values(t, v, text); !sameValues(is, want) {
					t.Errorf("seed %d: got %v, want %v", seed, is, want)
				}
			}
		}
	}
	if clean < resolvable*8/10 {
		t.Errorf("%d of %d merges that could be clean were", clean, resolvable)
	}
	t.Logf("%d of %d", clean, resolvable)
}

func change(random *rand.Rand, s *state) {
	value := fmt.Sprintf("plaintext-%d", random.IntN(4))
	name := []string{"a", "m"}[random.IntN(2)]
	switch random.IntN(6) {
	case 0, 1:
		s.rotate()
	case 2:
		s.set(name, value)
	case 3:
		s.set([]string{"b", "p"}[random.IntN(2)], value)
	case 4:
		s.unset(name)
	case 5:
		field := []string{"plaintext-x", "plaintext-y"}[random.IntN(2)]
		text, err := document.Set(document.JSON, []byte(s.values["z.json"]), document.Path{field},
			fmt.Append(nil, random.IntN(3)))
		if err == nil {
			s.set("z.json", string(text))
		}
	}
}

// mergeValues merges plaintexts.
func mergeValues(o, a, b map[string]string) (map[string]string, bool) {
	all := maps.Clone(o)
	maps.Copy(all, a)
	maps.Copy(all, b)
	for name := range all {
		was, found := o[name]
		our, ourOK := a[name]
		their, theirOK := b[name]
		keep, kept := their, theirOK
		switch {
		case our == their && ourOK == theirOK, found == ourOK && was == our:
		case found == theirOK && was == their:
			keep, kept = our, ourOK
		case name == "z.json":
			text, err := document.Merge(document.JSON, []byte(was), []byte(our), []byte(their))
			if err != nil {
				return nil, false
			}
			keep = string(text)
		default:
			return nil, false
		}
		if delete(all, name); kept {
			all[name] = keep
		}
	}
	return all, true
}

func sameValues(a, b map[string]string) bool {
	return maps.EqualFunc(a, b, func(x, y string) bool {
		differences, err := document.Diff([]byte(x), []byte(y))
		return x == y || err == nil && len(differences) == 0
	})
}

// FuzzRead: a side without a change yields, whatever the texts are, and nothing is decided twice.
func FuzzRead(f *testing.F) {
	v := &fakeVault{}
	base := newState(v, threeEntries())
	rotated, edited := base.clone().rotate(), base.clone().set("a", "new").unset("b")
	f.Add(base.text(), rotated.text(), edited.text())
	f.Add("", rotated.text(), edited.text())
	f.Add(base.text()+"---\n"+edited.text(), rotated.text(), strings.ReplaceAll(edited.text(), "\n", "\r\n"))
	f.Add("<<<<<<<\n"+base.text(), `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"app"},"data":{}}`, rotated.text())
	f.Fuzz(func(t *testing.T, o, a, b string) {
		read := func(o, a, b string) (string, string, string) {
			m := Read(Input{Base: []byte(o), Ours: []byte(a), Theirs: []byte(b), Namespace: "team"})
			m.Resolve(t.Context(), v)
			base, ours, theirs := m.Texts()
			m.Check(ours)
			return string(base), string(ours), string(theirs)
		}
		read(o, a, b)
		if base, ours, theirs := read(a, a, b); base != ours || theirs != b {
			t.Errorf("our side has no change, and theirs became\n%s", theirs)
		}
		if base, ours, theirs := read(b, a, b); base != theirs || ours != a {
			t.Errorf("their side has no change, and ours became\n%s", ours)
		}
		if _, ours, theirs := read(o, a, a); ours != theirs {
			t.Errorf("both sides are the same, and became\n%s\nand\n%s", ours, theirs)
		}
	})
}
