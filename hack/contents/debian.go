package main

import (
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strings"
)

// debianPackage is one whose files are in an image.
type debianPackage struct {
	name, version, arch, release string
	builtUsing                   []component // the sources of what was linked into it
}

// packageFields are the fields of a line of -packages, in this order, with tabs between them.
const packageFields = "release, package, version, architecture, built-using"

var builtUsing = regexp.MustCompile(`([a-z0-9][a-z0-9+.-]*) \(= ([^)]+)\)`)

func readPackages(path string) ([]debianPackage, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var packages []debianPackage
	for line := range strings.Lines(string(text)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) != 5 || fields[0] == "" || fields[1] == "" || fields[2] == "" || fields[3] == "" {
			return nil, fmt.Errorf("%s: a line does not have the fields %s: %q", path, packageFields, line)
		}
		p := debianPackage{release: fields[0], name: fields[1], version: fields[2], arch: fields[3]}
		for _, source := range builtUsing.FindAllStringSubmatch(fields[4], -1) {
			p.builtUsing = append(p.builtUsing, debianPackage{release: p.release, name: source[1], version: source[2],
				arch: "source"}.component())
		}
		packages = append(packages, p)
	}
	return packages, nil
}

func (p debianPackage) component() component {
	purl := "pkg:deb/debian/" + p.name + "@" + url.QueryEscape(p.version) + "?arch=" + p.arch + "&distro=debian-" +
		p.release
	return component{Ref: purl, Type: "library", Name: p.name, Version: p.version, PURL: purl}
}
