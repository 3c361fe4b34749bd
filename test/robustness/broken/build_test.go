package broken

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	// What the mistakes change: the go command runs the tests again when it has changed.
	_ "github.com/vaultseal/kubectl-vaultseal/internal/engine"
)

func repository(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestMistakesCompile: each mistake still fits the plugin's source. If the source has changed, change the mistake.
func TestMistakesCompile(t *testing.T) {
	for _, m := range Mistakes() {
		t.Run(m.Name, func(t *testing.T) {
			dir := t.TempDir()
			overlay, err := m.overlay(repository(t), dir)
			if err != nil {
				t.Fatal(err)
			}
			err = m.run(context.Background(), repository(t), "build", "-overlay", overlay, "-trimpath", "./internal/engine")
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// TestMistakesThatDoNotFit: a mistake that cannot be made is an error, not a correct build.
func TestMistakesThatDoNotFit(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "a.go"), []byte("one\ntwo\ntwo\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		mistake Mistake
		want    string
	}{
		"gone":     {Mistake{Edits: []Edit{{File: "a.go", Old: "three"}}}, "has it 0 times"},
		"twice":    {Mistake{Edits: []Edit{{File: "a.go", Old: "two"}}}, "has it 2 times"},
		"no file":  {Mistake{Edits: []Edit{{File: "b.go", Old: "one"}}}, "b.go"},
		"is there": {Mistake{Added: map[string]string{"a.go": "four"}}, "which is there"},
	} {
		if _, err := c.mistake.overlay(root, t.TempDir()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, c.want)
		}
	}
}

// TestEdits: the edits of one file add up, and the source stays as it is.
func TestEdits(t *testing.T) {
	root, dir := t.TempDir(), t.TempDir()
	source := filepath.Join(root, "a.go")
	if err := os.WriteFile(source, []byte("one\ntwo\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	m := Mistake{Edits: []Edit{{"a.go", "one", "1"}, {"a.go", "two", "2"}}}
	if _, err := m.overlay(root, dir); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{source: "one\ntwo\n", filepath.Join(dir, "a.go"): "1\n2\n"} {
		if text, err := os.ReadFile(path); err != nil || string(text) != want {
			t.Errorf("%s: %q, %v; want %q", path, text, err, want)
		}
	}
}
