package plugin

import (
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// TestDirectoryIsReadAsKubectlDoes: its regular files are taken, not what links lead to, nor what is below.
func TestDirectoryIsReadAsKubectlDoes(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "below"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("file", filepath.Join(dir, "link")); err != nil && runtime.GOOS == "windows" {
		t.Skip(err) // Windows does not let every user create links
	} else if err != nil {
		t.Fatal(err)
	}
	given := entrySet{}
	if err := (&fromFlags{}).readFile(t.Context(), Process{}, dir, given); err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(maps.Keys(given)); !slices.Equal(got, []string{"file"}) {
		t.Errorf("entries %q", got)
	}
}

func TestNothingInADirectoryOrAnEnvFile(t *testing.T) {
	dir := t.TempDir()
	comments := filepath.Join(dir, "comments.env")
	if err := os.WriteFile(comments, []byte("# none\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, arg := range []string{"--from-file=" + t.TempDir(), "--from-env-file=" + comments} {
		if got := run(t, "create", "app", arg); got.code != exitFailed ||
			!strings.HasPrefix(got.err, "error: nothing to seal: ") {
			t.Errorf("%s: %+v", arg, got)
		}
	}
}
