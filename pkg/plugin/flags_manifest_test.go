package plugin

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// TestReadingManifestsIsInterrupted: what others have written may take long to read.
func TestReadingManifestsIsInterrupted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "many.yaml")
	if err := os.WriteFile(path, []byte(strings.Repeat("a: b\n---\n", 5000)), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	files, err := (&manifestFlags{paths: []string{path}}).readFiles(ctx, Process{})
	if files != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", files, err)
	}
}

// TestADirectoryOfValuesIsBounded: no more is held of it than a Secret can have.
func TestADirectoryOfValuesIsBounded(t *testing.T) {
	directory := t.TempDir()
	for _, name := range []string{"a", "b"} {
		if err := os.WriteFile(filepath.Join(directory, name), make([]byte, corev1.MaxSecretSize/2+1),
			0o600); err != nil {
			t.Fatal(err)
		}
	}
	err := readDirectory(t.Context(), Process{}, directory, entrySet{})
	if err == nil || !strings.Contains(err.Error(), "its files are larger than") {
		t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(directory, "a.yaml"), make([]byte, corev1.MaxSecretSize+1),
		0o600); err != nil {
		t.Fatal(err)
	}
	if err := readDirectory(t.Context(), Process{}, directory, entrySet{}); err == nil ||
		!strings.Contains(err.Error(), "a.yaml is larger than") {
		t.Error(err)
	}
}
