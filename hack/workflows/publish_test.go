package workflows

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// bashIn runs a step's script as GitHub does.
func bashIn(dir, script string, env ...string) (string, error) {
	bash := exec.Command("bash", "-e", "-o", "pipefail", "-c", script)
	bash.Dir = dir
	bash.Env = append(os.Environ(), env...)
	out, err := bash.CombinedOutput()
	return string(out), err
}

func sums(files map[string]string) string {
	var list strings.Builder
	for name, content := range files {
		fmt.Fprintf(&list, "%x  %s\n", sha256.Sum256([]byte(content)), name)
	}
	return base64.StdEncoding.EncodeToString([]byte(list.String()))
}

// TestChangedArtifacts: what another job of the run has put in the place of a file, or beside it, is not used.
func TestChangedArtifacts(t *testing.T) {
	for _, step := range []struct{ workflow, job, name, other string }{
		{"release-build.yaml", "attest", "Check that they are what was built", "images"},
		{"release.yaml", "publish", "Check that they are what was built and signed", "signed"},
	} {
		script := scriptOf(t, step.workflow, step.job, step.name)
		archives := map[string]string{"a.tar.gz": "a", "checksums.txt": "sums"}
		other := map[string]string{"one": "1"}
		for name, change := range map[string]func(dir string) error{
			"": func(string) error { return nil },
			"a file is changed": func(dir string) error {
				return os.WriteFile(filepath.Join(dir, "archives/a.tar.gz"), []byte("b"), 0o600)
			},
			"a file is added": func(dir string) error {
				return os.WriteFile(filepath.Join(dir, "archives/b.tar.gz"), []byte("b"), 0o600)
			},
			"a file is missing": func(dir string) error {
				return os.Remove(filepath.Join(dir, step.other, "one"))
			},
		} {
			dir := t.TempDir()
			for at, files := range map[string]map[string]string{"archives": archives, step.other: other} {
				if err := os.Mkdir(filepath.Join(dir, at), 0o700); err != nil {
					t.Fatal(err)
				}
				for file, content := range files {
					write(t, filepath.Join(dir, at, file), []byte(content))
				}
			}
			if err := change(dir); err != nil {
				t.Fatal(err)
			}
			out, err := bashIn(dir, script, "ARCHIVES="+sums(archives), strings.ToUpper(step.other)+"="+sums(other))
			if (err == nil) != (name == "") {
				t.Errorf("%s: %s: %v\n%s", step.job, name, err, out)
			}
		}
	}
}

// TestSubjects: the provenance is about the archives, the SBOMs and both images, by the digests of what was built. The
// checksums that are signed are of the same files.
func TestSubjects(t *testing.T) {
	script := scriptOf(t, "release-build.yaml", "attest", "Name what is attested")
	digest := func(of string) string { return strings.Repeat(of, 64) }
	index := `{"manifests": [{"digest": "sha256:%s"}]}`
	hashed := func(content, name string) string {
		return fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte(content)), name)
	}
	archives := hashed("tar", "a.tar.gz") + hashed("zip", "a.zip") + hashed("{}", "a.tar.gz.cdx.json")
	fine := fmt.Sprintf(index, digest("b"))
	for name, c := range map[string]struct{ second, checksums string }{
		"": {fine, archives},
		"two images": {`{"manifests": [{"digest": "sha256:` + digest("b") + `"}, {"digest": "sha256:` + digest("c") +
			`"}]}`, archives},
		"not a digest":       {`{"manifests": [{"digest": "sha256:b\n0  ghcr.io/vaultseal/other"}]}`, archives},
		"not an index":       {`{}`, archives},
		"another digest":     {fmt.Sprintf(index, digest("b")[1:]), archives},
		"a sum of no file":   {fine, archives + digest("0") + "  ghcr.io/vaultseal/vaultseal\n"},
		"a sum that differs": {fine, strings.Replace(archives, hashed("zip", "a.zip"), hashed("ZIP", "a.zip"), 1)},
		"a file without sum": {fine, hashed("tar", "a.tar.gz")},
	} {
		dir := t.TempDir()
		for _, at := range []string{"archives", "images"} {
			if err := os.Mkdir(filepath.Join(dir, at), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		for file, content := range map[string]string{"a.tar.gz": "tar", "a.zip": "zip", "a.tar.gz.cdx.json": "{}",
			"checksums.txt": c.checksums, "release-notes.md": "", "vaultseal.yaml": ""} {
			write(t, filepath.Join(dir, "archives", file), []byte(content))
		}
		write(t, filepath.Join(dir, "images/image_vaultseal_v1.2.3.cdx.json"), []byte("{}"))
		write(t, filepath.Join(dir, "images/image_vaultseal-ci_v1.2.3.cdx.json"), []byte("{}"))
		write(t, filepath.Join(dir, "images/images.tar"), tarOf(t, map[string]string{
			"vaultseal/index.json": fmt.Sprintf(index, digest("a")), "vaultseal-ci/index.json": c.second}))
		out, err := bashIn(dir, script, "GITHUB_REF_NAME=v1.2.3", "GITHUB_OUTPUT="+filepath.Join(dir, "output"))
		if (err == nil) != (name == "") {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		if name != "" {
			continue
		}
		lines := strings.SplitAfter(strings.TrimSuffix(archives, "\n"), "\n")
		lines[len(lines)-1] += "\n"
		slices.Sort(lines)
		want := strings.Join(lines, "") + hashed("{}", "image_vaultseal-ci_v1.2.3.cdx.json") +
			hashed("{}", "image_vaultseal_v1.2.3.cdx.json") +
			digest("a") + "  ghcr.io/vaultseal/vaultseal\n" + digest("b") + "  ghcr.io/vaultseal/vaultseal-ci\n"
		if got, _ := os.ReadFile(filepath.Join(dir, "subjects.txt")); string(got) != want {
			t.Errorf("the subjects are\n%s\nwant\n%s", got, want)
		}
		outputs, _ := os.ReadFile(filepath.Join(dir, "output"))
		first, second := "sha256:"+digest("a"), "sha256:"+digest("b")
		if string(outputs) != "vaultseal="+first+"\nvaultseal-ci="+second+"\nimages=ghcr.io/vaultseal/vaultseal@"+first+
			" ghcr.io/vaultseal/vaultseal-ci@"+second+"\n" {
			t.Errorf("the outputs are\n%s", outputs)
		}
	}
}

func tarOf(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var packed bytes.Buffer
	to := tar.NewWriter(&packed)
	for name, content := range files {
		if err := to.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(content))}); err != nil {
			t.Fatal(err)
		}
		if _, err := to.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

// releases plays GitHub's command with a release in a state, and notes what else is called.
const releases = `#!/bin/sh
case "$1 $2" in
"api repos/o/r/commits/tags/$GITHUB_REF_NAME") echo "$NAMES" ;;
"release view")
	case $STATE in
	none) echo 'release not found' >&2; exit 1 ;;
	down) echo 'HTTP 502' >&2; exit 1 ;;
	*) echo "$STATE" ;;
	esac ;;
*) echo "$*" >>"$CALLED" ;;
esac
`

// TestPublish: a draft is made again, a release that is out is not touched, and nothing is published unless GitHub says
// which of these there is, and that the tag is still on the commit that was built.
func TestPublish(t *testing.T) {
	script := scriptOf(t, "release.yaml", "publish", "Publish the release")
	create := "release create v1.2.3 --draft --verify-tag --title v1.2.3 --notes-file release-notes.md " +
		"archives/a.tar.gz archives/checksums.txt signed/p.intoto.jsonl\nrelease edit v1.2.3 --draft=false\n"
	for _, c := range []struct{ state, tag, names, want string }{
		{"none", "v1.2.3", "built", create},
		{"none", "v1.2.3", "moved", ""},
		{"none", "v1.2.3", "", ""},
		{"true", "v1.2.3", "built", "release delete v1.2.3 --yes\n" + create},
		{"false", "v1.2.3", "built", ""},
		{"down", "v1.2.3", "built", ""},
		{"none", "v1.2.3-rc.1", "built", strings.Replace(strings.ReplaceAll(create, "v1.2.3", "v1.2.3-rc.1"), "notes.md",
			"notes.md --prerelease", 1)},
	} {
		dir := t.TempDir()
		for _, name := range []string{"archives/a.tar.gz", "archives/checksums.txt", "archives/release-notes.md",
			"archives/vaultseal.yaml", "signed/p.intoto.jsonl"} {
			if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o700); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(dir, name), nil)
		}
		bin, called := t.TempDir(), filepath.Join(t.TempDir(), "called")
		write(t, filepath.Join(bin, "gh"), []byte(releases))
		out, err := bashIn(dir, script, "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"), "STATE="+c.state,
			"CALLED="+called, "GITHUB_REF_NAME="+c.tag, "GITHUB_REPOSITORY=o/r", "GITHUB_SHA=built", "NAMES="+c.names)
		if (err == nil) != (c.want != "") {
			t.Errorf("%s, the tag names %q: %v\n%s", c.state, c.names, err, out)
		}
		if got, _ := os.ReadFile(called); string(got) != c.want {
			t.Errorf("%s: it called\n%s\nwant\n%s", c.state, got, c.want)
		}
	}
}

// TestImmutable: a release whose files can be replaced is reported.
func TestImmutable(t *testing.T) {
	script := scriptOf(t, "release.yaml", "immutable", "The release cannot be changed")
	for answer, fine := range map[string]bool{"true": true, "false": false, "null": false, "": false} {
		bin := t.TempDir()
		write(t, filepath.Join(bin, "gh"), []byte("#!/bin/sh\necho '"+answer+"'\n"))
		out, err := bashIn(bin, script, "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"),
			"GITHUB_REF_NAME=v1.2.3", "GITHUB_REPOSITORY=o/r")
		if (err == nil) != fine {
			t.Errorf("%q: %v\n%s", answer, err, out)
		}
	}
}
