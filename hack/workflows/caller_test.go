package workflows

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestCallers: any workflow can call release-build.yaml, which signs with its own identity then. So it signs only for
// tags of this repository, and checks that before anything else.
func TestCallers(t *testing.T) {
	const name = "Only a tag of this repository is signed"
	first := get(jobOf(t, "release-build.yaml", "attest"), "steps").Content[0]
	if text(get(first, "name")) != name {
		t.Errorf("the first step of attest is %q", text(get(first, "name")))
	}
	script := scriptOf(t, "release-build.yaml", "attest", name)
	const ours = "vaultseal/kubectl-vaultseal"
	for _, c := range []struct {
		repository, ref string
		signs           bool
	}{
		{ours, "refs/tags/v0.1.0", true},
		{"attacker/kubectl-vaultseal", "refs/tags/v0.1.0", false},
		{ours + "-x", "refs/tags/v0.1.0", false},
		{ours, "refs/heads/main", false},
		{ours, "refs/heads/refs/tags/v0.1.0", false},
		{ours, "refs/pull/1/merge", false},
		{"", "", false},
	} {
		out, err := bashIn(t.TempDir(), script, "GITHUB_REPOSITORY="+c.repository, "GITHUB_REF="+c.ref)
		if (err == nil) != c.signs {
			t.Errorf("%s %s: %v\n%s", c.repository, c.ref, err, out)
		}
	}
}

// TestVerifyNamesTheRepository: the identity of a certificate is the workflow, which other repositories can call. So
// each command of docs/verify.md also names the repository that it must have run for.
func TestVerifyNamesTheRepository(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "docs/verify.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for line := range strings.Lines(strings.ReplaceAll(string(page), "\\\n", "")) {
		flag := ""
		switch {
		case strings.HasPrefix(line, "gh attestation verify "):
			flag = " --repo vaultseal/kubectl-vaultseal "
		case strings.HasPrefix(line, "cosign verify"):
			flag = " --certificate-github-workflow-repository vaultseal/kubectl-vaultseal "
		default:
			continue
		}
		found++
		if !strings.Contains(line, flag) {
			t.Errorf("the command does not have%s: %s", flag, line)
		}
	}
	if found != 6 {
		t.Errorf("%d commands verify, want 6", found)
	}
}

// TestSignedImages: the job that signs images takes their digests from the one that attests, and so not from a job that
// runs code of the repository.
func TestSignedImages(t *testing.T) {
	sign := jobOf(t, "release-build.yaml", "sign")
	got := ""
	each(sign, func(step *yaml.Node) {
		if images := get(get(step, "env"), "IMAGES"); images != nil {
			got = images.Value
		}
	})
	if got != "${{ needs.attest.outputs.images }}" {
		t.Errorf("sign takes the images from %s", got)
	}
	outputs := get(jobOf(t, "release-build.yaml", "attest"), "outputs")
	if of := text(get(outputs, "images")); of != "${{ steps.subjects.outputs.images }}" {
		t.Errorf("attest takes the images from %s", of)
	}
	// cosign finds nothing to sign if push has pushed another image.
	if !slices.Contains(needs(sign), "push") {
		t.Error("sign does not wait for push")
	}
}

// TestSignsBothImages: without their digests nothing is signed, and that is an error.
func TestSignsBothImages(t *testing.T) {
	script := scriptOf(t, "release-build.yaml", "sign", "Sign the images")
	for images, want := range map[string]string{"": "", "a@sha256:1": "",
		"a@sha256:1 b@sha256:2": "sign --yes a@sha256:1\nsign --yes b@sha256:2\n"} {
		bin, called := t.TempDir(), filepath.Join(t.TempDir(), "called")
		write(t, filepath.Join(bin, "cosign"), []byte("#!/bin/sh\n[ \"$1\" = login ] || echo \"$*\" >>\"$CALLED\"\n"))
		out, err := bashIn(bin, script, "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"), "CALLED="+called,
			"IMAGES="+images)
		got, _ := os.ReadFile(called)
		if string(got) != want || (err == nil) != (want != "") {
			t.Errorf("%q: it called %q, %v\n%s", images, got, err, out)
		}
	}
}
