// Corpus keeps the inputs of fuzz targets that reach code which no smaller input reaches: make fuzz-corpus. It takes
// them from Go's cache, where fuzzing puts what it finds, and from testdata/fuzz, and leaves in testdata/fuzz only what
// is needed. go test runs these inputs too, and fuzzing begins with them.
package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func main() {
	if err := reduceAll(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		os.Exit(1)
	}
}

// reduceAll reduces the corpora of all fuzz targets, or of those in some packages, such as ./internal/sealed.
func reduceAll(ctx context.Context, packages []string) error {
	cache, err := output(ctx, "go", "env", "GOCACHE")
	if err != nil {
		return err
	}
	list, err := output(ctx, "sh", "hack/fuzz.sh", "list")
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "corpus")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	built := ""
	for line := range strings.Lines(list) {
		dir, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		if len(packages) > 0 && !contains(packages, dir) {
			continue
		}
		binary := filepath.Join(work, "fuzz.test")
		if dir != built {
			_, err := output(ctx, "go", "test", "-c", "-coverpkg", "./...", "-covermode", "set", "-o", binary, dir)
			if err != nil {
				return err
			}
			built = dir
		}
		path, err := output(ctx, "go", "list", dir)
		if err != nil {
			return err
		}
		t := target{name: name, dir: filepath.Clean(dir), binary: binary, profile: filepath.Join(work, "profile"),
			found: filepath.Join(strings.TrimSpace(cache), "fuzz", strings.TrimSpace(path), name)}
		before, after, err := t.reduce(ctx)
		if err != nil {
			return fmt.Errorf("%s %s: %w", dir, name, err)
		}
		fmt.Printf("%s %s: %d of %d inputs\n", dir, name, after, before)
	}
	return nil
}

func contains(packages []string, dir string) bool {
	for _, one := range packages {
		if filepath.Clean(one) == filepath.Clean(dir) {
			return true
		}
	}
	return false
}

// output runs a command and returns what it prints.
func output(ctx context.Context, name string, args ...string) (string, error) {
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // our own commands
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", name, args[0], err, cmp.Or(said.String(), string(out)))
	}
	return string(out), nil
}
