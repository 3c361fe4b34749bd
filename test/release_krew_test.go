package test

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/yaml"
)

const (
	krewManifest = releaseDir + "/krew/vaultseal.yaml"
	releaseTools = "../bin/tools"
)

// krewPlugin is a manifest of krew, as its documentation has it.
type krewPlugin struct {
	commit, goVersion string // of which the archives are built, as a comment says

	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Spec struct {
		Version          string         `json:"version"`
		Homepage         string         `json:"homepage"`
		ShortDescription string         `json:"shortDescription"`
		Description      string         `json:"description"`
		Caveats          string         `json:"caveats"`
		Platforms        []krewPlatform `json:"platforms"`
	} `json:"spec"`
}

type krewPlatform struct {
	Selector struct {
		MatchLabels struct {
			OS   string `json:"os"`
			Arch string `json:"arch"`
		} `json:"matchLabels"`
	} `json:"selector"`
	URI    string `json:"uri"`
	SHA256 string `json:"sha256"`
	Bin    string `json:"bin"`
}

var builtFrom = regexp.MustCompile(`(?m)^# The archives are built from commit ([0-9a-f]{40}) with (go1\.\d+\.\d+):$`)

func krewPluginOf(t *testing.T, path string) krewPlugin {
	t.Helper()
	manifest := read(t, path)
	text, err := yaml.ToJSON([]byte(manifest))
	check(t, err)
	var p krewPlugin
	check(t, json.Unmarshal(text, &p))
	built := builtFrom.FindStringSubmatch(manifest)
	if built == nil {
		t.Fatalf("%s does not say of which commit, and with which Go, the archives are built", path)
	}
	p.commit, p.goVersion = built[1], built[2]
	return p
}

var semanticVersion = regexp.MustCompile(`^v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`)

// TestReleaseKrewManifest: the release's own manifest is of its archives, and says how they were built.
func TestReleaseKrewManifest(t *testing.T) {
	plugin, all := krewPluginOf(t, krewManifest), releases(t)
	plugin.isValid(t, krewManifest, all[0].version)
	plugin.isOf(t, all)
	built, err := buildinfo.Read(bytes.NewReader(all[0].files(t)[all[0].binary()].content))
	check(t, err)
	if head := git(t, "rev-parse", "HEAD"); plugin.commit != head || plugin.goVersion != built.GoVersion {
		t.Errorf("the comment names commit %s and %s, want %s and %s", plugin.commit, plugin.goVersion, head,
			built.GoVersion)
	}
}

// isValid checks what needs no archives: krew's own validation, and what the rules of its index ask for besides.
func (p krewPlugin) isValid(t *testing.T, path, version string) {
	t.Helper()
	out, err := exec.Command(releaseTools+"/validate-krew-manifest", "-skip-install", "-manifest",
		path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	spec := p.Spec
	if p.Metadata.Name != "vaultseal" || !semanticVersion.MatchString(spec.Version) ||
		len(spec.ShortDescription) > 50 || strings.HasSuffix(spec.ShortDescription, ".") {
		t.Errorf("name %q, version %q, short description %q", p.Metadata.Name, spec.Version, spec.ShortDescription)
	}
	for _, say := range []string{"HashiCorp Vault", "kubectl vaultseal setup", "kubectl vaultseal create -f"} {
		if !strings.Contains(spec.Description, say) {
			t.Errorf("the description does not say %q", say)
		}
	}
	if spec.Version != version {
		t.Errorf("version %s, want %s", spec.Version, version)
	}
	if len(spec.Platforms) != len(releasePlatforms) {
		t.Fatalf("%d platforms, want %d", len(spec.Platforms), len(releasePlatforms))
	}
	for i, platform := range releasePlatforms {
		goos, arch, _ := strings.Cut(platform, "/")
		r, p := release{os: goos, arch: arch, version: version}, spec.Platforms[i]
		if p.Selector.MatchLabels.OS != goos || p.Selector.MatchLabels.Arch != arch || p.Bin != r.binary() ||
			p.URI != spec.Homepage+"/releases/download/"+version+"/"+r.archive() {
			t.Errorf("platform %s: %+v", platform, p)
		}
	}
}

// isOf checks that the manifest has the checksums of the archives.
func (p krewPlugin) isOf(t *testing.T, all []release) {
	t.Helper()
	for i, r := range all {
		if sum := sha256.Sum256([]byte(read(t, r.path()))); p.Spec.Platforms[i].SHA256 != hex.EncodeToString(sum[:]) {
			t.Errorf("%s has the checksum %x, in the manifest it is %s", r.archive(), sum, p.Spec.Platforms[i].SHA256)
		}
	}
}

// krewRoot is krew's directory after it has installed a platform's archive.
func (r release) krewRoot(t *testing.T, manifest string) string {
	t.Helper()
	root := t.TempDir()
	install := exec.Command(releaseTools+"/krew", "install", "--manifest", manifest, "--archive", r.path())
	install.Env = append(os.Environ(), "KREW_ROOT="+root, "KREW_OS="+r.os, "KREW_ARCH="+r.arch, "HOME="+root)
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	return root
}

// TestReleaseInstallsWithKrew: krew itself installs every archive.
func TestReleaseInstallsWithKrew(t *testing.T) {
	for _, r := range releases(t) {
		t.Run(r.os+"-"+r.arch, func(t *testing.T) { r.installs(t, krewManifest) })
	}
}

func (r release) installs(t *testing.T, manifest string) {
	t.Helper()
	store := filepath.Join(r.krewRoot(t, manifest), "store", "vaultseal", r.version)
	for name, f := range r.files(t) {
		if read(t, filepath.Join(store, name)) != string(f.content) {
			t.Errorf("%s is not the archive's", name)
		}
	}
}

// TestReleaseRuns: what krew has installed is kubectl's plugin, says what it is, and seals and opens.
func TestReleaseRuns(t *testing.T) {
	p, r := newTestNamespace(t), releases(t)[0]
	root, head := r.krewRoot(t, krewManifest), git(t, "rev-parse", "HEAD")
	t.Setenv("PATH", filepath.Join(root, "bin")+":"+theStack.bin) // no other plugin is found
	kubectl := func(stdin string, args ...string) string {
		run := exec.Command("kubectl", args...)
		run.Stdin, run.Env = strings.NewReader(stdin), append(os.Environ(), "KUBECONFIG="+p.kubeconfig)
		out, err := run.Output()
		check(t, err)
		return string(out)
	}
	version, commit := pluginVersion(t, []byte(kubectl("", "vaultseal", "version", "-o", "json")))
	if version != r.version || commit != head {
		t.Errorf("version %s, commit %s, want %s", version, commit, r.version)
	}
	const document = `{"password": "released-horse"}`
	kubectl(document, "vaultseal", "create", "app", "-f", "secrets.json=-")
	if got := kubectl("", "vaultseal", "view", "app", "secrets.json"); got != document {
		t.Errorf("opened to %q", got)
	}
	if help := kubectl("", "vaultseal", "--help"); !strings.Contains(help, "kubectl vaultseal") ||
		strings.Contains(help, "kubectl-vaultseal ") {
		t.Errorf("the help: %s", help)
	}
}
