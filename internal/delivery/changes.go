package delivery

import (
	"bytes"
	"errors"
	"fmt"
	"syscall"
)

// NoSpaceError says that a volume is too small.
type NoSpaceError struct{ Err error }

func (e *NoSpaceError) Error() string { return e.Err.Error() }

// Unwrap returns what the system said.
func (e *NoSpaceError) Unwrap() error { return e.Err }

// changes are staged, and then committed together.
type changes []change

// stageDirs stages directories. It returns the paths of those that change.
func (c *changes) stageDirs(dirs []*dirPlan, s *sources, opened map[Entry][]byte) (changed []string, err error) {
	for _, dir := range dirs {
		staged, err := stageDir(dir.path, dir.contents(s, opened))
		if err != nil {
			return nil, err
		}
		if staged.changed() {
			changed = append(changed, dir.path)
		}
		*c = append(*c, staged)
	}
	return changed, nil
}

// envFileMode lets only the owner read an env file. kubelet reads it as root.
const envFileMode = 0o400

// stageFiles stages everything that is no directory.
func (c *changes) stageFiles(p *Plan, opened map[Entry][]byte, envFiles [][]byte) error {
	for _, file := range p.files {
		plaintext, found := opened[file.Entry]
		if !found {
			*c = append(*c, removal(file.Path))
			continue
		}
		staged, err := stageFile(file.Path, file.Mode, bytes.NewReader(plaintext))
		if err != nil {
			return err
		}
		*c = append(*c, staged)
	}
	for i, env := range p.envFiles {
		staged, err := stageFile(env.Path, envFileMode, bytes.NewReader(envFiles[i]))
		if err != nil {
			return err
		}
		*c = append(*c, staged)
	}
	for _, path := range p.binaries {
		staged, err := stageBinary(path)
		if err != nil {
			return err
		}
		*c = append(*c, staged)
	}
	return nil
}

// finish commits the changes, or discards them if staging has failed.
func (c *changes) finish(failed error) error {
	failed = c.commitOrDiscard(failed)
	if errors.Is(failed, syscall.ENOSPC) {
		return &NoSpaceError{Err: failed}
	}
	return failed
}

func (c *changes) commitOrDiscard(failed error) error {
	for i, one := range *c {
		if failed == nil {
			failed = one.commit()
			continue
		}
		for _, rest := range (*c)[i:] {
			rest.discard()
		}
		return failed
	}
	return failed
}

// binaryMode lets every container of the pod run a copy of the program.
const binaryMode = 0o755

func stageBinary(path string) (change, error) {
	own, err := openOwnBinary()
	if err != nil {
		return nil, fmt.Errorf("copy the running program: %w", err)
	}
	defer func() { _ = own.Close() }()
	return stageFile(path, binaryMode, own)
}
