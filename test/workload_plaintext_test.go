package test

import (
	"bytes"
	"encoding/base64"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// plaintextPlaces are the places of the cluster and its node in which a value was found.
type plaintextPlaces []string

// findPlaintext looks for values and their base64 where a node and a cluster keep things: on disks, in containerd's
// state, in logs, and in what kubectl prints. It leaves volumes in memory out.
func (n node) findPlaintext(t *testing.T, p testNamespace, values ...string) plaintextPlaces {
	t.Helper()
	var needles [][]byte
	for _, value := range values {
		needles = append(needles, []byte(value))
		for shift := range 3 { // base64 of a text with something before it
			text := base64.StdEncoding.EncodeToString(append(make([]byte, shift), value...))
			needles = append(needles, []byte(text[4:len(text)-4]))
		}
	}
	var found plaintextPlaces
	add := func(place string, text []byte) {
		if slices.ContainsFunc(needles, func(needle []byte) bool { return bytes.Contains(text, needle) }) &&
			!slices.Contains(found, place) {
			found = append(found, place)
		}
	}
	for place, dir := range map[string]string{
		"etcd": filepath.Join(theStack.dir, "etcd"), "containerd's disk": n.ContainerdDir, "containerd's state": n.ContainerdState,
		"kubelet's disk": n.KubeletDir, "logs of pods": n.PodLogs,
	} {
		eachFile(t, dir, func(text []byte) { add(place, text) })
	}
	logs, err := filepath.Glob(filepath.Join(n.Logs, "*.log"))
	check(t, err)
	for _, file := range append(logs, theStack.kubeAudit, theStack.vaultAudit) {
		text, err := os.ReadFile(file)
		check(t, err)
		add(filepath.Base(file), text)
	}
	for _, args := range [][]string{{"describe", "all,secrets,events,configmaps"}, {"get", "all,secrets,events", "-o", "yaml"}} {
		add("kubectl "+args[0], []byte(p.kubectl(t, args...)))
	}
	slices.Sort(found)
	return found
}

// eachFile reads the files below a directory that are on its own file system: no volumes in memory, no mounted images.
func eachFile(t *testing.T, dir string, see func(text []byte)) {
	t.Helper()
	root, err := os.Stat(dir)
	check(t, err)
	device := root.Sys().(*syscall.Stat_t).Dev
	check(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if os.IsNotExist(err) { // files of containers come and go
			return nil
		}
		if err != nil {
			return err
		}
		info, err := entry.Info()
		switch {
		case os.IsNotExist(err):
			return nil
		case err != nil:
			return err
		case info.Sys().(*syscall.Stat_t).Dev != device:
			return skipDir(entry)
		case !info.Mode().IsRegular():
			return nil
		}
		text, err := os.ReadFile(path)
		if err == nil {
			see(text)
		}
		return nil
	}))
}

func skipDir(entry fs.DirEntry) error {
	if entry.IsDir() {
		return fs.SkipDir
	}
	return nil
}
