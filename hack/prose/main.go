// Prose checks the language of the Markdown pages, of the comments in Go files and of the messages, by the rules in
// styles/Vaultseal, and how the lines of the pages are wrapped. It runs in its own directory: make lint-prose.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const root = "../.."

func main() {
	findings, err := check(context.Background(), root, os.Args[1:])
	for _, finding := range findings {
		fmt.Println(finding)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		os.Exit(1)
	}
	if len(findings) > 0 {
		os.Exit(1)
	}
}

// check gives the findings in the files whose paths, from the repository, begin with one of the prefixes; in all
// files if there is no prefix.
func check(ctx context.Context, repository string, prefixes []string) (findings []string, err error) {
	binary, err := buildVale(ctx, repository)
	if err != nil {
		return nil, err
	}
	texts, err := os.MkdirTemp("", "prose")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(texts)
	files, err := prose(ctx, repository, prefixes)
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no file begins with %s", strings.Join(prefixes, " or "))
	}
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(repository, file)) //nolint:gosec // a file that git lists
		if errors.Is(err, fs.ErrNotExist) {                       // git lists what is deleted
			continue
		}
		if err != nil {
			return nil, err
		}
		if filepath.Ext(file) == ".md" && file != reference {
			findings = append(findings, checkLines(file, string(text))...)
		}
		if err := write(filepath.Join(texts, textName(file)), readable(file, text)); err != nil {
			return nil, err
		}
	}
	found, err := lint(ctx, binary, texts, "error")
	return append(findings, found...), err
}

// lint runs vale over a directory of texts. It reports findings of at least that level.
func lint(ctx context.Context, binary, texts, level string) (findings []string, err error) {
	config, err := filepath.Abs("vale.ini")
	if err != nil {
		return nil, err
	}
	args := []string{"--config", config, "--no-global", "--minAlertLevel", level, "--output=line", "."}
	cmd := exec.CommandContext(ctx, binary, args...) //nolint:gosec // built here
	cmd.Dir = texts
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || len(out) == 0) {
		return nil, fmt.Errorf("vale: %w\n%s%s", err, out, stderr.String())
	}
	for line := range strings.Lines(string(out)) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		findings = append(findings, fileName(filepath.ToSlash(name))+":"+rest)
	}
	return findings, nil
}
