package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// offeredManifest is what `kubectl krew install` from this repository reads.
const offeredManifest = "../plugins/vaultseal.yaml"

// TestReleaseOffered: the manifest that this repository offers is what the release makes of the commit that it names,
// and krew installs the archives of that commit by it.
func TestReleaseOffered(t *testing.T) {
	plugin := krewPluginOf(t, offeredManifest)
	version := plugin.Spec.Version
	if strings.Contains(version, "-") {
		t.Errorf("it offers %s, a pre-release", version)
	}
	plugin.isValid(t, offeredManifest, version)
	plugin.isKnown(t)
	// Go finds this version by itself, or downloads it.
	toolchain := exec.Command("go", "env", "GOVERSION")
	toolchain.Env = append(os.Environ(), "GOTOOLCHAIN="+plugin.goVersion)
	if out, err := toolchain.CombinedOutput(); err != nil {
		t.Logf("the archives are built with %s, which this machine does not have: they are not built again here\n%s",
			plugin.goVersion, out)
		return
	}
	clone := filepath.Join(t.TempDir(), "vaultseal")
	rebuild := exec.Command("sh", "hack/rebuild.sh", version, plugin.commit, clone)
	rebuild.Dir = ".."
	if out, err := rebuild.CombinedOutput(); err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	all := releasesIn(t, filepath.Join(clone, "dist/release"))
	plugin.isOf(t, all)
	if read(t, filepath.Join(clone, "dist/release/krew/vaultseal.yaml")) != read(t, offeredManifest) {
		t.Error("the release of that commit has another manifest")
	}
	for _, r := range all {
		t.Run(r.os+"-"+r.arch, func(t *testing.T) { r.installs(t, offeredManifest) })
	}
}

// isKnown checks that every clone with this commit, or the tag, has the commit, and that its toolchain line names the
// Go version.
func (p krewPlugin) isKnown(t *testing.T) {
	t.Helper()
	reached := exec.Command("git", "merge-base", "--is-ancestor", p.commit, "HEAD").Run() == nil
	tagged, _ := exec.Command("git", "rev-parse", "--quiet", "--verify", "refs/tags/"+p.Spec.Version+
		"^{commit}").Output()
	if !reached && strings.TrimSpace(string(tagged)) != p.commit {
		t.Fatalf("commit %s is neither before this one nor that of %s; if the clone is shallow: git fetch --unshallow",
			p.commit, p.Spec.Version)
	}
	toolchain := regexp.MustCompile(`(?m)^toolchain (\S+)$`).FindStringSubmatch(git(t, "show", p.commit+":go.mod"))
	if toolchain == nil || toolchain[1] != p.goVersion {
		t.Errorf("it names %s, and the toolchain line of that commit is %q", p.goVersion, toolchain)
	}
}

// TestReleaseIndex: this repository as it stands is an index that krew takes.
func TestReleaseIndex(t *testing.T) {
	index, root := filepath.Join(t.TempDir(), "index"), t.TempDir()
	git(t, "clone", "--quiet", "..", index)
	krew := func(args ...string) string {
		run := exec.Command(releaseTools+"/krew", args...)
		run.Env = append(os.Environ(), "KREW_ROOT="+root, "HOME="+root)
		out, err := run.Output()
		check(t, err)
		return string(out)
	}
	krew("index", "add", "vaultseal", index)
	version := krewPluginOf(t, offeredManifest).Spec.Version
	if found := krew("search", "vaultseal"); !strings.Contains(found, "vaultseal/vaultseal") {
		t.Errorf("search found\n%s", found)
	}
	archive := release{os: "linux", arch: "amd64", version: version}.archive()
	if info := krew("info", "vaultseal/vaultseal"); !strings.Contains(info, "VERSION: "+version+"\n") ||
		!strings.Contains(info, archive) {
		t.Errorf("it is\n%s", info)
	}
}
