package test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// runKubeletVolume writes a Secret to a directory as kubelet writes its volume: a directory of its own, "..data" that
// links to it, and a link for each entry. The directory before is removed after the switch. Scripts have no node, and
// need no root; TestWorkloadMatrix and TestWorkloadFaultSidecar show the same with kubelet's own volumes.
func runKubeletVolume(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: kubeletvolume SECRET DIR [ENTRY…]")
	}
	text, err := theStack.kubectl("", "get", "secret", args[0], "--namespace", ts.Getenv("NS"), "-o", "json")
	ts.Check(err)
	var secret struct{ Data map[string][]byte }
	ts.Check(json.Unmarshal([]byte(text), &secret))
	if wanted := args[2:]; len(wanted) > 0 {
		maps.DeleteFunc(secret.Data, func(name string, _ []byte) bool { return !slices.Contains(wanted, name) })
	}
	ts.Check(writeVolume(ts.MkAbs(args[1]), secret.Data))
}

func writeVolume(dir string, files map[string][]byte) error {
	data := filepath.Join(dir, "..data")
	old, err := os.Readlink(data)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	now := time.Now().UTC().Format("..2006_01_02_15_04_05.") + fmt.Sprint(time.Now().Nanosecond())
	if err := os.MkdirAll(filepath.Join(dir, now), 0o755); err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, now, name), content, 0o444); err != nil {
			return err
		}
	}
	if err := errors.Join(os.Symlink(now, data+"_tmp"), os.Rename(data+"_tmp", data)); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if _, kept := files[entry.Name()]; !kept && !strings.HasPrefix(entry.Name(), "..") {
			err = errors.Join(err, os.Remove(filepath.Join(dir, entry.Name())))
		}
	}
	for name := range files {
		if link := os.Symlink(filepath.Join("..data", name), filepath.Join(dir, name)); !errors.Is(link, fs.ErrExist) {
			err = errors.Join(err, link)
		}
	}
	if old != "" {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, old)))
	}
	return err
}
