package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

// self is this test's binary, which is built from modules as those of a release are.
func self(t *testing.T) (string, binary) {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	b, err := readBinary(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, b
}

func TestBinaryHasLicensesOfAllModules(t *testing.T) {
	_, b := self(t)
	kinds := map[string]string{}
	for _, m := range b.modules {
		kinds[m.path] = strings.Join(m.kinds(), " ")
	}
	want := map[string]string{"std": "BSD-3-Clause", "github.com/google/licensecheck": "BSD-3-Clause",
		"github.com/google/uuid": "BSD-3-Clause", "golang.org/x/mod": "BSD-3-Clause"}
	if !reflect.DeepEqual(kinds, want) {
		t.Errorf("got %v, want %v", kinds, want)
	}
	if err := b.check(); err != nil {
		t.Error(err)
	}
}

// What is in the cache may differ from what the binary is built from.
func TestModuleWithAnotherChecksum(t *testing.T) {
	_, b := self(t)
	m := b.modules[1]
	_, err := readModule(&debug.Module{Path: m.path, Version: m.version, Sum: "h1:AAAA"})
	if err == nil || !strings.Contains(err.Error(), "the binary is built from h1:AAAA") {
		t.Errorf("got %v", err)
	}
	if _, err := readModule(&debug.Module{Path: m.path, Version: m.version}); err == nil {
		t.Error("a module without a checksum is accepted")
	}
}

const isc = `ISC License

Copyright (c) 2012-2016 Dave Collins <dave@davec.name>

Permission to use, copy, modify, and/or distribute this software for any
purpose with or without fee is hereby granted, provided that the above
copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
`

func TestKinds(t *testing.T) {
	for text, want := range map[string]string{
		isc:                                   "ISC",
		"All rights reserved.":                unknown,
		isc + strings.Repeat("But no. ", 100): unknown, // a part that is not recognised may say anything
		"":                                    unknown,
	} {
		if got := strings.Join(kindsOf([]byte(text)), " "); got != want {
			t.Errorf("%.40q: %s, want %s", text, got, want)
		}
	}
}

func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		files []file
		want  string
	}{
		"one":          {[]file{{"LICENSE", isc, []string{"ISC"}}}, ""},
		"none":         {nil, "example.com/m@v1.0.0 has no license"},
		"only notices": {[]file{{"NOTICE", "we", nil}}, "example.com/m@v1.0.0 has no license"},
		"only of a part": {[]file{{"forked/LICENSE", isc, []string{"ISC"}}},
			"example.com/m@v1.0.0 has no license"},
		"one that is not allowed": {[]file{{"LICENSE", isc, []string{"ISC"}}, {"x/COPYING", "", []string{"AGPL-3.0"}}},
			"example.com/m@v1.0.0: x/COPYING: the license AGPL-3.0 is not in the list of allowed ones"},
		"unknown": {[]file{{"LICENSE", "", []string{unknown}}},
			"example.com/m@v1.0.0: LICENSE: the license unknown is not in the list of allowed ones"},
	} {
		got := ""
		if err := (binary{modules: []linked{{"example.com/m", "v1.0.0", "", c.files}}}).check(); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestFilesBelow(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"LICENSE", "License.txt", "NOTICE", "PATENTS", "a/COPYING", "a/license.go",
		"testdata/LICENSE", "LICENSE.docs", "README.md"} {
		write(t, filepath.Join(dir, name), isc)
	}
	files, err := filesBelow(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files {
		got = append(got, f.name+strings.Join(f.kinds, ""))
	}
	want := []string{"LICENSEISC", "License.txtISC", "NOTICE", "PATENTS", "a/COPYINGISC"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestText(t *testing.T) {
	b := binary{path: "example.com/program", modules: []linked{
		{"example.com/a", "v1.0.0", "", []file{{"LICENSE", isc, []string{"ISC"}}, {"NOTICE", "thanks to A", nil}}},
		{"example.com/b", "v2.0.0", "", []file{{"COPYING", isc, []string{"ISC"}}}},
	}}
	text := licensesText(b)
	for _, want := range []string{"example.com/a v1.0.0: ISC\n", "example.com/b v2.0.0: ISC\n", "thanks to A",
		"example.com/a@v1.0.0: LICENSE\nexample.com/b@v2.0.0: COPYING\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("the text does not have %q:\n%s", want, text)
		}
	}
	if times := strings.Count(text, "Dave Collins"); times != 1 {
		t.Errorf("the text of both modules is there %d times", times)
	}
}

// Code that was copied from others counts, wherever it is linked.
func TestCopied(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"LICENSE", "internal/copied/LICENSE", "hack/tool/LICENSE", "internal/own/a.go"} {
		write(t, filepath.Join(dir, name), isc)
	}
	for _, args := range [][]string{{"init", "--quiet"}, {"add", "."}} {
		if out, err := exec.Command("git", append([]string{"-C", dir}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	var b binary
	if err := b.addCopied(dir); err != nil {
		t.Fatal(err)
	}
	if len(b.modules) != 1 || b.modules[0].String() != ownModule+"/internal/copied@modified" ||
		strings.Join(b.modules[0].kinds(), " ") != "ISC" {
		t.Errorf("got %+v", b.modules)
	}
}

var saysLicense = regexp.MustCompile(`(?i)SPDX-License-Identifier|Mozilla Public License|licensed under the|BSD-style`)

// TestCopiedCodeHasItsLicense: code of this repository that says that it has a license is beside that license.
func TestCopiedCodeHasItsLicense(t *testing.T) {
	const root = "../.."
	list, err := exec.Command("git", "-C", root, "ls-files", "-z", "*.go").Output()
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for name := range strings.SplitSeq(strings.TrimSuffix(string(list), "\x00"), "\x00") {
		text, err := os.ReadFile(filepath.Join(root, name))
		if os.IsNotExist(err) || startsWith(name, notLinked) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		read++
		head, _, _ := strings.Cut(string(text), "\npackage ")
		if beside, _ := filesBeside(filepath.Join(root, filepath.Dir(name))); saysLicense.MatchString(head) &&
			len(beside) == 0 {
			t.Errorf("%s has a license, and there is no LICENSE beside it", name)
		}
	}
	if read < 100 {
		t.Errorf("only %d files were read", read)
	}
}

func TestRun(t *testing.T) {
	path, _ := self(t)
	dir := t.TempDir()
	licenses, sbom := filepath.Join(dir, "licenses.txt"), filepath.Join(dir, "image.cdx.json")
	if err := run([]string{"licenses", path, licenses}); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(licenses); !strings.Contains(string(text), "golang.org/x/mod v0") {
		t.Errorf("the licenses are\n%s", text)
	}
	write(t, filepath.Join(dir, "index.json"), `{"manifests": [{"digest": "sha256:0123"}]}`)
	write(t, filepath.Join(dir, "packages"),
		"12\tbusybox-static\t1:1.35.0-4+b1\tamd64\tglibc (= 2.36-9), x (= 1)\n12\tca-certificates\t2025~deb12u2\tall\t\n")
	arguments := []string{"sbom", "-name", "vaultseal", "-version", "v1.2.3", "-layout", dir, "-packages",
		filepath.Join(dir, "packages"), sbom, path, path}
	if err := run(arguments); err != nil {
		t.Fatal(err)
	}
	first, _ := os.ReadFile(sbom)
	if err := run(arguments); err != nil {
		t.Fatal(err)
	}
	if second, _ := os.ReadFile(sbom); string(first) != string(second) {
		t.Error("the SBOM differs when it is made again")
	}
	var b bom
	if err := json.Unmarshal(first, &b); err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^urn:uuid:[0-9a-f-]{36}$`).MatchString(b.SerialNumber) ||
		b.Metadata.Component.PURL != "pkg:oci/vaultseal@sha256%3A0123?repository_url=ghcr.io/vaultseal/vaultseal" {
		t.Errorf("it is about %+v, %s", b.Metadata.Component, b.SerialNumber)
	}
	var got []string
	for _, c := range b.Components {
		got = append(got, c.Ref)
	}
	for _, want := range []string{"pkg:deb/debian/busybox-static@1%3A1.35.0-4%2Bb1?arch=amd64&distro=debian-12",
		"pkg:deb/debian/glibc@2.36-9?arch=source&distro=debian-12", "pkg:deb/debian/x@1?arch=source&distro=debian-12",
		"pkg:deb/debian/ca-certificates@2025~deb12u2?arch=all&distro=debian-12",
		"pkg:golang/github.com/google/uuid@v1.6.0?type=module",
		"pkg:golang/stdlib@" + strings.TrimPrefix(runtime.Version(), "go")} {
		if !slices.Contains(got, want) {
			t.Errorf("it does not have %s: %q", want, got)
		}
	}
	if len(slices.Compact(got)) != len(b.Components) {
		t.Errorf("a component is there twice: %q", got)
	}
}

func TestRunRefuses(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "bad"), "a line\n")
	if _, err := readPackages(filepath.Join(dir, "bad")); err == nil {
		t.Error("a list of packages without fields is accepted")
	}
	write(t, filepath.Join(dir, "index.json"), `{"manifests": []}`)
	if _, err := layoutDigest(dir); err == nil {
		t.Error("a layout without an image is accepted")
	}
	for _, args := range [][]string{nil, {"other"}, {"licenses"}, {"sbom", "file", "binary"}} {
		if err := run(args); err != errUsage {
			t.Errorf("%q: %v", args, err)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
