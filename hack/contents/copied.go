package main

import (
	"context"
	"fmt"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

// notLinked are the directories of this repository whose code is in no binary that is released.
var notLinked = []string{"docs/", "examples/", "hack/", "test/"}

// addCopied adds the code of others that was copied into this repository. It stands in directories with a license of
// their own, each of which counts as a module: its version is that of the repository.
func (b *binary) addCopied(source string) error {
	list, err := exec.CommandContext(context.Background(), "git", "-C", source, "ls-files", "-z").Output()
	if err != nil {
		return fmt.Errorf("list the files of %s: %w", source, err)
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(list), "\x00"), "\x00") {
		dir := path.Dir(name)
		if dir == "." || startsWith(name, notLinked) || !isNamed(path.Base(name)) {
			continue
		}
		f, err := readFile(filepath.Join(source, filepath.FromSlash(name)), path.Base(name))
		if err != nil {
			return err
		}
		b.modules = append(b.modules, linked{path: ownModule + "/" + dir, version: "modified", files: []file{f}})
	}
	return nil
}

// ownModule is the module of this repository.
const ownModule = "github.com/vaultseal/kubectl-vaultseal"

func startsWith(name string, prefixes []string) bool {
	for _, prefix := range prefixes {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
