package manifest

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

func sealedManifest(name, more string) string {
	return "apiVersion: v1\nkind: Secret\nmetadata:\n  name: " + name + "\n" + more + "data:\n  a: " +
		b64(ciphertext(1, "a")) + "\n"
}

// tree writes files below a new directory.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	directory := t.TempDir()
	for name, text := range files {
		path := filepath.Join(directory, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700),
			os.WriteFile(path, []byte(text), 0o640)); err != nil {
			t.Fatal(err)
		}
	}
	return directory
}

func noStdin(path string) ([]byte, error) {
	if path == Stdin {
		return nil, errors.New("stdin was read")
	}
	return os.ReadFile(path)
}

func TestReadFiles(t *testing.T) {
	directory := tree(t, map[string]string{
		"b.yaml": sealedManifest("b", ""), "a.yml": sealedManifest("a1", "") + "---\n" + sealedManifest("a2", ""),
		"c.json": `{"kind": "Deployment"}`, "notes.txt": sealedManifest("txt", ""), "templates/x.yaml": "{{ if }}\n",
		"below/d.yaml": sealedManifest("d", ""), ".git/e.yaml": sealedManifest("e", ""),
		".hidden/f.yaml": sealedManifest("f", ""),
	})
	for _, c := range []struct {
		paths     []string
		recursive bool
		want      string
	}{
		{[]string{""}, false, "a1 a2 b"},
		{[]string{""}, true, "f a1 a2 b d"},
		{[]string{"b.yaml", "b.yaml", "./b.yaml", "below/../b.yaml"}, false, "b"},
		{[]string{"notes.txt", "c.json"}, false, "txt"},
	} {
		var paths []string
		for _, path := range c.paths {
			paths = append(paths, directory+"/"+path)
		}
		files, err := ReadFiles(paths, c.recursive, noStdin)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, m := range files.Secrets() {
			names = append(names, m.Secret.Name)
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%v: %s, want %s", c.paths, got, c.want)
		}
	}
	if err := os.Symlink("b.yaml", filepath.Join(directory, "again.yaml")); err == nil {
		files, err := ReadFiles([]string{directory + "/again.yaml", directory}, false, noStdin)
		if err != nil || len(files.Secrets()) != 3 {
			t.Errorf("%d Secrets, %v", len(files.Secrets()), err)
		}
	} else if runtime.GOOS != "windows" { // which lets only some make links
		t.Fatal(err)
	}
	if _, err := ReadFiles([]string{directory + "/none", directory + "/neither"}, false, noStdin); err == nil ||
		strings.Count(err.Error(), "no such file") != 2 {
		t.Errorf("%v", err)
	}
	reads := 0
	files, err := ReadFiles([]string{Stdin, Stdin}, false, func(string) ([]byte, error) {
		reads++
		return []byte(sealedManifest("in", "")), nil
	})
	if reads != 1 {
		t.Errorf("stdin was read %d times", reads)
	}
	if err != nil || len(files.Secrets()) != 1 || write(t, files, files.Secrets()[0].Secret) == nil {
		t.Errorf("%v", err)
	}
}

func TestFilesIn(t *testing.T) {
	const strict = "  annotations: {vaultseal.dev/scope: strict}\n"
	for _, c := range []struct{ text, current, given, want, err string }{
		{sealedManifest("a", ""), "now", "", "now", ""},
		{sealedManifest("a", "  namespace: own\n"+strict), "now", "", "own", ""},
		{sealedManifest("a", "  namespace: own\n"), "now", "now", "",
			"there is no Secret of namespace now in it, only of own"},
		{sealedManifest("a", strict), "now", "", "", "does not say which"},
		{sealedManifest("a", strict), "now", "now", "now", ""},
		{sealedManifest("a", "  annotations: {vaultseal.dev/scope: cluster-wide}\n"), "now", "", "now", ""},
	} {
		files, err := ReadFiles([]string{tree(t, map[string]string{"a.yaml": c.text})}, false, noStdin)
		if err != nil {
			t.Fatal(err)
		}
		err = files.In(c.current, c.given)
		if m := files.Secrets()[0]; err == nil && m.Err != nil {
			err = m.Err
		}
		switch {
		case c.err == "" && (err != nil || files.Secrets()[0].Secret.Namespace != c.want):
			t.Errorf("%v\n%s", err, c.text)
		case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
			t.Errorf("%v, want %s", err, c.err)
		}
	}
}

func newer(t *testing.T) map[string]transit.Ciphertext {
	t.Helper()
	c, err := transit.ParseCiphertext(ciphertext(2, "a"))
	if err != nil {
		t.Fatal(err)
	}
	return map[string]transit.Ciphertext{"a": c}
}

// TestRewrite: the file is replaced whole, with its permissions, through links, and nothing is left beside it.
func TestRewrite(t *testing.T) {
	directory := tree(t, map[string]string{"real.yaml": sealedManifest("a", "")})
	link := filepath.Join(directory, "link.yaml")
	if err := os.Symlink("real.yaml", link); err != nil && runtime.GOOS == "windows" {
		t.Skip(err) // which lets only some make links
	} else if err != nil {
		t.Fatal(err)
	}
	files, err := ReadFiles([]string{link}, false, noStdin)
	if err != nil {
		t.Fatal(err)
	}
	live := files.Secrets()[0].Secret
	if err := write(t, files, live); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(directory, "real.yaml"))
	if err != nil || !strings.Contains(string(text), b64(ciphertext(2, "a"))) {
		t.Errorf("%v\n%s", err, text)
	}
	info, err := os.Lstat(link)
	if err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is none any more: %v", err)
	}
	// which has no such modes
	if info, err := os.Stat(link); err != nil || info.Mode().Perm() != 0o640 && runtime.GOOS != "windows" {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	entries, err := os.ReadDir(directory)
	if err != nil || len(entries) != 2 {
		t.Errorf("%v, %v", entries, err)
	}
	// A second write of what was read before the first one: the file has changed since.
	if err := write(t, files, live); !errors.Is(err, kube.ErrConflict) {
		t.Errorf("%v, want a conflict", err)
	}
	entries, err = os.ReadDir(directory)
	if err != nil || !slices.Equal([]string{entries[0].Name(), entries[1].Name()}, []string{"link.yaml", "real.yaml"}) {
		t.Errorf("%v, %v", entries, err)
	}
}
