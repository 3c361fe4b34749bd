package test

import (
	"bytes"
	"crypto/x509"
	"debug/elf"
	"encoding/pem"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// machines are the architectures that images are built for.
var machines = map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}

// jobFiles is all that the image for CronJobs holds.
const jobFiles = `
drwxr-xr-x 0 etc
drwxr-xr-x 0 etc/ssl
drwxr-xr-x 0 etc/ssl/certs
-rw-r--r-- 0 etc/ssl/certs/ca-certificates.crt
-rwxr-xr-x 0 kubectl-vaultseal
drwxr-xr-x 0 usr
drwxr-xr-x 0 usr/share
drwxr-xr-x 0 usr/share/doc
drwxr-xr-x 0 usr/share/doc/ca-certificates
-rw-r--r-- 0 usr/share/doc/ca-certificates/copyright
drwxr-xr-x 0 usr/share/doc/kubectl-vaultseal
-rw-r--r-- 0 usr/share/doc/kubectl-vaultseal/LICENSE
-rw-r--r-- 0 usr/share/doc/kubectl-vaultseal/THIRD-PARTY-LICENSES.txt
`

// ciFiles is all that the image for CI holds, but for busybox's other names.
const ciFiles = `
drwxr-xr-x 0 bin
-rwxr-xr-x 0 bin/busybox
drwxr-xr-x 0 etc
-rw-r--r-- 0 etc/group
-rw-r--r-- 0 etc/passwd
drwxr-xr-x 0 etc/ssl
drwxr-xr-x 0 etc/ssl/certs
-rw-r--r-- 0 etc/ssl/certs/ca-certificates.crt
drwxr-xr-x 65532 home
drwxr-xr-x 65532 home/vaultseal
-rwxr-xr-x 0 kubectl-vaultseal
dtrwxrwxrwx 0 tmp
drwxr-xr-x 0 usr
drwxr-xr-x 0 usr/local
drwxr-xr-x 0 usr/local/bin
-rwxr-xr-x 0 usr/local/bin/kubectl
Lrwxrwxrwx 0 usr/local/bin/kubectl-vaultseal -> /kubectl-vaultseal
drwxr-xr-x 0 usr/share
drwxr-xr-x 0 usr/share/doc
drwxr-xr-x 0 usr/share/doc/busybox-static
-rw-r--r-- 0 usr/share/doc/busybox-static/copyright
drwxr-xr-x 0 usr/share/doc/ca-certificates
-rw-r--r-- 0 usr/share/doc/ca-certificates/copyright
drwxr-xr-x 0 usr/share/doc/kubectl
-rw-r--r-- 0 usr/share/doc/kubectl/LICENSE
-rw-r--r-- 0 usr/share/doc/kubectl/THIRD-PARTY-LICENSES.txt
drwxr-xr-x 0 usr/share/doc/kubectl-vaultseal
-rw-r--r-- 0 usr/share/doc/kubectl-vaultseal/LICENSE
-rw-r--r-- 0 usr/share/doc/kubectl-vaultseal/THIRD-PARTY-LICENSES.txt
`

func TestImageContents(t *testing.T) {
	for arch, machine := range machines {
		t.Run(arch, func(t *testing.T) {
			job := readImage(t, "vaultseal", arch)
			root := job.unpack(t)
			holds(t, root, jobFiles)
			certificates(t, filepath.Join(root, "etc/ssl/certs/ca-certificates.crt"))
			static(t, machine, filepath.Join(root, "kubectl-vaultseal"))
			licensedIn(t, root, "kubectl-vaultseal")
			says(t, job, "vaultseal", arch)
			if got := job.config.Config; !slices.Equal(got.Entrypoint, []string{"/kubectl-vaultseal"}) ||
				len(got.Cmd) > 0 {
				t.Errorf("starts %q %q, want /kubectl-vaultseal", got.Entrypoint, got.Cmd)
			}

			ci := readImage(t, "vaultseal-ci", arch)
			root = ci.unpack(t)
			names := busyboxNames(t, root)
			for _, name := range []string{"sh", "cat", "env", "grep", "mkdir", "sed", "tail", "test", "tr"} {
				if !slices.Contains(names, name) {
					t.Errorf("busybox does not go by %s", name)
				}
			}
			holds(t, root, ciFiles)
			static(t, machine, filepath.Join(root, "bin/busybox"), filepath.Join(root, "kubectl-vaultseal"),
				filepath.Join(root, "usr/local/bin/kubectl"))
			licensedIn(t, root, "kubectl-vaultseal", "usr/local/bin/kubectl")
			says(t, ci, "vaultseal-ci", arch)
			// A runner gives the command, and an entrypoint would stand before it.
			if got := ci.config.Config; len(got.Entrypoint) > 0 || !slices.Equal(got.Cmd, []string{"/bin/sh"}) {
				t.Errorf("starts %q %q, want only /bin/sh", got.Entrypoint, got.Cmd)
			}
		})
	}
}

// holds compares the files below a directory with a list of "MODE OWNER PATH".
func holds(t *testing.T, root, want string) {
	t.Helper()
	var got strings.Builder
	check(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if target, notLink := os.Readlink(path); notLink == nil {
			name += " -> " + target
		}
		fmt.Fprintln(&got, info.Mode(), info.Sys().(*syscall.Stat_t).Uid, name)
		return err
	}))
	if got.String() != strings.TrimPrefix(want, "\n") {
		t.Errorf("the image holds\n%s\nwant%s", &got, want)
	}
}

// busyboxNames takes the links to busybox away and gives their names.
func busyboxNames(t *testing.T, root string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(root, "bin"))
	check(t, err)
	var names []string
	for _, entry := range entries {
		path := filepath.Join(root, "bin", entry.Name())
		if target, err := os.Readlink(path); err == nil && target == "busybox" {
			names = append(names, entry.Name())
			check(t, os.Remove(path))
		}
	}
	return names
}

// static: the programs are for that machine, and need no other file.
func static(t *testing.T, machine elf.Machine, programs ...string) {
	t.Helper()
	for _, program := range programs {
		file, err := elf.Open(program)
		check(t, err)
		if file.Machine != machine {
			t.Errorf("%s is for %v, want %v", program, file.Machine, machine)
		}
		for _, part := range file.Progs {
			if part.Type == elf.PT_INTERP {
				t.Errorf("%s wants a dynamic linker", program)
			}
		}
		libraries, err := file.ImportedLibraries()
		check(t, err)
		if len(libraries) > 0 {
			t.Errorf("%s wants the libraries %v", program, libraries)
		}
		check(t, file.Close())
	}
}

// certificates: the file holds the CAs of the public, as PEM.
func certificates(t *testing.T, path string) {
	t.Helper()
	rest, err := os.ReadFile(path)
	check(t, err)
	const few = 100
	count := 0
	for block := (*pem.Block)(nil); len(bytes.TrimSpace(rest)) > 0; count++ {
		if block, rest = pem.Decode(rest); block == nil {
			t.Fatalf("%s: not PEM after %d certificates", path, count)
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		check(t, err)
		if !certificate.IsCA {
			t.Errorf("%s is no CA", certificate.Subject)
		}
	}
	if count < few {
		t.Errorf("%s has %d certificates, want %d or more", path, count, few)
	}
}

// says: what an image says of itself.
func says(t *testing.T, i image, name, arch string) {
	t.Helper()
	if i.config.OS != "linux" || i.config.Architecture != arch {
		t.Errorf("%s says it is for %s/%s", name, i.config.OS, i.config.Architecture)
	}
	if got := i.config.Config.User; got != "65532:65532" {
		t.Errorf("%s runs as %q", name, got)
	}
	if got := i.config.Config.WorkingDir; got != "/" {
		t.Errorf("%s runs in %q", name, got)
	}
	const label = "org.opencontainers.image."
	labels := i.config.Config.Labels
	if labels[label+"title"] != name || labels[label+"source"] != "https://github.com/vaultseal/kubectl-vaultseal" {
		t.Errorf("labels of %s: %v", name, labels)
	}
	for _, wanted := range []string{"licenses", "version", "description"} {
		if text := labels[label+wanted]; text == "" || text == "unknown" || strings.Contains(text, "$") {
			t.Errorf("%s has the label %s %q", name, wanted, text)
		}
	}
}

// TestImageManifest: the API server takes the CronJob of docs/images.md, and
// Pod Security finds it restricted.
func TestImageManifest(t *testing.T) {
	page, err := os.ReadFile("../docs/images.md")
	check(t, err)
	_, rest, _ := strings.Cut(string(page), "```yaml\napiVersion")
	manifest, _, found := strings.Cut("apiVersion"+rest, "```")
	if !found {
		t.Fatal("docs/images.md has no manifest")
	}
	p := newTestNamespace(t)
	p.kubectl(t, "label", "namespace", p.namespace, "pod-security.kubernetes.io/warn=restricted")
	manifest = strings.Replace(manifest, "namespace: vaultseal-system", "namespace: "+p.namespace, 1)
	apply := func(manifest string) string {
		out, err := theStack.kubectl(manifest, "create", "--dry-run=server", "--validate=strict", "-f", "-")
		check(t, err)
		return out
	}
	if got := apply(manifest); strings.Contains(got, "Warning") {
		t.Errorf("the API server says: %s", got)
	}
	if got := apply(strings.Replace(manifest, "drop: [ALL]", "drop: []", 1)); !strings.Contains(got,
		"unrestricted capabilities") {
		t.Errorf("the API server does not look at Pod Security: %s", got)
	}
}

// imageRegistry starts an empty registry.
func imageRegistry(t *testing.T) (address string) {
	t.Helper()
	address = freePort(t)
	registry := exec.Command(releaseTools+"/crane", "registry", "serve", "--address", address)
	var log said
	registry.Stderr = &log
	check(t, registry.Start())
	t.Cleanup(func() { _ = registry.Process.Kill(); _ = registry.Wait() })
	log.await(t, "serving on port")
	return address
}

func pushImages(registry, version string) (printed, complained string, err error) {
	push := exec.Command("make", "-s", "-C", "..", "-o", "bin/tools/crane", "push-images", "REGISTRY="+registry,
		"VERSION="+version)
	var stdout, stderr strings.Builder
	push.Stdout, push.Stderr = &stdout, &stderr
	err = push.Run()
	return stdout.String(), stderr.String(), err
}

func crane(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command(releaseTools+"/crane", args...).Output()
	check(t, err)
	return strings.TrimSpace(string(out))
}

// TestImagesArePushed: what is pushed to a registry is what was built, both architectures of it, and again changes
// nothing.
func TestImagesArePushed(t *testing.T) {
	address := imageRegistry(t)
	want := ""
	for _, name := range []string{"vaultseal", "vaultseal-ci"} {
		want += address + "/" + name + "@" + layoutDigest(t, name) + "\n"
	}
	for range 2 {
		if got, complained, err := pushImages(address, "v1.2.3"); err != nil || got != want {
			t.Fatalf("%v\n%s%s\nwant\n%s", err, got, complained, want)
		}
	}
	for _, name := range []string{"vaultseal", "vaultseal-ci"} {
		if got, built := crane(t, "digest", address+"/"+name+":v1.2.3"), layoutDigest(t, name); got != built {
			t.Errorf("%s is pushed as %s, and was built as %s", name, got, built)
		}
	}
}

// TestImageTagsStay: a tag that names another image is not moved, and then the other image is not pushed either.
func TestImageTagsStay(t *testing.T) {
	address := imageRegistry(t)
	_, _, err := pushImages(address, "v1.2.2")
	check(t, err)
	crane(t, "copy", address+"/vaultseal:v1.2.2", address+"/vaultseal-ci:v1.2.3")
	before := crane(t, "digest", address+"/vaultseal-ci:v1.2.3")
	_, got, err := pushImages(address, "v1.2.3")
	if err == nil || !strings.Contains(got, "error: "+address+"/vaultseal-ci:v1.2.3 exists and is another image") {
		t.Errorf("%v\n%s", err, got)
	}
	if after := crane(t, "digest", address+"/vaultseal-ci:v1.2.3"); after != before {
		t.Errorf("the tag was %s and is %s", before, after)
	}
	if tags := crane(t, "ls", address+"/vaultseal"); tags != "v1.2.2" {
		t.Errorf("vaultseal has the tags %q", tags)
	}
}

// TestImagesNeedAnAnswer: while a registry does not say whether a tag exists, nothing is pushed.
func TestImagesNeedAnAnswer(t *testing.T) {
	for _, status := range []int{http.StatusForbidden, http.StatusBadRequest} {
		var methods []string
		registry := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/v2/" {
				return
			}
			methods = append(methods, r.Method)
			w.WriteHeader(status)
		}))
		_, got, err := pushImages(strings.TrimPrefix(registry.URL, "http://"), "v1.2.3")
		registry.Close()
		if err == nil || !strings.Contains(got, fmt.Sprint(status)) {
			t.Errorf("%d: %v\n%s", status, err, got)
		}
		for _, method := range methods {
			if method != http.MethodGet && method != http.MethodHead {
				t.Errorf("%d: it sent %s", status, method)
			}
		}
	}
}
