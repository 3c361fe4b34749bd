package delivery

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// Plan is what to write where. NewPlan makes it from the targets of a command line.
type Plan struct {
	namespace string
	sealed    []Sealed // with a key and a scope
	dirs      []*dirPlan
	files     []*File // in none of the directories
	envFiles  []EnvFile
	makeDirs  []string
	binaries  []string
}

// dirPlan is a directory that is switched as a whole.
type dirPlan struct {
	path   string
	writes []Target // later ones win; the paths of files are relative, with slashes
}

// Defaults are what a Sealed without a key or scope has.
type Defaults struct {
	Namespace string // of all Secrets
	Key       sealed.KeyTemplate
	Scope     sealed.Scope
}

// UnknownSecretError says that no directory with ciphertext of a Secret is specified.
type UnknownSecretError struct{ Secret string }

func (e *UnknownSecretError) Error() string {
	return fmt.Sprintf("secret %s: no --sealed specifies the directory with its ciphertext", e.Secret)
}

// NewPlan checks the targets and relates them to each other. Every Sealed gets a key, or Defaults.Key.
func NewPlan(targets Targets, defaults Defaults) (*Plan, error) {
	plan := &Plan{namespace: defaults.Namespace, makeDirs: targets.MakeDirs, binaries: targets.Binaries,
		envFiles: targets.EnvFiles}
	for _, from := range targets.Sealed {
		if from.Key.IsZero() {
			from.Key = defaults.Key
		}
		if from.Scope == nil {
			from.Scope = &defaults.Scope
		}
		plan.sealed = append(plan.sealed, from)
	}
	plan.addDirs(targets.Writes)
	for _, target := range targets.Writes {
		if err := plan.add(target); err != nil {
			return nil, err
		}
	}
	if err := plan.checkSecrets(); err != nil {
		return nil, err
	}
	needed := plan.secrets()
	plan.sealed = slices.DeleteFunc(plan.sealed, func(s Sealed) bool { return !slices.Contains(needed, s.Secret) })
	return plan, plan.checkPlaces()
}

// addDirs adds the directories of the targets, in their order.
func (p *Plan) addDirs(targets []Target) {
	for _, target := range targets {
		path := ""
		switch target := target.(type) {
		case *Dir:
			path = target.Path
		case *Copy:
			path = target.Path
		}
		if path != "" && !slices.ContainsFunc(p.dirs, func(d *dirPlan) bool { return d.path == path }) {
			p.dirs = append(p.dirs, &dirPlan{path: path})
		}
	}
}

// add adds a target to its directory.
func (p *Plan) add(target Target) error {
	switch target := target.(type) {
	case *Dir:
		if dir, _ := p.dirOf(filepath.Join(target.Path, "x")); target.Secret != "" {
			dir.writes = append(dir.writes, target)
		}
	case *Copy:
		dir, _ := p.dirOf(filepath.Join(target.Path, "x"))
		dir.writes = append(dir.writes, target)
	case *File:
		dir, below := p.dirOf(target.Path)
		if dir == nil {
			p.files = append(p.files, target)
			return nil
		}
		if strings.HasPrefix(below, kubelets) {
			return fmt.Errorf("file %s: names that begin with .. are kubelet's", target.Path)
		}
		relative := *target
		relative.Path = below
		dir.writes = append(dir.writes, &relative)
	}
	return nil
}

// dirOf is the innermost directory that a path is below, and the rest of the path, with slashes.
func (p *Plan) dirOf(path string) (innermost *dirPlan, below string) {
	for _, dir := range p.dirs {
		rest, err := filepath.Rel(dir.path, path)
		rest = filepath.ToSlash(rest)
		if err != nil || rest == "." || rest == ".." || strings.HasPrefix(rest, "../") {
			continue
		}
		if innermost == nil || len(dir.path) > len(innermost.path) {
			innermost, below = dir, rest
		}
	}
	return innermost, below
}

// checkSecrets finds a Secret without ciphertext.
func (p *Plan) checkSecrets() error {
	check := func(secret string) error {
		if slices.ContainsFunc(p.sealed, func(from Sealed) bool { return from.Secret == secret }) {
			return nil
		}
		return &UnknownSecretError{Secret: secret}
	}
	for _, secret := range p.secrets() {
		if err := check(secret); err != nil {
			return err
		}
	}
	return nil
}

// secrets are the Secrets that the targets name.
func (p *Plan) secrets() []string {
	var secrets []string
	for _, dir := range p.dirs {
		for _, target := range dir.writes {
			switch target := target.(type) {
			case *Dir:
				secrets = append(secrets, target.Secret)
			case *File:
				secrets = append(secrets, target.Entry.Secret)
			}
		}
	}
	for _, file := range p.files {
		secrets = append(secrets, file.Entry.Secret)
	}
	for _, env := range p.envFiles {
		for _, variable := range env.Variables {
			secrets = append(secrets, variable.Entry.Secret)
		}
	}
	return secrets
}

// checkPlaces refuses two targets at one place, and a file of its own that a switch of a directory would hide.
func (p *Plan) checkPlaces() error {
	taken := map[string]bool{}
	for _, dir := range p.dirs {
		taken[dir.path] = true
	}
	var paths []string
	for _, file := range p.files {
		paths = append(paths, file.Path)
	}
	for _, env := range p.envFiles {
		paths = append(paths, env.Path)
	}
	for _, path := range append(paths, p.binaries...) {
		if taken[path] {
			return fmt.Errorf("%s is specified twice", path)
		}
		taken[path] = true
	}
	for _, path := range append(paths[len(p.files):], p.binaries...) {
		if dir, _ := p.dirOf(path); dir != nil {
			return fmt.Errorf("%s is in directory %s, which --dir or --copy writes", path, dir.path)
		}
	}
	return nil
}

// NeedsVault reports whether the plan opens anything.
func (p *Plan) NeedsVault() bool { return len(p.secrets()) > 0 }
