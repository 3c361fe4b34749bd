package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// contentHash names what a build of the module in source would give: 16 hex digits
// over the Go version and target, the flags, and the files that are built. A checkout's
// place and the files' times do not count.
func (m module) contentHash(ctx context.Context, source string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "env", "GOVERSION", "GOOS", "GOARCH")
	cmd.Dir = source
	cmd.Env = m.buildEnv()
	goEnv, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("ask go for its version: %w", err)
	}
	files, err := m.sourceFiles(source)
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	fmt.Fprintf(hash, "%q %q %q\n", goEnv, m.packages, m.ldflags)
	if m.tags != "" || m.cgo {
		fmt.Fprintf(hash, "%q %t\n", m.tags, m.cgo)
	}
	if m.overlay != nil {
		fmt.Fprintf(hash, "%q\n", *m.overlay)
	}
	for _, name := range files {
		if err := hashFile(hash, source, name); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(hash.Sum(nil))[:16], nil
}

// hashFile adds a file's name, size and content, so that no two lists of files give
// the same bytes.
func hashFile(hash io.Writer, dir, name string) error {
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return err
	}
	fmt.Fprintf(hash, "%q %d\n", filepath.ToSlash(name), len(data))
	_, err = hash.Write(data)
	return err
}

// sourceFiles lists the files under dir that a build reads, sorted, relative to dir.
func (m module) sourceFiles(dir string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !m.isSource(entry.Name()) {
			return err
		}
		name, err := filepath.Rel(dir, path)
		files = append(files, name)
		return err
	})
	slices.Sort(files)
	return files, err
}

func (m module) isSource(name string) bool {
	switch name {
	case m.modfile, strings.TrimSuffix(m.modfile, ".mod") + ".sum":
		return true
	default:
		return strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go")
	}
}
