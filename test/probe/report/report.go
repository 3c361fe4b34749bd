// Package report is what a container was given, as the probe in it prints it and as tests
// read it.
package report

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Report is what a container was given.
type Report struct {
	UID    int               `json:"uid"`
	GID    int               `json:"gid"`
	Groups []int             `json:"groups"`
	Env    map[string]string `json:"env"`
	Mounts []Mount           `json:"mounts"`
	Files  map[string]File   `json:"files"` // by path, below the directories that were asked for
}

// Mount is a line of /proc/self/mounts.
type Mount struct {
	Path    string   `json:"path"`
	Type    string   `json:"type"` // tmpfs
	Options []string `json:"options"`
}

// File is a file or a directory. Links are followed, as a program does; what a link names
// is in Link.
type File struct {
	Mode    fs.FileMode `json:"mode"` // with its type: of a directory fs.ModeDir is set
	UID     uint32      `json:"uid"`
	GID     uint32      `json:"gid"`
	Content []byte      `json:"content,omitempty"` // of a regular file that the container can read
	Denied  bool        `json:"denied,omitempty"`  // the container cannot read it
	Link    string      `json:"link,omitempty"`
}

// New reports on this process and on what is below dirs. It leaves out names that begin
// with "..", which kubelet makes for itself.
func New(dirs ...string) (Report, error) {
	groups, err := os.Getgroups()
	if err != nil {
		return Report{}, err
	}
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return Report{}, err
	}
	r := Report{UID: os.Getuid(), GID: os.Getgid(), Groups: groups, Env: map[string]string{},
		Mounts: parseMounts(mounts), Files: map[string]File{}}
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		r.Env[name] = value
	}
	for _, dir := range dirs {
		if err := r.add(dir); err != nil {
			return Report{}, err
		}
	}
	return r, nil
}

func parseMounts(text []byte) []Mount {
	var mounts []Mount
	for line := range bytes.Lines(text) {
		field := strings.Fields(string(line))
		if len(field) > 3 {
			mounts = append(mounts, Mount{Path: field[1], Type: field[2], Options: strings.Split(field[3], ",")})
		}
	}
	return mounts
}

func (r Report) add(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	owner := info.Sys().(*syscall.Stat_t)
	file := File{Mode: info.Mode(), UID: owner.Uid, GID: owner.Gid}
	if target, err := os.Readlink(path); err == nil {
		file.Link = target
	}
	if info.Mode().IsRegular() {
		file.Content, err = os.ReadFile(path)
		file.Denied = os.IsPermission(err)
	}
	var entries []fs.DirEntry
	if info.IsDir() {
		entries, err = os.ReadDir(path)
		file.Denied = os.IsPermission(err)
	}
	if err != nil && !file.Denied {
		return err
	}
	r.Files[path] = file
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "..") {
			continue
		}
		if err := r.add(filepath.Join(path, e.Name())); err != nil {
			return err
		}
	}
	return nil
}
