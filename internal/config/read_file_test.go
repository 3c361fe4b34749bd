package config

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadFile(t *testing.T) {
	small, large := filepath.Join(t.TempDir(), "small"), filepath.Join(t.TempDir(), "large")
	if err := errors.Join(os.WriteFile(small, []byte("token"), 0o600), os.WriteFile(large, nil, 0o600),
		os.Truncate(large, maxConfigured+1)); err != nil {
		t.Fatal(err)
	}
	if content, err := ReadFile(t.Context(), small); err != nil || string(content) != "token" {
		t.Errorf("%q, %v", content, err)
	}
	if _, err := ReadFile(t.Context(), large); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Error(err)
	}
	if _, err := ReadFile(t.Context(), filepath.Join(t.TempDir(), "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// TestReadFileEndsWithItsContext: a pipe without a writer has no end.
func TestReadFileEndsWithItsContext(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = errors.Join(read.Close(), write.Close()) }()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := ReadFile(ctx, fmt.Sprintf("/dev/fd/%d", read.Fd())); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
