package plugin

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadingManifestsIsInterrupted: what others have written may take long to read.
func TestReadingManifestsIsInterrupted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "many.yaml")
	if err := os.WriteFile(path, []byte(strings.Repeat("a: b\n---\n", 5000)), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	files, err := (&manifestFlags{paths: []string{path}}).read(ctx, Process{})
	if files != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", files, err)
	}
}
