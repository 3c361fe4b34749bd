package manifest

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func openRoot(t *testing.T, path string) *os.Root {
	t.Helper()
	root, err := os.OpenRoot(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	return root
}

// TestRootFile: a temporary file is in no listing of manifests, and does not stay.
func TestRootFile(t *testing.T) {
	directory := t.TempDir()
	name := filepath.Join("a", "b", "c.yaml")
	file := rootFile{root: openRoot(t, directory), name: name, text: []byte("x"), mode: 0o644}
	if err := file.write(); err != nil {
		t.Fatal(err)
	}
	if names, _ := filesOf(t, directory); len(names) != 1 || names[0] == file.name {
		t.Errorf("%q", names)
	}
	if _, err := ReadTexts([]string{directory}, true, os.ReadFile); !errors.Is(err, ErrNoManifests) {
		t.Errorf("%v", err)
	}
	file.discard()
	if names, _ := filesOf(t, directory); len(names) > 0 {
		t.Errorf("%q", names)
	}
}

// TestLinkInPlaceOfADirectory: it does not stand for the directory, neither at the time of the write nor because the
// file that it leads to has the content already.
func TestLinkInPlaceOfADirectory(t *testing.T) {
	input := t.TempDir()
	texts := sealedTexts(t, input, "prod/app.yaml")
	encoded := texts[0].Encoded()
	for name, write := range map[string]func(t *testing.T, results string) error{
		"write": func(t *testing.T, results string) error {
			t.Helper()
			name := filepath.Join("prod", "app.yaml")
			file := rootFile{root: openRoot(t, results), name: name, text: encoded, mode: 0o644}
			return file.write()
		},
		"Directory": func(t *testing.T, results string) error {
			t.Helper()
			return openDirectory(t, results, true).Write("prod", "app", encoded)
		},
		"WriteBelow": func(_ *testing.T, results string) error {
			_, err := WriteBelow(results, texts)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			results := t.TempDir()
			err := errors.Join(os.Mkdir(filepath.Join(results, "dev"), 0o700),
				os.WriteFile(filepath.Join(results, "dev", "app.yaml"), encoded, 0o600),
				os.Symlink("dev", filepath.Join(results, "prod")))
			if err != nil {
				t.Fatal(err)
			}
			if err := write(t, results); err == nil || !strings.HasSuffix(err.Error(), "prod is not a directory") {
				t.Errorf("%v", err)
			}
			if files := filesBelow(t, filepath.Join(results, "dev")); len(files) != 1 {
				t.Errorf("%q", files)
			}
		})
	}
}

// TestWriteBelowIsAllOrNone: also if the texts are in each other's way, which is found only when they are written.
func TestWriteBelowIsAllOrNone(t *testing.T) {
	one, other, results := t.TempDir(), t.TempDir(), t.TempDir()
	texts := append(sealedTexts(t, one, "a.yaml"), sealedTexts(t, other, "a.yaml/b.yaml")...)
	if written, err := WriteBelow(results, texts); err == nil || len(written) > 0 {
		t.Errorf("%q, %v", written, err)
	}
	if names, _ := filesOf(t, results); len(names) > 0 {
		t.Errorf("%q", names)
	}
}

// TestWriteBelowReplaces: an old file keeps its mode, a new one gets that of the input. A name can be as long as that
// of the input.
func TestWriteBelowReplaces(t *testing.T) {
	input, results := t.TempDir(), t.TempDir()
	long := strings.Repeat("a", 250) + ".yaml"
	texts := sealedTexts(t, input, "long.yaml", "new.yaml", "old.yaml", "short.yaml", long)
	if err := os.Chmod(filepath.Join(input, "new.yaml"), 0o666); err != nil {
		t.Fatal(err)
	}
	for name, old := range map[string]string{
		"old.yaml":   strings.Repeat("x", len(texts[0].Encoded())),
		"long.yaml":  strings.Repeat("x", 10*len(texts[0].Encoded())),
		"short.yaml": "",
	} {
		path := filepath.Join(results, name)
		if err := errors.Join(os.WriteFile(path, []byte(old), 0o600), os.Chmod(path, 0o646)); err != nil {
			t.Fatal(err)
		}
	}
	if written, err := WriteBelow(results, texts); err != nil || len(written) != len(texts) {
		t.Fatalf("%q, %v", written, err)
	}
	files := filesBelow(t, results)
	for name, mode := range map[string]fs.FileMode{
		"old.yaml": 0o646, "long.yaml": 0o646, "short.yaml": 0o646, "new.yaml": 0o666, long: 0o600,
	} {
		if files[name] != string(texts[0].Encoded()) {
			t.Errorf("%s: %q", name, files[name])
		}
		info, err := os.Stat(filepath.Join(results, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != mode && runtime.GOOS != "windows" {
			t.Errorf("%s: %v, want %v", name, info.Mode(), mode)
		}
	}
}
