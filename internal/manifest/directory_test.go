package manifest

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func openDirectory(t *testing.T, path string, replaces bool) *Directory {
	t.Helper()
	d, err := OpenDirectory(path, true, replaces)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// filesBelow are the paths and contents of all regular files.
func filesBelow(t *testing.T, root string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		relative, _ := filepath.Rel(root, path)
		found[filepath.ToSlash(relative)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestDirectoryWrites(t *testing.T) {
	at := filepath.Join(t.TempDir(), "a", "b")
	d := openDirectory(t, at, false)
	if path, err := d.Path("shop", "app.v1"); err != nil || path != filepath.Join(at, "shop", "app.v1.yaml") {
		t.Errorf("%s, %v", path, err)
	}
	for range 2 { // the same again changes nothing
		if err := d.Write("shop", "app.v1", []byte("one")); err != nil {
			t.Fatal(err)
		}
	}
	var exists *FileExistsError
	if err := d.Write("shop", "app.v1", []byte("two")); !errors.As(err, &exists) {
		t.Errorf("%v", err)
	}
	if _, err := d.Path("shop", "app.v1"); !errors.As(err, &exists) {
		t.Errorf("%v", err)
	}
	if got := filesBelow(t, at); len(got) != 1 || got["shop/app.v1.yaml"] != "one" {
		t.Errorf("%v", got)
	}
	replacing := openDirectory(t, at, true)
	if _, err := replacing.Path("shop", "app.v1"); err != nil {
		t.Error(err)
	}
	if err := replacing.Write("shop", "app.v1", []byte("two")); err != nil {
		t.Error(err)
	}
	if got := filesBelow(t, at); len(got) != 1 || got["shop/app.v1.yaml"] != "two" {
		t.Errorf("%v", got)
	}
}

// TestDirectoryOfADryRun creates nothing, and finds what would be in the way.
func TestDirectoryOfADryRun(t *testing.T) {
	at := filepath.Join(t.TempDir(), "absent")
	d, err := OpenDirectory(at, false, false)
	if err != nil {
		t.Fatal(err)
	}
	if path, err := d.Path("shop", "app"); err != nil || path != filepath.Join(at, "shop", "app.yaml") {
		t.Errorf("%s, %v", path, err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(at); !os.IsNotExist(err) {
		t.Errorf("%v", err)
	}
}

// TestDirectoryRefusesNames: no name that a server sends leads out of the directory.
func TestDirectoryRefusesNames(t *testing.T) {
	root := t.TempDir()
	d := openDirectory(t, filepath.Join(root, "d"), true)
	for _, names := range [][2]string{
		{"..", "app"}, {"shop", ".."}, {"shop", "../../app"}, {"../shop", "app"}, {"", "app"}, {"shop", ""},
		{"/etc", "app"}, {"shop", "/etc/app"}, {"shop", `..\app`}, {"shop", "a:b"}, {"shop", "App"}, {"Shop", "app"},
		{"shop", "a\x00b"}, {"shop", ".git"}, {"a.b", "app"}, {"shop", "a\nb"}, {"shop", "~"},
	} {
		if path, err := d.Path(names[0], names[1]); err == nil {
			t.Errorf("%q has the path %s", names, path)
		}
		if err := d.Write(names[0], names[1], []byte("x")); err == nil {
			t.Errorf("%q is written", names)
		}
	}
	if got := filesBelow(t, root); len(got) > 0 {
		t.Errorf("%v", got)
	}
}

// TestDirectoryNamesDoNotCollide: also where case is ignored, and where Windows has devices.
func TestDirectoryNamesDoNotCollide(t *testing.T) {
	long := strings.Repeat("a", 252)
	seen := map[string][2]string{}
	for _, names := range [][2]string{
		{"a", "b"}, {"a", "b.yaml"}, {"a", "b.yaml.yaml"}, {"a-b", "c"}, {"a", "b-c"}, {"a", "con"}, {"con", "a"},
		{"a", "con.a"}, {"a", "con-a"}, {"a", "com1"}, {"a", "com10"}, {"a", "lpt9.x.y"}, {"a", "console"},
		{"a", long + "b"}, {"a", long + "c"}, {"a", long}, {"a", long[:200]}, {"a", long[:201]},
	} {
		file, err := fileOf(names[0], names[1])
		if err != nil {
			t.Fatalf("%q: %v", names, err)
		}
		if other, taken := seen[strings.ToLower(file)]; taken {
			t.Errorf("%q and %q have the file %s", names, other, file)
		}
		seen[strings.ToLower(file)] = names
		for _, part := range strings.Split(file, "/") {
			if stem, _, _ := strings.Cut(part, "."); isDevice(stem) || len(part) > 255-len("/.tmp")-26 {
				t.Errorf("%q has the file %s", names, file)
			}
		}
	}
}

// TestDirectoryFollowsNoLinks: someone who may write the directory before chooses no other place.
func TestDirectoryFollowsNoLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // links need rights there
	}
	root := t.TempDir()
	at, outside := filepath.Join(root, "d"), filepath.Join(root, "outside")
	for _, dir := range []string{at, outside, filepath.Join(at, "prod"), filepath.Join(at, "real")} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(outside, "file"), []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{
		"out": "../outside", "absolute": outside, "inside": "prod", "real/app.yaml": "../../outside/file",
		"real/gone.yaml": "../../outside/gone",
	} {
		if err := os.Symlink(target, filepath.Join(at, link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, replaces := range []bool{false, true} {
		d := openDirectory(t, at, replaces)
		for _, namespace := range []string{"out", "absolute", "inside"} {
			if err := d.Write(namespace, "app", []byte("x")); err == nil {
				t.Errorf("%s is written", namespace)
			}
		}
		for _, name := range []string{"app", "gone"} { // a file replaces a link, and does not follow it
			if err := d.Write("real", name, []byte("x")); (err == nil) != replaces {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if got := filesBelow(t, outside); len(got) != 1 || got["file"] != "kept" {
		t.Errorf("%v", got)
	}
	if got := filesBelow(t, filepath.Join(at, "prod")); len(got) > 0 {
		t.Errorf("%v", got)
	}
}
