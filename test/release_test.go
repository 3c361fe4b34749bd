package test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"
)

// releaseDir is where `make release-snapshot` puts the release.
const releaseDir = "../dist/release"

// releasePlatforms are what is released, as os/arch.
var releasePlatforms = []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64",
	"windows/arm64"}

// release is one platform's archive of a release.
type release struct {
	dir, os, arch, version string
}

// releases are those of `make release-snapshot`.
func releases(t *testing.T) []release {
	t.Helper()
	return releasesIn(t, releaseDir)
}

// releasesIn are those of a directory, whose version is in the archives' names.
func releasesIn(t *testing.T, dir string) []release {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "kubectl-vaultseal_v*_linux_amd64.tar.gz"))
	check(t, err)
	if len(found) != 1 {
		t.Fatalf("there is no release in %s: make release-snapshot", dir)
	}
	version := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(found[0]), "kubectl-vaultseal_"),
		"_linux_amd64.tar.gz")
	var all []release
	for _, platform := range releasePlatforms {
		goos, arch, _ := strings.Cut(platform, "/")
		all = append(all, release{dir, goos, arch, version})
	}
	return all
}

func (r release) archive() string {
	extension := "tar.gz"
	if r.os == "windows" {
		extension = "zip"
	}
	return fmt.Sprintf("kubectl-vaultseal_%s_%s_%s.%s", r.version, r.os, r.arch, extension)
}

func (r release) path() string { return filepath.Join(r.dir, r.archive()) }

func (r release) sbom() string {
	return fmt.Sprintf("kubectl-vaultseal_%s_%s_%s.cdx.json", r.version, r.os, r.arch)
}

func (r release) binary() string {
	if r.os == "windows" {
		return "kubectl-vaultseal.exe"
	}
	return "kubectl-vaultseal"
}

// file is one in an archive.
type file struct {
	mode    fs.FileMode
	owner   string // where the format has one
	time    time.Time
	content []byte
}

func (r release) files(t *testing.T) map[string]file {
	t.Helper()
	if r.os == "windows" {
		return unzip(t, r.path())
	}
	return untar(t, r.path())
}

func unzip(t *testing.T, path string) map[string]file {
	t.Helper()
	archive, err := zip.OpenReader(path)
	check(t, err)
	defer func() { _ = archive.Close() }()
	files := map[string]file{}
	for _, f := range archive.File {
		from, err := f.Open()
		check(t, err)
		content, err := io.ReadAll(from)
		check(t, err)
		files[f.Name] = file{f.Mode(), "root:root", f.Modified, content}
	}
	return files
}

func untar(t *testing.T, path string) map[string]file {
	t.Helper()
	packed, err := os.Open(path)
	check(t, err)
	defer func() { _ = packed.Close() }()
	unpacked, err := gzip.NewReader(packed)
	check(t, err)
	files := map[string]file{}
	for archive := tar.NewReader(unpacked); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		check(t, err)
		content, err := io.ReadAll(archive)
		check(t, err)
		files[header.Name] = file{fs.FileMode(header.Mode), header.Uname + ":" + header.Gname, header.ModTime, content}
	}
}

// git is its answer about this repository.
func git(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("git", args...).Output()
	check(t, err)
	return strings.TrimSpace(string(out))
}

// TestReleaseArchives: each has the plugin for its platform, its licenses and the README, and no trace of who built it.
func TestReleaseArchives(t *testing.T) {
	committed, err := time.Parse(time.RFC3339, git(t, "log", "-1", "--format=%cI"))
	check(t, err)
	for _, r := range releases(t) {
		files := r.files(t)
		modes := map[string]fs.FileMode{r.binary(): 0o755, "LICENSE": 0o644, "README.md": 0o644,
			thirdPartyLicenses: 0o644}
		if len(files) != len(modes) {
			t.Errorf("%s holds %d files", r.archive(), len(files))
		}
		for name, mode := range modes {
			f := files[name]
			if f.mode != mode || f.owner != "root:root" || !f.time.Equal(committed) || len(f.content) == 0 {
				t.Errorf("%s: %s is %v %s of %v, %d bytes", r.archive(), name, f.mode, f.owner, f.time, len(f.content))
			}
		}
		built, err := buildinfo.Read(bytes.NewReader(files[r.binary()].content))
		check(t, err)
		settings := map[string]string{}
		for _, s := range built.Settings {
			settings[s.Key] = s.Value
		}
		for key, want := range map[string]string{
			"GOOS": r.os, "GOARCH": r.arch, "CGO_ENABLED": "0", "-trimpath": "true",
			"vcs.revision": git(t, "rev-parse", "HEAD"), "vcs.modified": "false",
		} {
			if settings[key] != want {
				t.Errorf("%s: %s is %q, want %q", r.archive(), key, settings[key], want)
			}
		}
		r.listsModules(t, built)
		licensed(t, r.archive(), built, string(files[thirdPartyLicenses].content))
	}
}

// listsModules: the SBOM has every module that the binary is built of, and Go itself.
func (r release) listsModules(t *testing.T, built *buildinfo.BuildInfo) {
	t.Helper()
	var bom struct {
		BOMFormat string `json:"bomFormat"`
		Metadata  struct {
			Component struct{ Version string }
		}
		Components []struct{ Name, Version string }
	}
	readJSON(t, filepath.Join(r.dir, r.sbom()), &bom)
	if bom.BOMFormat != "CycloneDX" || bom.Metadata.Component.Version != r.version {
		t.Errorf("%s: %s of %s", r.sbom(), bom.BOMFormat, bom.Metadata.Component.Version)
	}
	listed := map[string]string{}
	for _, c := range bom.Components {
		listed[c.Name] = c.Version
	}
	if listed["std"] != built.GoVersion {
		t.Errorf("%s has Go %q, want %s", r.sbom(), listed["std"], built.GoVersion)
	}
	for _, module := range built.Deps {
		if listed[module.Path] != module.Version {
			t.Errorf("%s has %s %q, want %s", r.sbom(), module.Path, listed[module.Path], module.Version)
		}
	}
	if len(built.Deps) == 0 {
		t.Errorf("%s: no modules", r.archive())
	}
}

// TestReleaseIsReproducible: another clone of the commit, elsewhere, gives the same archives, byte for byte.
func TestReleaseIsReproducible(t *testing.T) {
	if changed := git(t, "status", "--porcelain"); changed != "" {
		t.Fatalf("the release is of no commit, there are changes:\n%s", changed)
	}
	clone := filepath.Join(t.TempDir(), "elsewhere", "vaultseal")
	git(t, "clone", "--quiet", "..", clone)
	tools := filepath.Join(clone, "bin")
	check(t, os.Mkdir(tools, 0o755))
	check(t, os.Symlink(abs(t, "../bin/tools"), filepath.Join(tools, "tools")))
	build := exec.Command("make", "-o", "bin/tools", "release-snapshot")
	build.Dir = clone
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	// The maker of the SBOMs writes its own hash into them.
	maker, err := buildinfo.ReadFile(releaseTools + "/cyclonedx-gomod")
	check(t, err)
	for _, s := range []debug.BuildSetting{{Key: "-trimpath", Value: "true"}, {Key: "CGO_ENABLED", Value: "0"}} {
		if !slices.Contains(maker.Settings, s) {
			t.Errorf("cyclonedx-gomod is not built with %s=%s: %v", s.Key, s.Value, maker.Settings)
		}
	}
	names := []string{"checksums.txt", "krew/vaultseal.yaml"}
	for _, r := range releases(t) {
		names = append(names, r.archive(), r.sbom())
	}
	for _, name := range names {
		here, there := read(t, filepath.Join(releaseDir, name)), read(t, filepath.Join(clone, "dist/release", name))
		if here != there {
			t.Errorf("%s is another one", name)
		}
	}
	sums := strings.Fields(read(t, filepath.Join(releaseDir, "checksums.txt")))
	if len(sums) != 4*len(releasePlatforms) || !slices.Contains(sums, releases(t)[0].sbom()) {
		t.Errorf("checksums.txt is not of the archives and their SBOMs: %q", sums)
	}
}

// pluginVersion is what `version -o json` says of the client.
func pluginVersion(t *testing.T, out []byte) (version, commit string) {
	t.Helper()
	var said struct {
		Client struct{ Version, Commit string }
	}
	check(t, json.Unmarshal(out, &said))
	return said.Client.Version, said.Client.Commit
}
