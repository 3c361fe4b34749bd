package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

// allowed are the licenses that fit the project's own, Apache-2.0, by their SPDX identifiers. All but MPL-2.0 ask only
// to keep their texts and notices. MPL-2.0 also asks to say where the source is, which licensesText does.
var allowed = []string{"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MPL-2.0"}

// known is how much of a file must be the text of licenses, in percent: names and years are not.
const known = 80

// file is a license or a notice in a module.
type file struct {
	name  string // below the module's root, with slashes
	text  string
	kinds []string // of a license, what it is; else none
}

// licenseNames begin the names of licenses. The others say who has rights, and must be kept too.
var (
	licenseNames = []string{"LICENSE", "LICENCE", "COPYING", "UNLICENSE"}
	noticeNames  = []string{"NOTICE", "PATENTS", "COPYRIGHT"}
)

func begins(name string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool {
		return strings.HasPrefix(strings.ToUpper(name), prefix)
	})
}

// isNamed reports whether a file is a license or a notice by its name. go-digest's license of its documentation is not
// of what is linked, nor are the samples of licensecheck.
func isNamed(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".go", ".docs", ".lre", ".sh", ".py", ".json", ".yaml", ".yml", ".tmpl":
		return false
	}
	return begins(name, licenseNames) || begins(name, noticeNames)
}

// filesBelow are all licenses and notices in a directory, also those of code that was copied into it.
func filesBelow(dir string) ([]file, error) {
	var files []file
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == "testdata":
			return fs.SkipDir
		case entry.Type().IsRegular() && isNamed(entry.Name()):
			name, err := filepath.Rel(dir, path)
			if err != nil {
				return err
			}
			f, err := readFile(path, filepath.ToSlash(name))
			files = append(files, f)
			return err
		}
		return nil
	})
	return files, err
}

// filesBeside are the licenses and notices in a directory itself.
func filesBeside(dir string) ([]file, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []file
	for _, entry := range entries {
		if entry.Type().IsRegular() && isNamed(entry.Name()) {
			f, err := readFile(filepath.Join(dir, entry.Name()), entry.Name())
			if err != nil {
				return nil, err
			}
			files = append(files, f)
		}
	}
	return files, nil
}

func readFile(path, name string) (file, error) {
	text, err := os.ReadFile(path)
	f := file{name: name, text: string(text)}
	if begins(filepath.Base(name), licenseNames) {
		f.kinds = kindsOf(text)
	}
	return f, err
}

// unknown is the kind of a license that is not recognised.
const unknown = "unknown"

func kindsOf(text []byte) []string {
	found := licensecheck.Scan(text)
	if found.Percent < known || len(found.Match) == 0 {
		return []string{unknown}
	}
	var kinds []string
	for _, match := range found.Match {
		kinds = append(kinds, match.ID)
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// kinds are a module's licenses.
func (m linked) kinds() []string {
	var kinds []string
	for _, f := range m.files {
		kinds = append(kinds, f.kinds...)
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// check finds the modules that have no license at their root, and the licenses that are not allowed.
func (b binary) check() error {
	var problems []error
	for _, m := range b.modules {
		atRoot := func(f file) bool { return len(f.kinds) > 0 && !strings.Contains(f.name, "/") }
		if !slices.ContainsFunc(m.files, atRoot) {
			problems = append(problems, fmt.Errorf("%s has no license", m))
		}
		for _, f := range m.files {
			for _, kind := range f.kinds {
				if !slices.Contains(allowed, kind) {
					problems = append(problems, fmt.Errorf("%s: %s: the license %s is not in the list of allowed ones",
						m, f.name, kind))
				}
			}
		}
	}
	return errors.Join(problems...)
}
