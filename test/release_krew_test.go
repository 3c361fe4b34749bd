package test

import (
	"crypto/sha256"
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

func krewPluginOf(t *testing.T, path string) krewPlugin {
	t.Helper()
	text, err := yaml.ToJSON([]byte(read(t, path)))
	check(t, err)
	var p krewPlugin
	check(t, json.Unmarshal(text, &p))
	return p
}

var semanticVersion = regexp.MustCompile(`^v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`)

// TestReleaseKrewManifest: krew's own validation, and what the rules of its index ask for besides.
func TestReleaseKrewManifest(t *testing.T) {
	out, err := exec.Command(releaseTools+"/validate-krew-manifest", "-skip-install", "-manifest", krewManifest).CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	plugin := krewPluginOf(t, krewManifest)
	spec := plugin.Spec
	if plugin.Metadata.Name != "vaultseal" || !semanticVersion.MatchString(spec.Version) || len(spec.ShortDescription) > 50 || strings.HasSuffix(spec.ShortDescription, ".") {
		t.Errorf("name %q, version %q, short description %q", plugin.Metadata.Name, spec.Version, spec.ShortDescription)
	}
	for _, say := range []string{"HashiCorp Vault", "kubectl vaultseal setup", "kubectl vaultseal create -f"} {
		if !strings.Contains(spec.Description, say) {
			t.Errorf("the description does not say %q", say)
		}
	}
	all := releases(t)
	if spec.Version != all[0].version {
		t.Errorf("version %s, and the archives are of %s", spec.Version, all[0].version)
	}
	if len(spec.Platforms) != len(all) {
		t.Fatalf("%d platforms, want %d", len(spec.Platforms), len(all))
	}
	for i, p := range spec.Platforms {
		r := all[i]
		sum := sha256.Sum256([]byte(read(t, filepath.Join(releaseDir, r.archive()))))
		if p.Selector.MatchLabels.OS != r.os || p.Selector.MatchLabels.Arch != r.arch || p.Bin != r.binary() || p.SHA256 != hex.EncodeToString(sum[:]) ||
			p.URI != spec.Homepage+"/releases/download/"+r.version+"/"+r.archive() {
			t.Errorf("platform %s/%s: %+v", r.os, r.arch, p)
		}
	}
}

// krewRoot is krew's directory after it has installed a platform's archive.
func (r release) krewRoot(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	install := exec.Command(releaseTools+"/krew", "install", "--manifest", krewManifest, "--archive", filepath.Join(releaseDir, r.archive()))
	install.Env = append(os.Environ(), "KREW_ROOT="+root, "KREW_OS="+r.os, "KREW_ARCH="+r.arch, "HOME="+root)
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	return root
}

// TestReleaseInstallsWithKrew: krew itself installs every archive.
func TestReleaseInstallsWithKrew(t *testing.T) {
	for _, r := range releases(t) {
		t.Run(r.os+"-"+r.arch, func(t *testing.T) {
			store := filepath.Join(r.krewRoot(t), "store", "vaultseal", r.version)
			for _, name := range []string{r.binary(), "LICENSE", "README.md"} {
				if read(t, filepath.Join(store, name)) != string(r.files(t)[name].content) {
					t.Errorf("%s is not the archive's", name)
				}
			}
		})
	}
}

// TestReleaseRuns: what krew has installed is kubectl's plugin, says what it is, and seals and opens.
func TestReleaseRuns(t *testing.T) {
	p, r := newPlace(t), releases(t)[0]
	root, head := r.krewRoot(t), git(t, "rev-parse", "HEAD")
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
	if help := kubectl("", "vaultseal", "--help"); !strings.Contains(help, "kubectl vaultseal") || strings.Contains(help, "kubectl-vaultseal ") {
		t.Errorf("the help: %s", help)
	}
}

// TestReleaseIndex: with the manifest where the release commits it, this repository is an index that krew takes.
func TestReleaseIndex(t *testing.T) {
	index, root := filepath.Join(t.TempDir(), "index"), t.TempDir()
	git(t, "clone", "--quiet", "..", index)
	check(t, os.WriteFile(filepath.Join(index, "plugins", "vaultseal.yaml"), []byte(read(t, krewManifest)), 0o600))
	git(t, "-C", index, "add", "plugins")
	git(t, "-C", index, "-c", "user.name=release", "-c", "user.email=release@example.com", "commit", "--quiet", "-m", "Offer it through krew")
	krew := func(args ...string) string {
		run := exec.Command(releaseTools+"/krew", args...)
		run.Env = append(os.Environ(), "KREW_ROOT="+root, "HOME="+root)
		out, err := run.Output()
		check(t, err)
		return string(out)
	}
	krew("index", "add", "vaultseal", index)
	r := releases(t)[0]
	if found := krew("search", "vaultseal"); !strings.Contains(found, "vaultseal/vaultseal") {
		t.Errorf("search found\n%s", found)
	}
	if info := krew("info", "vaultseal/vaultseal"); !strings.Contains(info, "VERSION: "+r.version+"\n") || !strings.Contains(info, r.archive()) {
		t.Errorf("it is\n%s", info)
	}
}
