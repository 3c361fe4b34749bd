package config

import (
	"context"
	"fmt"
	"io"
	"os"
)

// maxConfigured is the most bytes that are read of a token or of certificates.
const maxConfigured = 16 << 20

// ReadFile reads a configured file until it or ctx ends, because it may be a pipe without a writer.
func ReadFile(ctx context.Context, path string) ([]byte, error) {
	type result struct {
		content []byte
		err     error
	}
	done := make(chan result, 1)
	go func() {
		content, err := readAtMost(path)
		done <- result{content, err}
	}()
	select {
	case r := <-done:
		return r.content, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func readAtMost(path string) ([]byte, error) {
	file, err := os.Open(path) //nolint:gosec // the configuration names it
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, maxConfigured+1))
	if err == nil && len(content) > maxConfigured {
		err = fmt.Errorf("%s is larger than %d bytes, the most that is read", path, maxConfigured)
	}
	return content, err
}
