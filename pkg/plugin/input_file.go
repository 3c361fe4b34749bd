package plugin

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
)

// maxCertificates is how many bytes are read of a file of certificates.
const maxCertificates = 16 << 20

// readPath reads a path of the user's, at most one byte more than limit, until its end or that of ctx. To open a pipe
// may take as long as to read it: both wait for its other end.
func readPath(ctx context.Context, path string, limit int64) ([]byte, error) {
	return interruptible(ctx, func() ([]byte, error) {
		file, err := os.Open(path) //nolint:gosec // the path is the user's own
		if err != nil {
			return nil, err
		}
		defer func() { _ = file.Close() }()
		if info, err := file.Stat(); err == nil && info.IsDir() {
			return nil, syscall.EISDIR // Windows has other words for it, which tell nothing
		}
		return io.ReadAll(io.LimitReader(file, limit+1))
	})
}

// readInput reads a path of the user's, or stdin.
func readInput(ctx context.Context, in io.Reader, path string) ([]byte, error) {
	if path == stdin {
		return interruptible(ctx, func() ([]byte, error) { return io.ReadAll(io.LimitReader(in, manifest.MaxFile+1)) })
	}
	return readPath(ctx, path, manifest.MaxFile)
}

// interruptible ends with ctx, also when read does not: a terminal or a pipe may have no end.
func interruptible[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type result struct {
		content T
		err     error
	}
	done := make(chan result, 1)
	go func() {
		content, err := read()
		done <- result{content, err}
	}()
	select {
	case r := <-done:
		return r.content, r.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}

// isStream reports whether a path is stdin, a pipe or another thing that can be read once and not written. The null
// device is not one: its emptiness is meant.
func isStream(path string) bool {
	clean := filepath.Clean(path)
	switch {
	case path == stdin:
		return true
	case clean == os.DevNull:
		return false
	case strings.HasPrefix(clean, "/dev/"), strings.HasPrefix(clean, "/proc/"):
		return true // whatever stands behind it
	}
	info, err := os.Stat(path)
	return err == nil && !info.Mode().IsRegular() && !info.IsDir()
}
