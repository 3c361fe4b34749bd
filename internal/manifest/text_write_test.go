package manifest

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

// sealedTexts are the files of a directory with their Secrets sealed.
func sealedTexts(t *testing.T, directory string, names ...string) []*Text {
	t.Helper()
	for _, name := range names {
		path := filepath.Join(directory, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		text := "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {a: pl4in/text}\n"
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	texts, err := ReadTexts([]string{directory}, true, os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range texts {
		if _, err := sealAll(text); err != nil {
			t.Fatal(err)
		}
	}
	return texts
}

// filesOf are the names of the files below a directory, and those of them that hold plaintext.
func filesOf(t *testing.T, directory string) (names, plain []string) {
	t.Helper()
	err := filepath.WalkDir(directory, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, _ := filepath.Rel(directory, path)
		content, err := os.ReadFile(path)
		if names = append(names, name); bytes.Contains(content, []byte("pl4in")) {
			plain = append(plain, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names, plain
}

func TestWriteInPlaceIsAllOrNone(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(t *testing.T, directory string)
		want  error
	}{
		"a file has changed": {func(t *testing.T, directory string) {
			if err := os.WriteFile(filepath.Join(directory, "b.yaml"), []byte("a: pl4in\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, kube.ErrConflict},
		"a file is gone": {func(t *testing.T, directory string) {
			if err := os.Remove(filepath.Join(directory, "b.yaml")); err != nil {
				t.Fatal(err)
			}
		}, fs.ErrNotExist},
		"another command writes it": {func(t *testing.T, directory string) {
			if err := os.WriteFile(filepath.Join(directory, ".b.yaml.lock"), []byte("pl4in"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, kube.ErrConflict},
	} {
		t.Run(name, func(t *testing.T) {
			directory := t.TempDir()
			texts := sealedTexts(t, directory, "a.yaml", "b.yaml", "c.yaml")
			c.spoil(t, directory)
			before, plain := filesOf(t, directory)
			if err := WriteInPlace(texts); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
			after, still := filesOf(t, directory)
			if !slices.Equal(before, after) || !slices.Equal(plain, still) {
				t.Errorf("%q with plaintext in %q became %q with plaintext in %q", before, plain, after, still)
			}
		})
	}
}

func TestWriteInPlace(t *testing.T) {
	directory := t.TempDir()
	texts := sealedTexts(t, directory, "a.yaml", "sub/b.yaml")
	if err := os.Chmod(filepath.Join(directory, "a.yaml"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := WriteInPlace(texts); err != nil {
		t.Fatal(err)
	}
	names, plain := filesOf(t, directory)
	info, err := os.Stat(filepath.Join(directory, "a.yaml"))
	if err != nil || len(names) != 2 || len(plain) > 0 || info.Mode().Perm() != 0o640 {
		t.Errorf("%q, %q, %v, %v", names, plain, info.Mode(), err)
	}
}

// TestLockOfASlowCommand: a command that has lost its lock neither moves nor removes the file of the command that took
// it. The lock was too old, or a person has removed it.
func TestLockOfASlowCommand(t *testing.T) {
	losses := map[string]func(*testing.T, *replacement){
		"too old": func(t *testing.T, slow *replacement) {
			old := time.Now().Add(-2 * staleLock)
			err := os.Chtimes(slow.made, old, old)
			info, statErr := os.Lstat(slow.made)
			if err = errors.Join(err, statErr); err != nil {
				t.Fatal(err)
			}
			slow.written = info
		},
		"removed": func(t *testing.T, slow *replacement) {
			if err := os.Rename(slow.made, slow.made+".removed"); err != nil { // so that its number is not free
				t.Fatal(err)
			}
		},
	}
	for loss, lose := range losses {
		for name, end := range map[string]func(*replacement) error{
			"check": (*replacement).check, "commit": (*replacement).commit,
			"discard": func(r *replacement) error { r.discard(); return kube.ErrConflict },
		} {
			t.Run(loss+" "+name, func(t *testing.T) { testLostLock(t, lose, end) })
		}
	}
}

func testLostLock(t *testing.T, lose func(*testing.T, *replacement), end func(*replacement) error) {
	path := filepath.Join(t.TempDir(), "a.yaml")
	if err := os.WriteFile(path, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	prepare := func(after string) *replacement {
		r, err := prepareReplacement("", path, []byte("before"), []byte(after))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	holds := func(want string) {
		if content, err := os.ReadFile(path); err != nil || string(content) != want {
			t.Errorf("%q, %v, want %q", content, err, want)
		}
	}
	slow := prepare("slow")
	lose(t, slow)
	other := prepare("other")
	if err := end(slow); !errors.Is(err, kube.ErrConflict) {
		t.Errorf("%v, want a conflict", err)
	}
	holds("before")
	if err := errors.Join(other.check(), other.commit()); err != nil {
		t.Error(err)
	}
	holds("other")
}

func TestWriteBelow(t *testing.T) {
	input, results := t.TempDir(), filepath.Join(t.TempDir(), "new")
	texts := sealedTexts(t, input, "a.yaml", "sub/b.yaml")
	written, err := WriteBelow(results, texts)
	if err != nil || len(written) != 2 {
		t.Fatalf("%q, %v", written, err)
	}
	names, plain := filesOf(t, results)
	if want := []string{"a.yaml", filepath.Join("sub", "b.yaml")}; !slices.Equal(names, want) || len(plain) > 0 {
		t.Errorf("%q, %q", names, plain)
	}
	if written, err = WriteBelow(results, texts); err != nil || len(written) > 0 {
		t.Errorf("again: %q, %v", written, err)
	}
	if _, plain := filesOf(t, input); len(plain) != 2 {
		t.Errorf("the input has plaintext only in %q", plain)
	}
}

// TestWriteBelowStaysInside: what others put into the directory leads to no other file, and no input is overwritten.
func TestWriteBelowStaysInside(t *testing.T) {
	for name, spoil := range map[string]func(results, input, elsewhere string) error{
		"a link to a directory": func(results, _, elsewhere string) error {
			return os.Symlink(elsewhere, filepath.Join(results, "sub"))
		},
		"a link to a directory inside": func(results, _, _ string) error {
			return errors.Join(os.Mkdir(filepath.Join(results, "other"), 0o700),
				os.Symlink("other", filepath.Join(results, "sub")))
		},
		"a file for a directory": func(results, _, _ string) error {
			return os.WriteFile(filepath.Join(results, "sub"), nil, 0o600)
		},
		"a link to a file": func(results, _, elsewhere string) error {
			return os.Symlink(filepath.Join(elsewhere, "file"), filepath.Join(results, "a.yaml"))
		},
		"a link to a file inside": func(results, _, _ string) error {
			return errors.Join(os.WriteFile(filepath.Join(results, "other"), nil, 0o600),
				os.Symlink("other", filepath.Join(results, "a.yaml")))
		},
		"a link to the input": func(results, input, _ string) error {
			return os.Symlink(filepath.Join(input, "a.yaml"), filepath.Join(results, "a.yaml"))
		},
		"the input itself": func(results, input, _ string) error {
			return os.Link(filepath.Join(input, "a.yaml"), filepath.Join(results, "a.yaml"))
		},
		"a directory": func(results, _, _ string) error { return os.Mkdir(filepath.Join(results, "a.yaml"), 0o700) },
	} {
		t.Run(name, func(t *testing.T) {
			input, results, elsewhere := t.TempDir(), t.TempDir(), t.TempDir()
			texts := sealedTexts(t, input, "a.yaml", "sub/b.yaml")
			if err := os.WriteFile(filepath.Join(elsewhere, "file"), []byte("stays"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := spoil(results, input, elsewhere); err != nil {
				t.Fatal(err)
			}
			written, err := WriteBelow(results, texts)
			if err == nil || len(written) > 0 || !strings.HasPrefix(err.Error(), results) {
				t.Errorf("%q, %v", written, err)
			}
			if _, plain := filesOf(t, input); len(plain) != 2 {
				t.Errorf("the input has plaintext only in %q", plain)
			}
			if names, _ := filesOf(t, elsewhere); len(names) != 1 {
				t.Errorf("%q", names)
			}
			if content, err := os.ReadFile(filepath.Join(elsewhere, "file")); err != nil || string(content) != "stays" {
				t.Errorf("%q, %v", content, err)
			}
		})
	}
}

// TestWriteBelowMergesNoDirectories: no link, wherever it is in the path, makes one file of two texts.
func TestWriteBelowMergesNoDirectories(t *testing.T) {
	for link, to := range map[string]string{"prod": "dev", "eu/prod": "dev", "eu": "us"} {
		input, results := t.TempDir(), t.TempDir()
		texts := sealedTexts(t, input, "eu/prod/app.yaml", "eu/dev/app.yaml", "us/prod/app.yaml", "prod/app.yaml",
			"dev/app.yaml")
		for _, directory := range []string{filepath.Join(results, filepath.Dir(link), to), filepath.Join(results, to)} {
			if err := os.MkdirAll(directory, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Symlink(to, filepath.Join(results, link)); err != nil {
			t.Fatal(err)
		}
		written, err := WriteBelow(results, texts)
		if err == nil || len(written) > 0 || !strings.HasSuffix(err.Error(), " is not a directory") {
			t.Errorf("%s: %q, %v", link, written, err)
		}
		if err := os.Remove(filepath.Join(results, link)); err != nil {
			t.Fatal(err)
		}
		if names, _ := filesOf(t, results); len(names) > 0 {
			t.Errorf("%s: %q", link, names)
		}
	}
}

// TestSealKeepsTheEncoding: UTF-16, byte order marks and line ends stay.
func TestSealKeepsTheEncoding(t *testing.T) {
	content := "# ü\r\napiVersion: v1\r\nkind: Secret\r\nmetadata:\r\n  name: a\r\nstringData:\r\n  a: pl4in/text # c\r\n" +
		"---\r\nx:   y\r\n"
	for _, e := range []encoding{inUTF8, inUTF8WithMark, inUTF16LE, inUTF16BE} {
		raw := e.encode([]byte(content))
		text := textOf(t, string(raw))
		if changed, err := sealAll(text); err != nil || changed != 1 {
			t.Fatalf("%d: %d, %v", e, changed, err)
		}
		after := text.Encoded()
		if !bytes.HasPrefix(after, e.mark()) || bytes.Count(after, []byte("\r")) < 12 {
			t.Errorf("%d: %q", e, after)
		}
		decoded, is, err := decode(after)
		if err != nil || is != e || strings.Count(string(decoded), "\n") != strings.Count(string(decoded), "\r\n") {
			t.Errorf("%d became %d: %q, %v", e, is, decoded, err)
		}
		for _, kept := range []string{"# ü\r\napiVersion: v1\r\n", " # c\r\n---\r\nx:   y\r\n"} {
			if !strings.Contains(string(decoded), kept) {
				t.Errorf("%d: %q lacks %q", e, decoded, kept)
			}
		}
	}
}
