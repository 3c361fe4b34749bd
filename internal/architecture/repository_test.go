package architecture

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/vaultseal/kubectl-vaultseal"

// root is the directory of the repository, absolute.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// repository are the paths of all files, with slashes and relative to the root, without what is built or downloaded.
// Walking the directories also tells the go command that the result depends on them.
var repository = sync.OnceValues(func() ([]string, error) {
	var paths []string
	files := os.DirFS("../..")
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if hidden := strings.HasPrefix(entry.Name(), ".") && name != "." && name != ".github" &&
				name != ".ci"; hidden || name == "bin" || name == "dist" {
				return fs.SkipDir
			}
			return nil
		}
		paths = append(paths, name)
		return nil
	})
	return paths, err
})

// filesOf are the paths in the repository that a function chooses.
func filesOf(t *testing.T, choose func(name string) bool) []string {
	t.Helper()
	all, err := repository()
	if err != nil {
		t.Fatal(err)
	}
	chosen := slices.DeleteFunc(slices.Clone(all), func(name string) bool { return !choose(name) })
	if len(chosen) == 0 {
		t.Fatal("no such file was found")
	}
	return chosen
}

func isGo(name string) bool { return path.Ext(name) == ".go" && !strings.Contains(name, "testdata/") }

func isTest(name string) bool { return isGo(name) && strings.HasSuffix(name, "_test.go") }

// dirsOf are the directories of files, each once, in order.
func dirsOf(files []string) []string {
	dirs := make([]string, len(files))
	for i, name := range files {
		dirs[i] = path.Dir(name)
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
