package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// compile builds the binaries into dir. The caller holds the module's lock.
func (m module) compile(ctx context.Context, source, dir string, status *buildStatus) error {
	temp := dir + ".building"
	if err := os.RemoveAll(temp); err != nil { // what a killed build has left
		return err
	}
	if err := os.Mkdir(temp, 0o750); err != nil {
		return err
	}
	defer os.RemoveAll(temp)

	flags := []string{
		"-modfile", m.modfile, "-trimpath", "-buildvcs=false", "-ldflags", m.ldflags, "-tags", m.tags,
	}
	if m.overlay != nil {
		list := filepath.Join(filepath.Dir(dir), "overlay.json")
		if err := m.overlay.write(ctx, source, m.buildEnv(), list); err != nil {
			return err
		}
		flags = append(flags, "-overlay", list)
	}
	stale, err := m.stalePackages(ctx, source, flags)
	if err != nil {
		return err
	}
	output := status.begin(m.name, stale)
	args := append([]string{"build", "-v", "-o", temp + string(filepath.Separator)}, flags...)
	cmd := m.goCommand(ctx, source, append(args, m.packages...))
	cmd.Env = append(cmd.Env, compilerMemory()...)
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Run(); err != nil {
		return errors.Join(fmt.Errorf("go build: %w", err), lastLines(output.rest.Bytes(), failureLines))
	}
	return os.Rename(temp, dir)
}

// stalePackages lists the packages that a build will compile.
func (m module) stalePackages(ctx context.Context, source string, flags []string) (map[string]bool, error) {
	args := append([]string{"list", "-deps", "-f", "{{if .Stale}}{{.ImportPath}}{{end}}"}, flags...)
	cmd := m.goCommand(ctx, source, append(args, m.packages...))
	var said bytes.Buffer
	cmd.Stderr = &said
	output, err := cmd.Output()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("go list: %w", err), lastLines(said.Bytes(), failureLines))
	}
	stale := map[string]bool{}
	for name := range strings.FieldsSeq(string(output)) {
		stale[name] = true
	}
	return stale, nil
}

// goCommand runs go in source; its end ends the compilers too.
func (m module) goCommand(ctx context.Context, source string, args []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env = source, m.buildEnv()
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// buildEnv makes builds alike whatever workspace or flags the caller has set.
func (m module) buildEnv() []string {
	env := append(os.Environ(), "CGO_ENABLED="+cgoEnabled(m.cgo), "GOWORK=off", "GOFLAGS=")
	if m.target != "" {
		env = append(env, "GOOS=linux", "GOARCH="+m.target)
	}
	return env
}

func cgoEnabled(yes bool) string {
	if yes {
		return "1"
	}
	return "0"
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
