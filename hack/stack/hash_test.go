package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestContentHash(t *testing.T) {
	write := func(dir, name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	clone := func() string {
		dir := t.TempDir()
		write(dir, "go.mod", "module example.test/m\n\ngo 1.26.0\n")
		write(dir, "go.sum", "")
		write(dir, "main.go", "package main\n")
		write(dir, "sub/sub.go", "package sub\n")
		return dir
	}
	hash := func(m module, dir string) string {
		t.Helper()
		h, err := m.contentHash(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	m := module{name: "m", modfile: "go.mod", packages: []string{"."}, ldflags: "-s -w"}
	want := hash(m, clone())

	t.Run("same", func(t *testing.T) {
		if got := hash(m, clone()); got != want {
			t.Errorf("another clone: got %s, want %s", got, want)
		}
		for _, name := range []string{"README.md", "main_test.go", "v1.mod", "v1.sum"} {
			dir := clone()
			write(dir, name, "no part of the build\n")
			if got := hash(m, dir); got != want {
				t.Errorf("with %s: got %s, want %s", name, got, want)
			}
		}
	})
	t.Run("changed", func(t *testing.T) {
		for name, text := range map[string]string{
			"go.mod":     "module example.test/m\n\ngo 1.25.0\n",
			"go.sum":     "example.test/x v1.0.0 h1:x\n",
			"main.go":    "package main // edited\n",
			"sub/sub.go": "package sub // edited\n",
			"new.go":     "package main\n",
		} {
			dir := clone()
			write(dir, name, text)
			if hash(m, dir) == want {
				t.Errorf("%s does not count", name)
			}
		}
		flags := m
		flags.ldflags = "-s"
		if hash(flags, clone()) == want {
			t.Error("the linker flags do not count")
		}
		other := m
		other.modfile = "v1.mod"
		dir := clone()
		write(dir, "v1.mod", "module example.test/m\n\ngo 1.25.0\n")
		write(dir, "v1.sum", "")
		of := hash(other, dir)
		write(dir, "v1.sum", "example.test/x v1.0.0 h1:x\n")
		if of == want || hash(other, dir) == of {
			t.Error("another module file, or its sums, do not count")
		}
		laid := m
		laid.overlay = &overlay{module: "example.test/x", files: []string{"x.go"}}
		more := laid
		more.overlay = &overlay{module: "example.test/x", files: []string{"x.go", "y.go"}}
		if hash(laid, clone()) == want || hash(laid, clone()) == hash(more, clone()) {
			t.Error("what is laid over does not count")
		}
	})
}
