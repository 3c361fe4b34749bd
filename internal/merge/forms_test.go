package merge

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// asJSON and inList write the Secret of a state in other forms.
func asJSON(s *state) string {
	var entries []string
	for _, name := range slices.Sorted(maps.Keys(s.ciphertext)) {
		value := base64.StdEncoding.EncodeToString([]byte(s.ciphertext[name]))
		entries = append(entries, fmt.Sprintf("    %q: %q", name, value))
	}
	return fmt.Sprintf("{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"Secret\",\n  \"metadata\": {\"name\": %q, "+
		"\"namespace\": %q,\n    \"annotations\": {\"vaultseal.dev/scope\": %q, \"vaultseal.dev/transit-key\": %q}},\n"+
		"  \"data\": {\n%s\n  }\n}\n",
		s.secret.Name, s.secret.Namespace, s.secret.Scope, s.secret.Key, strings.Join(entries, ",\n"))
}

func inList(s *state) string {
	lines := strings.Split(strings.TrimSuffix(s.text(), "\n"), "\n")
	return "apiVersion: v1\nkind: List\nitems:\n- " + strings.Join(lines, "\n  ") + "\n"
}

// TestMergeOfForms: rotate and edit, in every form that a manifest has.
func TestMergeOfForms(t *testing.T) {
	for name, form := range map[string]func(*state) string{
		"JSON": asJSON,
		"list": inList,
		"CRLF": func(s *state) string { return strings.ReplaceAll(s.text(), "\n", "\r\n") },
		"among others": func(s *state) string {
			return "# first\nkind: ConfigMap\n---\n" + s.text() + "---\nkind: {{ .template }}\n"
		},
		"quotes": func(s *state) string {
			return regexp.MustCompile(`(?m): (dmF1.*)$`).ReplaceAllString(s.text(), ": '$1'")
		},
		"an alias": func(s *state) string { // it cannot be replaced alone, and must come from the side that changed it
			value := base64.StdEncoding.EncodeToString([]byte(s.ciphertext["a"]))
			text := strings.Replace(s.text(), "a: "+value, "a: *value", 1)
			return strings.Replace(text, "  annotations:\n", "  annotations:\n    own: &value "+value+"\n", 1)
		},
		"byte order mark": func(s *state) string { return "\ufeff" + s.text() },
	} {
		t.Run(name, func(t *testing.T) {
			v := &fakeVault{}
			base := newState(v, map[string]string{"a": "1234", "b": "12345", "c": "1234567"})
			ours, theirs := base.clone().rotate(), base.clone().set("b", "54321")
			got := mergeTexts(t, v, form(base), form(ours), form(theirs))
			if !got.clean() {
				t.Fatalf("%v, %d conflicts in lines\n%s", got.conflicts, got.lines, got.text)
			}
			if is := values(t, v, got.text); is["b"] != "54321" || is["a"] != "1234" || is["c"] != "1234567" {
				t.Errorf("got %v", is)
			}
		})
	}
}

// TestBaseWithConflictMarkers: with several bases git merges them first, and what is left of conflicts is in the base.
func TestBaseWithConflictMarkers(t *testing.T) {
	v := &fakeVault{}
	base := newState(v, threeEntries())
	ours := base.clone().rotate()
	theirs := base.clone().rotate()
	broken := "<<<<<<<<<\n" + ours.text() + "=========\n" + theirs.text() + ">>>>>>>>>\n"
	got := mergeTexts(t, v, broken, ours.text(), theirs.text())
	if !got.clean() || !maps.Equal(values(t, v, got.text), base.values) {
		t.Errorf("%v, %d conflicts in lines\n%s", got.conflicts, got.lines, got.text)
	}
	theirs.set("a", "new")
	if got := mergeTexts(t, v, broken, ours.text(), theirs.text()); got.clean() {
		t.Errorf("want a conflict, got\n%s", got.text)
	}
}

// TestOtherNamespacesAreNotOpened: a text chooses no namespace.
func TestOtherNamespacesAreNotOpened(t *testing.T) {
	v := &fakeVault{}
	base := newState(v, threeEntries()).reseal(func(s *sealed.Secret) { s.Namespace = "other" })
	ours, theirs := base.clone().rotate(), base.clone().set("a", "new")
	in := Input{Base: []byte(base.text()), Ours: []byte(ours.text()), Theirs: []byte(theirs.text()), Namespace: "team"}
	m := Read(in)
	m.Resolve(t.Context(), v)
	var other *manifest.OtherNamespaceError
	conflicts := m.Conflicts()
	if m.NeedsVault() || len(conflicts) != 1 || conflicts[0].Entry != "a" || !errors.As(conflicts[0].Err, &other) {
		t.Errorf("conflicts %v", conflicts)
	}
	in.Others = []string{"other"}
	m = Read(in)
	m.Resolve(t.Context(), v)
	if conflicts := m.Conflicts(); len(conflicts) > 0 {
		t.Errorf("conflicts %v", conflicts)
	}
}

// TestWithoutVault: one that does not answer leaves a conflict, and no other entry is lost.
func TestWithoutVault(t *testing.T) {
	down := errors.New("vault is down")
	v := &fakeVault{}
	base := newState(v, threeEntries())
	ours, theirs := base.clone().rotate(), base.clone().set("b", "new")
	v.down = down
	got := mergeTexts(t, v, base.text(), ours.text(), theirs.text())
	if len(got.conflicts) != 1 || got.conflicts[0].Entry != "b" || !errors.Is(got.conflicts[0].Err, down) ||
		got.lines != 1 {
		t.Errorf("%v, %d conflicts in lines\n%s", got.conflicts, got.lines, got.text)
	}
}

// TestMergedValuesThatAreNotSealed: all those of the Secret are conflicts.
func TestMergedValuesThatAreNotSealed(t *testing.T) {
	v := &fakeVault{}
	base := newState(v, threeEntries())
	ours, theirs := base.clone(), base.clone().set("a", "new").set("b", "newer")
	ours.reseal(func(s *sealed.Secret) { s.Key.Name = "not-configured" })
	got := mergeTexts(t, v, base.text(), ours.text(), theirs.text())
	if len(got.conflicts) != 2 || v.seals != 1 {
		t.Fatalf("%v, sealed in %d calls", got.conflicts, v.seals)
	}
	for _, c := range got.conflicts {
		if !strings.Contains(c.Err.Error(), "cannot be sealed: another key is configured") {
			t.Errorf("entry %s: %v", c.Entry, c.Err)
		}
	}
}

// TestCheckFindsMixedCiphertexts: a merge of lines may put parts of two ciphertexts together.
func TestCheckFindsMixedCiphertexts(t *testing.T) {
	v := &fakeVault{}
	base := newState(v, threeEntries())
	ours, theirs := base.clone().rotate(), base.clone().rotate()
	m := Read(Input{Base: []byte(base.text()), Ours: []byte(ours.text()), Theirs: []byte(theirs.text()),
		Namespace: "team"})
	for name, test := range map[string]struct {
		text string
		want error
	}{
		"another ciphertext": {base.clone().set("a", "x").text(), ErrMixed},
		"no ciphertext":      {strings.Replace(ours.text(), "  a: dmF1", "  a: AAAA", 1), ErrMixed},
		"the wrong entry":    {strings.Replace(ours.text(), "  a: ", "  z: ", 1), ErrOtherBinding},
		"twice":              {ours.text() + "---\n" + ours.text(), ErrTwice},
		"cut off":            {strings.Replace(ours.text(), "kind: Secret", "kind: [", 1), ErrUnreadable},
	} {
		conflicts := m.Check([]byte(test.text))
		if !slices.ContainsFunc(conflicts, func(c Conflict) bool { return errors.Is(c.Err, test.want) }) {
			t.Errorf("%s: %v", name, conflicts)
		}
	}
	for _, s := range []*state{base, ours, theirs} {
		if conflicts := m.Check([]byte(s.text())); len(conflicts) > 0 {
			t.Errorf("%v", conflicts)
		}
	}
}
