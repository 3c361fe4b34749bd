package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// maxInput is the size, in bytes, of the largest input that is kept.
const maxInput = 4096

// byHash is the name that fuzzing gives to an input. An input with another name is the test of a bug, and stays.
var byHash = regexp.MustCompile(`^[0-9a-f]{16}$`)

// target is a fuzz target.
type target struct {
	name, dir       string
	binary, profile string // the test binary with coverage, and where it writes that
	found           string // the directory of the inputs that fuzzing found
}

// input is a file of a corpus.
type input struct {
	name string
	size int64
}

// reduce leaves only those inputs in testdata/fuzz that add coverage to the target's seeds and to smaller inputs.
func (t target) reduce(ctx context.Context) (before, after int, err error) {
	kept := filepath.Join(t.dir, "testdata", "fuzz", t.name)
	if err := os.MkdirAll(kept, 0o755); err != nil { //nolint:gosec // a directory of the repository
		return 0, 0, err
	}
	if err := take(t.found, kept); err != nil {
		return 0, 0, err
	}
	inputs, err := inputsIn(kept)
	if err != nil {
		return 0, 0, err
	}
	covered, err := t.cover(ctx, `[^/]*[^0-9a-f/][^/]*`) // the seeds and the tests of bugs
	if err != nil {
		return 0, 0, err
	}
	needed, err := t.needed(ctx, inputs, covered)
	if err != nil {
		return 0, 0, err
	}
	for _, one := range inputs {
		if !slices.Contains(needed, one) {
			err = errors.Join(err, os.Remove(filepath.Join(kept, one.name)))
		}
	}
	for dir := kept; dir != t.dir; dir = filepath.Dir(dir) {
		_ = os.Remove(dir) // if it is empty
	}
	return len(inputs), len(needed), err
}

// take copies the inputs that are small enough.
func take(from, to string) error {
	inputs, err := inputsIn(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, one := range inputs {
		if one.size > maxInput {
			continue
		}
		text, readErr := os.ReadFile(filepath.Join(from, one.name)) //nolint:gosec // of Go's cache
		err = errors.Join(err, readErr,
			os.WriteFile(filepath.Join(to, one.name), text, 0o644)) //nolint:gosec // a file of the repository
	}
	return err
}

// inputsIn lists the inputs that fuzzing found, the smallest first.
func inputsIn(dir string) (inputs []input, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			return nil, err
		}
		if byHash.MatchString(entry.Name()) {
			inputs = append(inputs, input{entry.Name(), info.Size()})
		}
	}
	slices.SortFunc(inputs, func(a, b input) int {
		return cmp.Or(cmp.Compare(a.size, b.size), cmp.Compare(a.name, b.name))
	})
	return inputs, nil
}

// needed returns the inputs that add coverage, and adds it to what is covered. It runs many at once and divides them
// only if they add something, because most inputs add nothing.
func (t target) needed(ctx context.Context, inputs []input, covered map[string]bool) ([]input, error) {
	if len(inputs) == 0 {
		return nil, nil
	}
	names := make([]string, len(inputs))
	for i, one := range inputs {
		names[i] = one.name
	}
	reached, err := t.cover(ctx, "("+strings.Join(names, "|")+")")
	if err != nil {
		return nil, err
	}
	adds := false
	for block := range reached {
		adds = adds || !covered[block]
	}
	switch {
	case !adds:
		return nil, nil
	case len(inputs) > 1:
		first, err := t.needed(ctx, inputs[:len(inputs)/2], covered)
		if err != nil {
			return nil, err
		}
		rest, err := t.needed(ctx, inputs[len(inputs)/2:], covered)
		return append(first, rest...), err
	}
	for block := range reached {
		covered[block] = true
	}
	return slices.Clone(inputs), nil // the caller appends to it
}

// cover runs the inputs whose names match, and returns the blocks of code that they reach.
func (t target) cover(ctx context.Context, names string) (map[string]bool, error) {
	cmd := exec.CommandContext(ctx, t.binary, "-test.run", "^"+t.name+"$/^"+names+"$", //nolint:gosec // built before
		"-test.coverprofile", t.profile)
	cmd.Dir = t.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("an input fails: %w: %s", err, out)
	}
	text, err := os.ReadFile(t.profile)
	if err != nil {
		return nil, err
	}
	covered := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if block, is := strings.CutSuffix(strings.TrimSpace(line), " 1"); is {
			covered[block] = true
		}
	}
	return covered, nil
}
