package main

import (
	"context"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
)

// binary is a program that Go has built.
type binary struct {
	path    string // of its main package
	modules []linked
}

// linked is a module that is in a binary.
type linked struct {
	path, version string
	sum           string // its checksum, as go.sum has it
	files         []file // its licenses and notices
}

func (m linked) String() string { return m.path + "@" + m.version }

// standardLibrary is Go's own module.
const standardLibrary = "std"

// readBinary finds the licenses of a binary's modules in their sources, which must be those that it was built from.
func readBinary(path string) (binary, error) {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return binary{}, fmt.Errorf("%s: %w", path, err)
	}
	goRoot, err := goRootOf(info.GoVersion)
	if err != nil {
		return binary{}, fmt.Errorf("%s: %w", path, err)
	}
	files, err := filesBeside(goRoot)
	if err != nil {
		return binary{}, err
	}
	b := binary{path: info.Path, modules: []linked{{path: standardLibrary, version: info.GoVersion, files: files}}}
	for _, dep := range info.Deps {
		m, err := readModule(dep)
		if err != nil {
			return binary{}, fmt.Errorf("%s: module %s: %w", path, dep.Path, err)
		}
		b.modules = append(b.modules, m)
	}
	return b, nil
}

func readModule(dep *debug.Module) (linked, error) {
	if dep.Replace != nil {
		dep = dep.Replace
	}
	if dep.Sum == "" {
		return linked{}, errors.New("it has no checksum: it is built from a local directory")
	}
	dir, err := sourceOf(dep)
	if err != nil {
		return linked{}, err
	}
	sum, err := dirhash.HashDir(dir, dep.Path+"@"+dep.Version, dirhash.Hash1)
	if err != nil {
		return linked{}, err
	}
	if sum != dep.Sum {
		return linked{}, fmt.Errorf("%s has the checksum %s, and the binary is built from %s", dir, sum, dep.Sum)
	}
	files, err := filesBelow(dir)
	return linked{dep.Path, dep.Version, dep.Sum, files}, err
}

// sourceOf is the directory of a module's source in Go's cache, into which it is downloaded if need be.
func sourceOf(dep *debug.Module) (string, error) {
	path, err := module.EscapePath(dep.Path)
	if err != nil {
		return "", err
	}
	version, err := module.EscapeVersion(dep.Version)
	if err != nil {
		return "", err
	}
	cache, err := goCommand("", "env", "GOMODCACHE")
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, filepath.FromSlash(path)+"@"+version)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	// What comes is compared with the binary's checksum.
	out, err := goCommand("", "mod", "download", "-json", dep.Path+"@"+dep.Version)
	if err != nil {
		return "", err
	}
	var downloaded struct{ Dir string }
	return dir, json.Unmarshal([]byte(out), &downloaded)
}

// goRootOf is where the Go of a version is.
func goRootOf(version string) (string, error) {
	out, err := goCommand("", "env", "GOVERSION", "GOROOT")
	if err != nil {
		return "", err
	}
	if is, root, _ := strings.Cut(out, "\n"); is == version {
		return root, nil
	}
	return goCommand("GOTOOLCHAIN="+version, "env", "GOROOT")
}

// goCommand is what go prints, outside of any module: it must not write into one.
func goCommand(setting string, args ...string) (string, error) {
	command := exec.CommandContext(context.Background(), "go", args...)
	command.Dir = os.TempDir()
	command.Env = append(os.Environ(), "GOWORK=off", "GONOSUMDB=*", setting)
	out, err := command.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return "", fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, exit.Stderr)
	}
	return strings.TrimSpace(string(out)), err
}
