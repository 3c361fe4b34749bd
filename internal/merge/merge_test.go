package merge

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/document"
	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// state is a sealed Secret as a test writes it: its values, and the ciphertexts that have been made of them.
type state struct {
	vault      *fakeVault
	secret     sealed.Secret
	values     map[string]string
	ciphertext map[string]string
}

func newState(v *fakeVault, values map[string]string) *state {
	key, _ := transit.ParseKey("transit/team")
	v.configured = key.String()
	v.version = max(v.version, 1)
	s := &state{vault: v, secret: sealed.Secret{Namespace: "team", Name: "app", Key: key, Scope: sealed.Strict},
		values: map[string]string{}, ciphertext: map[string]string{}}
	for name, value := range values {
		s.set(name, value)
	}
	return s
}

func (s *state) clone() *state {
	copied := *s
	copied.values, copied.ciphertext = maps.Clone(s.values), maps.Clone(s.ciphertext)
	return &copied
}

func (s *state) set(name, value string) *state {
	s.values[name], s.ciphertext[name] = value, s.vault.seal(s.secret, name, value)
	return s
}

func (s *state) unset(name string) *state {
	delete(s.values, name)
	delete(s.ciphertext, name)
	return s
}

// reseal seals all entries again, after a change of the Secret, with the next version.
func (s *state) reseal(change func(*sealed.Secret)) *state {
	change(&s.secret)
	s.vault.version++
	for name, value := range s.values {
		s.set(name, value)
	}
	return s
}

func (s *state) rotate() *state { return s.reseal(func(*sealed.Secret) {}) }

func (s *state) text() string {
	var out strings.Builder
	fmt.Fprintf(&out, "apiVersion: v1\nkind: Secret\nmetadata:\n  name: %s\n  namespace: %s\n  annotations:\n"+
		"    vaultseal.dev/scope: %s\n    vaultseal.dev/transit-key: %s\n  labels:\n    vaultseal.dev/sealed: \"true\"\n"+
		"data:\n", s.secret.Name, s.secret.Namespace, s.secret.Scope, s.secret.Key)
	for _, name := range slices.Sorted(maps.Keys(s.ciphertext)) {
		fmt.Fprintf(&out, "  %s: %s\n", name, base64.StdEncoding.EncodeToString([]byte(s.ciphertext[name])))
	}
	return out.String() + "type: Opaque\n"
}

// merged is the outcome of a merge with git's merge of lines.
type merged struct {
	text      string
	conflicts []Conflict
	lines     int // conflicts that git finds
}

func (m merged) clean() bool { return len(m.conflicts) == 0 && m.lines == 0 }

func mergeTexts(t *testing.T, v Vault, o, a, b string) merged {
	t.Helper()
	m := Read(Input{Base: []byte(o), Ours: []byte(a), Theirs: []byte(b), Namespace: "team"})
	if m.NeedsVault() {
		m.Resolve(t.Context(), v)
	}
	base, ours, theirs := m.Texts()
	dir := t.TempDir()
	var paths []string
	for n, text := range [][]byte{ours, base, theirs} {
		path := filepath.Join(dir, fmt.Sprint(n))
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	out, err := exec.Command("git", append([]string{"merge-file", "-p"}, paths...)...).Output()
	result := merged{text: string(out), conflicts: m.Conflicts()}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		result.lines = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	if result.lines == 0 {
		result.conflicts = append(result.conflicts, m.Check(out)...)
	}
	return result
}

// values opens the only Secret of a text.
func values(t *testing.T, v *fakeVault, text string) map[string]string {
	t.Helper()
	read, err := manifest.ReadSealed([]byte(text))
	if err != nil || len(read.Secrets()) != 1 {
		t.Fatalf("%v, %d Secrets in\n%s", err, len(read.Secrets()), text)
	}
	secret, err := sealed.Read(read.Secrets()[0])
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, e := range secret.Entries {
		plaintext, err := v.open(secret, e)
		if err != nil {
			t.Errorf("entry %s: %v in\n%s", e.Name, err, text)
		}
		all[e.Name] = string(plaintext)
	}
	return all
}

func threeEntries() map[string]string {
	return map[string]string{"a": "one", "b": "two", "c.json": `{"x": 1, "y": 2}`}
}

// TestMergeOfEntries: what each side did, and what comes out.
func TestMergeOfEntries(t *testing.T) {
	other, _ := transit.ParseKey("transit/other")
	rekey := func(s *sealed.Secret) { s.Key = other }
	rename := func(s *sealed.Secret) { s.Name = "renamed" }
	for name, test := range map[string]struct {
		ours, theirs  func(*state)
		want          map[string]string // differences from the base; "" is removed
		conflict      error
		opens, sealed int // calls, values
		key           string
	}{
		"one side edits": {ours: func(s *state) { s.set("a", "new") }, theirs: func(*state) {},
			want: map[string]string{"a": "new"}},
		"each edits another": {ours: func(s *state) { s.set("a", "new") }, theirs: func(s *state) { s.set("b", "newer") },
			want: map[string]string{"a": "new", "b": "newer"}},
		"rotate and edit": {ours: func(s *state) { s.rotate() }, theirs: func(s *state) { s.set("b", "newer") },
			want: map[string]string{"b": "newer"}, opens: 1},
		"edit and rotate": {ours: func(s *state) { s.set("b", "newer") }, theirs: func(s *state) { s.rotate() },
			want: map[string]string{"b": "newer"}, opens: 1},
		"both rotate": {ours: func(s *state) { s.rotate() }, theirs: func(s *state) { s.rotate() }, opens: 1},
		"rotate and add": {ours: func(s *state) { s.rotate() }, theirs: func(s *state) { s.set("d", "added") },
			want: map[string]string{"d": "added"}},
		"rotate and remove": {ours: func(s *state) { s.rotate() }, theirs: func(s *state) { s.unset("a") },
			want: map[string]string{"a": ""}, opens: 1},
		"remove and rotate": {ours: func(s *state) { s.unset("b") }, theirs: func(s *state) { s.rotate() },
			want: map[string]string{"b": ""}, opens: 1},
		"both edit alike": {ours: func(s *state) { s.set("a", "new") }, theirs: func(s *state) { s.set("a", "new") },
			want: map[string]string{"a": "new"}, opens: 1},
		"both add alike": {ours: func(s *state) { s.set("d", "new") }, theirs: func(s *state) { s.set("d", "new") },
			want: map[string]string{"d": "new"}, opens: 1},
		"fields": {ours: func(s *state) { s.set("c.json", `{"x": 5, "y": 2}`) },
			theirs: func(s *state) { s.rotate().set("c.json", `{"x": 1, "y": 6}`) },
			want:   map[string]string{"c.json": `{"x":5,"y":6}`}, opens: 1, sealed: 1},
		"another key and two edits": {ours: func(s *state) { s.reseal(rekey) },
			theirs: func(s *state) { s.set("a", "new").set("b", "newer") },
			want:   map[string]string{"a": "new", "b": "newer"}, opens: 1, sealed: 2, key: "transit/other"},
		"a field that one side set": {ours: func(s *state) { s.set("c.json", `{"x": 5, "y": 2}`) },
			theirs: func(s *state) { s.set("c.json", `{"x": 5, "y": 3}`) },
			want:   map[string]string{"c.json": `{"x": 5, "y": 3}`}, opens: 1},
		"another key and an edit": {ours: func(s *state) { s.reseal(rekey) }, theirs: func(s *state) { s.set("a", "new") },
			want: map[string]string{"a": "new"}, opens: 1, sealed: 1, key: "transit/other"},
		"another key and an addition": {ours: func(s *state) { s.set("d", "added") },
			theirs: func(s *state) { s.reseal(rekey) }, want: map[string]string{"d": "added"}, opens: 1, sealed: 1,
			key: "transit/other"},
		"renamed and rotated": {ours: func(s *state) { s.reseal(rename) }, theirs: func(s *state) { s.rotate() },
			opens: 1},
		"both edit": {ours: func(s *state) { s.set("a", "new") }, theirs: func(s *state) { s.set("a", "newer") },
			conflict: ErrBothChanged, opens: 1},
		"both add": {ours: func(s *state) { s.set("d", "new") }, theirs: func(s *state) { s.set("d", "newer") },
			conflict: ErrBothAdded, opens: 1},
		"one field": {ours: func(s *state) { s.set("c.json", `{"x": 5}`) },
			theirs: func(s *state) { s.set("c.json", `{"x": 6}`) }, conflict: &document.ConflictError{}, opens: 1},
		"remove and edit": {ours: func(s *state) { s.unset("a") }, theirs: func(s *state) { s.set("a", "new") },
			conflict: ErrRemoved, opens: 1},
		"renamed and edited": {ours: func(s *state) { s.reseal(rename) }, theirs: func(s *state) { s.set("a", "new") },
			conflict: ErrPlace, opens: 1},
		"scope and an edit": {ours: func(s *state) { s.set("a", "new") },
			theirs:   func(s *state) { s.reseal(func(s *sealed.Secret) { s.Scope = sealed.ClusterWide }) },
			conflict: ErrPlace, opens: 1},
		"scope and an addition": {ours: func(s *state) { s.set("d", "new") },
			theirs:   func(s *state) { s.reseal(func(s *sealed.Secret) { s.Scope = sealed.ClusterWide }) },
			conflict: ErrPlace, opens: 1},
		"both another key": {ours: func(s *state) { s.reseal(rekey) },
			theirs:   func(s *state) { s.reseal(func(s *sealed.Secret) { s.Key.Name = "third" }) },
			conflict: ErrKeys, opens: 1},
	} {
		for _, swapped := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, swapped %t", name, swapped), func(t *testing.T) {
				v := &fakeVault{}
				base := newState(v, threeEntries())
				ours, theirs := base.clone(), base.clone()
				test.ours(ours)
				test.theirs(theirs)
				if test.key != "" {
					v.configured = test.key
				}
				if swapped {
					ours, theirs = theirs, ours
				}
				got := mergeTexts(t, v, base.text(), ours.text(), theirs.text())
				if v.opens != test.opens || v.sealed != test.sealed || v.seals != min(test.sealed, 1) {
					t.Errorf("%d opened, %d sealed in %d calls", v.opens, v.sealed, v.seals)
				}
				if test.conflict != nil {
					if got.clean() || len(got.conflicts) == 0 || !like(got.conflicts[0].Err, test.conflict) {
						t.Errorf("want a conflict, got %v, %d in lines, and\n%s", got.conflicts, got.lines, got.text)
					}
					return
				}
				if !got.clean() {
					t.Fatalf("%v, %d conflicts in lines\n%s", got.conflicts, got.lines, got.text)
				}
				want := maps.Clone(base.values)
				maps.Copy(want, test.want)
				maps.DeleteFunc(want, func(_, value string) bool { return value == "" })
				if is := values(t, v, got.text); !maps.Equal(is, want) {
					t.Errorf("got %v, want %v", is, want)
				}
			})
		}
	}
}

func like(err, want error) bool {
	var conflict *document.ConflictError
	if errors.As(want, &conflict) {
		return errors.As(err, &conflict)
	}
	return errors.Is(err, want)
}
