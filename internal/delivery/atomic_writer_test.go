//go:build unix

package delivery

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

func texts(pairs ...string) map[string]file {
	files := map[string]file{}
	for i := 0; i < len(pairs); i += 2 {
		files[pairs[i]] = file{[]byte(pairs[i+1]), 0o644}
	}
	return files
}

func switchTo(t *testing.T, dir string, files map[string]file) *switched {
	t.Helper()
	staged, err := stageDir(dir, files)
	if err == nil {
		err = staged.commit()
	}
	if err != nil {
		t.Fatal(err)
	}
	return staged
}

// listed are all names below a directory with their types and modes; generations are "..N".
func listed(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		top, rest, below := strings.Cut(name, "/")
		if isGeneration(top) {
			top = "..N"
		}
		if name = top; below {
			name += "/" + rest
		}
		target := ""
		if info.Mode()&fs.ModeSymlink != 0 {
			target, _ = os.Readlink(path)
			if isGeneration(target) {
				target = "..N"
			}
			all = append(all, name+" -> "+target)
			return nil
		}
		all = append(all, fmt.Sprintf("%s %s", info.Mode(), name))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

func want(t *testing.T, dir string, names ...string) {
	t.Helper()
	if got := listed(t, dir); !slices.Equal(got, names) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(names, "\n"))
	}
}

func setUmask(t *testing.T, mask int) {
	t.Helper()
	before := syscall.Umask(mask)
	t.Cleanup(func() { syscall.Umask(before) })
}

func TestLayoutIsKubelets(t *testing.T) {
	setUmask(t, 0o077)
	dir := filepath.Join(t.TempDir(), "a", "volume")
	files := texts("tls.crt", "1", "deep/er/x", "2")
	files["tls.key"] = file{[]byte("3"), 0o400}
	switchTo(t, dir, files)
	want(t, dir, "-r-------- ..N/tls.key", "-rw-r--r-- ..N/deep/er/x", "-rw-r--r-- ..N/tls.crt",
		"..data -> ..N", "deep -> ..data/deep", "drwxr-xr-x ..N", "drwxr-xr-x ..N/deep", "drwxr-xr-x ..N/deep/er",
		"tls.crt -> ..data/tls.crt", "tls.key -> ..data/tls.key")
	if info, err := os.Stat(filepath.Dir(dir)); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("the directory above: %v, %v", info.Mode(), err)
	}

	files = texts("tls.crt", "new", "other", "4")
	switchTo(t, dir, files)
	want(t, dir, "-rw-r--r-- ..N/other", "-rw-r--r-- ..N/tls.crt", "..data -> ..N", "drwxr-xr-x ..N",
		"other -> ..data/other", "tls.crt -> ..data/tls.crt")
	switchTo(t, dir, nil)
	want(t, dir, "..data -> ..N", "drwxr-xr-x ..N")
}

func TestUnchangedFilesAreNotSwitched(t *testing.T) {
	dir := t.TempDir()
	switchTo(t, dir, texts("a", "1", "b/c", "2"))
	before, _ := generation(dir)
	if switchTo(t, dir, texts("a", "1", "b/c", "2")).changed() {
		t.Error("the same files are a change")
	}
	if after, _ := generation(dir); after != before {
		t.Errorf("%s became %s", before, after)
	}
	if err := os.Remove(filepath.Join(dir, "a")); err != nil {
		t.Fatal(err)
	}
	switchTo(t, dir, texts("a", "1", "b/c", "2"))
	if _, err := os.Stat(filepath.Join(dir, "a")); err != nil {
		t.Errorf("a link that is missing: %v", err)
	}
	others := texts("a", "1", "b/c", "2")
	others["a"] = file{[]byte("1"), 0o400}
	for _, files := range []map[string]file{others, texts("a", "1"), texts("a", "1", "b/c", "3")} {
		if !switchTo(t, dir, files).changed() {
			t.Errorf("%v is no change", files)
		}
	}
}

func TestDiscardLeavesTheOldFiles(t *testing.T) {
	dir := t.TempDir()
	switchTo(t, dir, texts("a", "old"))
	before := listed(t, dir)
	staged, err := stageDir(dir, texts("a", "new", "b", "new"))
	if err != nil {
		t.Fatal(err)
	}
	staged.discard()
	want(t, dir, before...)
}

// TestLeftoversAreRemoved: a process that was killed leaves plaintext.
func TestLeftoversAreRemoved(t *testing.T) {
	dir := t.TempDir()
	switchTo(t, dir, texts("a", "old"))
	if _, err := stageDir(dir, texts("a", "killed")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("..2026_01_01_00_00_00.1", filepath.Join(dir, newDataLink)); err != nil {
		t.Fatal(err)
	}
	switchTo(t, dir, texts("a", "new"))
	want(t, dir, "-rw-r--r-- ..N/a", "..data -> ..N", "a -> ..data/a", "drwxr-xr-x ..N")
}

func TestNestedMountPoints(t *testing.T) {
	dir := t.TempDir()
	if err := makeDirs(filepath.Join(dir, "sub", "mount")); err != nil {
		t.Fatal(err)
	}
	switchTo(t, dir, texts("a", "1", "sub/hidden", "2"))
	switchTo(t, dir, texts("a", "2"))
	want(t, dir, "-rw-r--r-- ..N/a", "..data -> ..N", "a -> ..data/a", "drwxr-xr-x ..N", "drwxr-xr-x sub",
		"drwxr-xr-x sub/mount")
}

func TestRefusedFiles(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "taken"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := listed(t, dir)
	for name, files := range map[string]map[string]file{
		"kubelet's name":            texts("..data", "1"),
		"a directory of kubelet's":  texts("..2026/x", "1"),
		"a file and a directory":    texts("a", "1", "a/b", "2"),
		"a file that is no link":    texts("taken", "1", "ok", "2"),
		"a name that is too long":   texts(strings.Repeat("x", 300), "1", "ok", "2"),
		"a directory that is taken": texts("taken/x", "1"),
	} {
		if staged, err := stageDir(dir, files); err == nil {
			t.Errorf("%s: %v", name, staged)
		}
		want(t, dir, before...)
	}
	if _, err := stageDir(filepath.Join(dir, "taken"), texts("a", "1")); err == nil {
		t.Error("a file is taken for a directory")
	}
}

// TestGroupIsInherited: kubelet sets this bit on a volume of a pod with an fsGroup.
func TestGroupIsInherited(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o777|fs.ModeSetgid); err != nil {
		t.Fatal(err)
	}
	switchTo(t, dir, texts("deep/a", "1"))
	for _, name := range []string{"..data/", "..data/deep"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode()&fs.ModeSetgid == 0 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

// TestReadersSeeOneGeneration: all old or all new.
func TestReadersSeeOneGeneration(t *testing.T) {
	dir := t.TempDir()
	numbered := func(n int) map[string]file { return texts("a", fmt.Sprint(n), "b/c", fmt.Sprint(n)) }
	switchTo(t, dir, numbered(0))
	var done atomic.Bool
	mixed := make(chan string, 1)
	go func() {
		defer close(mixed)
		for !done.Load() {
			files, err := readVolume(dir)
			switch {
			case err != nil && strings.Contains(err.Error(), "too often"): // faster than any kubelet
			case err != nil || len(files) != 2 || string(files["a"].content) != string(files["b/c"].content):
				mixed <- fmt.Sprintf("%v, %v", files, err)
				return
			}
		}
	}()
	for n := range 300 {
		switchTo(t, dir, numbered(n+1))
		if text, err := os.ReadFile(filepath.Join(dir, "a")); err != nil || string(text) != fmt.Sprint(n+1) {
			t.Fatalf("%d: %q, %v", n+1, text, err)
		}
	}
	done.Store(true)
	for seen := range mixed {
		t.Error(seen)
	}
}
