package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

const (
	vale   = "github.com/vale-cli/vale/v3/cmd/vale"
	sitter = "github.com/smacker/go-tree-sitter"
)

//go:embed sitter.go.txt
var sitterStub []byte

// buildVale builds the version of vale in go.mod into bin/prose. It needs no C compiler: vale's grammars of programming
// languages, which are C, are replaced by empty packages, because comments reach vale as text.
func buildVale(ctx context.Context, repository string) (binary string, err error) {
	dir, err := filepath.Abs(filepath.Join(repository, "bin", "prose"))
	if err != nil {
		return "", err
	}
	src := filepath.Join(dir, "vale-src")
	if err := os.RemoveAll(src); err != nil {
		return "", err
	}
	modfile := filepath.Join(src, "go.mod")
	for from, to := range map[string]string{"go.mod": modfile, "go.sum": filepath.Join(src, "go.sum")} {
		text, err := os.ReadFile(from) //nolint:gosec // of this module
		if err == nil {
			err = write(to, text)
		}
		if err != nil {
			return "", err
		}
	}
	list, err := run(ctx, "go", "list", "-deps", "-e", "-f", "{{.ImportPath}}", vale)
	if err != nil {
		return "", err
	}
	for importPath := range strings.FieldsSeq(list) {
		if !strings.Contains(importPath, "/go-tree-sitter") {
			continue
		}
		if err := stub(ctx, src, modfile, importPath); err != nil {
			return "", err
		}
	}
	binary = filepath.Join(dir, "vale")
	args := []string{"build", "-mod=mod", "-modfile", modfile, "-o", binary, vale}
	build := exec.CommandContext(ctx, "go", args...) //nolint:gosec // with a module file made above
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build vale: %w\n%s", err, out)
	}
	return binary, nil
}

// stub writes an empty package in place of a grammar, and a line in modfile that replaces the grammar's module.
func stub(ctx context.Context, src, modfile, importPath string) error {
	module := strings.Join(strings.Split(importPath, "/")[:3], "/")
	root := filepath.Join(src, filepath.FromSlash(module))
	text := sitterStub
	if importPath != sitter {
		text = fmt.Appendf(nil, "package %s\n\nimport sitter %q\n\nfunc GetLanguage() *sitter.Language { return nil "+
			"}\n",
			path.Base(importPath), sitter)
	}
	if err := write(filepath.Join(src, filepath.FromSlash(importPath), "stub.go"), text); err != nil {
		return err
	}
	if err := write(filepath.Join(root, "go.mod"), []byte("module "+module+"\n")); err != nil {
		return err
	}
	_, err := run(ctx, "go", "mod", "edit", "-replace", module+"="+root, modfile)
	return err
}

func write(name string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil { //nolint:gosec // no secret
		return err
	}
	return os.WriteFile(name, text, 0o644) //nolint:gosec // no secret
}

func run(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // go and git
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return string(out), fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, stderr.String())
	}
	return string(out), nil
}
