package manifest

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFineDocuments: a value of two bytes takes much more memory. A document of too many is named, whatever it is, and
// hides no other.
func TestFineDocuments(t *testing.T) {
	good := sealedManifest("good", "")
	for name, text := range map[string]string{
		"flow":     "kind: Other\na: [" + strings.Repeat("a,", maxValues) + "]\n",
		"block":    "kind: Other\na:\n" + strings.Repeat("- a\n", maxValues),
		"brackets": "kind: Other\na: " + strings.Repeat("[", maxValues) + "\n",
	} {
		read, err := ReadSealed([]byte(good + "\n---\n" + text))
		if err != nil || len(read.Secrets()) != 1 || len(read.Unread()) != 1 ||
			!strings.Contains(read.Unread()[0].Error(), "more than") {
			t.Errorf("%s: %v", name, err)
		}
	}
	object := `{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "stringData": {"a": "b"}, "c": [` +
		strings.Repeat("1,", maxValues) + `1]}`
	if read, err := ReadSealed([]byte(object)); err != nil || len(read.Unread()) != 1 {
		t.Error(err)
	}
	if ReadPlain([]byte(object)).IsManifest {
		t.Error("it was read")
	}
	if _, err := ReadPlain([]byte(object)).Secrets(); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Error(err)
	}
}

func TestManyDocuments(t *testing.T) {
	for name, text := range map[string]string{
		"YAML": strings.Repeat("a: b\n---\n", maxObjects+1),
		"JSON": strings.Repeat("{}\n", maxObjects+1),
	} {
		if _, err := ReadSealed([]byte(text)); !errors.Is(err, ErrTooMany) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := ReadPlain([]byte(text)).Secrets(); !errors.Is(err, ErrTooMany) {
			t.Errorf("%s: %v", name, err)
		}
		if ReadPlain([]byte(text)).IsManifest {
			t.Errorf("%s: it was read", name)
		}
	}
}

// TestMuchInADirectory: what many files hold is bounded too, and ends the run, which must not pass what it has not
// read.
func TestMuchInADirectory(t *testing.T) {
	r := reading{Files: &Files{files: map[string]*Sealed{}, roots: map[string]string{}}, bytes: maxTotal}
	if err := r.take(found{path: "a", text: []byte("a")}); !errors.Is(err, ErrTooMuch) {
		t.Error(err)
	}
	r = reading{Files: &Files{files: map[string]*Sealed{}, roots: map[string]string{}}, objects: maxObjects - 1}
	if err := r.take(found{path: "a", text: []byte("a: b\n---\na: b\n")}); !errors.Is(err, ErrTooMany) {
		t.Error(err)
	}
	huge := filepath.Join(tree(t, map[string]string{"huge.yaml": ""}), "huge.yaml")
	if err := os.Truncate(huge, MaxFile+1); err != nil {
		t.Fatal(err)
	}
	files, err := ReadFiles([]string{filepath.Dir(huge)}, false, noStdin)
	if err != nil || len(files.Unread()) != 1 || !errors.Is(files.Unread()[0].Err, errTooLarge) {
		t.Error(err)
	}
}

// TestReplacedByALink: what was read inside a directory is not written outside it.
func TestReplacedByALink(t *testing.T) {
	directory := tree(t, map[string]string{"in/a.yaml": sealedManifest("a", ""), "out.yaml": sealedManifest("a", "")})
	inner := filepath.Join(directory, "in")
	files, err := ReadFiles([]string{inner}, false, noStdin)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(inner, "a.yaml")
	if err := errors.Join(os.Remove(name), os.Symlink("../out.yaml", name)); err != nil {
		t.Fatal(err)
	}
	if err := write(t, files, files.Secrets()[0].Secret); !errors.Is(err, errLeadsOut) {
		t.Error(err)
	}
	if err := files.reread(name); !errors.Is(err, errLeadsOut) {
		t.Error(err)
	}
	if text, err := os.ReadFile(filepath.Join(directory, "out.yaml")); err != nil ||
		string(text) != sealedManifest("a", "") {
		t.Errorf("%v\n%s", err, text)
	}
}

func TestReadFilesKeepsTheErrorsOfFiles(t *testing.T) {
	one, two := filepath.Join(t.TempDir(), "one.yaml"), filepath.Join(t.TempDir(), "two.yaml")
	for _, path := range []string{one, two} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, err := ReadFiles([]string{one, two}, false, func(path string) ([]byte, error) {
		if path == one {
			return nil, fs.ErrPermission
		}
		return []byte(strings.Repeat("a: b\n---\n", maxObjects+1)), nil
	})
	if !errors.Is(err, fs.ErrPermission) || !errors.Is(err, ErrTooMany) || !strings.Contains(err.Error(), "; ") {
		t.Errorf("%v", err)
	}
}
