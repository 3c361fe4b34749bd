package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// document is what is sealed.
const document = `{"user": "shop", "password": "correct horse battery staple"}
`

// session is what is typed.
func session() []string {
	return []string{
		"kubectl vaultseal create shop -f secrets.json",
		"kubectl get secret shop -o jsonpath='{.data.*}' | base64 -d   # what etcd and backups hold",
		"kubectl vaultseal view shop",
		"kubectl vaultseal rotate -A",
		"kubectl vaultseal verify -A",
	}
}

// prepare makes the transit key, as an administrator does.
const prepare = `VAULT_TOKEN="$VAULTSEAL_STACK_ROOT_TOKEN" vault write -f transit/keys/shop derived=true`

// record runs the session in the environment of a stack of its own.
func record(ctx context.Context) ([]line, error) {
	dir, err := os.MkdirTemp("", "picture-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := os.WriteFile(filepath.Join(dir, "secrets.json"), []byte(document), 0o600); err != nil {
		return nil, err
	}
	if _, err := shell(ctx, dir, prepare); err != nil {
		return nil, err
	}
	var lines []line
	for _, typed := range session() {
		shown, err := shell(ctx, dir, typed)
		if err != nil {
			return nil, err
		}
		if len(lines) > 0 {
			lines = append(lines, line{})
		}
		lines = append(lines, line{typed: true, text: typed})
		for text := range strings.Lines(shown) {
			lines = append(lines, line{text: strings.TrimRight(shorten(text), " \n")})
		}
	}
	return lines, nil
}

// shell runs a command line and returns what a terminal would show.
func shell(ctx context.Context, dir, script string) (string, error) {
	command := exec.CommandContext(ctx, "sh", "-ec", script) //nolint:gosec // the session's own
	command.Dir = dir
	command.Env = append(os.Environ(), "VAULTSEAL_TRANSIT_KEY=transit/shop")
	shown, err := command.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", script, err, shown)
	}
	return string(shown), nil
}

var ciphertext = regexp.MustCompile(`(vault:v\d+:[A-Za-z0-9+/]{40})[A-Za-z0-9+/=]+`)

// shorten leaves of a ciphertext what tells it.
func shorten(text string) string { return ciphertext.ReplaceAllString(text, "$1…") }
