package merge

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// mergeLines merges lines; favor is git's flag for conflicts.
func mergeLines(t *testing.T, favor, base, ours, theirs string) (merged []byte, conflict bool) {
	t.Helper()
	dir := t.TempDir()
	args := []string{"merge-file", "-p", "-q"}
	if favor != "" {
		args = append(args, favor)
	}
	for n, text := range []string{ours, base, theirs} {
		path := filepath.Join(dir, []string{"ours", "base", "theirs"}[n])
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	merged, err := exec.Command("git", args...).Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return merged, err != nil
}

// TestCheckFindsEntriesOfAnotherPlace: our side moves two Secrets, which cannot be told apart, and their side adds an
// entry to one of them. Neither a template in the file nor a conflict in other lines hides that.
func TestCheckFindsEntriesOfAnotherPlace(t *testing.T) {
	v := &fakeVault{}
	app := newState(v, threeEntries())
	web := newState(v, map[string]string{"x": "web"})
	web.secret.Name = "web"
	web.reseal(func(*sealed.Secret) {})
	move := func(s *sealed.Secret) { s.Namespace = "moved" }
	movedApp, movedWeb, added := app.clone().reseal(move), web.clone().reseal(move), app.clone().set("d", "added")
	for name, test := range map[string]struct {
		more  string
		label bool
	}{
		"alone":    {},
		"template": {more: "---\nkind: Secret\nmetadata: {{ .template }}\n"},
		"conflict": {label: true},
		"both":     {more: "---\nkind: Secret\nmetadata: {{ .template }}\n", label: true},
	} {
		t.Run(name, func(t *testing.T) {
			file := func(label string, states ...*state) string {
				text := states[0].text() + "---\n" + states[1].text() + test.more + "---\nkind: ConfigMap\n"
				if test.label {
					text += "label: " + label + "\n"
				}
				return text
			}
			base, ours, theirs := file("a", app, web), file("b", movedApp, movedWeb), file("c", added, web)
			m := Read(Input{Base: []byte(base), Ours: []byte(ours), Theirs: []byte(theirs), Namespace: "team",
				Others: []string{"moved"}})
			if m.NeedsVault() || len(m.Conflicts()) > 0 {
				t.Fatalf("found before the merge of lines: %v", m.Conflicts())
			}
			// What a merge of lines makes when the added line is not next to a changed one.
			line := strings.Split(added.text(), "\n")
			for _, l := range line {
				if strings.HasPrefix(l, "  d: ") {
					ours = strings.Replace(ours, "type: Opaque", l+"\ntype: Opaque", 1)
				}
			}
			text, conflict := mergeLines(t, "", base, ours, base)
			if test.label {
				theirs = strings.Replace(base, "label: a", "label: c", 1)
				text, conflict = mergeLines(t, "", base, ours, theirs)
			}
			var found []Conflict
			if conflict {
				takesOurs, _ := mergeLines(t, "--ours", base, ours, theirs)
				takesTheirs, _ := mergeLines(t, "--theirs", base, ours, theirs)
				found = m.CheckSides(takesOurs, takesTheirs)
			} else {
				found = m.Check(text)
			}
			if conflict != test.label || len(found) != 1 || found[0].Entry != "d" || found[0].Namespace != "moved" ||
				!errors.Is(found[0].Err, ErrOtherBinding) {
				t.Errorf("conflict %t, found %v", conflict, found)
			}
		})
	}
}

// TestCheckFindsWhatCannotBeRead: also if a side has a template.
func TestCheckFindsWhatCannotBeRead(t *testing.T) {
	v := &fakeVault{}
	text := newState(v, threeEntries()).text()
	template := "---\nkind: Secret\nmetadata: {{ .template }}\n"
	m := Read(Input{Base: []byte(text + template), Ours: []byte(text + template), Theirs: []byte(text + template)})
	if found := m.Check([]byte(text + template)); len(found) > 0 {
		t.Errorf("the template is of the sides: %v", found)
	}
	found := m.Check([]byte(text + template + template))
	if len(found) != 1 || !errors.Is(found[0].Err, ErrUnreadable) {
		t.Errorf("found %v", found)
	}
}

// TestLargeTextsAreNotRead: with one that is larger than what is read, git alone merges all three.
func TestLargeTextsAreNotRead(t *testing.T) {
	v := &fakeVault{}
	base := newState(v, threeEntries())
	small := [sides]string{base.text(), base.clone().rotate().text(), base.clone().set("a", "new").text()}
	large := "#" + strings.Repeat(" ", manifest.MaxFile) + "\n"
	mixed := []byte(base.clone().set("a", "x").text())
	for s := range sides {
		texts := small
		texts[s] = large + texts[s]
		m := Read(Input{Base: []byte(texts[0]), Ours: []byte(texts[1]), Theirs: []byte(texts[2])})
		o, a, b := m.Texts()
		if m.NeedsVault() || len(m.Conflicts()) > 0 || len(m.Check(mixed)) > 0 || string(o) != texts[0] ||
			string(a) != texts[1] || string(b) != texts[2] {
			t.Errorf("text %d is large, and the texts were read", s)
		}
	}
}
