package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestReduce: of a corpus only the smallest inputs that reach more code stay, and those whose names say what they show.
func TestReduce(t *testing.T) {
	root := t.TempDir()
	write := func(text string, path ...string) {
		t.Helper()
		name := filepath.Join(append([]string{root}, path...)...)
		if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("module example.com/m\n\ngo 1.26\n", "go.mod")
	write(`package m

func Parse(text string) (n int) {
	for _, r := range text {
		switch r {
		case 'a':
			n++
		case 'b':
			n += 2
		case 'c':
			n += 3
		case 'd':
			n += 4
		}
	}
	return n
}
`, "m.go")
	write(`package m

import "testing"

func FuzzParse(f *testing.F) {
	f.Add("a")
	f.Fuzz(func(t *testing.T, text string) { Parse(text) })
}
`, "m_test.go")
	input := func(text string) string { return "go test fuzz v1\nstring(\"" + text + "\")\n" }
	corpus := []string{"testdata", "fuzz", "FuzzParse"}
	for name, text := range map[string]string{
		"0000000000000001": "aaaaaaaaaaaa", "0000000000000002": "b", "0000000000000003": "bb", "0000000000000004": "aab",
		"0000000000000005": "dddddddd", "a-bug-with-c": "c", "0000000000000006": "cccccccccc",
	} {
		write(input(text), append(corpus, name)...)
	}
	write(input("dd"), "cache", "00000000000000aa")
	binary := filepath.Join(root, "m.test")
	t.Chdir(root)
	if _, err := output(t.Context(), "go", "test", "-c", "-cover", "-o", binary, "."); err != nil {
		t.Fatal(err)
	}
	one := target{name: "FuzzParse", dir: root, binary: binary, profile: filepath.Join(root, "profile"),
		found: filepath.Join(root, "cache")}
	before, after, err := one.reduce(t.Context())
	if err != nil || before != 7 || after != 2 {
		t.Errorf("%d of %d, %v", after, before, err)
	}
	files, err := os.ReadDir(filepath.Join(root, filepath.Join(corpus...)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		names = append(names, file.Name())
	}
	if want := []string{"0000000000000002", "00000000000000aa", "a-bug-with-c"}; !slices.Equal(names, want) {
		t.Errorf("%q stay, want %q", names, want)
	}
}
