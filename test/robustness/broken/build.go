package broken

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Build builds the plugin with a mistake, as the release is built, and returns its path in dir.
func (m Mistake) Build(ctx context.Context, repository, dir string) (string, error) {
	overlay, err := m.overlay(repository, dir)
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "kubectl-vaultseal")
	return binary, m.run(ctx, repository, "build", "-overlay", overlay, "-trimpath", "-ldflags", "-s -w", "-o", binary,
		"./cmd/kubectl-vaultseal")
}

// run runs the go command in the repository.
func (m Mistake) run(ctx context.Context, repository string, args ...string) error {
	command := exec.CommandContext(ctx, "go", args...)
	command.Dir = repository
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=")
	if said, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("build with the mistake %s: %w\n%s", m.Name, err, said)
	}
	return nil
}

// overlay writes the changed files to dir, and the list of them for go build -overlay, whose path it returns.
func (m Mistake) overlay(repository, dir string) (string, error) {
	texts := map[string]string{}
	for path, text := range m.Added {
		if _, err := os.Stat(filepath.Join(repository, path)); err == nil {
			return "", fmt.Errorf("the mistake %s adds %s, which is there", m.Name, path)
		}
		texts[path] = text
	}
	for _, edit := range m.Edits {
		text, edited := texts[edit.File]
		if !edited {
			source, err := os.ReadFile(filepath.Join(repository, edit.File))
			if err != nil {
				return "", err
			}
			text = string(source)
		}
		if n := strings.Count(text, edit.Old); n != 1 {
			return "", fmt.Errorf("the mistake %s needs this text once in %s, which has it %d times:\n%s", m.Name,
				edit.File, n, edit.Old)
		}
		texts[edit.File] = strings.Replace(text, edit.Old, edit.New, 1)
	}
	return writeOverlay(repository, dir, texts)
}

func writeOverlay(repository, dir string, texts map[string]string) (string, error) {
	replaced := map[string]string{}
	for path, text := range texts {
		file := filepath.Join(dir, strings.ReplaceAll(path, "/", "_"))
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return "", err
		}
		replaced[filepath.Join(repository, path)] = file
	}
	list, err := json.Marshal(map[string]any{"Replace": replaced})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, list, 0o600)
}
